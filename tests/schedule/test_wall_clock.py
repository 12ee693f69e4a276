"""Every minute of a year, in many zones, against what the wall clock reads.

The clock is read off zoneinfo minute by minute and laid beside the schedule on
paper, which knows no zone. Where the clock has gone back, and reads what it read
before, a boundary is at the first minute that reads at or past it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, compress, count, islice
from operator import lt, ne, sub
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from otel_sla.schedule import Override, Rule, Schedule
from otel_sla.schedule.timezones import zone

from ..support.make import seconds

AROUND = 9  # days before and after the year, for what reaches into it
DAYS = 365 + 2 * AROUND
DAY = 24 * 60  # in minutes, as all times here
PLACES = [
    ("UTC", 2026),
    ("Africa/Cairo", 2023),  # summer time is back, and begins at midnight
    ("Africa/Casablanca", 2025),  # an hour back for Ramadan
    ("Africa/Casablanca", 2026),
    ("America/Caracas", 2016),  # half an hour forward, for good
    ("America/Havana", 2025),  # 00:00 to 01:00 is skipped, and read twice
    ("America/New_York", 2026),
    ("America/Nuuk", 2023),  # where zoneinfo reads October as it never was
    ("America/Santiago", 2026),  # midnight is skipped
    ("America/Sao_Paulo", 2018),
    ("America/Scoresbysund", 2024),  # a new offset the night summer time begins
    ("America/St_Johns", 2010),  # a minute past midnight, back to the day before
    ("America/St_Johns", 2026),
    ("America/Vancouver", 2026),
    ("America/Vancouver", 2027),
    ("Antarctica/Casey", 2010),  # three hours back, to the day before
    ("Antarctica/Troll", 2026),  # two hours of summer time
    ("Asia/Beirut", 2023),
    ("Asia/Gaza", 2026),
    ("Asia/Kathmandu", 2026),
    ("Asia/Pyongyang", 2018),  # half an hour forward, from 23:30
    ("Asia/Tehran", 2022),
    ("Australia/Lord_Howe", 2026),  # half an hour of summer time
    ("Europe/Dublin", 2026),  # winter time is the exception
    ("Europe/London", 2026),
    ("Europe/Volgograd", 2020),
    ("Pacific/Apia", 2011),  # 30 December is skipped
    ("Pacific/Chatham", 2026),  # at 02:45
    ("Pacific/Kwajalein", 1993),  # 21 August is skipped
]


def daily(start: time, end: time) -> Rule:
    return Rule(frozenset(range(7)), start, end)


PAPERS: dict[str, tuple[Rule, ...]] = {
    "by day": (Rule(frozenset(range(5)), time(9), time(17)),),
    "by night": (daily(time(22), time(6)),),
    "at weekends": (Rule(frozenset({4}), time(18), time(8), end_day=3),),
    "the first half of every hour": tuple(
        daily(time(hour), time(hour, 30)) for hour in range(24)
    ),
    "across every full hour": tuple(
        daily(time(hour, 45), time((hour + 1) % 24, 15)) for hour in range(24)
    ),
}


def on_paper(rules: Iterable[Rule], first: date) -> list[tuple[int, int]]:
    """The windows that start on DAYS days, in minutes since the first midnight."""
    return [
        (
            day * DAY + rule.start.hour * 60 + rule.start.minute,
            (day + (rule.end_day or 0)) * DAY + rule.end.hour * 60 + rule.end.minute,
        )
        for day in range(DAYS)
        for rule in rules
        if (first.weekday() + day) % 7 in rule.weekdays
    ]


class Clock(NamedTuple):
    """A zone in a year and AROUND it, in minutes since the first midnight in UTC.

    `reads` is what the wall clock reads at each minute, since its own midnight of
    that day; `furthest` the furthest it has read so far.
    """

    place: ZoneInfo
    first: date
    since: int
    reads: list[int]
    furthest: list[int]

    def first_at_or_past(self, reading: int) -> int:
        return bisect_left(self.furthest, reading)


@pytest.fixture(
    scope="module", params=PLACES, ids=lambda place: f"{place[0]}-{place[1]}"
)
def clock(request: pytest.FixtureRequest) -> Clock:
    name, year = request.param
    place, first = zone(name), date(year, 1, 1) - timedelta(days=AROUND)
    since = seconds(first.year, first.month, first.day)

    def offset(minute: int) -> int:
        """Of the instant; a reading's utcoffset() can differ from it."""
        instant = datetime.fromtimestamp(since + minute * 60, UTC)
        wall = instant.astimezone(place).replace(tzinfo=UTC)
        return (wall - instant) // timedelta(minutes=1)

    reads: list[int] = []
    for hour in range(0, DAYS * DAY, 60):
        ahead = offset(hour)
        if ahead == offset(hour + 60):
            reads.extend(range(hour + ahead, hour + 60 + ahead))
        else:
            reads.extend(minute + offset(minute) for minute in range(hour, hour + 60))
    return Clock(place, first, since, reads, list(accumulate(reads, max)))


def painted(spans: Iterable[tuple[int, int]]) -> bytearray:
    """A byte for each minute, 1 where a span covers it."""
    minutes = bytearray(DAYS * DAY)
    for opens, closes in spans:
        minutes[max(opens, 0) : closes] = b"\1" * (closes - max(opens, 0))
    return minutes[: DAYS * DAY]


def differences(found: bytearray, expected: bytearray) -> list[str]:
    """The minutes in UTC at which they differ, the first few of them."""
    if found == expected:
        return []
    differing = compress(count(), map(ne, found, expected))
    return [f"day {at // DAY}, minute {at % DAY}" for at in islice(differing, 5)]


def test_windows_cover_just_the_minutes_the_wall_clock_says(clock: Clock) -> None:
    in_year = slice(AROUND * DAY, -AROUND * DAY)
    wall = clock.reads[in_year]
    repeated = [*compress(count(), map(lt, wall, clock.furthest[in_year]))]
    start, end = (clock.since + day * DAY * 60 for day in (AROUND, DAYS - AROUND))

    for paper, rules in PAPERS.items():
        windows = Schedule(clock.place, rules).windows(start, end)
        edges = [
            (edge - clock.since) / 60
            for window in windows
            for edge in window
            if edge is not None
        ]
        assert all(edge.is_integer() for edge in edges)
        minutes = [int(edge) for edge in edges]
        is_open = painted(zip(minutes[::2], minutes[1::2], strict=True))[in_year]

        local = on_paper(rules, clock.first)
        by_clock = bytearray(map(painted(local).__getitem__, wall))
        for at in repeated:
            by_clock[at] = is_open[at]
        assert differences(is_open, by_clock) == [], paper

        by_first_pass = painted(
            (clock.first_at_or_past(opens), clock.first_at_or_past(closes))
            for opens, closes in local
        )[in_year]
        assert differences(is_open, by_first_pass) == [], paper


def test_any_minute_about_a_change_is_the_first_that_reads_it_or_more(
    clock: Clock,
) -> None:
    midnight = datetime.combine(clock.first, time())
    steps = map(sub, clock.reads[1:], clock.reads)
    for at in compress(count(), (step != 1 for step in steps)):
        before, after = sorted(clock.reads[at : at + 2])
        for reading in range(before - 60, after + 60):
            start = midnight + timedelta(minutes=reading)
            one_off = Override(start, start + timedelta(days=2), "open")
            moment = clock.since + clock.first_at_or_past(reading) * 60
            state = Schedule(clock.place, overrides=((one_off,),)).state(moment)
            assert state.last_start == moment
