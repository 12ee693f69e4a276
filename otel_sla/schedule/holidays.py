"""Public-holiday calendars by code, from the `holidays` library.

A code is a country, or a country and a subdivision: US, GB-ENG, DE-BY.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache

import holidays
from holidays.constants import HOLIDAY_NAME_DELIMITER
from holidays.holiday_base import HolidayBase
from holidays.registry import COUNTRIES

from ..text import suggestion
from .calendars import Calendar, Year
from .errors import ScheduleError

_YEARS_COMPARED = range(2024, 2028)
_YEARS_NAMED = range(2000, 2051)

# How the library labels the name of a day that is observed on another one, and the
# label that it has on its own date.
_OBSERVED_LABELS = (
    ("observed_estimated_label", "estimated_label"),
    ("observed_label_before", ""),
    ("observed_label", ""),
)

# The library has only the names in the local language.
_ENGLISH_NAMES = {
    "andalusia": "ES-AN",
    "basque country": "ES-PV",
    "bavaria": "DE-BY",
    "carinthia": "AT-2",
    "catalonia": "ES-CT",
    "geneva": "CH-GE",
    "hesse": "DE-HE",
    "lower austria": "AT-3",
    "lower saxony": "DE-NI",
    "lucerne": "CH-LU",
    "north rhine-westphalia": "DE-NW",
    "rhineland-palatinate": "DE-RP",
    "saxony": "DE-SN",
    "saxony-anhalt": "DE-ST",
    "styria": "AT-6",
    "thuringia": "DE-TH",
    "tyrol": "AT-7",
    "upper austria": "AT-4",
    "vienna": "AT-9",
    "zurich": "CH-ZH",
}


class UnknownCalendar(ScheduleError):
    """A code is not that of a holiday calendar, or lacks its subdivision."""


class LibraryCalendar(Calendar):
    """The public holidays of one code, named in the country's default language."""

    def __init__(self, code: str) -> None:
        super().__init__()
        self.code = code
        self._country, _, self._subdivision = code.partition("-")
        self._observed: dict[int, Mapping[date, str]] = {}
        self._names: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"LibraryCalendar({self.code!r})"

    def observed(self, year: int) -> Mapping[date, str]:
        """Return the holidays that are days off only because another one is observed.

        Each has the name of the other one, as well as the library tells it: 2026-12-28
        is Boxing Day in GB-ENG. Several are in the order that they have in the year.
        """
        known = self._observed.get(year)
        if known is None:
            known = self._observed[year] = self._make_observed(year)
        return known

    def names(self) -> frozenset[str]:
        """Return the name of every holiday from 2000 to 2050."""
        if not self._names:
            days = self._library(_YEARS_NAMED)
            self._names = frozenset(
                name for names in days.values() for name in _split(names)
            )
        return self._names

    def _make(self, year: int) -> Year:
        return Year(dict(self._library(year)), {})

    def _make_observed(self, year: int) -> Mapping[date, str]:
        days = self._library(year)
        return {
            day: HOLIDAY_NAME_DELIMITER.join(
                _name_observed(days, name) for name in _split(days[day])
            )
            for day in sorted(days.keys() - self._library(year, observed=False).keys())
        }

    def _library(
        self, years: int | Iterable[int], observed: bool = True
    ) -> HolidayBase:
        # Without a language, the library takes that of the process's environment.
        return holidays.country_holidays(
            self._country,
            subdiv=self._subdivision or None,
            years=years,
            observed=observed,
            language=getattr(holidays, self._country).default_language,
        )


def _split(names: str) -> list[str]:
    return names.split(HOLIDAY_NAME_DELIMITER)


def _name_observed(days: HolidayBase, name: str) -> str:
    """Return the name without what the library adds to say that it is observed."""
    for label, instead in _OBSERVED_LABELS:
        before, found, after = days.tr(getattr(days, label, "")).partition("%s")
        if found and name.startswith(before) and name.endswith(after):
            bare = name.removeprefix(before).removesuffix(after)
            return days.tr(getattr(days, instead, "%s")) % bare
    return name


@cache
def calendar(code: str) -> LibraryCalendar:
    """Return the one shared calendar of the code. Raises UnknownCalendar."""
    country, dash, subdivision = code.partition("-")
    countries = _countries()
    if country not in countries:
        if country.upper() in countries:
            raise UnknownCalendar(
                "calendar_not_upper_case", calendar=code, upper=code.upper()
            )
        names = _names()
        if near := suggestion(code.lower(), names, "{}", cutoff=0.8):
            raise UnknownCalendar(
                "name_instead_of_code", calendar=code, near=names[near]
            )
        raise UnknownCalendar("unknown_country", calendar=code)
    if dash and subdivision not in countries[country]:
        raise _unknown_subdivision(country, subdivision)
    return LibraryCalendar(code)


def _unknown_subdivision(country: str, subdivision: str) -> UnknownCalendar:
    code = f"{country}-{subdivision}"
    subdivisions = _countries()[country]
    known = _listed(country, subdivisions)
    if not known:
        return UnknownCalendar(
            "country_without_subdivisions", calendar=code, country=country
        )
    template = f"{country}-{{}}"
    if near := suggestion(subdivision.upper(), subdivisions, template, cutoff=0.5):
        return UnknownCalendar(
            "unknown_subdivision_near",
            calendar=code,
            near=near,
            country=country,
            known=known,
        )
    return UnknownCalendar("unknown_subdivision", calendar=code, known=known)


@cache
def check_code(code: str) -> None:
    """Refuse a code whose holidays nobody observes. Raises UnknownCalendar.

    A country needs a subdivision where none of them observes exactly the nationwide
    holidays: Easter Monday is not one of GB's, because it is one in England but not in
    Scotland. With the country alone working days would be wrong everywhere.
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
            "subdivision_missing", calendar=code, known=_listed(code, subdivisions)
        )


@cache
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)


@cache
def _names() -> dict[str, str]:
    """Return the codes of subdivisions and countries by their names in lower case."""
    found = {
        alias.lower(): f"{country}-{subdivision}"
        for country in _countries()
        for subdivision, aliases in _aliases(country).items()
        for alias in aliases
        # Not abbreviations.
        if len(alias) > 3
    }
    for module, (_, country, alpha_3, *_) in COUNTRIES.items():
        found |= dict.fromkeys((module.replace("_", " "), alpha_3.lower()), country)
    return found | _ENGLISH_NAMES


def _aliases(country: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = getattr(holidays, country).get_subdivision_aliases()
    return found


def _days(code: str) -> set[date]:
    return {day for year in _YEARS_COMPARED for day in calendar(code).of_year(year).off}


def _listed(country: str, subdivisions: list[str]) -> str:
    return ", ".join(f"{country}-{subdivision}" for subdivision in subdivisions)
