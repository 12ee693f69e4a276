"""What pages of components show of reports: achieved so far, and a bar a day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseFailure
from django.http import HttpRequest
from django.utils.translation import gettext as _

from ...accounting import period_of
from ...conf import conf
from ...database.failures import asking
from ...prometheus.setting import PrometheusSetting
from ...reports import wording
from ...reports.achieved import Achieved, achieved
from ...reports.background import Failed, Pending
from ...reports.history import History, OfDay, history
from ...reports.selection import Selection
from ...text import iso_utc
from ..access import is_shown_reports
from .report_forms import address_of

_HEIGHT = 100


def of_list(request: HttpRequest, moment: int) -> dict[str, dict[str, Any]]:
    """Return what a list shows of components by name, of what is known by now.

    Empty for clients that may not see reports, and without a source.
    """
    setting = _setting()
    if setting is None or not is_shown_reports(request):
        return {}
    found = achieved(moment)
    if isinstance(found, Pending | Failed):
        return {}
    least = float(setting.min_coverage)
    return {name: _row(one, least) for name, one in found.items()}


def samples_are_made_up() -> bool:
    """Return whether figures are of a demo."""
    setting = _setting()
    return setting is not None and setting.samples_file is not None


def _setting() -> PrometheusSetting | None:
    """Return the setting; None also where it is invalid, which a check reports."""
    with suppress(ImproperlyConfigured):
        return conf.PROMETHEUS
    return None


def of_component(request: HttpRequest, name: str, moment: int) -> dict[str, Any]:
    """Return what the page of a component shows, as `achieved`; or nothing."""
    setting = _setting()
    if setting is None or not is_shown_reports(request):
        return {}
    try:
        with asking():
            found = history(name, moment)
    except DatabaseFailure:
        # The rest of the page may be of rows that were read before.
        return {}
    if found is None:
        return {}
    if isinstance(found, Pending):
        return {"achieved": {"progress": found.progress, "is_pending": True}}
    if isinstance(found, Failed):
        return {"achieved": {"why": found.sentence}}
    month = period_of("month", datetime.fromtimestamp(moment, found.zone).date())
    report = address_of(month.text, Selection.of(component=[name]))
    shown = _whole(found, float(setting.min_coverage))
    return {"achieved": {**shown, "report": report}}


def _row(one: Achieved, least: float) -> dict[str, Any]:
    is_known = one.availability is not None and (one.coverage or 0) >= least
    left = one.left
    return {
        "is_known": is_known,
        "availability": wording.percent(one.availability) if is_known else "",
        "coverage": wording.share(one.coverage or 0),
        "is_overspent": left is not None and left < 0,
        "left": "" if left is None else wording.length(abs(left)),
    }


def _whole(found: History, least: float) -> dict[str, Any]:
    row = Achieved(found.availability, found.coverage, found.budget, found.left)
    outage = found.last_outage
    return {
        **_row(row, least),
        "target": wording.percent(found.target),
        "period": wording.span(
            iso_utc(found.start) or "", iso_utc(found.end) or "", found.zone
        ),
        "is_met": found.availability is not None and found.availability >= found.target,
        "down": wording.length(found.down),
        "budget": wording.length(found.budget),
        "last_outage": outage
        and {
            "when": wording.span(
                iso_utc(outage.start // 1000) or "",
                iso_utc(-(-outage.end // 1000)) or "",
                found.zone,
            ),
            "length": wording.length(float(outage.down / 1000)),
        },
        "is_made_up": found.is_made_up,
        "days": list(_bars(found.days)),
        "width": 10 * len(found.days),
        "had_outages": [one for one in _table(found.days) if one["down"]],
    }


def _bars(days: list[OfDay]) -> Iterator[dict[str, Any]]:
    """Yield a bar a day, from the bottom: up, down, unknown; none for closed days."""
    for place, (one, shown) in enumerate(zip(days, _table(days), strict=True)):
        parts, bottom = [], _HEIGHT
        for kind, part in (
            ("up", one.up),
            ("down", one.down),
            ("unknown", one.unknown),
        ):
            if not part:
                continue
            # A short outage would be thinner than a line.
            height = max(round(part * _HEIGHT), 15 if kind == "down" else 1)
            height = min(height, bottom)
            bottom -= height
            parts.append({"kind": kind, "y": bottom, "height": height})
        yield {**shown, "x": 10 * place, "parts": parts}


def _table(days: list[OfDay]) -> list[dict[str, Any]]:
    return [
        {
            "date": one.date,
            "words": _words(one),
            "down": wording.length(one.down_seconds) if one.down_seconds else "",
        }
        for one in days
    ]


def _words(one: OfDay) -> str:
    """Say what a day was in words."""
    if not one.scheduled:
        return _("closed")
    if not (one.up or one.down or one.unknown):
        return _("excluded") if one.excused else _("nothing counted yet")
    if one.unknown == 1:
        return _("unknown")
    measured = 1 - one.unknown
    words = [wording.percent(float(one.up / measured))]
    if one.down:
        down = {"length": wording.length(one.down_seconds)}
        words.append(_("%(length)s down") % down)
    if one.unknown:
        unknown = {"share": wording.share(float(one.unknown))}
        words.append(_("%(share)s unknown") % unknown)
    return ", ".join(words)
