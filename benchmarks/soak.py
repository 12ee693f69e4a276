"""Scrape a site with real Prometheus servers while its catalogue is edited.

    python benchmarks/soak.py [--minutes 30] [--components 10000] [--restarts 2]

Two Prometheus servers scrape the site every five seconds, under gunicorn over a
PostgreSQL of its own, which is stopped and started at even distances. All the while a
process of its own edits the catalogue at random, by load_catalogue and by the ORM. In
the end every sample of windows, labels and targets that the servers have stored (not
those of an agreement's period) is compared with what is true: worked out from the
catalogue and the journal of edits without otel_sla, see soaking/truth.py.

Needs prometheus and the programs of PostgreSQL. Prints Markdown, and ends with 1 where
a sample is wrong or missing, a scrape has failed or shown old rows but for the
restarts, or memory has grown.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.soaking.check import Checker, Verdict
from benchmarks.soaking.contents import History, catalogue, read_journal
from benchmarks.soaking.parts import (
    Cluster,
    Site,
    cluster,
    editing,
    serving,
)
from benchmarks.soaking.prometheus import Prometheus, prometheus
from benchmarks.soaking.report import Soaked, report
from benchmarks.soaking.scrapes import (
    Candidates,
    Outage,
    Scrape,
    joined,
    scrapes_of,
)
from benchmarks.soaking.truth import Truth
from benchmarks.soaking.watch import watching

SERVERS = ("first", "second")
AWAY = 15
"""Seconds for which PostgreSQL is gone: each server scrapes at least twice in them."""

PAUSE = 1.0
"""Seconds from one edit to the next, in the mean."""

FAULTS_NAMED = 20


def restart(database: Cluster) -> Outage:
    stopping = time.time()
    database.stop()
    gone = time.time()
    time.sleep(AWAY)
    starting = time.time()
    database.start()
    return Outage(stopping, gone, starting, time.time())


def pass_time(
    options: argparse.Namespace, database: Cluster, site: Site, editor: Popen[bytes]
) -> Iterator[Outage]:
    """Let the time pass, with restarts of the database at even distances."""
    begin, parts = time.time(), options.restarts + 1
    for number in range(1, parts + 1):
        end = begin + options.minutes * 60 * number / parts
        while (left := end - time.time()) > 0:
            if editor.poll() is not None:
                raise SystemExit(f"the editor has ended:\n{site.log('editor')}")
            time.sleep(min(1.0, left))
        if number < parts:
            yield restart(database)


def soak(options: argparse.Namespace, directory: Path) -> Soaked:
    """Run all of it, and compare in the end."""
    first = catalogue(options.components, random.Random(options.seed), time.time())
    (directory / "catalogue.json").write_text(json.dumps(first))
    with ExitStack() as stack:
        database = stack.enter_context(cluster())
        site = Site.make(directory, database.url)
        site.manage("migrate")
        site.manage("load_catalogue", str(directory / "catalogue.json"))
        gunicorn = stack.enter_context(serving(site, options.workers))
        servers = [
            stack.enter_context(prometheus(site, name, gunicorn.port))
            for name in SERVERS
        ]
        begin = time.time()
        with watching(gunicorn) as watch, editing(site, options.seed, PAUSE) as editor:
            outages = [*pass_time(options, database, site, editor)]
        end = time.time()
        for server in servers:
            server.await_scrape(end)
        history = History(first, read_journal(directory / "journal"))
        scrapes = joined(
            one for each in servers for one in scrapes_of(each, begin, end)
        )
        candidates = Candidates(scrapes, history.edits, outages)
        truth = Truth(datetime.fromtimestamp(begin, UTC).date())
        checker = Checker(history, truth, candidates)
        verdicts, faults = compared(checker, servers, scrapes, (begin, end))
        return Soaked(
            options,
            begin,
            end,
            history.edits,
            watch,
            candidates,
            scrapes,
            verdicts,
            truth.boundaries(first, begin, end),
            faults,
            site.log("gunicorn"),
        )


def compared(
    checker: Checker,
    servers: list[Prometheus],
    scrapes: list[Scrape],
    period: tuple[float, float],
) -> tuple[list[Verdict], list[str]]:
    """Return a verdict on each scrape, and what is wrong in the first few."""
    verdicts: list[Verdict] = []
    faults: list[str] = []
    for server in servers:
        for verdict in checker.verdicts(server, scrapes, *period):
            verdicts.append(verdict)
            if not verdict.is_right and len(faults) < FAULTS_NAMED:
                faults.extend(checker.explain(server, verdict))
    return verdicts, faults[:FAULTS_NAMED]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--components", type=int, default=10_000)
    parser.add_argument("--restarts", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if shutil.which("prometheus") is None:
        raise SystemExit("prometheus is not installed")
    with tempfile.TemporaryDirectory() as directory:
        soaked = soak(options, Path(directory))
    if report(soaked):
        sys.exit(1)


if __name__ == "__main__":
    main()
