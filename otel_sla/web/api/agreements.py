"""Endpoints of agreements."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from . import queries, query_schemas, response_schemas
from .responses import READ, part, responses

router = Router(tags=["agreements"])


@router.api_operation(
    READ,
    "/agreements",
    response=responses(response_schemas.Paged[response_schemas.Agreement]),
)
def list_agreements(request: HttpRequest, query: Query[query_schemas.Page]) -> Any:
    """List the agreements by name."""
    with queries.one_read() as alias:
        rows = queries.agreements(alias)
        return part(request, query, rows.count(), query.of(rows))
