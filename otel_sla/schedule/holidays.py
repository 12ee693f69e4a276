"""Public-holiday calendars by code, from the `holidays` library."""

from collections.abc import Mapping
from datetime import date
from functools import cache

import holidays
from holidays.constants import PUBLIC
from holidays.holiday_base import HolidayBase

from .calendars import Calendar, Year
from .calendars.calendar import split
from .holiday_codes import NATIONWIDE, UnknownCalendar, countries, parse, places

__all__ = ["LibraryCalendar", "UnknownCalendar", "calendar", "check_code"]

_YEARS_COMPARED = range(2024, 2028)

# How the library labels the name of a day that is observed on another date, and the
# label that it has on its own.
_OBSERVED_LABELS = {
    "observed_estimated_label": "estimated_label",
    "observed_label_before": None,
    "observed_label": None,
}


class LibraryCalendar(Calendar):
    """The holidays of one code, named in the country's default language.

    Raises UnknownCalendar.
    """

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code
        self._country, self._subdivision, category = parse(code)
        self._categories = {PUBLIC, category} - {"", NATIONWIDE}
        self._observed: dict[int, Mapping[date, Mapping[str, str]]] = {}

    def __repr__(self) -> str:
        return f"LibraryCalendar({self.code!r})"

    def observed(self, year: int) -> Mapping[date, Mapping[str, str]]:
        """Return the names that dates have only because another holiday is observed.

        Each is with the name of the other one, as well as the library tells it: in
        GB-ENG, 2026-12-28 is "Boxing Day (observed)", for Boxing Day.
        """
        known = self._observed.get(year)
        if known is None:
            known = self._observed[year] = self._make_observed(year)
        return known

    def _make(self, year: int) -> Year:
        return Year(dict(self._library(year)), {})

    def _make_observed(self, year: int) -> Mapping[date, Mapping[str, str]]:
        days, unmoved = self._library(year), self._library(year, observed=False)
        found: dict[date, dict[str, str]] = {}
        for day, names in sorted(days.items()):
            for name in split(names):
                if name not in split(unmoved.get(day, "")):
                    found.setdefault(day, {})[name] = _name_observed(days, name)
        return found

    def _library(self, year: int, observed: bool = True) -> HolidayBase:
        # Without a language, the library takes that of the process's environment.
        return holidays.country_holidays(
            self._country,
            subdiv=self._subdivision or None,
            years=year,
            observed=observed,
            categories=self._categories,
            language=getattr(holidays, self._country).default_language,
        )


def _name_observed(days: HolidayBase, name: str) -> str:
    """Return the name without what the library adds to say that it is observed."""
    for label, own_label in _OBSERVED_LABELS.items():
        if not hasattr(days, label):
            continue
        before, _, after = days.tr(getattr(days, label)).partition("%s")
        if name.startswith(before) and name.endswith(after):
            bare = name.removeprefix(before).removesuffix(after)
            return days.tr(getattr(days, own_label)) % bare if own_label else bare
    return name


@cache
def calendar(code: str) -> LibraryCalendar:
    """Return the one shared calendar of the code. Raises UnknownCalendar."""
    return LibraryCalendar(code)


def check_code(code: str) -> None:
    """Refuse a code whose holidays nobody observes. Raises UnknownCalendar.

    A country needs a subdivision where none of them observes exactly the nationwide
    holidays: Easter Monday is not one of GB's, because it is one in England but not in
    Scotland. With the country alone working days would be wrong everywhere.
    """
    country, _, category = code.partition("/")
    has_subdivisions = bool(countries().get(country))
    if has_subdivisions and category != NATIONWIDE and _needs_subdivision(country):
        raise UnknownCalendar(
            "subdivision_missing",
            calendar=code,
            known=places(country, category),
            country=country,
        )
    calendar(code)


@cache
def _needs_subdivision(country: str) -> bool:
    nationwide = _days(country)
    return all(_days(f"{country}-{one}") != nationwide for one in countries()[country])


def _days(code: str) -> set[date]:
    return {day for year in _YEARS_COMPARED for day in calendar(code).of_year(year).off}
