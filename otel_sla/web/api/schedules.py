"""Endpoints of schedules and agreements."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from ...catalogue import written
from ...models import Schedule
from ...schedule import Window
from ...schedule.days import Day, days
from ...schedule.kinds import CALENDARS
from ...schedule.name_lists import in_order, parse_codes
from . import queries, query_schemas, response_schemas
from .responses import READ, part, responses, windows

router = Router(tags=["schedules"])


@router.api_operation(
    READ,
    "/schedules",
    response=responses(response_schemas.Paged[response_schemas.Schedule]),
)
def list_schedules(request: HttpRequest, query: Query[query_schemas.Page]) -> Any:
    """List the schedules by name."""
    with queries.one_read() as alias:
        rows = queries.schedules(alias)
        items = map(_own, query.of(rows))
        return part(request, query, rows.count(), items)


@router.api_operation(
    READ,
    "/schedules/{path:name}/windows",
    response=responses(list[response_schemas.Window], HTTPStatus.NOT_FOUND),
)
def list_schedule_windows(
    request: HttpRequest, name: query_schemas.Name, query: Query[query_schemas.Period]
) -> list[Window]:
    """List the whole windows that overlap a period, without overrides of components."""
    return windows(queries.of_schedule(name), query)


@router.api_operation(
    READ,
    "/schedules/{path:name}/days",
    response=responses(list[response_schemas.Day], HTTPStatus.NOT_FOUND),
)
def list_schedule_days(
    request: HttpRequest, name: query_schemas.Name, query: Query[query_schemas.Dates]
) -> list[Day]:
    """List local days: when they are open, and what makes them differ from the rules,
    without overrides of components."""
    return list(days(queries.of_schedule(name), query.since, query.last))


@router.api_operation(
    READ,
    "/schedules/{path:name}",
    response=responses(response_schemas.ScheduleWhole, HTTPStatus.NOT_FOUND),
    by_alias=True,
    exclude_defaults=True,
)
def show_schedule(request: HttpRequest, name: query_schemas.Name) -> Any:
    """Show a schedule with its rules and overrides, as the catalogue writes them."""
    with queries.one_read() as alias:
        row = queries.named(queries.schedules(alias), name)
        definition = queries.definition(row)
        shown = _own(row)
    own, *_ = definition.overrides
    return {
        **shown,
        "rules": list(map(written, definition.rules)),
        "overrides": list(map(written, own)),
    }


@router.api_operation(
    READ,
    "/agreements",
    tags=["agreements"],
    response=responses(response_schemas.Paged[response_schemas.Agreement]),
)
def list_agreements(request: HttpRequest, query: Query[query_schemas.Page]) -> Any:
    """List the agreements by name."""
    with queries.one_read() as alias:
        rows = queries.agreements(alias)
        return part(request, query, rows.count(), query.of(rows))


def _own(row: Schedule) -> dict[str, Any]:
    """Return the columns of a schedule, and the names of what it is made of."""
    holidays = (*parse_codes(row.holidays), *map(str, row.calendars.all()))
    return {
        **vars(row),
        "holidays": CALENDARS.dump(in_order(holidays)) if holidays else "",
        "includes": list(map(str, row.includes.all())),
        "excludes": list(map(str, row.excludes.all())),
    }
