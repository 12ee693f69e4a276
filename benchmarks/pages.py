"""Measure the pages beside one that asks the ORM, over HTTP against gunicorn.

    python benchmarks/pages.py [--components 10000] [--rounds 20]

Prints a Markdown table. All are served by the same worker and asked for in turn; only
the ratios mean something elsewhere. The first byte is that of the answer's headers: a
page is sent once it is whole.
"""

from __future__ import annotations

import argparse
import http.client
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.scrape import Server, catalogue, high, median, serving

PAGES = {
    "status": "/",
    "status, the last part": "/?page=1000",
    "status, by text": "/?q=component-0004",
    "status, by label": "/?label=team:team-7",
    "status, open now, grouped": "/?state=open&group=team",
    "timeline, a week": "/timeline",
    "timeline, four weeks": "/timeline?span=4weeks",
    "a component": "/components/component-000042",
    "a page over the ORM": "/orm",
}
PEER = "a page over the ORM"


def first_byte(server: Server, path: str) -> tuple[float, int, int]:
    """Return the seconds to the first byte, the status and the length of the body."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=180)
    began = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    seconds = time.perf_counter() - began
    length = len(response.read())
    connection.close()
    return seconds, response.status, length


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--components", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    taken: dict[str, list[float]] = {name: [] for name in PAGES}
    sizes: dict[str, int] = {}
    with (
        catalogue(options.components, None) as environment,
        serving("", environment) as server,
    ):
        for number in range(options.rounds + 1):
            for name, path in PAGES.items():
                seconds, status, sizes[name] = first_byte(server, path)
                if status != 200:
                    sys.exit(f"{path} is {status}")
                if number:
                    # The first of each is apart: it reads everything anew.
                    taken[name].append(seconds)
    peer = median(taken[PEER])
    print("| page | first byte, median s | p99 s | of the ORM's | kB |")
    print("|---|---:|---:|---:|---:|")
    for name, seconds in taken.items():
        print(
            f"| {name} | {median(seconds):.3f} | {high(seconds):.3f} "
            f"| {median(seconds) / peer:.3f} | {sizes[name] / 1e3:,.0f} |"
        )


if __name__ == "__main__":
    main()
