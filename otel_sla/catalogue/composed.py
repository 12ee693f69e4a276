"""Check calendars and schedules together with those that they are made of."""

from itertools import pairwise

from ..schedule import InvalidDefinition
from ..schedule.calendars import OwnCalendar
from ..schedule.calendars.limits import check_calendars
from ..text import suggestion
from .entries import Catalogue
from .errors import CatalogueError, Faults, Place
from .links import Ref, Whole, differing

_OF_SEVERAL = ("cycle", "too_many_levels")
"""Faults of entries that may be valid each by itself."""

_YEARS_NAMED = range(2024, 2028)


def check_composed(before: Catalogue, named: Catalogue, after: Catalogue) -> None:
    """Refuse a catalogue whose entries can't be made of each other.

    `named` is what a file has, and `after` all that there is once it is applied. Raises
    CatalogueError.
    """
    changed = sorted(differing(before, after), key=lambda ref: _order(named, ref))
    _check_numbers(named, after, changed)
    for ref in changed:
        _check_made(named, after, ref)
    faults = Faults()
    for kind, name in changed:
        if kind == "calendar" and (kind, name) in named.places:
            _check_without(named, name, after.definitions.calendar(name), faults)
    faults.refuse()


def _order(named: Catalogue, ref: Ref) -> tuple[bool, int, Ref]:
    """Return a key that sorts entries as the file has them, and others last."""
    return ref not in named.places, _place(named, ref).line or 0, ref


def _check_numbers(named: Catalogue, after: Catalogue, changed: list[Ref]) -> None:
    calendars = [ref for ref in changed if ref[0] == "calendar"]
    if not calendars:
        return
    days = sum(len(one.days) for one in after.calendars.values())
    try:
        check_calendars(len(after.calendars), days)
    except InvalidDefinition as error:
        place = _place(named, calendars[0])
        raise place.error("refused", reason=error.message) from error


def _check_made(named: Catalogue, after: Catalogue, ref: Ref) -> None:
    kind, name = ref
    made = after.definitions
    try:
        made.calendar(name) if kind == "calendar" else made.schedule(name)
    except InvalidDefinition as error:
        if ref not in named.places and error.code not in _OF_SEVERAL:
            # It was stored so, and the catalogue has nothing to do with it.
            return
        raise _error(named, kind, name, error) from error


def _error(
    named: Catalogue, kind: Whole, name: str, error: InvalidDefinition
) -> CatalogueError:
    """Return the error at what refers to the next one of a circle, if it is one."""
    place = _place(named, (kind, name), error.field)
    names = str(error.params.get("path", "")).split(" -> ")
    of: Whole = "calendar" if error.params.get("what") == "calendar" else "schedule"
    for one, following in pairwise(names):
        if (of, one) in named.places:
            places = named.places[of, one]
            links = (places[key] for key in places if key[1] == following)
            place = next(links, places["", ""])
            break
    return place.error("refused", reason=error.message)


def _place(named: Catalogue, ref: Ref, field: str = "", name: str = "") -> Place:
    """Return where an entry names another, or else where the entry is."""
    places = named.places.get(ref)
    if places is None:
        return Place("database", key=f"{ref[0]}s.{ref[1]}")
    return places.get((field, name), places["", ""])


def _check_without(
    named: Catalogue, name: str, calendar: OwnCalendar, faults: Faults
) -> None:
    for text in calendar.unmatched():
        place = _place(named, ("calendar", name), "without", text)
        faults.note(_unmatched(place, text, calendar))


def _unmatched(place: Place, text: str, calendar: OwnCalendar) -> CatalogueError:
    names = {
        name
        for one in calendar.includes
        for year in _YEARS_NAMED
        for entry in one.entries(year)
        for name in entry.names
    }
    if near := suggestion(text, names, "{}"):
        return place.error("unmatched_without_near", text=text, near=near)
    return place.error("unmatched_without", text=text)
