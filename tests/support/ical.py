"""Reading a feed back the way calendar programs do, with libraries of others."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime

import recurring_ical_events
from icalendar import Calendar

Spans = list[tuple[int, int]]


def read_back(body: bytes, start: int, end: int) -> dict[str, Spans]:
    """The events that overlap [start, end), in Unix seconds, by their summary."""
    calendar = Calendar.from_ical(body)
    assert calendar.errors == []
    period = (datetime.fromtimestamp(at, UTC) for at in (start, end))
    found: dict[str, Spans] = defaultdict(list)
    for event in recurring_ical_events.of(calendar).between(*period):
        opens, closes = (
            int(event[name].dt.timestamp()) for name in ("DTSTART", "DTEND")
        )
        found[str(event["SUMMARY"])].append((opens, closes))
    return {summary: sorted(spans) for summary, spans in found.items()}


def with_zones_of_its_own(body: bytes) -> bytes:
    """The feed with zones that no reader knows but from its VTIMEZONEs."""
    return re.sub(rb"TZID([:=])", rb"TZID\1Nowhere/", unfolded(body))


def unfolded(body: bytes) -> bytes:
    """The feed with every property on one line."""
    return body.replace(b"\r\n ", b"")
