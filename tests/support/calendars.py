"""Calendars of a few days, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from otel_sla.schedule.calendars import Calendar, Special, Year


class FewDays(Calendar):
    """Holidays and special days by date, without names unless they have some."""

    def __init__(
        self, off: Mapping[date, str], special: Mapping[date, Special]
    ) -> None:
        super().__init__()
        self._off, self._special = off, special

    def __bool__(self) -> bool:
        return bool(self._off or self._special)

    def __repr__(self) -> str:
        return f"FewDays({self._off!r}, {self._special!r})"

    def _make(self, year: int) -> Year:
        return Year(
            {day: name for day, name in self._off.items() if day.year == year},
            {day: one for day, one in self._special.items() if day.year == year},
        )


def special_days(*days: date, hours: tuple[tuple[int, int], ...]) -> FewDays:
    """Special days with these full hours of the clock, `((9, 12), (13, 15))`."""
    spans = tuple((opens * 3_600, closes * 3_600) for opens, closes in hours)
    return FewDays({}, dict.fromkeys(days, Special("a special day", spans)))


def days_off(*days: date, **named: date) -> FewDays:
    """Holidays, `days_off(date(2026, 1, 5), Epiphany=date(2026, 1, 6))`."""
    return FewDays(
        dict.fromkeys(days, "a day off") | {day: name for name, day in named.items()},
        {},
    )
