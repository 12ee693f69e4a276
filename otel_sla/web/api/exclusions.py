"""Endpoint of exclusions: the downtime that does not count, and who said so."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import Field, model_validator

from ...models import Exclusion
from ...text import is_text
from . import queries, query_schemas, response_schemas
from .errors import refuse
from .responses import READ, part, responses

router = Router(tags=["reports"])


class Wanted(query_schemas.Page):
    """Which exclusions."""

    component: query_schemas.Maybe[query_schemas.Text] = Field(
        None, description="Its name: without the exclusions of its agreement."
    )
    agreement: query_schemas.Maybe[query_schemas.Text] = Field(
        None, description="Its name: without the exclusions of single components."
    )
    since: query_schemas.Maybe[query_schemas.Moment] = Field(
        None,
        alias="from",
        description=f"{query_schemas.MOMENT} Only those that end later.",
        json_schema_extra={"example": "2026-10-01T00:00:00Z"},
    )
    until: query_schemas.Maybe[query_schemas.Moment] = Field(
        None,
        description="Only those that begin earlier.",
        json_schema_extra={"example": "2026-11-01T00:00:00Z"},
    )

    @model_validator(mode="after")
    def _refuse_odd(self) -> Any:
        since, until = self.since, self.until
        if since is not None and until is not None and since >= until:
            refuse(
                "until", "The start of the period, from, must be before its end, until."
            )
        return self


class Excluded(response_schemas.Answer):
    """Downtime that does not count, of a component or of all under an agreement."""

    component: str | None = Field(description="Its name, also if it was deleted.")
    agreement: str | None = Field(description="Its name, also if it was deleted.")
    start: datetime
    end: datetime = Field(description="Exclusive.")
    reason: str
    approved_by: str
    created: datetime
    created_by: str = Field(description="The user; empty: a program.")


@router.api_operation(
    READ,
    "/exclusions",
    response=responses(response_schemas.Paged[Excluded], HTTPStatus.FORBIDDEN),
)
def list_exclusions(request: HttpRequest, query: Query[Wanted]) -> Any:
    """List exclusions, the latest first."""
    with queries.one_read() as alias:
        rows = _wanted(Exclusion.objects.using(alias), query)
        items = map(_shown, query.of(rows.select_related("component", "agreement")))
        return part(request, query, rows.count(), items)


def _wanted(rows: QuerySet[Exclusion], query: Wanted) -> QuerySet[Exclusion]:
    for kind, name in (("component", query.component), ("agreement", query.agreement)):
        if name is None:
            continue
        if not is_text(name):
            return rows.none()
        # The present name, or the last one of what was deleted.
        gone = Q(**{f"{kind}__isnull": True, f"{kind}_name": name})
        rows = rows.filter(Q(**{f"{kind}__name": name}) | gone)
    if query.since is not None:
        rows = rows.filter(end__gt=datetime.fromtimestamp(query.since, UTC))
    if query.until is not None:
        rows = rows.filter(start__lt=datetime.fromtimestamp(query.until, UTC))
    return rows


def _shown(row: Exclusion) -> dict[str, Any]:
    is_of_component = bool(row.component_name)
    return {
        "component": row.owner if is_of_component else None,
        "agreement": None if is_of_component else row.owner,
        "start": row.start,
        "end": row.end,
        "reason": row.reason,
        "approved_by": row.approved_by,
        "created": row.created,
        "created_by": row.created_by,
    }
