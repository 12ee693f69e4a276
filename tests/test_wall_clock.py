"""Every minute of a year, in many zones, against what the wall clock reads.

The clock is read off zoneinfo minute by minute and laid beside the schedule on
paper, which knows no zone. Where the clock has gone back, and reads what it read
before, a boundary is at the first minute that reads at or past it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import accumulate, compress, count, islice
from operator import lt, ne
from zoneinfo import ZoneInfo

import pytest

from otel_sla.schedule import Override, Rule, Schedule
from otel_sla.zones import zone

from .make import seconds

AROUND = 9  # days before and after the year, for what reaches into it
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


def on_paper(rules: Iterable[Rule], first: date, days: int) -> list[tuple[int, int]]:
    """The windows that start on the days, in minutes since the first midnight."""
    return [
        (
            day * DAY + rule.start.hour * 60 + rule.start.minute,
            (day + (rule.end_day or 0)) * DAY + rule.end.hour * 60 + rule.end.minute,
        )
        for day in range(days)
        for rule in rules
        if (first.weekday() + day) % 7 in rule.weekdays
    ]


def readings(place: ZoneInfo, first: date, days: int) -> list[int]:
    """What the clock reads at each minute in UTC, both since the first midnight."""
    since = seconds(first.year, first.month, first.day)

    def offset(minute: int) -> int:
        ahead = datetime.fromtimestamp(since + minute * 60, place).utcoffset()
        assert ahead is not None
        return ahead // timedelta(minutes=1)

    reads: list[int] = []
    for hour in range(0, days * DAY, 60):
        ahead = offset(hour)
        if ahead == offset(hour + 60):
            reads.extend(range(hour + ahead, hour + 60 + ahead))
        else:
            reads.extend(minute + offset(minute) for minute in range(hour, hour + 60))
    return reads


def painted(spans: Iterable[tuple[int, int]], days: int) -> bytearray:
    """A byte for each minute of the days, 1 where a span covers it."""
    minutes = bytearray(days * DAY)
    for opens, closes in spans:
        minutes[max(opens, 0) : closes] = b"\1" * (closes - max(opens, 0))
    return minutes[: days * DAY]


def differences(found: bytearray, expected: bytearray) -> list[str]:
    """The minutes in UTC at which they differ, the first few of them."""
    if found == expected:
        return []
    differing = compress(count(), map(ne, found, expected))
    return [f"day {at // DAY}, minute {at % DAY}" for at in islice(differing, 5)]


@pytest.mark.parametrize(("name", "year"), PLACES)
def test_windows_cover_just_the_minutes_the_wall_clock_says(
    name: str, year: int
) -> None:
    first, days = date(year, 1, 1) - timedelta(days=AROUND), 365 + 2 * AROUND
    since = seconds(first.year, first.month, first.day)
    place = zone(name)
    reads = readings(place, first, days)
    furthest = list(accumulate(reads, max))
    in_year = slice(AROUND * DAY, -AROUND * DAY)
    wall = reads[in_year]
    repeated = [*compress(count(), map(lt, wall, furthest[in_year]))]

    for paper, rules in PAPERS.items():
        windows = Schedule(place, rules).windows(
            since + AROUND * DAY * 60, since + (days - AROUND) * DAY * 60
        )
        edges = [
            (edge - since) / 60
            for window in windows
            for edge in window
            if edge is not None
        ]
        assert all(edge.is_integer() for edge in edges)
        minutes = [int(edge) for edge in edges]
        is_open = painted(zip(minutes[::2], minutes[1::2], strict=True), days)[in_year]

        local = on_paper(rules, first, days)
        should_be = painted(local, days)
        by_clock = bytearray(map(should_be.__getitem__, wall))
        for at in repeated:
            by_clock[at] = is_open[at]
        assert differences(is_open, by_clock) == [], paper

        by_first_pass = painted(
            (
                (bisect_left(furthest, opens), bisect_left(furthest, closes))
                for opens, closes in local
            ),
            days,
        )[in_year]
        assert differences(is_open, by_first_pass) == [], paper


@pytest.mark.parametrize(("name", "year"), PLACES)
def test_any_minute_about_a_change_is_the_first_that_reads_it_or_more(
    name: str, year: int
) -> None:
    first, days = date(year, 1, 1), 365
    place, since = zone(name), seconds(year, 1, 1)
    reads = readings(place, first, days)
    furthest = list(accumulate(reads, max))
    changes = [at for at in range(1, len(reads)) if reads[at] != reads[at - 1] + 1]

    for at in changes:
        before, after = sorted(reads[at - 1 : at + 1])
        for reading in range(before - 60, after + 60):
            start = datetime.combine(first, time()) + timedelta(minutes=reading)
            end = start + timedelta(days=2)
            one_off = Schedule(place, overrides=((Override(start, end, "open"),),))
            minute = bisect_left(furthest, reading)
            moment = since + minute * 60
            assert one_off.state(moment).last_start == moment
