"""Sites with several databases: which one is read, and which one is written to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from otel_sla import checks

from ..support.databases import postgres_url
from ..support.processes import MANAGE, Site, make_site
from .test_databases import UNCHANGED

ELSEWHERE = """
calendars:
  base-there: {days: [{name: Closing, date: "01-01"}]}
  there: {include: [base-there, DE/nationwide]}
schedules:
  part-there:
    timezone: Europe/Berlin
    holidays: there
    rules: [{days: daily, start: "09:00", end: "17:00"}]
  there: {timezone: Europe/Berlin, includes: [part-there], excludes: [never-there]}
  never-there: {timezone: UTC}
agreements: {there: {schedule: there, target: 99, period: week}}
components:
  only-there:
    agreement: there
    labels: {team: remote}
    overrides: [{from: 2026-01-01T00:00, to: 2026-01-02T00:00, kind: closed}]
"""
HERE = ELSEWHERE.replace("there", "here").replace("remote", "local")

SETTINGS = """
import os
import dj_database_url

DATABASES["other"] = dj_database_url.parse(os.environ["OTHER_URL"])
OTEL_SLA["PUBLIC_STATUS"] = True
ALLOWED_HOSTS = ["*"]
"""
READING = 'OTEL_SLA["DATABASE"] = "other"'
ROUTED = 'DATABASE_ROUTERS = ["routers.{name}"]'
ROUTERS = """
class AllThere:
    def db_for_read(self, model, **hints):
        return "other" if model._meta.app_label == "otel_sla" else None

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return (db == "other") == (app_label == "otel_sla")


class UsersThere:
    def db_for_read(self, model, **hints):
        return "default" if model._meta.app_label == "otel_sla" else "other"

    db_for_write = db_for_read


class ReadsThere:
    def db_for_read(self, model, **hints):
        return "other" if model._meta.app_label == "otel_sla" else None

    def db_for_write(self, model, **hints):
        return "default"
"""
LOAD = """
from django.core.management import call_command

for alias in {aliases}:
    call_command("migrate", database=alias, verbosity=0)
call_command("load_catalogue", {catalogue!r}, verbosity=0)
"""
IMPORT = """
from django.core.management import call_command

for file in {files}:
    call_command("import_calendar", file, component=["only-here"], no_color=True)
"""
MAINTENANCE = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
UID:upgrade
DTSTART:20990101T0{hour}0000Z
DURATION:PT1H
END:VEVENT
END:VCALENDAR
"""
ASK = """
import io
import json
from django.core.management import call_command
from django.db import connections
from django.test import Client
from datetime import UTC, datetime
from otel_sla.models import Component, FeedToken, Lease, Revision
from otel_sla.models.leases import acquire

row, token = FeedToken.objects.issue("ops", datetime.now(UTC))
acquire("lease", "me", 60)
said = {}
for path in [
    "/metrics", "/readyz", "/", "/timeline", "/components/only-NAME",
    "/components/only-THEIRS", "/api/v1/components", "/api/v1/components/only-NAME",
    "/api/v1/components/only-NAME/windows?from=2026-01-01&until=2026-01-05",
    "/api/v1/components?enabled=false", "/api/v1/schedules", "/api/v1/schedules/NAME",
    "/api/v1/schedules/NAME/windows?from=2026-01-01&until=2026-01-05",
    "/api/v1/agreements", "/api/v1/calendars", "/api/v1/calendars/NAME",
    "/api/v1/calendars/NAME/days?year=2026", "/calendar/TOKEN/all.ics",
]:
    response = Client().get(path.replace("TOKEN", token))
    said[path] = [response.status_code, response.content.decode()]
for command in [
    "windows only-NAME", "prometheus_rules --legacy-names", "alertmanager_intervals",
    "dump_catalogue", "load_catalogue HERE --dry-run", "load_catalogue HERE",
]:
    out = io.StringIO()
    call_command(*command.split(), stdout=out, no_color=True)
    said[command.replace("only-NAME", "").strip()] = [200, out.getvalue()]
print(json.dumps({
    "said": said,
    "written": {
        model.__name__: [
            alias for alias in connections
            if model._meta.db_table in connections[alias].introspection.table_names()
            and model.objects.using(alias).exists()
        ]
        for model in (FeedToken, Lease, Revision)
    },
    "tables": [
        alias for alias in connections
        if Component._meta.db_table in connections[alias].introspection.table_names()
    ],
}))
"""


COMMANDS = ("windows", "prometheus_rules --legacy-names", "alertmanager_intervals")
EDITING = ("dump_catalogue", "load_catalogue HERE --dry-run", "load_catalogue HERE")


def load(site: Site, name: str, text: str, *aliases: str) -> None:
    """Migrate the databases, and load what is to be there in the site's own way."""
    catalogue = str(site.write(f"{name}.yaml", text))
    program = LOAD.format(aliases=aliases or ("default",), catalogue=catalogue)
    site.manage("shell", "-c", program)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site and another database, both with one component of their own."""
    directory = tmp_path_factory.mktemp("two")
    other = f"sqlite:///{directory / 'other.sqlite3'}"
    site = make_site(directory, OTHER_URL=other)
    site.write("routers.py", ROUTERS)
    load(site, "here", HERE)
    load(site.having(DATABASE_URL=other), "there", ELSEWHERE)
    return site


def asked(site: Site, name: str, theirs: str, loaded: str) -> dict[str, Any]:
    """What the site says of both components, and where it has written."""
    program = ASK.replace("THEIRS", theirs).replace("NAME", name)
    program = program.replace("HERE ", f"{site.directory / loaded}.yaml ")
    program = program.replace('HERE"', f'{site.directory / loaded}.yaml"')
    last = site.manage("shell", "-c", program).splitlines()[-1]
    found: dict[str, Any] = json.loads(last)
    said = {
        what.replace(f"{site.directory / loaded}.yaml", "HERE"): answer
        for what, answer in found.pop("said").items()
    }
    return {"said": said, **found}


def text_of(found: dict[str, Any], *asked_for: str) -> str:
    return "\n".join(found["said"][one][1] for one in asked_for)


def test_one_setting_says_which_database_all_answers_are_from(two: Site) -> None:
    site = two.having_settings("reading", SETTINGS + READING)
    found = asked(site, "there", "here", "here")
    for path, (status, text) in found["said"].items():
        if path == "/components/only-here":
            assert status == 404
            assert "No component has this name" in text
        elif path not in EDITING:
            assert status == 200, (path, text)
            assert "only-here" not in text, path
    lists = ("/api/v1/schedules", "/api/v1/calendars")
    for path in ("/metrics", "/", "/timeline", *lists, *COMMANDS):
        assert "there" in text_of(found, path), path
    path = "/api/v1/components/only-there/windows?from=2026-01-01&until=2026-01-05"
    windows = json.loads(text_of(found, path))
    assert windows[0]["start"] == "2026-01-02T08:00:00Z", "its overrides count"
    # What is written, and what edits are compared with, goes where it went before.
    assert set(map(tuple, found["written"].values())) == {("default",)}
    assert "only-here" in text_of(found, "dump_catalogue")
    assert text_of(found, *EDITING[1:]).count(UNCHANGED) == 2


def test_a_router_that_keeps_the_app_elsewhere_is_followed_in_all(
    tmp_path: Path,
) -> None:
    with postgres_url() as url:
        site = make_site(tmp_path, OTHER_URL=url)
        site.write("routers.py", ROUTERS)
        site = site.having_settings("all", SETTINGS + ROUTED.format(name="AllThere"))
        load(site, "there", ELSEWHERE, "default", "other")
        found = asked(site, "there", "nowhere", "there")
    assert found["tables"] == ["other"]
    assert set(map(tuple, found["written"].values())) == {("other",)}
    statuses = {path: status for path, (status, _) in found["said"].items()}
    assert statuses.pop("/components/only-nowhere") == 404
    assert set(statuses.values()) == {200}
    assert "only-there" in text_of(found, "dump_catalogue")


def test_a_load_compares_with_what_it_writes_to_not_with_a_replica(two: Site) -> None:
    site = two.having_settings("split", SETTINGS + ROUTED.format(name="ReadsThere"))
    found = asked(site, "there", "here", "here")
    assert text_of(found, *EDITING[1:]).count(UNCHANGED) == 2
    assert "only-here" in text_of(found, "dump_catalogue")
    assert "only-there" in text_of(found, "/metrics")


def test_an_import_compares_with_what_it_writes_to_not_with_a_replica(
    two: Site,
) -> None:
    site = two.having_settings("split", SETTINGS + ROUTED.format(name="ReadsThere"))
    files = [
        str(site.write(f"{hour}.ics", MAINTENANCE.format(hour=hour)))
        for hour in (2, 2, 4)
    ]
    said = site.manage("shell", "-c", IMPORT.format(files=files))
    counts = [line for line in said.splitlines() if line.endswith(" past.")]
    assert counts == [
        "1 created, 0 updated, 0 deleted, 0 unchanged, 0 past.",
        "0 created, 0 updated, 0 deleted, 1 unchanged, 0 past.",
        "0 created, 1 updated, 0 deleted, 0 unchanged, 0 past.",
    ]


ADD_A_USER = """
from django.contrib.auth.models import User
from django.core.management import call_command

call_command("migrate", database="other", verbosity=0)
User.objects.create_user("ada")
"""


def test_a_demo_leaves_a_site_alone_whose_users_are_in_another_database(
    tmp_path: Path,
) -> None:
    site = make_site(tmp_path, OTHER_URL=f"sqlite:///{tmp_path / 'other.sqlite3'}")
    site.write("routers.py", ROUTERS)
    site = site.having_settings("apart", SETTINGS + ROUTED.format(name="UsersThere"))
    site.manage("shell", "-c", ADD_A_USER)
    done = site.run(*MANAGE, "demo", "--no-serve")
    assert done.returncode == 1
    assert "The database has 1 users, such as ada" in done.stderr


ATOMIC = """
for database in DATABASES.values():
    database["ATOMIC_REQUESTS"] = True
"""
INSIDE = """
from django.core.handlers.base import BaseHandler
from otel_sla.urls import urlpatterns

views = [one.callback for one in urlpatterns]
atomic = BaseHandler().make_view_atomic
print(len(views), [one.__name__ for one in views if atomic(one) is not one])
"""


def test_no_view_is_inside_a_transaction_of_any_database(two: Site) -> None:
    site = two.having_settings("atomic", SETTINGS + ATOMIC)
    said = site.manage("shell", "-v0", "-c", INSIDE).split(maxsplit=1)
    assert int(said[0]) > 10
    assert said[1].strip() == "[]"


def test_an_alias_that_is_none_is_a_check_error_that_names_those_there_are() -> None:
    with override_settings(OTEL_SLA={"DATABASE": "replica"}):
        (error,) = checks.check_settings(None)
    assert error.id == "otel_sla.E001"
    assert "which has default, not 'replica'" in error.msg
