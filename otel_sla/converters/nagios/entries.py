"""A time period with what its templates have: week, exceptions, excludes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..errors import NotConvertible
from .month_parts import Unsayable
from .objects import Line, TimePeriod
from .selectors import Selector, read_selector, weekday_of
from .times import NONE, Times, read_times

MAX_ENTRIES = 1_000
MAX_LOST = 100
MAX_TEMPLATES = 50
MAX_INHERITED = 100_000
TOO_MUCH = (
    "The exceptions of the time periods in this file are too many together. Convert "
    "it in parts."
)

_NOT_ENTRIES = {"timeperiod_name", "alias", "name", "register", "use", "exclude"}


@dataclass(slots=True)
class Entry:
    """Days that are not as the week has them, with their times."""

    line: Line
    selector: Selector
    times: Times
    name: str


@dataclass(slots=True)
class Entries:
    """All that a period says. `week` has times by weekday, from 0 for Monday."""

    week: dict[int, Times] = field(default_factory=dict)
    exceptions: dict[Selector, Entry] = field(default_factory=dict)
    excludes: Line | None = None
    taken: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def inherit(self, other: Entries) -> None:
        """Add what a template has, where there is nothing of its own."""
        self.week = {**other.week, **self.week}
        for selector, entry in other.exceptions.items():
            self.exceptions.setdefault(selector, entry)
        own = self.excludes
        if own and own.rest.startswith("+") and other.excludes:
            self.excludes = replace(own, rest=f"{own.rest},{other.excludes.rest}")
        else:
            self.excludes = own or other.excludes
        self.taken = list(dict.fromkeys([*self.taken, *other.taken]))
        self.lost = list(dict.fromkeys([*self.lost, *other.lost]))
        self.limit()

    def limit(self) -> None:
        """Keep the first exceptions and sentences only, and say so."""
        if len(self.exceptions) > MAX_ENTRIES:
            for selector in list(self.exceptions)[MAX_ENTRIES:]:
                del self.exceptions[selector]
            self.lost.insert(0, f"Only the first {MAX_ENTRIES} exceptions are read.")
        if len(self.lost) > MAX_LOST:
            more = len(self.lost) - MAX_LOST
            self.lost[MAX_LOST:] = [f"{more} more lines could not be read."]


def read_entries(period: TimePeriod) -> Entries:
    """Return what stands in the period itself."""
    entries = Entries(excludes=period.last("exclude"))
    for line in period.lines:
        if line.key in _NOT_ENTRIES or line.key.startswith("_"):
            continue
        if len(entries.exceptions) > MAX_ENTRIES:
            break
        _read_line(line, entries)
    entries.limit()
    return entries


def _read_line(line: Line, entries: Entries) -> None:
    days, times_text = _split(line.text.partition("#")[0].strip())
    times, broken = _times(times_text)
    shown = f"Line {line.number}: {line.text[:60]!r}"
    if broken:
        entries.lost.append(f"{shown}: {broken[:30]!r} is not a range of times.")
    if not times_text or (broken and not times):
        if not times_text:
            entries.lost.append(f"{shown} is not a day with times.")
        return
    weekday = weekday_of(days.lower())
    if weekday is not None:
        if weekday in entries.week and entries.week[weekday] != times:
            entries.taken.append(f"{shown} takes the place of a line before it.")
        entries.week[weekday] = times
        return
    try:
        selector = read_selector(days) if len(days) < 100 else None
    except Unsayable as error:
        entries.lost.append(f"{shown} can't be a rule: {error}.")
        return
    if selector is None:
        entries.lost.append(f"{shown} is not a day with times.")
        return
    if selector.over_new_year:
        entries.taken.append(
            f"{shown} goes on after New Year. Some versions of Nagios end it on "
            "31 December."
        )
    name = line.comment[:100] or days
    entries.exceptions.setdefault(selector, Entry(line, selector, times, name))


def _split(text: str) -> tuple[str, str]:
    """Return the days and the times of an entry: the times begin before a colon."""
    colon = text.find(":")
    start = text.rfind(" ", 0, colon) if colon > 0 else -1
    return (text[:start].strip(), text[start:].strip()) if start > 0 else (text, "")


def _times(text: str) -> tuple[Times, str]:
    """Return the times, and the first of those that are none, of a comma's list."""
    if (whole := read_times(text)) is not None:
        return whole, ""
    parts = text.split(",")
    good = [part for part in parts if read_times(part) is not None]
    broken = next(part for part in parts if read_times(part) is None)
    return (read_times(",".join(good)) or NONE if good else NONE), broken.strip()


def listed(line: Line | None) -> list[tuple[int, str]]:
    """Return the names of a list with commas, each with the number of its line.

    A + before the list adds it to that of the templates; null is an empty one.
    """
    if line is None or line.rest == "null":
        return []
    names = dict.fromkeys(part.strip(" +") for part in line.rest.split(","))
    return [(line.number, name) for name in names if name]


class Templates:
    """Finds templates by their names and puts periods together with them."""

    def __init__(self, periods: list[TimePeriod]) -> None:
        self._by_name: dict[str, TimePeriod] = {}
        for period in periods:
            if name := period.value("name"):
                self._by_name.setdefault(name, period)
        for period in periods:
            # Shinken and many files name a period where a template is asked for.
            if name := period.value("timeperiod_name"):
                self._by_name.setdefault(name, period)
        self._made: dict[int, Entries] = {}
        self._inherited = 0

    def entries(self, period: TimePeriod, path: tuple[int, ...] = ()) -> Entries:
        """Return the entries of a period with those of its templates.

        Its own come first, then those of the templates from left to right. Raise
        NotConvertible if templates use each other in a circle.
        """
        if (made := self._made.get(period.number)) is not None:
            return made
        use = period.last("use")
        if period.number in path or len(path) >= MAX_TEMPLATES:
            circle = period.number in path
            raise NotConvertible(
                "broken_file",
                line=use.number if use else period.number,
                reason="Templates use each other in a circle."
                if circle
                else f"Templates are nested more than {MAX_TEMPLATES} deep.",
            )
        entries = read_entries(period)
        for number, name in listed(use):
            template = self._by_name.get(name)
            if template is None:
                entries.lost.append(
                    f"Line {number}: there is no template {name[:60]!r} in the file."
                )
            else:
                inherited = self.entries(template, (*path, period.number))
                self._inherited += len(inherited.exceptions) + len(inherited.lost)
                if self._inherited > MAX_INHERITED:
                    raise NotConvertible("broken_file", line=number, reason=TOO_MUCH)
                entries.inherit(inherited)
        self._made[period.number] = entries
        return entries
