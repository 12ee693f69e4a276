"""Stored schedules and calendars as they are evaluated, with all they are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet

from ..schedule.composition import Key
from ..schedule.definitions import CalendarSource, Definitions, ScheduleSource
from ..schedule.name_lists import parse_codes, parse_lines
from .calendars import CalendarDay, CalendarInclusion, HolidayCalendar
from .schedules import (
    Override,
    Rule,
    Schedule,
    ScheduleCalendar,
    ScheduleExclusion,
    ScheduleInclusion,
)

Links = Mapping[int, tuple[int, ...]]
"""The ids that rows refer to, by the id of the row."""


def definitions(alias: str, schedules: Iterable[int] | None = None) -> Definitions:
    """Return the stored definitions of that database.

    Of those schedules, and of what they are made of; of all where None is given. The
    number of queries is constant.
    """
    includes, excludes = (
        _links(ScheduleInclusion, alias),
        _links(ScheduleExclusion, alias),
    )
    ids = None if schedules is None else set(_reached(schedules, includes, excludes))
    calendars = _links(ScheduleCalendar, alias, ids)
    rules, overrides = (
        _owned(model, model.COLUMNS, "schedule_id", alias, ids)
        for model in (Rule, Override)
    )
    needs_calendars = calendars or ids is None
    return Definitions(
        _calendars(alias) if needs_calendars else {},
        {
            pk: ScheduleSource(
                name,
                timezone,
                always_open,
                parse_codes(holidays),
                calendars.get(pk, ()),
                includes.get(pk, ()),
                excludes.get(pk, ()),
                rules.get(pk, ()),
                overrides.get(pk, ()),
            )
            for pk, name, timezone, always_open, holidays in _rows(
                Schedule, alias, ids
            ).values_list("pk", "name", "timezone", "always_open", "holidays")
        },
    )


def _calendars(alias: str) -> dict[Key, CalendarSource]:
    included = _links(CalendarInclusion, alias)
    days = _owned(CalendarDay, CalendarDay.COLUMNS, "calendar_id", alias)
    rows = HolidayCalendar.objects.using(alias)
    return {
        pk: CalendarSource(
            name,
            parse_codes(include),
            included.get(pk, ()),
            parse_lines(without),
            days.get(pk, ()),
        )
        for pk, name, include, without in rows.values_list(
            "pk", "name", "include", "without"
        )
    }


def _reached(ids: Iterable[int], *links: Links) -> set[int]:
    """Return the ids, and those that they refer to, directly or not."""
    found: set[int] = set()
    ahead = list(ids)
    while ahead:
        pk = ahead.pop()
        if pk not in found:
            found.add(pk)
            ahead += (to for of_kind in links for to in of_kind.get(pk, ()))
    return found


def _links(model: type[Model], alias: str, owners: set[int] | None = None) -> Links:
    """Return the links of a model, whose first two columns after the id are keys."""
    _, owner, linked = (field.attname for field in model._meta.concrete_fields)
    rows = model._default_manager.using(alias).order_by("pk")
    if owners is not None:
        rows = rows.filter(**{f"{owner}__in": owners})
    found: dict[int, list[int]] = defaultdict(list)
    for pk, to in rows.values_list(owner, linked):
        found[pk].append(to)
    return {pk: tuple(to) for pk, to in found.items()}


def _owned(
    model: type[Model],
    columns: tuple[str, ...],
    owner: str,
    alias: str,
    owners: set[int] | None = None,
) -> dict[int, list[dict[str, Any]]]:
    """Return the rows of each owner as columns by name."""
    rows = model._default_manager.using(alias).exclude(**{owner: None})
    if owners is not None:
        rows = rows.filter(**{f"{owner}__in": owners})
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for pk, *values in rows.order_by("pk").values_list(owner, *columns):
        found[pk].append(dict(zip(columns, values, strict=True)))
    return found


def _rows(model: type[Model], alias: str, ids: set[int] | None) -> QuerySet[Any]:
    rows = model._default_manager.using(alias)
    return rows if ids is None else rows.filter(pk__in=ids)
