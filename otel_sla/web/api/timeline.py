"""The timeline: components by days."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router

from ...metrics.source import snapshots
from ...schedule import days as by_day
from ..component_list import Reported, reported, select
from . import query_schemas, response_schemas
from .responses import READ, part, responses

router = Router(tags=["components"])


@router.api_operation(READ, "/timeline", response=responses(response_schemas.Timeline))
def list_timeline(request: HttpRequest, query: Query[query_schemas.Timeline]) -> Any:
    """List components by name, with the local days of a period: when they are open,
    and what differs from the rules."""
    now = int(time.time())
    snapshot = snapshots.take(now)
    found = select(reported(snapshot, now), query.wanted, now)
    listed = part(request, query, len(found), query.of(found))
    known: dict[Any, list[by_day.Day]] = {}
    for entry in listed["items"]:
        if entry.group.unit not in known:
            known[entry.group.unit] = _days(entry, query)
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


def _days(entry: Reported, query: query_schemas.Timeline) -> list[by_day.Day]:
    return list(by_day.days(entry.group.unit.definition, query.since, query.last))
