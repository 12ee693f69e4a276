"""Endpoints of components: their states are of the same snapshot as /metrics."""

from __future__ import annotations

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from ...metrics.source import snapshots
from ...models import Component
from ...schedule import Window
from ...schedule import days as by_day
from ..component_list import (
    Entry,
    SwitchedOff,
    Unusable,
    reported,
    select,
    switched_off,
)
from . import period_limits, queries, query_schemas, response_schemas
from .responses import READ, part, responses

router = Router(tags=["components"])


@router.api_operation(
    READ, "/components", response=responses(response_schemas.ComponentsAt)
)
def list_components(
    request: HttpRequest, query: Query[query_schemas.Components]
) -> Any:
    """List the components by name, with the state of their windows at a moment."""
    now = int(time.time())
    at = now if query.at is None else query.at
    snapshot = snapshots.take(now)
    found: list[Entry]
    if query.enabled:
        found = select(reported(snapshot, at), query.wanted, at)
    else:
        with queries.one_read() as alias:
            found = select(switched_off(alias), query.wanted, at)
    return {
        "at": at,
        "read_at": snapshot.read_at,
        "dropped": sum(snapshot.dropped.values()),
        **part(request, query, len(found), query.of(found)),
    }


@router.api_operation(
    READ,
    "/components/{path:name}/windows",
    response=responses(list[response_schemas.Window], HTTPStatus.NOT_FOUND),
)
def list_component_windows(
    request: HttpRequest, name: query_schemas.Name, query: Query[query_schemas.Period]
) -> list[Window]:
    """List the whole windows that overlap a period."""
    return period_limits.windows(queries.of_component(name), query)


@router.api_operation(
    READ,
    "/components/{path:name}/days",
    response=responses(list[response_schemas.Day], HTTPStatus.NOT_FOUND),
)
def list_component_days(
    request: HttpRequest, name: query_schemas.Name, query: Query[query_schemas.Dates]
) -> Iterable[by_day.Day]:
    """List local days: when they are open, and what differs from the rules."""
    return list(period_limits.days(queries.of_component(name), query))


@router.api_operation(
    READ,
    "/components/{path:name}",
    response=responses(response_schemas.ComponentAt, HTTPStatus.NOT_FOUND),
)
def show_component(
    request: HttpRequest, name: query_schemas.Name, query: Query[query_schemas.At]
) -> Any:
    """Show a component, with the state of its window at a moment."""
    now = int(time.time())
    at = now if query.at is None else query.at
    snapshot = snapshots.take(now)
    every = reported(snapshot, at)
    entry = next((one for one in every if one.name == name), None) or _other(name)
    fields = {
        field: getattr(entry, field)
        for field in response_schemas.Component.model_fields
    }
    budget = entry.budget_at(at)
    return {**fields, "at": at, "read_at": snapshot.read_at, "budget": budget}


def _other(name: str) -> Entry:
    """Return the component that is not in the snapshot because it is switched off.

    Raises NotThere, and Unusable where the snapshot has left it out.
    """
    with queries.one_read() as alias:
        rows = Component.objects.using(alias).select_related("agreement__schedule")
        row = queries.named(rows, name)
    if row.enabled:
        raise Unusable("component", name, "the log of the site says what is wrong")
    return SwitchedOff(row)
