"""What commands change is in the history that the admin shows."""

from __future__ import annotations

import json
from pathlib import Path
from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from otel_sla.language import Sentence, figure
from otel_sla.language.log_entries import in_words, told_of_import
from otel_sla.language.log_entries import told as item_of
from otel_sla.models import Component, Schedule

from ..ical.test_import_calendar import calendar, event, tomorrow
from ..support.make import make_component

pytestmark = pytest.mark.django_db

CATALOGUE = """
schedules:
  office-london:
    timezone: {zone}
    rules:
    - {{days: mon-fri, start: '09:00', end: '17:00'}}
agreements:
  gold: {{schedule: office-london, target: 99.9}}
components:
  web-shop: {{agreement: gold}}
  bank: {{agreement: gold, labels: {{team: {team}}}}}
"""


def load(folder: Path, zone: str, team: str, *options: str) -> None:
    file = folder / "catalogue.yaml"
    file.write_text(CATALOGUE.format(zone=zone, team=team))
    call_command("load_catalogue", file, *options, verbosity=0)


def told() -> list[tuple[str, str]]:
    entries = LogEntry.objects.order_by("pk")
    return [(one.object_repr, in_words(one)) for one in entries]


def test_a_catalogue_s_changes_are_in_the_history_of_each_row(
    tmp_path: Path, admin_client: Client
) -> None:
    load(tmp_path, "Europe/London", "payments")
    said = "Catalogue catalogue.yaml: Added."
    names = ("office-london", "gold", "web-shop", "bank")
    assert told() == [(name, said) for name in names]
    LogEntry.objects.all().delete()
    load(tmp_path, "Europe/Paris", "people", "--dry-run")
    assert told() == []
    load(tmp_path, "Europe/Paris", "people")
    changed = "Catalogue catalogue.yaml: timezone: Europe/London -> Europe/Paris."
    assert told() == [
        ("office-london", changed),
        ("bank", "Catalogue catalogue.yaml: labels.team: payments -> people."),
    ]
    schedule = Schedule.objects.get()
    page = reverse("admin:otel_sla_schedule_history", args=[schedule.pk])
    text = admin_client.get(page).content.decode()
    assert "<td>load_catalogue</td>" in text
    assert "timezone: Europe/London -&gt; Europe/Paris." in text


def test_what_a_catalogue_deletes_is_in_the_history(tmp_path: Path) -> None:
    gone = make_component("gone").pk
    load(tmp_path, "Europe/London", "people", "--prune")
    entry = LogEntry.objects.get(object_repr="gone")
    assert in_words(entry) == "Catalogue catalogue.yaml: Deleted."
    assert (entry.object_id, entry.is_deletion()) == (str(gone), True)


def test_an_import_is_in_the_history_of_its_component(tmp_path: Path) -> None:
    shop = make_component()
    file = tmp_path / "changes.ics"
    file.write_bytes(calendar(event(f"DTSTART;VALUE=DATE:{tomorrow()}")))
    call_command("import_calendar", file, component=["web-shop"], verbosity=0)
    entry = LogEntry.objects.get()
    message = in_words(entry)
    assert (entry.object_id, entry.user.username) == (str(shop.pk), "import_calendar")
    assert message.startswith(
        "Imported the calendar changes.ics. Added override closed"
    )
    call_command("import_calendar", file, component=["web-shop"], verbosity=0)
    assert LogEntry.objects.count() == 1


def test_who_stands_for_a_command_can_not_log_in(tmp_path: Path) -> None:
    load(tmp_path, "Europe/London", "payments")
    load(tmp_path, "Europe/Paris", "payments")
    user = User.objects.get()
    assert (user.username, user.is_active) == ("load_catalogue", False)
    assert not user.has_usable_password()
    assert authenticate(username="load_catalogue", password="") is None


def test_a_history_that_can_not_be_written_keeps_no_catalogue_from_loading(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = patch.object(
        LogEntry.objects, "bulk_create", side_effect=OperationalError("full")
    )
    with broken:
        load(tmp_path, "Europe/London", "payments")
    assert Component.objects.count() == 2
    assert "The admin's history could not be written." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("count", "end"),
    [(50, "x."), (51, "And 1 more change."), (1_052, "And 1,002 more changes.")],
)
def test_the_changes_that_are_not_listed_are_counted(count: int, end: str) -> None:
    message = json.dumps([told_of_import("changes.ics", ["x."] * count)])
    assert in_words(LogEntry(change_message=message)).endswith(end)


def test_a_figure_in_an_entry_is_stored_as_text() -> None:
    sentence = Sentence("Moved %(count)s components.", {"count": figure(1000)})
    entry = LogEntry(change_message=json.dumps([item_of(sentence)]))
    assert in_words(entry) == "Moved 1,000 components."


def test_an_entry_that_lacks_a_parameter_is_shown_as_django_does() -> None:
    item = {**item_of("Moved."), "otel_sla_sentences": [["Moved %(count)s.", {}]]}
    assert in_words(LogEntry(change_message=json.dumps([item]))) == "Changed Moved."
