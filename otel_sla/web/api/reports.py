"""Endpoints of SLA reports: of a period as it is now, and as they were issued."""

import time
from http import HTTPStatus
from typing import Annotated, Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path, Query, Router

from ...accounting import InvalidPeriod, parse_period
from ...models import IssuedReport
from ...reports import making
from ...reports.background import Failed, Pending
from ...reports.document import as_json
from ...reports.refusals import NoSource, ReportRefused
from ...reports.selection import Selection
from ...reports.source import NotMeasured
from ..responses import unlogged
from . import queries, query_schemas, report_schemas, response_schemas
from .errors import NotThere, problem
from .responses import READ, part, responses

router = Router(tags=["reports"])

_RETRY_AFTER = "3"

Period = Annotated[
    str,
    Path(
        description="2026-10, 2026-W44, 2026-Q4, 2026, or two dates "
        "2026-10-01/2026-10-16, the second not included.",
        example="2026-10",
    ),
]


@router.api_operation(
    READ,
    "/reports",
    response=responses(
        response_schemas.Paged[report_schemas.Issued], HTTPStatus.FORBIDDEN
    ),
)
def list_issued_reports(request: HttpRequest, query: Query[query_schemas.Page]) -> Any:
    """List the issued reports, the newest first."""
    with queries.one_read() as alias:
        rows = IssuedReport.objects.using(alias).defer("document")
        return part(request, query, rows.count(), query.of(rows))


@router.api_operation(
    READ,
    "/reports/issued/{int:number}",
    response=responses(
        report_schemas.IssuedWhole, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND
    ),
)
def show_issued_report(request: HttpRequest, number: int) -> Any:
    """Show an issued report, as it was issued."""
    with queries.one_read() as alias:
        row = IssuedReport.objects.using(alias).filter(pk=number).first()
    if row is None:
        raise NotThere("issued report", str(number), "number")
    return row


@router.api_operation(
    READ,
    "/reports/{path:period}",
    response=responses(
        report_schemas.Report, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND
    )
    | {HTTPStatus.ACCEPTED: report_schemas.Progress},
)
def show_report(
    request: HttpRequest, period: Period, query: Query[report_schemas.Selected]
) -> HttpResponse:
    """Show the report of a period as it is now. It is made in the background: until it
    is there, the response is 202."""
    try:
        selection = Selection.of(query.agreement, query.label, query.component)
        found = making.look(parse_period(period), selection, int(time.time()))
    except (NoSource, NotMeasured, ImproperlyConfigured) as error:
        return unlogged(problem(HTTPStatus.SERVICE_UNAVAILABLE, error))
    except InvalidPeriod as error:
        return problem(HTTPStatus.NOT_FOUND, error, ("path", "period"))
    except ReportRefused as error:
        return problem(HTTPStatus.NOT_FOUND, error)
    if isinstance(found, Failed):
        return unlogged(problem(HTTPStatus.SERVICE_UNAVAILABLE, found.sentence))
    if isinstance(found, Pending):
        response = JsonResponse({"progress": found.progress}, status=202)
        response["Retry-After"] = _RETRY_AFTER
        return response
    return HttpResponse(as_json(found), content_type="application/json")
