"""Public-holiday calendars by code, from the `holidays` library.

A code is a country, or a country and a subdivision: US, GB-ENG, DE-BY.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from functools import cache

import holidays

_YEARS_COMPARED = range(2024, 2028)


class UnknownCalendar(ValueError):
    """No holiday calendar goes by this code."""

    def __init__(self, code: str, remedy: str) -> None:
        super().__init__(f"holiday calendar {code!r} {remedy}")
        self.code = code
        self.remedy = remedy


class HolidayCalendar:
    """The public holidays of one code. `day in calendar` adds its year when asked.

    A year is stored whole by one assignment, so threads can share a calendar.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self._country, _, self._subdivision = code.partition("-")
        self._years: dict[int, dict[date, str]] = {}

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in self._year(day.year)

    def __repr__(self) -> str:
        return f"HolidayCalendar({self.code!r})"

    def name_of(self, day: date) -> str | None:
        """Return what is celebrated on the day, or None."""
        return self._year(day.year).get(day)

    def _year(self, year: int) -> dict[date, str]:
        known = self._years.get(year)
        if known is None:
            known = self._years[year] = dict(
                holidays.country_holidays(
                    self._country, subdiv=self._subdivision or None, years=year
                )
            )
        return known


@cache
def calendar(code: str) -> HolidayCalendar:
    """Return the one shared calendar of the code. Raises UnknownCalendar."""
    country, dash, subdivision = code.partition("-")
    countries = _countries()
    if country not in countries:
        raise UnknownCalendar(code, _country_remedy(country, subdivision))
    if dash and subdivision not in countries[country]:
        raise UnknownCalendar(code, _subdivision_remedy(country, subdivision))
    return HolidayCalendar(code)


@cache
def check_code(code: str) -> None:
    """Refuse a code that names no place people have holidays in.

    A country whose nationwide list is kept as it is nowhere in it (GB lacks
    Easter Monday, which England has and Scotland has not) needs a subdivision:
    a bare code would count working days wrong everywhere. Raises UnknownCalendar.
    """
    calendar(code)
    subdivisions = _countries()[code.partition("-")[0]]
    if "-" in code or not subdivisions:
        return
    nationwide = _days(code)
    if all(
        _days(f"{code}-{subdivision}") != nationwide for subdivision in subdivisions
    ):
        raise UnknownCalendar(
            code,
            "needs a subdivision, because no part of the country keeps just the "
            f"nationwide holidays; use {_listed(code, subdivisions)}",
        )


@cache
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)


def _days(code: str) -> set[date]:
    return {day for year in _YEARS_COMPARED for day in calendar(code)._year(year)}


def _country_remedy(country: str, subdivision: str) -> str:
    upper = country.upper()
    if country != upper and upper in _countries():
        joined = f"{upper}-{subdivision.upper()}" if subdivision else upper
        return f"is unknown: codes are upper-case, {joined}"
    return (
        "is unknown: use a country code of ISO 3166-1, with its subdivision where it "
        "has one, such as US, GB-ENG or DE-BY"
    )


def _subdivision_remedy(country: str, subdivision: str) -> str:
    known = _countries()[country]
    if not known:
        return f"is unknown: {country} has no subdivisions, use {country}"
    close = get_close_matches(subdivision.upper(), known, n=1, cutoff=0.5)
    meant = f"did you mean {country}-{close[0]}? " if close else ""
    return f"is unknown: {meant}{country} has {_listed(country, known)}"


def _listed(country: str, subdivisions: list[str]) -> str:
    return ", ".join(f"{country}-{subdivision}" for subdivision in subdivisions)
