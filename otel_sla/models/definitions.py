"""Stored schedules and calendars as they are evaluated, with all they are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ..schedule.composition import Key, reached
from ..schedule.definitions import CalendarSource, Definitions, ScheduleSource
from ..schedule.name_lists import parse_codes, parse_lines
from .calendars import CalendarDay, HolidayCalendar
from .links import Links, by_owner, every_link
from .overrides import Override
from .schedules import Rule, Schedule


def definitions(alias: str, schedules: Iterable[int] | None = None) -> Definitions:
    """Return the stored definitions of that database.

    Of those schedules, and of what they are made of; of all where None is given. The
    number of queries is constant.
    """
    links = by_owner(every_link().using(alias))
    ids = None if schedules is None else _reached(schedules, links)
    rules, overrides = (
        _owned(model, "schedule_id", alias, ids) for model in (Rule, Override)
    )
    rows = Schedule.objects.using(alias)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    has_calendars = schedules is None or any(field == "holidays" for field, _ in links)
    return Definitions(
        calendar_sources(alias, links) if has_calendars else {},
        {
            pk: ScheduleSource(
                name,
                timezone,
                always_open,
                parse_codes(holidays),
                links.get(("holidays", pk), ()),
                links.get(("includes", pk), ()),
                links.get(("excludes", pk), ()),
                rules.get(pk, ()),
                overrides.get(pk, ()),
            )
            for pk, name, timezone, always_open, holidays in rows.values_list(
                "pk", "name", "timezone", "always_open", "holidays"
            )
        },
    )


def calendar_definitions(alias: str) -> Definitions:
    """Return the stored definitions of that database's calendars alone."""
    links = by_owner(every_link().using(alias))
    return Definitions(calendar_sources(alias, links), {})


def calendar_sources(alias: str, links: Links) -> dict[Key, CalendarSource]:
    """Return what all stored calendars are made of, by id."""
    days = _owned(CalendarDay, "calendar_id", alias)
    rows = HolidayCalendar.objects.using(alias)
    return {
        pk: CalendarSource(
            name,
            parse_codes(include),
            links.get(("include", pk), ()),
            parse_lines(without),
            days.get(pk, ()),
        )
        for pk, name, include, without in rows.values_list(
            "pk", "name", "include", "without"
        )
    }


def _reached(ids: Iterable[int], links: Links) -> set[int]:
    """Return the ids, and those of the schedules that they are made of."""
    return reached(
        ids,
        lambda pk: (
            *links.get(("includes", pk), ()),
            *links.get(("excludes", pk), ()),
        ),
    )


def _owned(
    model: Any, owner: str, alias: str, owners: set[int] | None = None
) -> dict[int, list[dict[str, Any]]]:
    """Return the rows of each owner as columns by name."""
    rows = model._default_manager.using(alias).exclude(**{owner: None})
    if owners is not None:
        rows = rows.filter(**{f"{owner}__in": owners})
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for pk, *values in rows.order_by("pk").values_list(owner, *model.COLUMNS):
        found[pk].append(dict(zip(model.COLUMNS, values, strict=True)))
    return found
