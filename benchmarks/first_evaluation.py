"""Measure what many schedules with overrides cost when none of them is known yet.

    python benchmarks/first_evaluation.py [--schedules 5000] [--overrides 10]

Prints a Markdown table: CPU microseconds a schedule, the least of several runs. The
first evaluation makes the schedules of the text of their rows, as a snapshot does, and
evaluates states and figures; so does a change of the time zone of all. At a month's end
all states still hold, and the new month is counted; 36 hours later, states and figures
are new.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

from otel_sla.schedule.agreement_period import bounds
from otel_sla.schedule.definitions import Columns, Definitions, ScheduleSource
from otel_sla.schedule.evaluation import Schedule, State
from otel_sla.schedule.running_totals import Figures, RunningTotals
from otel_sla.schedule.spans import to_unix

BEGIN = datetime(2026, 1, 1)
MOMENT = int(datetime(2026, 11, 27, 12, 26, 40, tzinfo=UTC).timestamp())
ZONES = (
    "Europe/London",
    "America/New_York",
    "Asia/Tokyo",
    "Australia/Sydney",
    "UTC",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Africa/Cairo",
)
KEYS = ("weekdays", "start", "end", "kind", "nth")
REST = {
    "months": "",
    "days_of_month": "",
    "every_weeks": "1",
    "every_days": "1",
    "on_holidays": "0",
}
RUNS = 3


def rules(number: int) -> Iterator[Columns]:
    """One of four sorts of hours, each with 60 different ends."""
    end = f"17:{number // 4 % 60:02}:00"
    rows = (
        [("mon-fri", "09:00:00", end, "open", None)],
        [
            ("mon-fri", "08:00:00", end, "open", None),
            ("sat", "09:00:00", "13:00:00", "open", None),
        ],
        [("mon-fri", "22:00:00", "06:00:00", "open", None)],
        [
            ("mon-fri", "07:00:00", end, "open", None),
            ("fri", "12:00:00", "14:00:00", "closed", "-1"),
        ],
    )[number % 4]
    return (dict(zip(KEYS, row, strict=True)) | REST for row in rows)


def overrides(rng: Random, count: int) -> Iterator[Columns]:
    for _ in range(count):
        start = BEGIN + timedelta(days=rng.randrange(400), hours=rng.randrange(24))
        end = start + timedelta(hours=rng.randrange(1, 30))
        kind = rng.choice(("closed", "closed", "open"))
        yield {"start": str(start), "end": str(end), "kind": kind, "reason": ""}


def sources(schedules: int, count: int, shift: int = 0) -> dict[int, ScheduleSource]:
    rng = Random(1)
    zones = cycle(ZONES[shift:] + ZONES[:shift])
    return {
        number: ScheduleSource(
            f"schedule {number}",
            zone,
            holidays=("GB-ENG",) * (number % 2),
            rules=list(rules(number)),
            overrides=list(overrides(rng, count)),
        )
        for number, zone in zip(range(schedules), zones, strict=False)
    }


class Evaluation:
    """A schedule with what is kept of it from scrape to scrape."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule, self.totals = schedule, RunningTotals(schedule)
        self.state: State | None = None

    def at(self, moment: int) -> Figures:
        if self.state is None or not self.state.holds_at(moment):
            self.state = self.schedule.state(moment)
        return self.totals.figures(moment, "month", self.state)


def first(of: dict[int, ScheduleSource]) -> list[Evaluation]:
    made = Definitions({}, of)
    found = [Evaluation(made.schedule(key)) for key in of]
    each(found, lambda _: MOMENT)
    return found


def each(some: Iterable[Evaluation], moment: Callable[[Schedule], int]) -> None:
    for one in some:
        one.at(moment(one.schedule))


def next_month(schedule: Schedule) -> int:
    return bounds("month", MOMENT, schedule)[1]


def cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def run(schedules: int, count: int) -> list[float]:
    """Return the CPU seconds of each row of the table."""
    to_unix.cache_clear()
    before = sources(schedules, count)
    moved = sources(schedules, count, shift=1)
    found: list[Evaluation] = []
    seconds = [cpu(lambda: found.extend(first(before))), cpu(lambda: first(moved))]
    each(found, lambda schedule: next_month(schedule) - 1)
    seconds.append(cpu(lambda: each(found, next_month)))
    later = timedelta(hours=36) // timedelta(seconds=1)
    seconds.append(cpu(lambda: each(found, lambda one: next_month(one) + later)))
    return seconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=5_000)
    parser.add_argument("--overrides", type=int, default=10)
    options = parser.parse_args()
    runs = [run(options.schedules, options.overrides) for _ in range(RUNS)]
    print(
        f"| {options.schedules:,} schedules, {options.overrides} overrides each | us |"
    )
    print("|---|---:|")
    rows = (
        "the first evaluation",
        "another time zone for all",
        "the first second of a month",
        "36 hours later",
    )
    for row, *several in zip(rows, *runs, strict=True):
        print(f"| {row} | {min(several) / options.schedules * 1e6:.0f} |")
