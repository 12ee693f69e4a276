"""What a soak has found, in Markdown."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

from benchmarks.scrape import high

from .check import Verdict
from .contents import Edit
from .prometheus import INTERVAL
from .scrapes import Candidates, Scrape
from .watch import Watch

GROWTH = 1.05
"""Memory is flat if the last minutes take no more than earlier ones, times this."""


@dataclass(frozen=True, slots=True)
class Soaked:
    """All that is to be told. `boundaries`: the seconds at which a schedule's window,
    or that of a component with overrides, opened or closed."""

    options: argparse.Namespace
    begin: float
    end: float
    edits: list[Edit]
    watch: Watch
    candidates: Candidates
    scrapes: list[Scrape]
    verdicts: list[Verdict]
    boundaries: list[int]
    faults: list[str]
    log: str

    @property
    def warm(self) -> float:
        """Seconds after which memory is to stay as it is."""
        minutes: float = self.options.minutes
        return min(300.0, minutes * 60 / 4)

    def gaps(self) -> Iterator[tuple[Scrape | None, str]]:
        """Yield what failed or came late: the scrape, or that before it."""
        for server in dict.fromkeys(one.server for one in self.scrapes):
            own = [one for one in self.scrapes if one.server == server]
            for one in own:
                if not one.is_up:
                    yield one, f"{_clock(one.start)}: failed after {one.duration:.1f} s"
            times = [self.begin, *(one.start for one in own), self.end]
            for before, after in pairwise(times):
                if after - before > 1.5 * INTERVAL:
                    late = f"{_clock(before)}: {after - before:.1f} s to the next"
                    yield None, late


def report(soaked: Soaked) -> list[str]:
    """Print it; return what is not as it should be."""
    options = soaked.options
    print(
        f"{options.components:,} components, {options.workers} workers, "
        f"{options.minutes:g} minutes, {options.restarts} restarts, "
        f"seed {options.seed}\n"
    )
    wrong = [*_samples(soaked), *_outages(soaked), *_costs(soaked)]
    for fault in (*soaked.faults, *wrong):
        print(f"- {fault}")
    return wrong


def _samples(soaked: Soaked) -> Iterator[str]:
    verdicts, edits = soaked.verdicts, soaked.edits
    wrong, missing = (
        sum(getattr(one, name) for one in verdicts) for name in ("wrong", "missing")
    )
    gaps = [*soaked.gaps()]
    outside = [
        text
        for scrape, text in gaps
        if scrape is None or not soaked.candidates.outage(scrape)
    ]
    by_file = sum(edit.way.startswith("load") for edit in edits)
    quiet = {int(soaked.begin) // 60 + n for n in range(int(soaked.options.minutes))}
    quiet -= {at // 60 for at in soaked.boundaries}
    print("| | |\n|---|---:|")
    rows = {
        "scrapes": len(soaked.scrapes),
        "failed or missing": len(gaps),
        "outside the restarts": len(outside),
        "samples compared": sum(one.samples for one in verdicts),
        "wrong": wrong,
        "missing of what is to be there": missing,
        "scrapes while an edit was being committed": sum(
            one.candidates > 1 for one in verdicts
        ),
        "their samples that may be either": sum(one.unsure for one in verdicts),
        "windows that opened or closed": len(soaked.boundaries),
        "minutes in which none did": len(quiet),
        "edits": len(edits),
        "by load_catalogue": by_file,
        "tried again, the database being away": sum(one.failures > 0 for one in edits),
        "cut off, and committed": sum(one.way.endswith("cut off") for one in edits),
    }
    for name, number in rows.items():
        print(f"| {name} | {number:,} |")
    kinds = Counter(edit.what for edit in edits).most_common()
    print(f"\n{'; '.join(f'{what} {count:,}' for what, count in kinds)}")
    if wrong or missing or not all(one.is_right for one in verdicts):
        yield f"{sum(not one.is_right for one in verdicts)} scrapes are wrong"
    yield from outside
    if not edits:
        yield "nothing was edited"


def _outages(soaked: Soaked) -> Iterator[str]:
    print(
        "\n| PostgreSQL stopped | away, s | scrapes meanwhile | failed | of the last "
        "rows | the oldest, s |\n|---|---:|---:|---:|---:|---:|"
    )
    for outage in soaked.candidates.outages:
        meanwhile = [
            one for one in soaked.scrapes if soaked.candidates.outage(one) == outage
        ]
        ages = [one.age for one in meanwhile if one.is_stale]
        failed = sum(not one.is_up for one in meanwhile)
        print(
            f"| {_clock(outage.stopping)} | {outage.starting - outage.gone:.1f} "
            f"| {len(meanwhile)} | {failed} | {len(ages)} "
            f"| {max(ages, default=0):.0f} |"
        )
        if not ages:
            yield f"no scrape showed the last rows, {_clock(outage.stopping)}"
    for one in soaked.scrapes:
        if one.is_stale and not soaked.candidates.outage(one):
            yield f"{_clock(one.start)}: rows {one.age:.1f} s old, outside restarts"
    if "Traceback" in soaked.log:
        yield f"the site's log:\n{soaked.log}"


def _costs(soaked: Soaked) -> Iterator[str]:
    watch, warm = soaked.watch, soaked.warm
    last = watch.at[-1]
    print(
        f"\n| MiB resident | | min | median | max | MiB/h after {warm / 60:g} min |"
        "\n|---|---|---:|---:|---:|---:|"
    )
    processes = {f"worker {n}": one for n, one in enumerate(watch.resident.values(), 1)}
    for name, values in {**processes, "together": watch.together()}.items():
        slope = f"{watch.slope(values, warm):+.1f}"
        medians = []
        for title, since, until in (
            (f"minutes {warm / 60:g} to {warm / 30:g}", warm, 2 * warm),
            (f"the last {warm / 60:g} minutes", last - warm, last),
        ):
            found = watch.between(values, since, until)
            medians.append(median(found))
            cells = (min(found), median(found), max(found))
            numbers = " | ".join(f"{one:.1f}" for one in cells)
            print(f"| {name} | {title} | {numbers} | {slope} |")
            slope = ""
        if medians[1] > GROWTH * medians[0]:
            yield f"{name} has grown from {medians[0]:.1f} to {medians[1]:.1f} MiB"
    seconds = [one.duration for one in soaked.scrapes if one.is_up]
    print("\n| a scrape | median | p99 | max |\n|---|---:|---:|---:|")
    print(
        f"| seconds, as Prometheus has it | {median(seconds):.3f} "
        f"| {high(seconds):.3f} | {max(seconds):.3f} |"
    )
    each = watch.spent / len(soaked.scrapes)
    print(f"\nCPU of the workers, over the scrapes: {each:.3f} s")
    if watch.were_replaced:
        yield "a worker was replaced"


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S.%f}"[:-3]
