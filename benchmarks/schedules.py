"""Measure schedule evaluation beside dateutil.rrule and opening-hours-py.

    python benchmarks/schedules.py

Prints Markdown tables. Times are CPU microseconds, the least of several runs in one
process; only the ratios in a row mean something on another machine. Cold is the
definition plus its first state, nothing kept from before. The others do the work
that gives the same four boundaries: rrule by occurrences around the moment (starts
and, shifted by the length, ends; without converting zones), opening-hours-py by the
intervals of the days around it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from functools import partial
from pathlib import Path
from resource import getpagesize
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule
from opening_hours import OpeningHours

sys.path.insert(0, str(Path(__file__).parent.parent))

from otel_sla.schedule import LAST, Override, Rule, Schedule
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.spans import to_unix

MOMENT = int(datetime(2026, 3, 27, 8, 26, 40, tzinfo=UTC).timestamp())
READING = datetime(2026, 3, 27, 8, 26, 40)
LONDON = ZoneInfo("Europe/London")
OFFICE_DAYS, DAILY = frozenset(range(5)), frozenset(range(7))
YEAR = (1_767_225_600, 1_798_761_600)


def office(**fields: Any) -> Rule:
    return Rule(OFFICE_DAYS, clock(9), clock(17), **fields)


def one_offs(kind: Any) -> tuple[tuple[Override, ...]]:
    start = datetime(2025, 1, 1)
    return (
        tuple(
            Override(
                start + timedelta(days=3 * n),
                start + timedelta(days=3 * n, hours=6),
                kind,
            )
            for n in range(500)
        ),
    )


def schedule(*rules: Rule, **fields: Any) -> Callable[[], Schedule]:
    return lambda: Schedule(LONDON, rules, **fields)


KINDS: dict[str, tuple[Callable[[], Schedule], dict[str, Any] | None, str | None]] = {
    # what: ours, the keywords of rrule, the expression of opening-hours-py
    "weekdays 09:00-17:00": (
        schedule(office()),
        {"freq": rrule.WEEKLY, "byweekday": range(5)},
        "Mo-Fr 09:00-17:00",
    ),
    "the same with holidays": (
        schedule(office(), holidays=calendar("GB-ENG")),
        None,
        None,
    ),
    "weekdays 22:00-06:00": (
        schedule(Rule(OFFICE_DAYS, clock(22), clock(6))),
        {"freq": rrule.WEEKLY, "byweekday": range(5)},
        "Mo-Fr 22:00-06:00",
    ),
    "last Sunday of the month": (
        schedule(Rule(frozenset({6}), clock(2), clock(4), nth=LAST)),
        {"freq": rrule.MONTHLY, "byweekday": rrule.SU(-1)},
        "Su[-1] 02:00-04:00",
    ),
    "every second Thursday": (
        schedule(
            Rule(
                frozenset({3}),
                clock(9),
                clock(11),
                every_weeks=2,
                anchor=date(2026, 1, 8),
            )
        ),
        {"freq": rrule.WEEKLY, "interval": 2, "byweekday": 3},
        None,
    ),
    "29 February": (
        schedule(
            Rule(
                DAILY,
                clock(9),
                clock(11),
                months=frozenset({2}),
                days_of_month=frozenset({29}),
            )
        ),
        {"freq": rrule.YEARLY, "bymonth": 2, "bymonthday": 29},
        "Feb 29 09:00-11:00",
    ),
    "never (30 February)": (
        schedule(
            Rule(
                DAILY,
                clock(9),
                clock(11),
                months=frozenset({2}),
                days_of_month=frozenset({30}),
            )
        ),
        {"freq": rrule.YEARLY, "bymonth": 2, "bymonthday": 30},
        None,
    ),
    "24x7": (schedule(always_open=True), None, "24/7"),
    "24x7 written as a rule": (
        schedule(Rule(DAILY, clock(0), clock(0), end_day=1)),
        None,
        "Mo-Su 00:00-24:00",
    ),
    "24x7 written as a rule, from 2020 on": (
        schedule(
            Rule(DAILY, clock(0), clock(0), end_day=1, valid_from=date(2020, 1, 1))
        ),
        None,
        None,
    ),
    "a rule that has run out": (
        schedule(office(valid_to=date(2026, 2, 1))),
        {"freq": rrule.WEEKLY, "byweekday": range(5), "until": datetime(2026, 2, 1)},
        None,
    ),
    "a rule that begins in a year": (
        schedule(office(valid_from=date(2027, 3, 1))),
        None,
        None,
    ),
    "50 rules": (
        schedule(
            *(
                Rule(
                    frozenset({n % 7, n % 5}), clock(n % 12), clock(12 + n % 11, n % 60)
                )
                for n in range(50)
            )
        ),
        None,
        None,
    ),
    "weekdays and 500 closed overrides": (
        schedule(office(), overrides=one_offs("closed")),
        None,
        None,
    ),
    "24x7 and 500 closed overrides": (
        schedule(always_open=True, overrides=one_offs("closed")),
        None,
        None,
    ),
}


def microseconds(work: Callable[[], object], rounds: int = 20, runs: int = 7) -> float:
    """CPU time of one round, the least of several runs."""
    best = float("inf")
    for _ in range(runs):
        began = time.process_time_ns()
        for _ in range(rounds):
            work()
        best = min(best, (time.process_time_ns() - began) / rounds / 1_000)
    return best


def cold(build: Callable[[], Schedule]) -> object:
    to_unix.cache_clear()
    return build().state(MOMENT)


def by_rrule(keywords: dict[str, Any]) -> object:
    """Four boundaries off a recurrence that begins just early enough for them."""
    back = {rrule.WEEKLY: 60, rrule.MONTHLY: 90, rrule.YEARLY: 4_018}[keywords["freq"]]
    begins = READING.replace(hour=9, minute=0, second=0) - timedelta(days=back)
    starts = rrule.rrule(dtstart=begins, **keywords)
    length = timedelta(hours=8)
    return (
        starts.before(READING, inc=True),
        starts.after(READING),
        starts.before(READING - length, inc=True),
        starts.after(READING - length),
    )


def by_opening_hours(expression: str) -> object:
    """The intervals of 31 days on either side (a year, where it may take one)."""
    days = timedelta(days=1461 if expression.startswith("Feb") else 31)
    hours = OpeningHours(expression, timezone=LONDON)
    return list(hours.intervals(READING - days, READING + days))


def state_table() -> None:
    print("| state of | cold | kept | rrule | opening-hours-py |")
    print("|---|---:|---:|---:|---:|")
    for kind, (build, keywords, expression) in KINDS.items():
        state = build().state(MOMENT)
        ours = microseconds(partial(cold, build))
        kept = microseconds(partial(state.holds_at, MOMENT), 10_000)
        others = [
            microseconds(partial(by_rrule, keywords), 5) if keywords else None,
            microseconds(partial(by_opening_hours, expression), 5)
            if expression
            else None,
        ]
        print(
            f"| {kind} | {ours:.0f} | {kept:.2f} | "
            + " | ".join(f"{it:.0f} ({it / ours:.1f}x)" if it else "-" for it in others)
            + " |"
        )


def bulk_table() -> None:
    weekly = KINDS["weekdays 09:00-17:00"]
    begins, ends = (datetime.fromtimestamp(at, UTC).replace(tzinfo=None) for at in YEAR)
    length = timedelta(hours=8)

    def year_by_rrule() -> object:
        starts = rrule.rrule(
            dtstart=begins.replace(hour=9), until=ends, **(weekly[1] or {})
        )
        return [(start, start + length) for start in starts]

    def year_by_opening_hours() -> object:
        hours = OpeningHours(weekly[2] or "", timezone=LONDON)
        return list(hours.intervals(begins, ends))

    def many() -> object:
        to_unix.cache_clear()
        return [
            Schedule(LONDON, (Rule(OFFICE_DAYS, clock(9), clock(17, n % 60)),)).state(
                MOMENT
            )
            for n in range(2_000)
        ]

    rows = {
        "the windows of a year": (
            microseconds(lambda: weekly[0]().windows(*YEAR), 5),
            microseconds(year_by_rrule, 5),
            microseconds(year_by_opening_hours, 5),
        ),
        "2,000 business-hours schedules, cold": (
            microseconds(many, 1, 3),
            microseconds(
                lambda: [by_rrule(weekly[1] or {}) for _ in range(2_000)], 1, 3
            ),
            microseconds(
                lambda: [by_opening_hours(weekly[2] or "") for _ in range(2_000)], 1, 3
            ),
        ),
    }
    print("\n| | otel_sla | rrule | opening-hours-py |")
    print("|---|---:|---:|---:|")
    for what, (ours, *others) in rows.items():
        ratios = " | ".join(f"{it:.0f} ({it / ours:.1f}x)" for it in others)
        print(f"| {what} | {ours:.0f} | {ratios} |")


def bytes_each(build: Callable[[int], object]) -> float:
    """What the process grows by for each of 5,000 that are kept."""
    statm = Path("/proc/self/statm")
    before = int(statm.read_text().split()[1])
    kept = [build(n) for n in range(5_000)]
    to_unix.cache_clear()
    return (int(statm.read_text().split()[1]) - before) * getpagesize() / len(kept)


def memory_row() -> str:
    """Take the first measurement of a process, in which nothing is free for reuse."""

    def ours(n: int) -> object:
        one = Schedule(LONDON, (Rule(OFFICE_DAYS, clock(9), clock(17, n % 60)),))
        return one, one.state(MOMENT)

    def by_rrule(n: int) -> object:
        starts = rrule.rrule(
            rrule.WEEKLY, dtstart=READING - timedelta(60, minutes=n), byweekday=range(5)
        )
        return starts, starts.before(READING), starts.after(READING)

    def by_opening_hours(n: int) -> object:
        hours = OpeningHours(f"Mo-Fr 09:00-17:{n % 60:02}", timezone=LONDON)
        return hours, hours.next_change(READING)

    own, *others = map(bytes_each, (ours, by_rrule, by_opening_hours))
    ratios = " | ".join(f"{it:.0f} ({it / own:.1f}x)" for it in others)
    return f"| bytes of one that is kept, with its state | {own:.0f} | {ratios} |"


if __name__ == "__main__":
    memory = memory_row()
    state_table()
    bulk_table()
    print(memory)
