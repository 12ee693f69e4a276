"""Entries as rules and days of a catalogue, so that the right one counts on each day.

An exception takes the place of the week by a day of a calendar, which cancels the
week's rules, or by a closing rule over the rest of the day. Where exceptions with other
times meet on a day, the lower ones are in a schedule of their own, which is closed on
the days of the higher ones.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from .conditions import day_names, days_of
from .entries import Entry
from .times import FULL, Times, clock, rest_of_day, within

Week = dict[int, Times]


def limited_to_days(entries: list[Entry], most: int) -> list[Entry]:
    """Return entries that are without days of a calendar if they would be too many."""
    if sum(entry.selector.day is not None for entry in entries) <= most:
        return entries
    return [
        replace(entry, selector=replace(entry.selector, day=None)) for entry in entries
    ]


def layers(entries: list[Entry]) -> list[list[Entry]]:
    """Return the entries, those that count more first, cut where they contradict."""
    found: list[list[Entry]] = [[]]
    at: dict[int, list[Entry]] = {}
    for entry in entries:
        days: set[int] = set()
        for condition in entry.selector.conditions:
            days |= days_of(condition)
        if any(
            _contradict(higher, entry) for day in days for higher in at.get(day, ())
        ):
            found.append([])
            at = {}
        for day in days:
            same = at.setdefault(day, [])
            if all(other.times != entry.times for other in same):
                same.append(entry)
        found[-1].append(entry)
    return found


def _contradict(higher: Entry, lower: Entry) -> bool:
    """Return whether rules for both would be wrong on a day that both have."""
    if not within(lower.times, higher.times):
        return True
    return lower.selector.day is None and lower.times != higher.times


def write_layer(
    entries: list[Entry], week: Week, higher: list[Entry]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the body of a schedule and the days of its calendar.

    On the days of the `higher` entries it is closed.
    """
    rules: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    entries, closed = _split(entries)
    named = {id(entry) for entry in entries if entry.selector.day}
    if not any(week.values()):
        named = set()
    whole = len(week) == 7 and all(times == FULL for times in week.values())
    if whole and not named:
        body: dict[str, Any] = {"always_open": True}
    else:
        body = {}
        rules += _week_rules(week)
    previous: Entry | None = None
    for entry in entries:
        by_day = id(entry) in named
        if by_day:
            _add_day(days, entry, previous)
            previous = entry
        elif any(week.values()):
            rules += _rules(entry, rest_of_day(entry.times), {"kind": "closed"})
        if not (body and not by_day and entry.times == FULL):
            heeds = {"on_holidays": True} if named else {}
            rules += _rules(entry, entry.times, heeds)
    for entry in higher:
        rules += _rules(entry, FULL, {"kind": "closed"})
    if rules:
        body["rules"] = rules
    if closed and any(week.values()):
        body["overrides"] = [one.written() for one in closed]
    return body, days


def _split(entries: list[Entry]) -> tuple[list[Entry], list[_Closed]]:
    """Return the entries, and apart the dates that some of them only close: overrides.

    Dates in a row for the same reason are together.
    """
    others: list[Entry] = []
    closed: list[_Closed] = []
    for entry in entries:
        date = dict(entry.selector.day or ()).get("date")
        reason = entry.line.comment[:100]
        # An override ends on a later day, which the calendar's last has not.
        if entry.times or not isinstance(date, dt.date) or date == dt.date.max:
            others.append(entry)
        elif closed and closed[-1].reason == reason and _follows(date, closed[-1].last):
            closed[-1].last = date
        else:
            closed.append(_Closed(date, date, reason))
    return others, closed


@dataclass(slots=True)
class _Closed:
    """Closed dates in a row, for the same reason."""

    first: dt.date
    last: dt.date
    reason: str

    def written(self) -> dict[str, Any]:
        """Return the override of a catalogue: one date is the whole of it."""
        after = f"{self.last + dt.timedelta(days=1)}T00:00"
        end = self.last if self.last == self.first else after
        reason = {"reason": self.reason} if self.reason else {}
        return {"from": self.first, "to": end, "kind": "closed", **reason}


def _add_day(days: list[dict[str, Any]], entry: Entry, previous: Entry | None) -> None:
    """Add its day of a calendar. Alike dates in a row are a range."""
    day = dict(entry.selector.day or ())
    date, before = day.get("date"), days[-1] if days else {}
    last = before.get("to", before.get("date"))
    alike = previous is not None and (previous.line.comment, previous.times) == (
        entry.line.comment,
        entry.times,
    )
    if alike and date and last and _follows(date, last):
        first = before.get("from", last)
        days[-1] = {"name": before["name"], "from": first, "to": date}
    else:
        days.append({"name": entry.name, **day})


def _follows(date: dt.date | str, before: dt.date | str) -> bool:
    """Return whether a date, or a "12-26" of every year, is the day after another."""
    if "02-29" in (date, before) or type(date) is not type(before):
        return False
    day, day_before = (
        dt.date.fromisoformat(f"2000-{one}") if isinstance(one, str) else one
        for one in (date, before)
    )
    return (day - day_before).days == 1


def _week_rules(week: Week) -> list[dict[str, Any]]:
    by_range: dict[tuple[int, int], list[int]] = {}
    for weekday in sorted(week):
        for pair in week[weekday]:
            by_range.setdefault(pair, []).append(weekday)
    return [
        {"days": day_names(tuple(weekdays)), "start": clock(start), "end": clock(end)}
        for (start, end), weekdays in by_range.items()
    ]


def _rules(entry: Entry, times: Times, more: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {**condition.notation(), "start": clock(start), "end": clock(end), **more}
        for condition in entry.selector.conditions
        for start, end in times
    ]
