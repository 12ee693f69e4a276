"""A report's document as pages and the standalone file show it: everything in words."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from ..language import gettext as _
from ..language import gettext_noop, ngettext
from . import wording
from .accounting_words import accounting_of
from .notes_in_words import note_in_words, reason_in_words, source_in_words

Document = dict[str, Any]


def summary(document: Document) -> dict[str, Any]:
    """Return what the head of a report shows of all components together."""
    components = document["components"]
    short = document["min_coverage"]
    verdicts = [wording.verdict(one, short) for one in components]
    return {
        "title": wording.title(document),
        "selection": selection_in_words(document["selection"]),
        "count": len(components),
        "met": sum(one.kind == "met" for one in verdicts),
        "missed": sum(one.kind == "missed" for one in verdicts),
        "running": sum(one.kind == "running" for one in verdicts),
        "unknown": sum(one.kind == "unknown" for one in verdicts),
        "made_at": wording.moment(document["made_at"], ZoneInfo("UTC")),
        "accounting": accounting_of(document),
        "notes": [note_in_words(one) for one in document["notes"]],
        "source": source_in_words(document["source"]),
        "is_over": all(one["until"] == one["end"] for one in components),
    }


def shown(
    components: Sequence[dict[str, Any]], min_coverage: float, most: int | None = None
) -> list[dict[str, Any]]:
    """Return what is shown of each component, with at most so many outages of one."""
    return [
        _component(place, one, min_coverage, most)
        for place, one in enumerate(components, 1)
    ]


def in_order(document: Document) -> list[dict[str, Any]]:
    """Return the components by name, with those that missed their target first."""
    return sorted(document["components"], key=lambda one: one["met"] is not False)


def selection_in_words(selection: dict[str, Any]) -> list[str]:
    """Return what was selected, one by one; nothing for all components."""
    chosen = [*selection["label"], *selection["component"]]
    if selection["agreement"]:
        named = _("agreement %(name)s") % {"name": selection["agreement"]}
        chosen.insert(0, named)
    return chosen


_PERIODS = {
    "month": gettext_noop("month"),
    "week": gettext_noop("week"),
    "7d": gettext_noop("7d"),
    "30d": gettext_noop("30d"),
    "90d": gettext_noop("90d"),
}
"""The periods of agreements in short."""

_TIMES = (
    *("scheduled", "measured", "unknown", "excused", "down", "up"),
    *("budget", "not_in_service"),
)


def _component(
    place: int, one: dict[str, Any], min_coverage: float, most: int | None
) -> dict[str, Any]:
    local = wording.zone_named(one["timezone"])
    is_known = not wording.is_short(one, min_coverage)
    counted = [outage for outage in one["outages"] if outage["counted"]]
    others = [outage for outage in one["outages"] if not outage["counted"]]
    return {
        **one,
        "anchor": f"component-{place}",
        "verdict": wording.verdict(one, min_coverage),
        "of_periods": _of_periods(one, min_coverage),
        "labels": sorted(one["labels"].items()),
        "is_known": is_known,
        "notes": [note_in_words(note) for note in one["notes"]],
        "agreement_period": _period(one["agreement_period"]),
        "target": wording.percent(one["target"]),
        "availability": wording.availability(one, min_coverage),
        "coverage": wording.percent(one["coverage"]),
        "whole": wording.span(one["start"], one["end"], local),
        "until": wording.moment(one["until"], local),
        "is_running": one["until"] != one["end"],
        "in_service_since": one["in_service_since"]
        and wording.moment(one["in_service_since"], local),
        "times": {name: wording.length(one[f"{name}_seconds"]) for name in _TIMES},
        "left": _left(one["budget_left_seconds"]),
        "left_in_short": wording.length(one["budget_left_seconds"] or 0),
        "is_overspent": (one["budget_left_seconds"] or 0) < 0,
        "spent": _spent(one),
        "judged": [_judged(each, local, min_coverage) for each in one["judged"]],
        "outages": [_span(each, local) for each in counted[:most]],
        "more_outages": len(counted) - len(counted[:most]),
        "others": [_other(each, local) for each in others[:most]],
        "more_others": len(others) - len(others[:most]),
        "exclusions": [_span(each, local) for each in one["exclusions"]],
        "maintenance": [_maintenance(each, local) for each in one["maintenance"]],
    }


def _of_periods(one: dict[str, Any], min_coverage: float) -> str:
    """Say over what the target was judged, where that is not the report's period.

    With its availability: the target may be between that and the whole report's.
    """
    judged = one["judged"]
    if len(judged) > 1:
        missed = sum(each["met"] is False for each in judged)
        return ngettext(
            "%(missed)s of %(count)s period missed",
            "%(missed)s of %(count)s periods missed",
            len(judged),
        ) % {"missed": missed, "count": len(judged)}
    if judged and (judged[0]["start"], judged[0]["end"]) != (one["start"], one["end"]):
        local = wording.zone_named(one["timezone"])
        of_it = _judged(judged[0], local, min_coverage)
        period = {"period": _period(one["agreement_period"])}
        if not of_it["is_known"]:
            return _("over %(period)s") % period
        achieved = {"availability": of_it["availability"]}
        return _("%(availability)s over %(period)s") % {**achieved, **period}
    return ""


def _period(code: str) -> str:
    return _(_PERIODS.get(code, code))


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 0:
        return _("overspent by %(length)s") % {"length": wording.length(-seconds)}
    return wording.length(seconds)


def _spent(one: dict[str, Any]) -> int | None:
    """Return the share of the budget that is spent, in percent up to 100."""
    budget, left = one["budget_seconds"], one["budget_left_seconds"]
    if not budget or left is None:
        return None
    spent: float = 100 * (budget - left) / budget
    return min(100, max(0, round(spent)))


def _judged(
    one: dict[str, Any], local: ZoneInfo, min_coverage: float
) -> dict[str, Any]:
    # It has the keys of a component that the wording needs, but for these.
    whole = {"excused_seconds": 0, "until": one["end"], **one}
    return {
        **_span(one, local),
        "verdict": wording.verdict(whole, min_coverage),
        "is_known": not wording.is_short(whole, min_coverage),
        "availability": wording.availability(whole, min_coverage),
        "down": wording.length(one["down_seconds"]),
        "budget": wording.length(one["budget_seconds"]),
    }


def _span(one: dict[str, Any], local: ZoneInfo) -> dict[str, Any]:
    seconds = one.get("seconds")
    return {
        **one,
        "when": wording.span(one["start"], one["end"], local),
        "length": "" if seconds is None else wording.length(seconds),
    }


def _other(one: dict[str, Any], local: ZoneInfo) -> dict[str, Any]:
    return {**_span(one, local), "reason": reason_in_words(one["reason"])}


def _maintenance(one: dict[str, Any], local: ZoneInfo) -> dict[str, Any]:
    created = one["created"]
    return {
        **_span(one, local),
        "created": created and wording.moment(created, local),
        "took_out": wording.length(one["took_out_seconds"] or 0),
        "took_out_down": wording.length(one["took_out_down_seconds"] or 0),
    }
