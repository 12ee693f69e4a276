"""The admin in German: forms take what they show, and what is stored is the same."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from otel_sla.admin.registration import MODEL_ADMINS
from otel_sla.admin.stored_version import stored_version
from otel_sla.models import Exclusion, FeedToken, IssuedReport, Override

from ..support.make import (
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
    utc,
)

pytestmark = pytest.mark.django_db
GERMAN = {"accept-language": "de"}
RULES: tuple[dict[str, Any], ...] = (
    {
        "weekdays": "mon-fri",
        "start": time(9),
        "end": time(17),
        "every_weeks": 2,
        "anchor": date(2026, 1, 5),
        "valid_to": date(2027, 12, 31),
    },
    {"weekdays": "sun", "start": time(2), "end": time(4), "nth": -1, "kind": "closed"},
    {"weekdays": "sat", "start": time(22), "end": time(0), "end_day": 1, "months": "3"},
)


class Sent(HTMLParser):
    """What a browser would send of the form that changes a row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._select: str | None = None
        self._text: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, kind = given.get("name"), given.get("type", "text")
        if tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self._add(self._select, given["value"] or "")
        elif tag == "textarea" and name:
            self._text = name
            self._add(name, "")
        elif tag == "input" and name and kind not in ("submit", "file"):
            is_box = kind in ("checkbox", "radio")
            if not is_box or "checked" in given:
                self._add(name, given.get("value") or ("on" if is_box else ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None

    def handle_data(self, data: str) -> None:
        if self._text:
            self.fields[self._text][-1] += data.removeprefix("\n")

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def rows() -> dict[str, Model]:
    calendar = make_calendar(
        "werk",
        {"name": "Inventur", "date": "12-28", "first_year": 2026},
        {"name": "Heiligabend", "date": "12-24", "hours": "09:00-13:00"},
        {"name": "Brückentag", "easter": 39, "observed": "next_monday"},
        include="DE-BE",
        without="12-26",
    )
    first = {
        "anchor": datetime(2026, 1, 5).date(),
        "valid_to": utc(2027, 12, 31).date(),
    }
    schedule = make_schedule("laden", ({**RULES[0], **first}, *RULES[1:]))
    schedule.calendars.add(calendar)
    agreement = make_agreement(schedule=schedule, target="99.9500", period="30d")
    component = make_component(agreement=agreement, labels={"team": "zahlungen"})
    override = Override.objects.create(
        component=component,
        start=datetime(2026, 12, 24, 12),
        end=datetime(2026, 12, 25, 18, 30),
    )
    Override.objects.create(
        schedule=schedule, start=datetime(2026, 12, 1), end=datetime(2026, 12, 3)
    )
    exclusion = Exclusion.objects.create(
        component=component,
        reason="Umzug",
        start=utc(2026, 10, 5),
        end=utc(2026, 10, 6),
    )
    token, _ = FeedToken.objects.issue("Team", datetime.now(UTC), "sam")
    found = (calendar, schedule, agreement, component, override, exclusion, token)
    return {str(one._meta.model_name): one for one in found}


def test_saving_a_form_as_it_is_shown_in_german_changes_nothing(
    admin_client: Client, settings: Any
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    changed = rows()
    assert changed.keys() == {
        model._meta.model_name for model in MODEL_ADMINS if model is not IssuedReport
    }
    for name, row in changed.items():
        page = reverse(f"admin:otel_sla_{name}_change", args=[row.pk])
        answer = admin_client.get(page, headers=GERMAN)
        assert answer.headers["Content-Language"] == "de"
        before = stored_version(row, "default")
        sent = Sent(answer.content.decode()).fields
        answer = admin_client.post(page, {**sent, "_save": ""}, headers=GERMAN)
        assert answer.status_code == 302, (name, answer.context["errors"])
        assert stored_version(row, "default") == before, name


def test_a_form_is_not_stale_in_another_language(admin_client: Client) -> None:
    row = rows()["schedule"]
    page = reverse("admin:otel_sla_schedule_change", args=[row.pk])
    sent = Sent(admin_client.get(page, headers=GERMAN).content.decode()).fields
    answer = admin_client.post(page, {**sent, "_save": ""})
    assert answer.status_code == 302


def test_the_history_is_stored_in_english_whatever_the_language(
    admin_client: Client,
) -> None:
    told = []
    for language in ("de", "en"):
        headers = {"accept-language": language}
        row = make_component(f"shop-{language}")
        page = reverse("admin:otel_sla_component_change", args=[row.pk])
        shown = admin_client.get(page, headers=headers).content.decode()
        sent = {**Sent(shown).fields, "name": f"{row.name}-2"}
        sent.pop("enabled")
        new = {"start": "2026-12-24", "end": "2026-12-24", "kind": "open", "reason": ""}
        sent |= {f"overrides-0-{name}": value for name, value in new.items()}
        sent |= {"overrides-TOTAL_FORMS": "1", "overrides-0-all_day": "on"}
        assert admin_client.post(page, sent, headers=headers).status_code == 302
        entry = LogEntry.objects.latest("pk")
        items = json.loads(entry.change_message)
        told.append(json.dumps(items[:-1]).replace(row.name, "shop"))
    german, english = told
    assert german == english
    assert "Enabled: yes" in english


def test_the_log_names_rows_in_english_whatever_the_language(
    admin_client: Client,
) -> None:
    component = make_component()
    new = {"component": component.pk, "kind": "closed", "reason": "Umzug"}
    new |= {"start": "2026-12-24T10:00", "end": "2026-12-24T12:00"}
    page = reverse("admin:otel_sla_override_add")
    assert admin_client.post(page, new, headers=GERMAN).status_code == 302
    row = Override.objects.get()
    for name in ("change", "delete"):
        page = reverse(f"admin:otel_sla_override_{name}", args=[row.pk])
        sent = {**new, "post": "yes"}
        assert admin_client.post(page, sent, headers=GERMAN).status_code == 302
    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {
        "closed 2026-12-24 10:00 to 2026-12-24 12:00: Umzug"
    }
    assert LogEntry.objects.count() == 3
