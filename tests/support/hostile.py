"""What hostile visitors have in common: what they write, where they knock, and how to
tell that they got somewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from html.parser import HTMLParser
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.core.serializers import serialize
from django.db import DataError, IntegrityError, connection, models, transaction
from django.test import Client
from django.urls import URLPattern, reverse

from otel_sla.models import (
    Agreement,
    CalendarStatement,
    Component,
    Exclusion,
    FeedToken,
    HolidayCalendar,
    IssuedReport,
    Measurement,
    Override,
    Rule,
    Schedule,
)
from otel_sla.reports.issued import digest

from . import report_document

MARKUP = """'"><xss onload=x>{{7*7}}</script><script>xss</script>"""
"""Ends any attribute, any script and any element, and then is one of its own."""
ESCAPED = "&lt;xss"
LINK = "javascript:xss()"
HEADERS = "x\r\nSet-Cookie: xss=1\r\n\r\n<xss>"

_TEXTS = ("CharField", "JSONField", "TextField")
_MACHINERY = ("Lease", "Revision")
"""Rows that processes keep for each other."""


class Reader(HTMLParser):
    """Notes what a browser would make of a page that it must not."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        if "xss" in tag:
            self.found.append(f"element {tag}")
        for name, value in attrs:
            if name.startswith("on") or "xss" in name:
                self.found.append(f"attribute {name}")
            if (value or "").strip().lower().startswith("javascript:") and (
                name in ("href", "src", "action", "formaction")
            ):
                self.found.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and "xss" in data:
            self.found.append(f"script {data[:40]!r}")


def run_by(page: str) -> list[str]:
    """Return what a browser would run, or follow, of what was smuggled into a page."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader.found


def text_columns() -> list[tuple[type[models.Model], str]]:
    """Return every column in which a text is, of whatever people are shown."""
    return [
        (model, str(field.column))
        for model in apps.get_app_config("otel_sla").get_models()
        if model.__name__ not in _MACHINERY
        for field in model._meta.concrete_fields
        if field.get_internal_type() in _TEXTS
    ]


def write_past_all_forms(row: models.Model, column: str, text: str) -> None:
    """Write into the table itself, where no field looks at it.

    Nothing is written where a constraint or the column's type refuses it.
    """
    field = next(one for one in row._meta.concrete_fields if one.column == column)
    written = json.dumps(text) if isinstance(field, models.JSONField) else text
    names = (row._meta.db_table, column, str(row._meta.pk.column))
    quoted = [connection.ops.quote_name(one) for one in names]
    statement = "UPDATE {} SET {} = %s WHERE {} = %s".format(*quoted)  # noqa: S608
    refused = suppress(IntegrityError, DataError)
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [written, row.pk])


def make_catalogue(text: str, *labels: tuple[str, str]) -> Component:
    """A component of a schedule that can be evaluated, named for the text throughout;
    with a row of every model."""
    schedule = Schedule.objects.create(name=text, timezone="Europe/London")
    Rule.objects.create(schedule=schedule, start=time(9), end=time(17))
    calendar = HolidayCalendar.objects.create(name=text, include="GB-ENG")
    calendar.days.create(name=text, start="01-01", end="12-31", hours="10:00-16:00")
    schedule.calendars.add(calendar)
    agreement = Agreement.objects.create(name=text, schedule=schedule, target="99.9")
    component = Component.objects.create(
        name=text, agreement=agreement, labels=dict(labels or [("team", text)])
    )
    today = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    for kind in Override.Kind.values:
        for owner in ({"schedule": schedule}, {"component": component}):
            Override.objects.create(
                start=today, end=today + timedelta(days=365), kind=kind,
                reason=text, **owner,
            )  # fmt: skip
    CalendarStatement.objects.create(
        component=component, uid=text, sequence=0, cancelled=True, content=text
    )
    FeedToken.objects.issue(text, datetime.now(UTC), text)
    _make_report(component, text)
    return component


def _make_report(component: Component, text: str) -> None:
    """Make the rows that reports have: what was excluded, measured and issued."""
    since = datetime(2026, 10, 1, tzinfo=UTC)
    Exclusion.objects.create(
        component=component, start=since, end=since + timedelta(hours=1),
        reason=text, approved_by=text, created_by=text,
    )  # fmt: skip
    Measurement.objects.create(
        component=text, start=0, end=86_400, source="ab" * 32, content={"series": 1}
    )
    shown = report_document.missed(text, agreement=text, labels={"team": text})
    for listed in ("outages", "exclusions", "maintenance"):
        shown[listed] = [{**one, "reason": text} for one in shown[listed]]
    document = report_document.document(shown, source=text, notes=[text])
    IssuedReport.objects.create(
        period="2026-10", selection=text, document=document, digest=digest(document),
        issued=since, issued_by=text, differences=[text],
    )  # fmt: skip


def staff(*permissions: str) -> Client:
    """A client of a member of staff who has these permissions of the app's models,
    and no others. Forged requests are refused as in a browser."""
    user = get_user_model().objects.create_user(f"staff {permissions}", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(
            content_type__app_label="otel_sla", codename__in=permissions
        )
    )
    client = Client()
    client.force_login(user)
    return client


def model_admins() -> Iterator[Any]:
    """Yield the admins of the app's models, whatever they are."""
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label == "otel_sla":
            yield model_admin


def admin_addresses() -> Iterator[str]:
    """Yield the address of every view of these admins, on a row where it needs one."""
    for model_admin in model_admins():
        row = model_admin.model.objects.first()
        assert row is not None, f"no row of {model_admin.model} to try"
        for pattern in model_admin.get_urls():
            if isinstance(pattern, URLPattern) and pattern.name:
                arguments = [row.pk] * len(pattern.pattern.converters)
                yield reverse(f"admin:{pattern.name}", args=arguments)


def everything_stored() -> str:
    """Return all rows of the app and of its users, to be compared."""
    kept = [*apps.get_app_config("otel_sla").get_models(), get_user_model()]
    rows = [row for model in kept for row in model._default_manager.order_by("pk")]
    assert Session not in kept
    return str(serialize("json", rows))
