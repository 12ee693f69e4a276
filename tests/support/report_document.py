"""A report's document, written by hand: one component of each result."""

from __future__ import annotations

from typing import Any

MIN_COVERAGE = 0.95


def document(*components: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A report of October 2026; without components, one of each result."""
    chosen = list(components) or [missed(), met(), short(), nothing(), running()]
    return {
        "period": "2026-10",
        "title": "October 2026",
        "selection": {"agreement": "gold", "label": ["team:payments"], "component": []},
        "made_at": "2026-11-02T08:00:00Z",
        "source": "Prometheus at https://prom.example",
        "expression": "component:availability:bool",
        "interval_seconds": 60,
        "min_coverage": MIN_COVERAGE,
        "is_final": True,
        "is_made_up": False,
        "accounting": [
            "Every scheduled second is either excluded, unknown, up or down.",
            "A sample covers the 60 s from its timestamp.",
        ],
        "notes": [],
        "missed": sum(one["met"] is False for one in chosen),
        "components": chosen,
        **changes,
    }


def component(name: str = "web-shop", **changes: Any) -> dict[str, Any]:
    """A component that was up all the time."""
    start, end = "2026-09-30T23:00:00Z", "2026-11-01T00:00:00Z"
    return {
        "component": name,
        "agreement": "gold",
        "labels": {"team": "payments", "region": "eu"},
        "schedule": "office-london",
        "timezone": "Europe/London",
        "start": start,
        "end": end,
        "until": end,
        "target": 0.999,
        "agreement_period": "month",
        "unknown": "exclude",
        "availability": 1.0,
        "coverage": 1.0,
        "scheduled_seconds": 633600,
        "measured_seconds": 633600,
        "unknown_seconds": 0,
        "excused_seconds": 0,
        "down_seconds": 0,
        "up_seconds": 633600,
        "budget_seconds": 633.6,
        "budget_left_seconds": 633.6,
        "met": True,
        "in_service_since": None,
        "not_in_service_seconds": 0,
        "judged": [
            {
                "start": start,
                "end": end,
                "availability": 1.0,
                "coverage": 1.0,
                "scheduled_seconds": 633600,
                "down_seconds": 0,
                "budget_seconds": 633.6,
                "met": True,
            }
        ],
        "outages": [],
        "exclusions": [],
        "maintenance": [],
        "notes": [],
        **changes,
    }


def outage(start: str, end: str, seconds: float, reason: str = "") -> dict[str, Any]:
    counted = not reason
    return {
        "start": f"2026-10-{start}Z",
        "end": f"2026-10-{end}Z",
        "seconds": seconds,
        "counted": counted,
        "reason": reason,
    }


def missed(name: str = "web-shop", **changes: Any) -> dict[str, Any]:
    """A component that missed its target, with all that a report can list."""
    fields = {
        "availability": 0.998817,
        "coverage": 0.9996,
        "measured_seconds": 629400,
        "unknown_seconds": 240,
        "excused_seconds": 3960,
        "down_seconds": 744,
        "up_seconds": 628656,
        "budget_seconds": 629.64,
        "budget_left_seconds": -114.36,
        "met": False,
        "in_service_since": "2026-10-02T07:12:00Z",
        "not_in_service_seconds": 28800,
        "outages": [
            outage("06T08:12:00", "06T08:20:24", 504),
            outage("10T21:00:00", "11T04:30:00", 27000, "outside service hours"),
            outage(
                "14T10:00:00", "14T11:06:00", 3960, "excluded: Power cut of the city"
            ),
            outage("27T16:58:00", "27T17:02:30", 240),
        ],
        "exclusions": [
            {
                "start": "2026-10-14T10:00:00Z",
                "end": "2026-10-14T11:06:00Z",
                "seconds": 3960,
                "reason": "Power cut of the city",
                "approved_by": "Mira Lindqvist (customer)",
                "created": "2026-10-15T09:00:00Z",
            }
        ],
        "maintenance": [
            {
                "start": "2026-10-20T16:00:00Z",
                "end": "2026-10-20T18:00:00Z",
                "seconds": 7200,
                "reason": "Move to the new database",
                "created": "2026-10-12T09:00:00Z",
                "is_late": False,
                "took_out_seconds": 0,
                "took_out_down_seconds": 0,
            },
            {
                "start": "2026-10-23T12:00:00Z",
                "end": "2026-10-23T13:00:00Z",
                "seconds": 3600,
                "reason": "Restart",
                "created": "2026-10-23T12:40:00Z",
                "is_late": True,
                "took_out_seconds": 3600,
                "took_out_down_seconds": 1500,
            },
        ],
        "notes": [
            "The schedule was edited on 2026-10-19: 3 h less were recorded then."
        ],
    }
    return component(name, **{**fields, **changes})


def met(name: str = "stock-london", **changes: Any) -> dict[str, Any]:
    fields = {
        "availability": 0.999905,
        "down_seconds": 60,
        "up_seconds": 633540,
        "budget_left_seconds": 573.6,
        "outages": [outage("08T09:00:00", "08T09:01:00", 60)],
    }
    return component(name, **{**fields, **changes})


def short(name: str = "returns-desk", **changes: Any) -> dict[str, Any]:
    """A component of which too little was measured."""
    fields = {
        "coverage": 0.6142,
        "measured_seconds": 389160,
        "unknown_seconds": 244440,
        "up_seconds": 389160,
        "met": None,
    }
    return component(name, **{**fields, **changes})


def nothing(name: str = "archive", **changes: Any) -> dict[str, Any]:
    """A component that was not scheduled at all."""
    fields: dict[str, Any] = {
        "availability": None,
        "coverage": None,
        "scheduled_seconds": 0,
        "measured_seconds": 0,
        "up_seconds": 0,
        "budget_seconds": 0,
        "budget_left_seconds": 0,
        "met": None,
        "judged": [],
    }
    return component(name, **{**fields, **changes})


def running(name: str = "checkout", **changes: Any) -> dict[str, Any]:
    """A component whose period is not over."""
    fields = {"until": "2026-10-20T12:00:00Z", "met": None}
    return component(name, **{**fields, **changes})
