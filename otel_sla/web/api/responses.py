"""What endpoints share: methods, failure responses, pages of lists, windows."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest

from ...schedule import DAY, Schedule, Window
from ..read_only import METHODS
from . import query_schemas, response_schemas
from .errors import refuse

READ = list(METHODS)
MOST_WINDOWS = 10_000
_FIRST_LOOKS = (7, 366)

_ALWAYS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.SERVICE_UNAVAILABLE,
)


def responses(answer: Any, *failures: HTTPStatus) -> dict[Any, Any]:
    """Return the schemas of an endpoint's responses, by status."""
    return {200: answer, frozenset({*_ALWAYS, *failures}): response_schemas.Problems}


def part(
    request: HttpRequest, page: query_schemas.Page, total: int, items: Iterable[Any]
) -> dict[str, Any]:
    """Return a page of a list, with links to the next and the previous one."""
    after, before = page.offset + page.limit, page.offset - page.limit
    return {
        "total": total,
        "next": _link(request, after) if after < total else None,
        "previous": _link(request, max(before, 0)) if page.offset else None,
        "items": list(items),
    }


def _link(request: HttpRequest, offset: int) -> str:
    query = request.GET.copy()
    query["offset"] = str(offset)
    return f"{request.path}?{query.urlencode()}"


def windows(schedule: Schedule, period: query_schemas.Period) -> list[Window]:
    """Return the whole windows that overlap the period. Raises Refused."""
    found: list[Window] = []
    # Look at short periods first: ten years of windows a minute take long to refuse.
    for days_on in (*_FIRST_LOOKS, query_schemas.LONGEST // DAY):
        until = min(period.since + days_on * DAY, period.until)
        found = schedule.windows(period.since, until)
        if len(found) > MOST_WINDOWS:
            refuse(
                "until",
                f"More than {MOST_WINDOWS:,} windows overlap the period. Use a shorter "
                "one.",
            )
        if until == period.until:
            break
    return found
