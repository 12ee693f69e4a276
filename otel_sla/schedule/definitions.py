"""Schedules and calendars by key, made of rows when they are asked for. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

from ..language import gettext_noop as _
from . import from_text
from .calendars import CalendarDay, OwnCalendar
from .composition import Composition, Key, LazyMapping, Parts
from .evaluation import Schedule
from .notation import parse_flag
from .overrides import Override
from .rules import Rule

Columns = Mapping[str, Any]
"""The columns of a row by name, as text or of their own types."""
T = TypeVar("T")


class CalendarSource(NamedTuple):
    """What a calendar is made of: codes, keys of other calendars, and days."""

    name: str
    include: tuple[str, ...] = ()
    calendars: tuple[Key, ...] = ()
    without: tuple[str, ...] = ()
    days: Iterable[CalendarDay | Columns] = ()


class ScheduleSource(NamedTuple):
    """What a schedule is made of: codes of holidays, rules, and keys of the others."""

    name: str
    timezone: str
    always_open: bool | str = False
    holidays: tuple[str, ...] = ()
    calendars: tuple[Key, ...] = ()
    includes: tuple[Key, ...] = ()
    excludes: tuple[Key, ...] = ()
    rules: Iterable[Rule | Columns] = ()
    overrides: Iterable[Override | Columns] = ()


class Definitions:
    """Makes schedules and calendars of their sources, each once."""

    def __init__(
        self,
        calendars: Mapping[Key, CalendarSource],
        schedules: Mapping[Key, ScheduleSource],
    ) -> None:
        self.calendar_sources = calendars
        self.schedule_sources = schedules
        self._calendars = Composition(
            _("calendar"), LazyMapping(calendars, self._calendar)
        )
        self._schedules = Composition(
            _("schedule"), LazyMapping(schedules, self._schedule)
        )

    def calendar(self, key: Key) -> OwnCalendar:
        """Return the calendar of that key. Raises InvalidDefinition."""
        return self._calendars.at(key)

    def schedule(self, key: Key, *layers: Iterable[Override | Columns]) -> Schedule:
        """Return the schedule of that key, with layers of overrides on top of its own.

        Raises InvalidDefinition.
        """
        made = self._schedules.at(key)
        if not layers:
            return made
        own = [_all(from_text.override, Override, layer) for layer in layers]
        return replace(made, overrides=(*made.overrides, *own))

    def replacing(
        self,
        calendars: Mapping[Key, CalendarSource] | None = None,
        schedules: Mapping[Key, ScheduleSource] | None = None,
    ) -> Definitions:
        """Return the definitions with some of the sources replaced, or added."""
        return Definitions(
            {**self.calendar_sources, **(calendars or {})},
            {**self.schedule_sources, **(schedules or {})},
        )

    def keep(
        self,
        before: Definitions,
        calendars: Iterable[Key],
        schedules: Iterable[Key],
    ) -> None:
        """Take over what is made of the same sources, down to the last, as before."""
        self._calendars.keep(before._calendars, calendars)
        self._schedules.keep(before._schedules, schedules)

    def _schedule(self, key: Key) -> Parts[Schedule]:
        source = self.schedule_sources[key]

        def make(includes: list[Schedule], excludes: list[Schedule]) -> Schedule:
            return from_text.schedule(
                source.timezone,
                parse_flag(str(source.always_open).lower()),
                source.holidays,
                _all(from_text.rule, Rule, source.rules),
                _all(from_text.override, Override, source.overrides),
                calendars=self._calendars.all(source.calendars, "holidays"),
                includes=includes,
                excludes=excludes,
                name=source.name,
            )

        links = {"includes": source.includes, "excludes": source.excludes}
        return Parts(source.name, links, make)

    def _calendar(self, key: Key) -> Parts[OwnCalendar]:
        source = self.calendar_sources[key]

        def make(include: list[OwnCalendar]) -> OwnCalendar:
            days = _all(from_text.calendar_day, CalendarDay, source.days)
            return from_text.calendar(
                source.name, source.include, source.without, days, include
            )

        return Parts(source.name, {"include": source.calendars}, make)


def _all(
    read: Callable[[Columns], T], made: type[T], rows: Iterable[T | Columns]
) -> tuple[T, ...]:
    """Return what the rows define; some may be that already."""
    return tuple(row if isinstance(row, made) else read(row) for row in rows)  # type: ignore[arg-type]
