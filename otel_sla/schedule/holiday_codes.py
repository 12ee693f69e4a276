"""The codes of the `holidays` library's calendars, and why one is refused.

A code is a country, perhaps with a subdivision, and perhaps with a category of holidays
that is added to the public ones: US, GB-ENG, DE-BY, DE-BY/catholic. DE/nationwide has
what the library has for the country alone.
"""

from functools import cache
from typing import NamedTuple

import holidays
from holidays.constants import HALF_DAY, PUBLIC, SCHOOL, UNOFFICIAL, WORKDAY
from holidays.registry import COUNTRIES

from ..language import gettext
from ..language import gettext_noop as _
from ..text import suggestion
from .errors import ScheduleError

NATIONWIDE = "nationwide"

# Categories of days that are marked, but on which people work.
_WORKED = {UNOFFICIAL, WORKDAY}

# The library has only the names in the local language.
_ENGLISH_NAMES = {
    _("Andalusia"): "ES-AN",
    _("Basque Country"): "ES-PV",
    _("Bavaria"): "DE-BY",
    _("Carinthia"): "AT-2",
    _("Catalonia"): "ES-CT",
    _("Geneva"): "CH-GE",
    _("Hesse"): "DE-HE",
    _("Lower Austria"): "AT-3",
    _("Lower Saxony"): "DE-NI",
    _("Lucerne"): "CH-LU",
    _("North Rhine-Westphalia"): "DE-NW",
    _("Rhineland-Palatinate"): "DE-RP",
    _("Saxony"): "DE-SN",
    _("Saxony-Anhalt"): "DE-ST",
    _("Styria"): "AT-6",
    _("Thuringia"): "DE-TH",
    _("Tyrol"): "AT-7",
    _("Upper Austria"): "AT-4",
    _("Vienna"): "AT-9",
    _("Zurich"): "CH-ZH",
}
# Names in the library, marked for translation.
_TRANSLATED = (
    _("Australia"),
    _("Austria"),
    _("Belgium"),
    _("Brazil"),
    _("Canada"),
    _("China"),
    _("Croatia"),
    _("Czechia"),
    _("Denmark"),
    _("Finland"),
    _("France"),
    _("Germany"),
    _("Greece"),
    _("Hungary"),
    _("India"),
    _("Ireland"),
    _("Italy"),
    _("Japan"),
    _("Netherlands"),
    _("Norway"),
    _("Poland"),
    _("Portugal"),
    _("Slovakia"),
    _("Slovenia"),
    _("Spain"),
    _("Sweden"),
    _("Switzerland"),
    _("United Kingdom"),
    _("United States"),
    _("Scotland"),
)


class UnknownCalendar(ScheduleError):
    """A code is not that of a holiday calendar, or lacks its subdivision."""


class Code(NamedTuple):
    """A code in its parts. Parts that it lacks are empty."""

    country: str
    subdivision: str
    category: str

    @property
    def place(self) -> str:
        """Return the code without its category."""
        return "-".join(filter(None, (self.country, self.subdivision)))


def parse(text: str) -> Code:
    """Return the parts of a code. Raises UnknownCalendar."""
    place, slash, category = text.partition("/")
    country, dash, subdivision = place.partition("-")
    suffix = slash + category
    if country not in countries():
        raise _unknown_country(text, country, place, suffix)
    if dash and subdivision not in countries()[country]:
        raise _unknown_subdivision(text, country, subdivision, suffix)
    code = Code(country, subdivision, category)
    if slash:
        _check_category(text, code)
    return code


def place_name(code: str) -> str:
    """Return the place of a code: `England`, `Bavaria (catholic)`, `Bayern (catholic)`.

    It is in the reader's language if there is a translation, else in English.

    Raises UnknownCalendar.
    """
    parts = parse(code)
    name = _country_names()[parts.country]
    if parts.subdivision:
        known = _aliases(parts.country).get(parts.subdivision, [])
        local = [one for one in known if one.isascii() and len(one) > 3]
        english = {code: name for name, code in _ENGLISH_NAMES.items()}
        name = english.get(parts.place) or (local[0] if local else parts.place)
    shown = gettext(name)
    return f"{shown} ({parts.category})" if parts.category else shown


@cache
def _country_names() -> dict[str, str]:
    """Return the countries' English names by their codes."""
    return {
        code: module.replace("_", " ").title()
        for module, (_, code, *_) in COUNTRIES.items()
    }


def places(country: str, category: str = "") -> str:
    """Return the codes of a country's subdivisions as text."""
    suffix = f"/{category}" if category in _addable(country) else ""
    return ", ".join(f"{country}-{one}{suffix}" for one in countries()[country])


@cache
def countries() -> dict[str, list[str]]:
    """Return the subdivisions of every country."""
    return holidays.list_supported_countries(include_aliases=False)


def _unknown_country(
    text: str, country: str, place: str, suffix: str
) -> UnknownCalendar:
    if country.upper() in countries():
        return UnknownCalendar(
            "calendar_not_upper_case", calendar=text, upper=place.upper() + suffix
        )
    names = _names()
    if near := suggestion(place.lower(), names, "{}", cutoff=0.8):
        return UnknownCalendar(
            "name_instead_of_code", calendar=text, near=names[near] + suffix
        )
    return UnknownCalendar("unknown_country", calendar=text)


def _unknown_subdivision(
    text: str, country: str, subdivision: str, suffix: str
) -> UnknownCalendar:
    subdivisions = countries()[country]
    known = places(country)
    if not known:
        return UnknownCalendar(
            "country_without_subdivisions", calendar=text, country=country
        )
    template = f"{country}-{{}}{suffix}"
    if near := suggestion(subdivision.upper(), subdivisions, template, cutoff=0.5):
        return UnknownCalendar(
            "unknown_subdivision_near",
            calendar=text,
            near=near,
            country=country,
            known=known,
        )
    return UnknownCalendar("unknown_subdivision", calendar=text, known=known)


def _check_category(text: str, code: Code) -> None:
    country, subdivision, category = code
    known = _addable(country)
    if category in known or (category == NATIONWIDE and not subdivision):
        return
    place = code.place
    if category == NATIONWIDE:
        raise UnknownCalendar(
            "nationwide_subdivision", calendar=text, country=country, place=place
        )
    if category in _WORKED:
        raise UnknownCalendar("category_worked", calendar=text, place=place)
    if category == HALF_DAY:
        raise UnknownCalendar("category_half_day", calendar=text)
    if category == SCHOOL:
        raise UnknownCalendar("category_school", calendar=text)
    if near := suggestion(category.lower(), [*known, NATIONWIDE], f"{place}/{{}}"):
        raise UnknownCalendar("name_instead_of_code", calendar=text, near=near)
    if not known:
        raise UnknownCalendar(
            "country_without_categories", calendar=text, country=country, place=place
        )
    listed = ", ".join(f"{place}/{one}" for one in known)
    raise UnknownCalendar("unknown_category", calendar=text, place=place, known=listed)


@cache
def _addable(country: str) -> list[str]:
    """Return the categories that are holidays besides the public ones."""
    supported = set(getattr(holidays, country).supported_categories)
    return sorted(supported - _WORKED - {HALF_DAY, PUBLIC, SCHOOL})


@cache
def _names() -> dict[str, str]:
    """Return the codes of subdivisions and countries by their names in lower case."""
    found = {
        alias.lower(): f"{country}-{subdivision}"
        for country in countries()
        for subdivision, aliases in _aliases(country).items()
        for alias in aliases
        # Not abbreviations.
        if len(alias) > 3
    }
    for module, (_name, country, alpha_3, *_more) in COUNTRIES.items():
        found |= dict.fromkeys((module.replace("_", " "), alpha_3.lower()), country)
    return found | {name.lower(): code for name, code in _ENGLISH_NAMES.items()}


def _aliases(country: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = getattr(holidays, country).get_subdivision_aliases()
    return found
