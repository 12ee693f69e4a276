"""Locks that writers take, so that one waits for another."""

from typing import Any

from .calendars import HolidayCalendar
from .schedules import Schedule


def lock_definitions(alias: str) -> None:
    """Lock all calendars and schedules, in one order, until the transaction ends.

    Rows refer to each other: of two writers at once, each would check its own
    references against rows that the other is changing.
    """
    models: tuple[Any, ...] = (HolidayCalendar, Schedule)
    for model in models:
        rows = model._default_manager.using(alias).select_for_update().order_by("id")
        list(rows.values_list("id"))


def lock_issuing(alias: str) -> None:
    """Let reports be issued by one after another, until the transaction ends.

    Of two at once, neither would see the other's report, which it has to supersede. A
    schedule is locked in place of that: whatever is reported on has one.
    """
    rows = Schedule.objects.using(alias).select_for_update().order_by("id")
    list(rows.values_list("id")[:1])
