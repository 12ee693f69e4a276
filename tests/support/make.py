"""Rows for tests, with believable defaults."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from otel_sla.models import (
    Agreement,
    CalendarDay,
    Component,
    HolidayCalendar,
    Rule,
    Schedule,
)

OFFICE_HOURS = {"weekdays": "mon-fri", "start": time(9), "end": time(17)}


def make_schedule(
    name: str = "office-london",
    rules: tuple[dict[str, Any], ...] = (OFFICE_HOURS,),
    **fields: Any,
) -> Schedule:
    schedule = Schedule.objects.create(
        name=name, **{"timezone": "Europe/London", **fields}
    )
    for rule in rules:
        Rule.objects.create(schedule=schedule, **rule)
    return schedule


def make_calendar(name: str, *days: dict[str, Any], **fields: Any) -> HolidayCalendar:
    calendar = HolidayCalendar.objects.create(name=name, **fields)
    for day in days:
        CalendarDay.objects.create(calendar=calendar, **day)
    return calendar


def make_agreement(name: str = "gold", **fields: Any) -> Agreement:
    if "schedule" not in fields:
        fields["schedule"] = Schedule.objects.first() or make_schedule()
    return Agreement.objects.create(name=name, **{"target": "99.9", **fields})


def make_component(name: str = "web-shop", **fields: Any) -> Component:
    if "agreement" not in fields:
        fields["agreement"] = Agreement.objects.first() or make_agreement()
    return Component.objects.create(name=name, **fields)


def utc(*parts: int) -> datetime:
    """An aware moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def seconds(*parts: int) -> int:
    """A moment in UTC as Unix seconds."""
    return int(utc(*parts).timestamp())
