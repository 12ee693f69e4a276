"""Endpoints of holiday calendars."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from ...catalogue import written
from ...models import HolidayCalendar
from ...schedule.kinds import HOURS
from ...schedule.name_lists import in_order, parse_codes, parse_lines
from . import queries, query_schemas, response_schemas
from .responses import READ, part, responses

router = Router(tags=["calendars"])


@router.api_operation(
    READ,
    "/calendars",
    response=responses(response_schemas.Paged[response_schemas.Calendar]),
)
def list_calendars(request: HttpRequest, query: Query[query_schemas.Page]) -> Any:
    """List the holiday calendars by name."""
    with queries.one_read() as alias:
        rows = queries.calendars(alias)
        return part(request, query, rows.count(), map(_own, query.of(rows)))


@router.api_operation(
    READ,
    "/calendars/{path:name}/days",
    response=responses(list[response_schemas.DayOff], HTTPStatus.NOT_FOUND),
)
def list_calendar_days(
    request: HttpRequest, name: query_schemas.Name, query: Query[query_schemas.Year]
) -> Any:
    """List the holidays and special days of a year, by date."""
    with queries.one_read() as alias:
        row = queries.named(queries.calendars(alias), name)
        off, special = queries.calendar(row, alias).of_year(query.year)
    return [
        {"date": day, "name": off[day], "hours": None}
        if day in off
        else {
            "date": day,
            "name": special[day].name,
            "hours": HOURS.dump(special[day].hours),
        }
        for day in sorted({*off, *special})
    ]


@router.api_operation(
    READ,
    "/calendars/{path:name}",
    response=responses(response_schemas.CalendarWhole, HTTPStatus.NOT_FOUND),
    by_alias=True,
    exclude_defaults=True,
)
def show_calendar(request: HttpRequest, name: query_schemas.Name) -> Any:
    """Show a holiday calendar with its days, as the catalogue writes them."""
    with queries.one_read() as alias:
        row = queries.named(queries.calendars(alias), name)
        days = queries.calendar(row, alias).days
        return {**_own(row), "days": list(map(written, days))}


def _own(row: HolidayCalendar) -> dict[str, Any]:
    """Return the columns of a calendar, and the names of what is linked to it."""
    include = (*parse_codes(row.include), *map(str, row.calendars.all()))
    return {
        "name": row.name,
        "include": list(in_order(include)),
        "without": list(parse_lines(row.without)),
        "schedules": list(map(str, row.schedules.all())),
        "included_by": list(map(str, row.included_by.all())),
    }
