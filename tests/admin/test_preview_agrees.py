"""What the preview shows is what saving the same form gives."""

from __future__ import annotations

import re
from datetime import time
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.urls import reverse

from otel_sla.models import HolidayCalendar

from ..support.make import make_component, make_schedule, seconds
from .test_editing import formset
from .test_preview import FETCH

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 10, 22, 12)
"""Three days before the clocks go back in Europe."""

OPTIONAL = ("always_open", "includes", "excludes")
KEPT: dict[str, Any] = {"weekdays": "mon-fri", "start": "09:00", "end": "17:00"}
NIGHT = {"weekdays": ["sat", "sun"], "start": "22:30", "end": "06:00"}
CLOSED = {
    "start": "2026-10-22 13:00",
    "end": "2026-10-24 01:00",
    "kind": "closed",
    "reason": "moving",
}

CASES: dict[str, tuple[dict[str, Any], ...]] = {
    "nothing": ({},),
    "another zone": ({"timezone": "Australia/Lord_Howe"},),
    "holidays": ({"holidays": "US"},),
    "a calendar of one's own": ({"holidays": "company, US"},),
    "another schedule included": ({"includes": "nights"},),
    "another schedule excluded": (
        {"rule": {**KEPT, "start": "00:00"}, "excludes": "nights"},
    ),
    "itself included": ({"includes": "office-london"},),
    "24x7": ({"always_open": "on"},),
    "24x7 but at night": ({"always_open": "on", "rule": {**NIGHT, "kind": "closed"}},),
    "a whole day": (
        {"override": {**CLOSED, "start": "2026-10-23", "end": "2026-10-23"}},
    ),
    "another end": ({"rule": {**KEPT, "end": "24:00"}},),
    "days later": ({"rule": {**KEPT, "end": "02:30", "end_day": "2"}},),
    "a repeated hour": ({"rule": {**NIGHT, "end": "01:30"}},),
    "the last of a month": ({"rule": {**KEPT, "nth": "-1", "months": "10,12"}},),
    "every second week": (
        {"rule": {**KEPT, "every_weeks": "2", "anchor": "2026-10-22"}},
    ),
    "from a day on": ({"rule": {**KEPT, "valid_from": "2026-10-23"}},),
    "no rule": ({"rule": {**KEPT, "DELETE": "on"}},),
    "another rule": ({"new": NIGHT},),
    "an override": ({"override": CLOSED},),
    "an override and none again": (
        {"override": CLOSED},
        {"override": {**CLOSED, "DELETE": "on"}},
    ),
    "an override that opens": ({"override": {**CLOSED, "kind": "open"}},),
    "no time of day": ({"rule": {**KEPT, "end": "5 pm"}},),
    "no length": ({"rule": {**KEPT, "end": "09:00"}},),
    "no such month": ({"rule": {**KEPT, "months": "13"}},),
    "no zone": ({"timezone": "Mars/Olympus"},),
    "an end before its start": ({"override": {**CLOSED, "end": "2026-10-21 00:00"}},),
}


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_the_preview_is_what_saving_gives(
    changes: tuple[dict[str, Any], ...], admin_client: Client
) -> None:
    schedule = make_schedule()
    make_component()
    make_schedule("nights", rules=({"start": time(22), "end": time(6)},))
    company = HolidayCalendar.objects.create(name="company")
    company.days.create(name="moving", date="10-23")
    page = reverse("admin:otel_sla_schedule_change", args=[schedule.pk])
    with patch("time.time", lambda: float(NOON)):
        for change in changes:
            form = _form(schedule, change)
            answer = admin_client.post(f"{page}preview/", form, headers=FETCH)
            before = _tables(admin_client.get(page).content.decode())
            saved = admin_client.post(page, form)
            is_valid = "Fix these to see the preview" not in answer.content.decode()
            assert (saved.status_code == 302) == is_valid
            after = _tables(admin_client.get(page).content.decode())
            expected = _tables(answer.content.decode()) if is_valid else before
            assert after == expected
            assert len(after) == 2


def _form(schedule: Any, change: dict[str, Any]) -> dict[str, Any]:
    rule = schedule.rules.get()
    new = {"kind": "open", "every_weeks": "1", "every_days": "1"}
    rules = [{**new, **change.get("rule", KEPT), "id": str(rule.pk)}]
    if "new" in change:
        rules.append({**new, **change["new"]})
    overrides = [
        {**change["override"], "id": str(one.pk)} for one in schedule.overrides.all()
    ]
    kept = len(overrides)
    if "override" in change and not overrides:
        overrides = [change["override"]]
    return {
        "name": schedule.name,
        "timezone": change.get("timezone", "Europe/London"),
        "holidays": change.get("holidays", ""),
        **{key: change[key] for key in OPTIONAL if key in change},
        **formset("rules", *rules),
        "rules-INITIAL_FORMS": "1",
        **formset("overrides", *overrides),
        "overrides-INITIAL_FORMS": str(kept),
    }


def _tables(page: str) -> list[str]:
    """The weeks and the windows that a page or a preview shows."""
    page = re.sub(r'<div class="was">.*?</div>', "", page)
    found = re.findall(r'<table class="otel-sla-.*?</table>', page, re.DOTALL)
    return [" ".join(table.split()) for table in found]
