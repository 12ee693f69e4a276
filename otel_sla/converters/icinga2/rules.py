"""The ranges of a period as the rules of a schedule: few and readable."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ...schedule.notation import WEEKDAYS
from .days import Days, Unreadable, read_days
from .hours import Hours, merged, read_hours, times
from .parse import Entry
from .periods import Period

_WHOLE_DAY: Hours = ((0, 24 * 60),)


class Ranges:
    """The ranges of `period`: `always_open` or `rules`; `taken` and `lost`."""

    def __init__(self, period: Period) -> None:
        self.taken: list[str] = []
        self.lost: list[str] = []
        self._weekly: dict[str, list[tuple[int, int]]] = {}
        self._monthly: dict[tuple[Any, ...], tuple[Days, Hours]] = {}
        self._dates: list[tuple[dt.date, dt.date, Hours]] = []
        self._dated: Entry | None = None
        for entry in period.ranges.values():
            self._add(entry)
        self.always_open = len(self._weekly) == 7 and all(
            merged(hours) == _WHOLE_DAY for hours in self._weekly.values()
        )
        if self._weekly and self._dated and not self.always_open:
            self.taken.append(
                f"Line {self._dated.line}: {self._dated.key!r} adds to the "
                "weekdays' hours, as when Icinga 2 runs, and does not replace them."
            )

    def _add(self, entry: Entry) -> None:
        where = f"Line {entry.line}: {entry.key[:60]!r}"
        if not isinstance(entry.value, str):
            shown = getattr(entry.value, "text", "a value other than a string")
            self.lost.append(f"{where} has {shown} where a string of times would be.")
            return
        if not entry.value.strip():
            self.lost.append(
                f"{where} has no times. Ranges only add up, so that it opens nothing "
                "and closes nothing."
            )
            return
        if (hours := read_hours(entry.value)) is None:
            self.lost.append(
                f"{where} has the times {entry.value[:60]!r}, which are not like "
                "09:00-12:00,13:00-17:00."
            )
            return
        try:
            parts = read_days(entry.key)
        except Unreadable as error:
            self.lost.append(f"{where} {error}.")
            return
        self._notes(where, entry.key)
        for days in parts:
            self._part(days, hours)
            if days.keys() != {"days"} and self._dated is None:
                self._dated = entry

    def _notes(self, where: str, key: str) -> None:
        if "/" in key and "- " not in key:
            self.taken.append(
                f"{where} has a / without a range, which changes nothing."
            )
        words = key.split()
        if len(words) == 2 and words[1] in {str(-n) for n in range(2, 32)}:
            self.taken.append(
                f"{where} counts from the end of the month, as documented. "
                "Icinga 2 may read it as the last day."
            )

    def _part(self, days: Days, hours: Hours) -> None:
        if days.keys() == {"days"} and days["days"] != "daily":
            for day in days["days"]:
                self._weekly.setdefault(day, []).extend(hours)
        elif days.keys() == {"days", "valid_from", "valid_to"}:
            self._dates.append((days["valid_from"], days["valid_to"], hours))
        else:
            other = {k: v for k, v in days.items() if k != "days_of_month"}
            key = (repr(other), "days_of_month" in days, hours)
            known, _ = self._monthly.setdefault(key, (dict(days), hours))
            if known.get("days_of_month") and known != days:
                together = {*known["days_of_month"], *days["days_of_month"]}
                known["days_of_month"] = sorted(together)

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules: weekdays, then days of months, then dates."""
        by_hours: dict[Hours, set[str]] = {}
        for day, hours in self._weekly.items():
            by_hours.setdefault(merged(hours), set()).add(day)
        parts = [({"days": _names(days)}, hours) for hours, days in by_hours.items()]
        parts += [(_compact(days), hours) for days, hours in self._monthly.values()]
        parts += self._date_parts()
        return [days | times(*one) for days, hours in parts for one in hours]

    def _date_parts(self) -> list[tuple[Days, Hours]]:
        runs: dict[Hours, list[tuple[dt.date, dt.date]]] = {}
        for first, last, hours in sorted(self._dates):
            run = runs.setdefault(hours, [])
            if run and (first - run[-1][1]).days <= 1:
                run[-1] = run[-1][0], max(last, run[-1][1])
            else:
                run.append((first, last))
        found = [(run, hours) for hours, all_runs in runs.items() for run in all_runs]
        return [
            ({"days": "daily", "valid_from": first, "valid_to": last}, hours)
            for (first, last), hours in sorted(found)
        ]


def _compact(days: Days) -> Days:
    compact = dict(days)
    if isinstance(days["days"], list):
        compact["days"] = _names(set(days["days"]))
    numbers = days.get("days_of_month")
    if numbers and numbers[0] > 0 and len(numbers) > 2:
        first, last = numbers[0], numbers[-1]
        if last - first == len(numbers) - 1:
            compact["days_of_month"] = f"{first}-{last}"
    return compact


def _names(days: set[str]) -> str | list[str]:
    """Return weekdays as people write them: daily, mon-fri, or [mon, wed]."""
    if len(days) == 7:
        return "daily"
    runs: list[list[str]] = []
    for index, day in enumerate(WEEKDAYS):
        if day in days:
            if runs and WEEKDAYS[index - 1] == runs[-1][-1]:
                runs[-1].append(day)
            else:
                runs.append([day])
    names: list[str] = []
    for run in runs:
        names += [f"{run[0]}-{run[-1]}"] if len(run) > 2 else run
    return names if len(names) > 1 else names[0]
