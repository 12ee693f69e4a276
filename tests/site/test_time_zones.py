"""Sites of any USE_TZ and TIME_ZONE have the same rows and give the same answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ..models.test_upgrade import AS_OF_THE_FIRST, FIRST, PRINT, ROWS, UPGRADE
from ..support.databases import DATABASES
from ..support.make import seconds
from ..support.processes import make_site

LOCAL = 'USE_TZ, TIME_ZONE = False, "Europe/Berlin"'
SITES = {
    "utc": 'USE_TZ, TIME_ZONE = True, "UTC"',
    "local": LOCAL,
    "back, and far off": 'USE_TZ, TIME_ZONE = True, "Pacific/Chatham"',
}
"""A site's settings, one after the other, on the same database."""

CATALOGUE = """
schedules:
  nights:
    timezone: Europe/Berlin
    holidays: DE-BE
    rules:
      - {days: sat, start: "22:00", end: "02:30:15"}
      - {days: mon-fri, start: "09:00", end: "17:00", valid_from: 2026-01-05}
    overrides: [{from: 2026-12-24T12:00, to: 2026-12-24T18:00, kind: closed}]
  always: {timezone: UTC, always_open: true}
agreements:
  gold: {schedule: nights, target: 99.9, period: month}
  always: {schedule: always, target: 99, period: 7d}
components:
  web-shop:
    agreement: gold
    labels: {team: payments}
    overrides:
      - {from: 2026-10-25T02:15, to: 2026-10-25T02:45, kind: open, reason: repeats}
  search: {agreement: gold}
  mail: {agreement: always}
"""

FROZEN = """
import time
from datetime import UTC, datetime

moment = 0.0
time.time = lambda: moment

def at(*clock):
    # A time of 25 October 2026, when 02:00 to 03:00 comes twice in Europe/Berlin.
    global moment
    moment = datetime(2026, 10, 25, *clock, tzinfo=UTC).timestamp()
    return datetime.fromtimestamp(moment, UTC)
"""
ASK = r"""
import io, json, re
from unittest import mock
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from otel_sla.database import consistent_read
from otel_sla.metrics.source import snapshots
from otel_sla.models import *
from otel_sla.models.leases import Lease, acquire

at(1, 30, 15)
if not Component.objects.exists():
    call_command("load_catalogue", CATALOGUE, verbosity=0)
    get_user_model().objects.create_superuser("root", "root@example.com", "pw")
client, said, token = Client(), {}, {}
client.force_login(get_user_model().objects.get(username="root"))

def text_of(response):
    # But for what is new in each answer, and for how far from UTC the site's zone is.
    text = response.content.decode()
    for new in (r'csrfmiddlewaretoken" value="\w+"', r'admin-utc-offset="-?\d+"'):
        text = re.sub(new, "", text)
    return f"{response.status_code} {text}"

def used(row):
    row.refresh_from_db()
    return [str(one) for one in (row.created, row.last_used, row.revoked)]

def calendar(secret, name="components/web-shop"):
    return text_of(client.get(f"/calendar/{secret}/{name}.ics"))

shop = Component.objects.get(name="web-shop")
office = shop.agreement.schedule
windows = "windows?from=2026-10-24T02:30&until=2026-10-27T02:30:00%2B02:00"
for path in [
    "/", "/timeline?zone=Europe/Berlin", "/components/web-shop",
    "/api/v1/components", f"/api/v1/components/web-shop/{windows}",
    "/api/v1/timeline?from=2026-10-24&until=2026-10-27",
    "/admin/otel_sla/override/", "/admin/otel_sla/component/",
    f"/admin/otel_sla/component/{shop.pk}/change/",
    f"/admin/otel_sla/schedule/{office.pk}/change/",
]:
    said[path] = text_of(client.get(path))
scrape = text_of(client.get("/metrics"))
lines = [one for one in scrape.splitlines() if "service_window" in one]
lines = [one for one in lines if "duration" not in one]
said["/metrics"] = "\n".join([scrape[:4], *lines])

# A token made in the first pass, and used and revoked in the second.
row, secret = FeedToken.objects.issue("ops", at(0, 30))
said["a feed"] = calendar(secret)
token["used"] = used(row)
at(1, 29)
calendar(secret)
token["used within the hour"] = used(row)
at(1, 31)
calendar(secret)
token["used later"] = used(row)
listed = client.get("/admin/otel_sla/feedtoken/").content.decode()
token["listed"] = re.findall(r"2026-10-25 .*? UTC", listed)
FeedToken.objects.filter(pk=row.pk).revoke(at(1, 45))
token["revoked"], token["with a revoked one"] = used(row), calendar(secret)
row.delete()

# And in the admin, with the real clock.
tokens = "/admin/otel_sla/feedtoken/"
made = client.post(f"{tokens}add/", {"name": "x"}, follow=True)
secret = re.search(r"/calendar/([^/]+)/", made.content.decode())[1]
row = FeedToken.objects.get(name="x")
is_new = abs(datetime.now(UTC) - row.created).total_seconds() < 60
token["of the admin"] = [calendar(secret)[:3], is_new]
client.post(tokens, {"action": "revoke", "_selected_action": row.pk})
token["of the admin"] += [calendar(secret)[:3]]
row.delete()

# An override in the admin, seen in a preview and saved.
form = {
    "name": "of a form", "timezone": "Europe/Berlin",
    "rules-TOTAL_FORMS": 0, "rules-INITIAL_FORMS": 0,
    "overrides-TOTAL_FORMS": 1, "overrides-INITIAL_FORMS": 0,
    "overrides-0-start": "2026-10-25 02:30", "overrides-0-end": "2026-10-25 03:30:15",
    "overrides-0-kind": "open",
}
at(0, 15)
said["a preview"] = text_of(client.post("/admin/otel_sla/schedule/add/preview/", form))
client.post("/admin/otel_sla/schedule/add/", form)
saved = Schedule.objects.get(name="of a form")
state = saved.definition().state(int(moment))
said["a form"] = [str(saved.overrides.get()), state.next_start, state.next_end]
saved.delete()

# Downtime that is excluded, in the hour that repeats.
form = {
    "component": shop.pk, "reason": "as agreed",
    "start": "2026-10-25 01:30", "end": "2026-10-25 02:30:15+01:00",
}
at(3, 0)
exclusions = "/admin/otel_sla/exclusion/"
said["an exclusion's preview"] = text_of(client.post(
    f"{exclusions}add/preview/", form, headers={"X-Requested-With": "fetch"}))
client.post(f"{exclusions}add/", form)
row = Exclusion.objects.get()
said["an exclusion"] = [str(row.start), str(row.end), str(row)]
token["excluded just now"] = abs(datetime.now(UTC) - row.created).total_seconds() < 60
Exclusion.objects.update(created=at(2, 0))
for where, path in {
    "list": exclusions, "page": f"{exclusions}{row.pk}/change/",
    "API": "/api/v1/exclusions",
}.items():
    # But for the key and the version of a row that is made anew.
    text = re.sub(r'/\d+/(change|delete|history)/', "", text_of(client.get(path)))
    for own in (r'name="_version" value="\w+"', r'(value|id)="[\w-]*\d+"'):
        text = re.sub(own, "", text)
    said[f"exclusions: {where}"] = text
row.delete()

def command(*words):
    out = io.StringIO()
    call_command(*words, stdout=out, no_color=True)
    return re.sub(r"[\d.]+ s\\b", "", out.getvalue())

said["dump"] = command("dump_catalogue")
said["load"] = command("load_catalogue", CATALOGUE)
said["windows"] = command("windows", "web-shop", "--at", "2026-10-25T02:30:00")
period = "--from", "2026-10-23T02:30", "--until", "2026-10-27"
said["period"] = command("windows", "web-shop", *period)
said["intervals"] = command("alertmanager_intervals")
at(0, 0)
for time_of_import in ("first", "again"):
    importing = "import_calendar", CALENDAR, "--component", "web-shop"
    said[f"import {time_of_import}"] = command(*importing)
imported = Override.objects.exclude(uid="")
said["imported"] = [str(one) for one in imported]
imported.delete()

said["lease"] = [acquire("a", "me", 60), 50 < acquire("a", "you", 60) <= 60]
Lease.objects.all().delete()

# Rows read an hour ago, by the clock of Europe/Berlin just now.
snapshots.forget()
at(0, 30)
client.get("/metrics")
at(1, 30)
for limit in (3599, 3600):
    settings.OTEL_SLA["MAX_SNAPSHOT_AGE"] = limit
    with mock.patch.object(consistent_read, "read", side_effect=OperationalError("x")):
        said[f"older than {limit} s"] = client.get("/metrics").status_code

kept = {model.__name__: list(model.objects.order_by("pk").values())
    for model in (Schedule, Rule, Override, Agreement, Component, FeedToken, Revision)}
print(json.dumps({"said": said, "token": token, "kept": kept}, default=str))
"""
CALENDAR = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:second-pass
DTSTAMP:20261001T000000Z
DTSTART:20261025T013000Z
DURATION:PT1H
END:VEVENT
END:VCALENDAR
"""


TOKEN = {
    "used": ["2026-10-25 00:30:00+00:00", "2026-10-25 00:30:00+00:00", "None"],
    "used within the hour": [
        *("2026-10-25 00:30:00+00:00", "2026-10-25 00:30:00+00:00", "None"),
    ],
    "used later": ["2026-10-25 00:30:00+00:00", "2026-10-25 01:31:00+00:00", "None"],
    "listed": ["2026-10-25 00:30 UTC", "2026-10-25 01:31 UTC"],
    "revoked": [
        "2026-10-25 00:30:00+00:00",
        "2026-10-25 01:31:00+00:00",
        "2026-10-25 01:45:00+00:00",
    ],
    "with a revoked one": "404 Not found\n",
    "of the admin": ["200", True, "404"],
    "excluded just now": True,
}


@pytest.mark.parametrize("database", DATABASES)
def test_answers_and_rows_are_the_same_whatever_the_site_s_time_zone_is(
    database: str, tmp_path: Path
) -> None:
    found = {}
    with DATABASES[database](tmp_path) as url:
        site = make_site(tmp_path, DATABASE_URL=url, DJANGO_ALLOWED_HOSTS="testserver")
        site.manage("migrate", "-v0")
        given = {
            "CATALOGUE": str(site.write("a.yaml", CATALOGUE)),
            "CALENDAR": str(site.write("a.ics", CALENDAR)),
        }
        program = "".join(f"{name} = {text!r}\n" for name, text in given.items())
        for name, settings in SITES.items():
            last = site.having_settings(name, settings).manage(
                "shell", "-v0", "-c", program + FROZEN + ASK
            )
            found[name] = json.loads(last.splitlines()[-1])
    first = found["utc"]
    for name, answers in found.items():
        for part, answer in first.items():
            for what in answer:
                assert answers[part][what] == answer[what], (database, name, what)
    assert len(first["kept"]["Component"]) == 3
    assert first["token"] == TOKEN
    said = first["said"]
    assert all(one.startswith("200 ") for path, one in said.items() if path[0] == "/")
    assert said["lease"] == [0.0, True]
    assert [said["older than 3599 s"], said["older than 3600 s"]] == [503, 200]
    # The window that closes in the first pass, and the form's, which opens in it.
    assert "Sun 2026-10-25 02:45 CEST" in said["/components/web-shop"]
    assert said["an exclusion"] == [
        "2026-10-24 23:30:00+00:00",
        "2026-10-25 01:30:15+00:00",
        "web-shop 2026-10-24 23:30 to 2026-10-25 01:30 UTC: as agreed",
    ]
    assert said["a form"][1:] == [
        seconds(2026, 10, 25, 0, 30),
        seconds(2026, 10, 25, 2, 30, 15),
    ]


@pytest.mark.parametrize("database", DATABASES)
def test_a_site_of_local_times_is_migrated_and_back_with_all_its_rows(
    database: str, tmp_path: Path
) -> None:
    with DATABASES[database](tmp_path) as url:
        site = make_site(tmp_path, DATABASE_URL=url).having_settings("local", LOCAL)
        given = f"FIRST, ROWS = {FIRST!r}, {ROWS!r}\n"
        script = given + AS_OF_THE_FIRST + UPGRADE + PRINT
        said = site.manage("shell", "-v0", "-c", script, seconds=300)
    went: dict[str, Any] = json.loads(said.splitlines()[-1])
    first = went.pop("first")
    before, after = went.pop("notices")["kept"]
    assert before == after
    assert len(first["Component"]) == 3
    assert {step: found["rows"] for step, found in went.items()} == dict.fromkeys(
        went, first
    )
