"""Endpoints of schedules."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from ...catalogue import written
from ...models.schedules import rows_of_schedules
from ...schedule import Window
from ...schedule import days as by_day
from . import answers, asked, periods, stored
from .answering import READ, part, responses

router = Router(tags=["schedules"])


@router.api_operation(
    READ, "/schedules", response=responses(answers.Paged[answers.Schedule])
)
def list_schedules(request: HttpRequest, query: Query[asked.Page]) -> Any:
    """List the schedules by name."""
    with stored.one_read() as alias:
        rows = stored.schedules(alias)
        return part(request, query, rows.count(), query.of(rows))


@router.api_operation(
    READ,
    "/schedules/{path:name}/windows",
    response=responses(list[answers.Window], HTTPStatus.NOT_FOUND),
)
def list_schedule_windows(
    request: HttpRequest, name: asked.Name, query: Query[asked.Period]
) -> list[Window]:
    """List the whole windows that overlap a period, without overrides of components."""
    return periods.windows(stored.of_schedule(name), query)


@router.api_operation(
    READ,
    "/schedules/{path:name}/days",
    response=responses(list[answers.Day], HTTPStatus.NOT_FOUND),
)
def list_schedule_days(
    request: HttpRequest, name: asked.Name, query: Query[asked.Dates]
) -> Iterable[by_day.Day]:
    """List local days: when they are open, and what makes them differ from the rules,
    without overrides of components."""
    return list(periods.days(stored.of_schedule(name), query))


@router.api_operation(
    READ,
    "/schedules/{path:name}",
    response=responses(answers.ScheduleWhole, HTTPStatus.NOT_FOUND),
    by_alias=True,
    exclude_defaults=True,
)
def show_schedule(request: HttpRequest, name: asked.Name) -> Any:
    """Show a schedule with its rules and overrides, as the catalogue writes them."""
    with stored.one_read() as alias:
        rows = stored.schedules(alias).prefetch_related(*rows_of_schedules("", alias))
        row = stored.named(rows, name)
        definition = stored.definition(row)
    own, *_ = definition.overrides
    return {
        **vars(row),
        "rules": list(map(written, definition.rules)),
        "overrides": list(map(written, own)),
    }
