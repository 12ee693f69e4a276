"""What programs read is English, in whatever language a reader or the site is."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from icalendar import Calendar
from pytest_django.fixtures import Settings

from otel_sla.models import Component, FeedToken
from otel_sla.telemetry.scrape import Scrapes

from ..support.make import make_agreement, make_component, make_schedule, utc
from ..support.raw import write_raw

pytestmark = pytest.mark.django_db


def make_faulty() -> None:
    """A component with labels that can't be read, and one whose schedule can't be."""
    make_component()
    make_component("no-labels")
    broken = make_schedule("broken", timezone="Europe/Berlin")
    make_component("no-zone", agreement=make_agreement("bronze", schedule=broken))
    write_raw("UPDATE otel_sla_schedule SET timezone = 'x' WHERE name = 'broken'")
    Component.objects.filter(name="no-labels").update(labels=[1])


def asked(client: Client, path: str, language: str) -> Any:
    return client.get(path, headers={"Accept-Language": language})


def exposed(client: Client, language: str) -> list[bytes]:
    """The exposition but for figures of this process and of the scrapes before."""
    body = asked(client, "/metrics", language).content
    assert b"service_window_in_window" in body
    figures = (b"process_", b"python_")
    return [
        line
        for line in body.splitlines()
        if not line.startswith(figures) and b"duration" not in line
    ]


def test_metrics_are_the_same_in_every_language(
    client: Client, scrapes: Scrapes, settings: Settings
) -> None:
    make_faulty()
    moments = (b"service_window_snapshot", b"_timestamp_")
    english, german = (
        [line for line in exposed(client, one) if not any(x in line for x in moments)]
        for one in ("en", "de")
    )
    assert german == english
    settings.LANGUAGE_CODE = "de"
    with translation.override("de"):
        again = exposed(client, "de")
    assert [
        line for line in again if not any(one in line for one in moments)
    ] == english


@pytest.mark.parametrize(
    "path",
    [
        "components",
        "components?at=noon",
        "components/none",
        "components/no-zone",
        "schedules/office",
        "schedules/broken",
        "calendars/none",
        "none",
    ],
)
def test_the_api_is_in_english(
    path: str, client: Client, django_user_model: Any
) -> None:
    make_faulty()
    client.force_login(django_user_model.objects.create_user("ops"))
    english, german = (asked(client, f"/api/v1/{path}", one) for one in ("en", "de"))
    assert german.status_code == english.status_code
    assert german.content == english.content


def test_a_feed_is_in_the_reader_s_language_but_changes_in_no_one_s(
    client: Client,
) -> None:
    make_component()
    _, token = FeedToken.objects.issue("ops", utc(2026, 11, 25))
    path = f"/calendar/{token}/all.ics"
    english, german, again = (asked(client, path, one) for one in ("en", "de", "en"))
    first, event = (
        Calendar.from_ical(one.content).events[0] for one in (english, german)
    )
    assert first["SUMMARY"] == "web-shop: service window"
    assert event["SUMMARY"] == "web-shop: Servicefenster"
    for same in ("UID", "SEQUENCE", "LAST-MODIFIED"):
        assert event[same] == first[same]
    assert german["ETag"] != english["ETag"]
    assert again.content == english.content


@pytest.mark.parametrize(
    "command",
    [
        "alertmanager_intervals --from 2026-11-01",
        "prometheus_rules",
        "dump_catalogue",
        "windows web-shop --at 2026-11-25T12:00 --format json",
        "windows web-shop --from 2026-11-25 --until 2026-11-27 --format json",
    ],
)
def test_commands_print_files_and_json_in_english(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    schedule = make_component().agreement.schedule
    # Alertmanager has no nth weekdays: a comment says so of the rule.
    for days, nth in (("sat", "1"), ("mon,sun", None)):
        schedule.rules.create(
            weekdays=days, start=time(9), end=time(12), nth=nth, kind="closed"
        )
    printed = []
    for language in ("en", "de"):
        with translation.override(language):
            call_command(*command.split())
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] != ""
