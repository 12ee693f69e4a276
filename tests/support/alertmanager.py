"""What Alertmanager makes of time intervals, restated; and what both amtools say."""

from __future__ import annotations

import subprocess
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from otel_sla.schedule.timezones import zone

from .parts import newer, program

WEEKDAYS = (
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
)
_QUARTER = 15 * 60

MonthLength = Callable[[str, date], int]


def counted(location: str, day: date) -> int:
    """The days of the month, as Alertmanager counts them since August 2026."""
    return monthrange(day.year, day.month)[1]


def divided(location: str, day: date) -> int:
    """The days of the month, as releases before do: its hours by 24, rounded down."""
    first = day.replace(day=1)
    next_first = (first + timedelta(days=32)).replace(day=1)
    begin, end = (
        datetime(one.year, one.month, 1, tzinfo=zone(location)).timestamp()
        for one in (first, next_first)
    )
    return int((end - begin) / 3600 / 24)


def open_minutes(
    entries: list[dict[str, Any]], start: int, end: int, length: MonthLength
) -> str:
    """Return a 1 for every minute of [start, end) that an entry holds, else a 0.

    Both in Unix seconds, on whole quarters of an hour: within one, no clock is changed
    and no date begins.
    """
    bits = 0
    for location in {entry["location"] for entry in entries}:
        here = [entry for entry in entries if entry["location"] == location]
        days: dict[date, str] = {}
        quarters = []
        for day, minute in _quarters(location, start, end):
            if day not in days:
                days[day] = _day(here, day, length(location, day))
            quarters.append(days[day][minute : minute + 15])
        bits |= int("".join(quarters), 2)
    return f"{bits:0{(end - start) // 60}b}"


@lru_cache(maxsize=32)
def _quarters(location: str, start: int, end: int) -> list[tuple[date, int]]:
    """The local date and minute of the day, every quarter of an hour."""
    readings = (
        datetime.fromtimestamp(at, zone(location)) for at in range(start, end, _QUARTER)
    )
    return [(one.date(), one.hour * 60 + one.minute) for one in readings]


def _day(entries: list[dict[str, Any]], day: date, length: int) -> str:
    """Which minutes of a local date are in any of the entries."""
    found = ["0"] * 1440
    for entry in entries:
        if _holds_day(entry, day, length):
            for one in entry.get(
                "times", [{"start_time": "00:00", "end_time": "24:00"}]
            ):
                begin, end = _minute(one["start_time"]), _minute(one["end_time"])
                assert begin < end
                found[begin:end] = "1" * (end - begin)
    return "".join(found)


def _holds_day(entry: dict[str, Any], day: date, length: int) -> bool:
    """Every field that is there has to match, by any of its ranges."""
    return (
        _holds(entry, "years", day.year)
        and _holds(entry, "months", day.month)
        and _holds(entry, "weekdays", day.isoweekday() % 7)
        and (
            "days_of_month" not in entry
            or any(
                _holds_day_of_month(first, last, day.day, length)
                for first, last in _ranges(entry["days_of_month"])
            )
        )
    )


def _holds(entry: dict[str, Any], field: str, value: int) -> bool:
    return field not in entry or any(
        first <= value <= last for first, last in _ranges(entry[field])
    )


def _holds_day_of_month(first: int, last: int, day: int, length: int) -> bool:
    first, last = (one if one > 0 else length + one + 1 for one in (first, last))
    if first > length:
        return False
    first, last = (min(max(one, -length), length) for one in (first, last))
    return first <= day <= last


def _ranges(texts: list[str]) -> Iterator[tuple[int, int]]:
    for text in texts:
        first, _, last = text.partition(":")
        yield _number(first), _number(last or first)


def _number(text: str) -> int:
    return WEEKDAYS.index(text) if text in WEEKDAYS else int(text)


def _minute(clock: str) -> int:
    hour, minute = map(int, clock.split(":"))
    assert len(clock) == 5
    assert hour * 60 + minute <= 1440
    return hour * 60 + minute


def refusal(file: Path) -> str:
    """Return what any amtool finds wrong with a configuration, or nothing."""
    checked = [*_amtools("check-config", str(file))]
    return "".join(f"{one.stdout}{one.stderr}" for one in checked if one.returncode)


def receiver(file: Path, **labels: str) -> str:
    """Return who is notified of an alert with the labels, by a configuration."""
    pairs = [f"{name}={value}" for name, value in labels.items()]
    routed = _amtools("config", "routes", "test", f"--config.file={file}", *pairs)
    (found,) = {one.stdout.strip() for one in routed}
    return found


def _amtools(*arguments: str) -> Iterator[subprocess.CompletedProcess[str]]:
    """Run Debian's amtool, and the newer one."""
    for command in (program("amtool"), newer("amtool")):
        yield subprocess.run(
            [command, *arguments], capture_output=True, text=True, check=False
        )
