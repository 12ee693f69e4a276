"""Endpoints of agreements."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from . import answers, asked, stored
from .answering import READ, part, responses

router = Router(tags=["agreements"])


@router.api_operation(
    READ, "/agreements", response=responses(answers.Paged[answers.Agreement])
)
def list_agreements(request: HttpRequest, query: Query[asked.Page]) -> Any:
    """List the agreements by name."""
    with stored.one_read() as alias:
        rows = stored.agreements(alias)
        return part(request, query, rows.count(), query.of(rows))
