"""Every minute of a year, in many zones, against what the wall clock reads.

The clock is read off zoneinfo minute by minute and laid beside the schedule on
paper, which knows no zone. Where the clock has gone back, and reads what it read
before, a boundary is at the first minute that reads at or past it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest

from otel_sla.schedule import Rule, Schedule
from otel_sla.zones import zone

DAY = 24 * 60  # in minutes, as all times here
PLACES = [
    ("UTC", 2026),
    ("Africa/Cairo", 2023),  # summer time is back, and begins at midnight
    ("Africa/Casablanca", 2025),  # an hour back for Ramadan
    ("Africa/Casablanca", 2026),
    ("America/Caracas", 2016),  # half an hour forward, for good
    ("America/Havana", 2025),  # 00:00 to 01:00 is skipped, and read twice
    ("America/New_York", 2026),
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
    "half of every hour": tuple(
        daily(time(hour, 15), time(hour, 45)) for hour in range(24)
    ),
    "across every full hour": tuple(
        daily(time(hour, 45), time((hour + 1) % 24, 15)) for hour in range(24)
    ),
    "all but a minute of every hour": tuple(
        daily(time(hour, 1), time((hour + 1) % 24)) for hour in range(24)
    ),
}


def minute_of(day: date, clock: time = time()) -> int:
    """Minutes since the start of 1970, on whatever clock is meant."""
    return (day - date(1970, 1, 1)).days * DAY + clock.hour * 60 + clock.minute


def on_paper(rules: Iterable[Rule], start: int, end: int) -> list[tuple[int, int]]:
    """The windows in local minutes, of all days from start to end."""
    return [
        (
            minute_of(day, rule.start),
            minute_of(day + timedelta(days=rule.end_day or 0), rule.end),
        )
        for day in (
            date(1970, 1, 1) + timedelta(days=number)
            for number in range(start // DAY, end // DAY)
        )
        for rule in rules
        if day.weekday() in rule.weekdays
    ]


def readings(place: ZoneInfo, start: int, end: int) -> list[int]:
    """What the clock reads at each minute in UTC, in minutes as well."""

    def offset(minute: int) -> int:
        ahead = datetime.fromtimestamp(minute * 60, place).utcoffset()
        assert ahead is not None
        return ahead // timedelta(minutes=1)

    reads: list[int] = []
    for hour in range(start, end, 60):
        first = offset(hour)
        if first == offset(hour + 60):
            reads.extend(range(hour + first, hour + 60 + first))
        else:
            reads.extend(minute + offset(minute) for minute in range(hour, hour + 60))
    return reads


def painted(spans: Iterable[tuple[int, int]], start: int, end: int) -> bytearray:
    """A byte for each minute from start to end, 1 where a span covers it."""
    minutes = bytearray(end - start)
    for opens, closes in spans:
        first, last = max(opens, start) - start, min(closes, end) - start
        if first < last:
            minutes[first:last] = b"\1" * (last - first)
    return minutes


def differences(start: int, found: bytearray, expected: bytearray) -> list[str]:
    """The minutes in UTC at which they differ, the first few of them."""
    if found == expected:
        return []
    return [
        f"{datetime.fromtimestamp((start + at) * 60, UTC):%F %H:%M}"
        for at, pair in enumerate(zip(found, expected, strict=True))
        if pair[0] != pair[1]
    ][:5]


@pytest.mark.parametrize(("name", "year"), PLACES)
def test_windows_cover_just_the_minutes_the_wall_clock_says(
    name: str, year: int
) -> None:
    place = zone(name)
    start, end = minute_of(date(year, 1, 1)), minute_of(date(year + 1, 1, 1))
    since, until = start - 9 * DAY, end + 9 * DAY
    reads = readings(place, since, until)
    furthest = list(accumulate(reads, max))
    in_year = slice(start - since, end - since)
    repeated = [
        at
        for at, (reading, most) in enumerate(
            zip(reads[in_year], furthest[in_year], strict=True)
        )
        if reading < most
    ]

    for paper, rules in PAPERS.items():
        windows = Schedule(place, rules).windows(start * 60, end * 60)
        seconds = [edge for window in windows for edge in window if edge is not None]
        minutes = [edge // 60 for edge in seconds]
        assert len(seconds) == 2 * len(windows)
        assert [edge * 60 for edge in minutes] == seconds
        is_open = painted(zip(minutes[::2], minutes[1::2], strict=True), start, end)

        local = on_paper(rules, since, until)
        should_be = painted(local, since, until)
        by_clock = bytearray(should_be[reading - since] for reading in reads[in_year])
        for at in repeated:
            by_clock[at] = is_open[at]
        assert differences(start, is_open, by_clock) == [], paper

        by_first_pass = painted(
            (
                (
                    since + bisect_left(furthest, opens),
                    since + bisect_left(furthest, closes),
                )
                for opens, closes in local
            ),
            start,
            end,
        )
        assert differences(start, is_open, by_first_pass) == [], paper
