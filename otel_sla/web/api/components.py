"""Endpoints of components, by state, windows and days, of the snapshot of /metrics."""

import time
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from ...metrics.source import snapshots
from ...models import Component
from ...schedule import Window
from ...schedule.days import Day, days
from ..component_list import (
    Entry,
    SwitchedOff,
    Unusable,
    reported,
    select,
    switched_off,
)
from . import queries, query_schemas, response_schemas
from .responses import READ, part, responses, windows

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
    return windows(queries.of_component(name), query)


@router.api_operation(
    READ,
    "/components/{path:name}/days",
    response=responses(list[response_schemas.Day], HTTPStatus.NOT_FOUND),
)
def list_component_days(
    request: HttpRequest, name: query_schemas.Name, query: Query[query_schemas.Dates]
) -> list[Day]:
    """List local days: when they are open, and what differs from the rules."""
    return list(days(queries.of_component(name), query.since, query.last))


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


@router.api_operation(READ, "/timeline", response=responses(response_schemas.Timeline))
def list_timeline(request: HttpRequest, query: Query[query_schemas.Timeline]) -> Any:
    """List components by name, with the local days of a period: when they are open,
    and what differs from the rules."""
    now = int(time.time())
    snapshot = snapshots.take(now)
    found = select(reported(snapshot, now), query.wanted, now)
    listed = part(request, query, len(found), query.of(found))
    known: dict[Any, list[Day]] = {}
    for entry in listed["items"]:
        if entry.group.unit not in known:
            definition = entry.group.unit.definition
            known[entry.group.unit] = list(days(definition, query.since, query.last))
    return {
        "at": now,
        "read_at": snapshot.read_at,
        "dropped": sum(snapshot.dropped.values()),
        **listed,
        "items": [
            {
                "name": entry.name,
                "timezone": entry.timezone,
                "days": known[entry.group.unit],
            }
            for entry in listed["items"]
        ],
    }


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
