"""Scrape one worker without a pause while its catalogue is edited, and watch memory.

    python -m benchmarks.soaking.memory [--minutes 5] [--components 10000] [--seed N]

What a soak takes hours for: whether memory goes on growing. Prints Markdown.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path

from .contents import catalogue
from .parts import Serving, Site, cluster, editing, serving
from .watch import resident

EVERY = 100
"""Scrapes from a line to the next."""

PAUSE = 0.05


def scrape(gunicorn: Serving, token: str) -> None:
    """Scrape as Prometheus does. Ends the run where that fails."""
    connection = http.client.HTTPConnection("127.0.0.1", gunicorn.port, timeout=30)
    headers = {
        "Accept": "application/openmetrics-text;version=1.0.0",
        "Accept-Encoding": "gzip",
        "Authorization": f"Bearer {token}",
    }
    connection.request("GET", "/metrics", headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status != 200:
        raise SystemExit(f"a scrape was answered with {response.status}")


def run(options: argparse.Namespace, directory: Path) -> None:
    first = catalogue(options.components, random.Random(options.seed), time.time())
    (directory / "catalogue.json").write_text(json.dumps(first))
    with cluster() as database:
        site = Site.make(directory, database.url)
        site.manage("migrate")
        site.manage("load_catalogue", str(directory / "catalogue.json"))
        token = site.token.read_text().strip()
        with serving(site, 1) as gunicorn, editing(site, options.seed, PAUSE):
            [worker] = gunicorn.workers()
            end, scrapes = time.monotonic() + options.minutes * 60, 0
            while time.monotonic() < end:
                scrape(gunicorn, token)
                scrapes += 1
                if scrapes % EVERY == 0:
                    edits = len((directory / "journal").read_text().splitlines())
                    print(f"| {scrapes:,} | {edits:,} | {resident(worker):.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--components", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"{options.components:,} components, seed {options.seed}\n")
    print("| scrapes | edits | MiB resident |\n|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as directory:
        run(options, Path(directory))


if __name__ == "__main__":
    main()
