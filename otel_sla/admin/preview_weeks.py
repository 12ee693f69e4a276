"""The weeks of a preview: from which day, and what differs from the saved version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.utils.translation import pgettext

from ..schedule import Schedule
from ..schedule.preview import WEEKS, Cell, weeks

FROM, EDITED = "_from", "_edited"
_STEP = timedelta(weeks=WEEKS)
_FIRST, _LAST = date(1900, 1, 1), date(2200, 1, 1)
_DATED = ("start", "end", "anchor", "valid_from", "valid_to")
_OF_ROW = re.compile(r"(\w+)-(\d+)-")


class Day(NamedTuple):
    """A day of the grid, and its hours in the saved version where they differ."""

    cell: Cell
    was: tuple[str, ...] | None

    @property
    def differs(self) -> bool:
        """Whether its hours change."""
        return self.was is not None


class Weeks(NamedTuple):
    """Weeks of days, and the days that earlier and later ones begin with."""

    rows: list[list[Day]]
    earlier: date
    later: date
    is_now: bool
    """Whether they begin with the week of the moment."""

    @classmethod
    def of(
        cls,
        schedule: Schedule,
        moment: int,
        day: date | None,
        before: Schedule | None,
    ) -> Weeks:
        """Return the weeks from the day's on, or from the moment's, in Unix seconds."""
        today = datetime.fromtimestamp(moment, schedule.zone).date()
        first = day or today
        shown = weeks(schedule, first, WEEKS, moment)
        saved = dict(_hours(weeks(before, first, WEEKS, moment))) if before else {}
        rows = [[Day(cell, _was(cell, saved)) for cell in week] for week in shown]
        monday = rows[0][0].cell.date
        is_now = monday <= today < monday + timedelta(days=7)
        return cls(rows, monday - _STEP, monday + _STEP, is_now)

    @property
    def reasons(self) -> list[Cell]:
        """The days that have reasons."""
        return [day.cell for week in self.rows for day in week if day.cell.reasons]

    @property
    def differ(self) -> bool:
        """Whether any day differs."""
        return any(day.differs for week in self.rows for day in week)


def _hours(rows: Iterable[Iterable[Cell]]) -> Iterator[tuple[date, tuple[str, ...]]]:
    for week in rows:
        for cell in week:
            yield cell.date, cell.open


def _was(cell: Cell, saved: Mapping[date, tuple[str, ...]]) -> tuple[str, ...] | None:
    hours = saved.get(cell.date, cell.open)
    return None if hours == cell.open else hours or (pgettext("all day", "closed"),)


def shown_day(data: Any, formsets: Iterable[Any] = ()) -> date | None:
    """Return the day asked for, or else the date that is edited, of a form's data.

    That is the date of the row edited last, which scripts say, or of the first row that
    differs from what is stored. None if there is none.
    """
    if asked := _date(data.get(FROM, "")):
        return asked
    edited = _OF_ROW.match(data.get(EDITED, ""))
    rows = {
        (formset.prefix, str(number)): form
        for formset in formsets
        for number, form in enumerate(formset.forms)
    }
    last = rows.get((edited[1], edited[2])) if edited else None
    changed = [one for one in rows.values() if one.has_changed()]
    for form in (last, *changed):
        if form is not None and (found := _date_of(form)):
            return found
    return None


def _date_of(form: Any) -> date | None:
    """Return the first date of a valid form that can be shown."""
    for name in _DATED:
        value = getattr(form, "cleaned_data", {}).get(name)
        if isinstance(value, datetime):
            value = value.date()
        if isinstance(value, date) and _FIRST <= value <= _LAST:
            return value
    return None


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if _FIRST <= found <= _LAST else None
