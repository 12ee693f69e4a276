"""In which minutes of a period a schedule is open.

Sets of minutes are whole numbers: bit 0 is the period's first minute, in UTC. So `|` is
union and `& ~` takes away.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from . import notation
from .calendars import Calendars, Day, Span

DAY = 1_440
LONGEST_RULE = 8
"""Days after which a window that starts on a date has ended."""


class Minutes:
    """A set of minutes of a period that begins at `start`."""

    def __init__(self, start: datetime, bits: int) -> None:
        self.start = start
        self.bits = bits

    def before(self, moment: datetime) -> int:
        """Return how many of the minutes are before the moment."""
        passed = int((moment - self.start) / timedelta(minutes=1))
        return (self.bits & ((1 << passed) - 1)).bit_count()

    def spans(self) -> list[Span]:
        """Return the minutes as half-open spans in Unix seconds, ascending."""
        edges = self.bits ^ (self.bits << 1)
        first = int(self.start.timestamp())
        found = []
        while edges:
            lowest = edges & -edges
            found.append(first + 60 * (lowest.bit_length() - 1))
            edges ^= lowest
        return list(zip(found[::2], found[1::2], strict=True))


class OpenMinutes:
    """The open minutes of a catalogue's components within [start, end).

    Both are whole minutes in UTC.
    """

    def __init__(
        self, catalogue: dict[str, Any], start: datetime, end: datetime
    ) -> None:
        self._catalogue = catalogue
        self._calendars = Calendars(catalogue)
        self.start, self.end = start, end
        self._all = (1 << int((end - start) / timedelta(minutes=1))) - 1
        self._known: dict[str, int] = {}

    def of_component(self, name: str) -> Minutes:
        component = self._catalogue["components"][name]
        schedule = self._catalogue["agreements"][component["agreement"]]["schedule"]
        zone = self._catalogue["schedules"][schedule]["timezone"]
        bits = self._overridden(self._schedule(schedule), component, zone)
        return Minutes(self.start, bits)

    def _schedule(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = self._open(self._catalogue["schedules"][name])
        return self._known[name]

    def _open(self, entry: dict[str, Any]) -> int:
        """The one formula."""
        bits = self._all if entry.get("always_open") else self._by_rules(entry, "open")
        for name in entry.get("includes", []):
            bits |= self._schedule(name)
        bits &= ~self._by_rules(entry, "closed")
        for name in entry.get("excludes", []):
            bits &= ~self._schedule(name)
        return self._overridden(bits, entry, entry["timezone"])

    def _by_rules(self, entry: dict[str, Any], kind: str) -> int:
        clock = self._clock(entry["timezone"])
        dates = clock.dates()
        days = self._exceptional_days(entry, dates) if kind == "open" else {}
        bits = 0
        for rule in entry.get("rules", []):
            if rule.get("kind", "open") != kind:
                continue
            opens, closes = window_of(rule)
            for day in filter(partial(runs_on, rule), dates):
                midnight = day.toordinal() * DAY
                window = clock.minutes(midnight + opens, midnight + closes)
                if not rule.get("on_holidays"):
                    for one in days.get(day, ()):
                        window &= clock.union(midnight, one.hours or ())
                bits |= window
        return bits

    def _exceptional_days(
        self, entry: dict[str, Any], dates: list[date]
    ) -> dict[date, list[Day]]:
        """Return the holidays and the days with hours of a schedule, by date."""
        found: dict[date, list[Day]] = {}
        for year in {day.year for day in dates}:
            for one in self._calendars.of_schedule(entry, year):
                found.setdefault(one.date, []).append(one)
        return found

    def _overridden(self, bits: int, entry: dict[str, Any], zone: str) -> int:
        clock = self._clock(zone)
        overrides = entry.get("overrides", [])
        for kind in ("closed", "open"):
            for one in overrides:
                if one["kind"] == kind:
                    minutes = clock.minutes(*notation.override(one))
                    bits = bits & ~minutes if kind == "closed" else bits | minutes
        return bits

    def _clock(self, zone: str) -> Clock:
        return clock_of(zone, self.start, self.end)


class Clock:
    """What a wall clock that is never set back reads in each minute of a period.

    Where the clocks go back, it stands still until the repeated hour is over: so a
    repeated time means its first pass. Where they go forward, it jumps: a skipped time
    is reached at the moment of the jump.
    """

    def __init__(self, zone: str, start: datetime, end: datetime) -> None:
        self._readings = array("q")
        reading = 0
        first, last = (int(at.timestamp()) for at in (start, end))
        local_zone = ZoneInfo(zone)
        for second in range(first - DAY * 60, last, 60):
            local = datetime.fromtimestamp(second, local_zone)
            reading = max(reading, notation.local_minute(local))
            if second >= first:
                self._readings.append(reading)

    def dates(self) -> list[date]:
        """Return the dates on which windows may start that are open in the period."""
        first = date.fromordinal(self._readings[0] // DAY - LONGEST_RULE - 1)
        last = date.fromordinal(self._readings[-1] // DAY)
        return list(notation.dates(first, last))

    def minutes(self, opens: int, closes: int) -> int:
        """Return the minutes of the period from one local time to another."""
        since, until = (bisect_left(self._readings, at) for at in (opens, closes))
        return (1 << until) - (1 << since) if since < until else 0

    def union(self, midnight: int, spans: Iterable[Span]) -> int:
        """Return the minutes of spans that are given in minutes since a midnight."""
        bits = 0
        for opens, closes in spans:
            bits |= self.minutes(midnight + opens, midnight + closes)
        return bits


@lru_cache(maxsize=256)
def clock_of(zone: str, start: datetime, end: datetime) -> Clock:
    return Clock(zone, start, end)


def window_of(rule: dict[str, Any]) -> Span:
    """Return from when to when a rule is open, in minutes since the day's midnight."""
    opens, closes = notation.clock(rule["start"]), notation.clock(rule["end"])
    days_later = rule.get("end_day")
    if days_later is None:
        days_later = 1 if closes <= opens else 0
    return opens, closes + days_later * DAY


def runs_on(rule: dict[str, Any], day: date) -> bool:
    """Return whether a window of the rule starts on the date, holidays aside."""
    nth, weekdays = notation.nth_and_days(rule["days"], rule.get("nth"))
    if day.weekday() not in weekdays:
        return False
    if nth == -1 and (day + timedelta(weeks=1)).month == day.month:
        return False
    if nth not in (None, -1) and nth != (day.day - 1) // 7 + 1:
        return False
    if "months" in rule and day.month not in notation.months(rule["months"]):
        return False
    if "days_of_month" in rule:
        after = day.replace(day=28) + timedelta(days=4)
        from_end = (day - after.replace(day=1)).days
        if not {day.day, from_end} & notation.days_of_month(rule["days_of_month"]):
            return False
    if "from" in rule and not is_its_turn(rule, day):
        return False
    if "valid_from" in rule and day < notation.day(rule["valid_from"]):
        return False
    return not ("valid_to" in rule and day > notation.day(rule["valid_to"]))


def is_its_turn(rule: dict[str, Any], day: date) -> bool:
    """Return whether it is the turn of the day, of every_days, or of its week."""
    anchor = notation.day(rule["from"])
    monday, anchored = (one - timedelta(days=one.weekday()) for one in (day, anchor))
    weeks, days = (monday - anchored).days // 7, (day - anchor).days
    of_weeks, of_days = rule.get("every_weeks", 1), rule.get("every_days", 1)
    return bool(weeks % of_weeks == 0 and days % of_days == 0)


def utc(text: str) -> datetime:
    """Return a moment in UTC: `2026-03-29T01:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
