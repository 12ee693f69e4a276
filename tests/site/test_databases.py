"""The site on each database that it supports, from an empty one on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ..support.databases import DATABASES, postgres_url
from ..support.processes import (
    GUNICORN,
    MANAGE,
    SAMPLE,
    WSGI,
    Site,
    components_in,
    make_site,
    sample_components,
)

UNCHANGED = "0 created, 0 updated, 0 deleted"

REFUSED = {
    "an override of nothing": "Override(**DAY)",
    "an override of two": "Override(schedule=S, component=C, **DAY)",
    "an override that ends before it starts": (
        "Override(schedule=S, start=DAY['end'], end=DAY['start'], kind='open')"
    ),
    "an override of another kind": "Override(schedule=S, **{**DAY, 'kind': 'ajar'})",
    "a rule that ends before it starts": (
        "Rule(schedule=S, start=time(17), end=time(9), end_day=0)"
    ),
    "a rule that takes no time": "Rule(schedule=S, start=time(9), end=time(9))",
    "a rule of more than a week": (
        "Rule(schedule=S, start=time(9), end=time(17), end_day=8)"
    ),
    "a rule without a weekday": (
        "Rule(schedule=S, start=time(9), end=time(17), weekdays='')"
    ),
    "every second week of no week": (
        "Rule(schedule=S, start=time(9), end=time(17), every_weeks=2)"
    ),
    "the sixth weekday": "Rule(schedule=S, start=time(9), end=time(17), nth=6)",
    "a target above 100": "Agreement(name='a', schedule=S, target=100.5)",
    "a target of nothing": "Agreement(name='a', schedule=S, target=0)",
    "a period nobody knows": (
        "Agreement(name='a', schedule=S, target=99, period='year')"
    ),
    "a name that is empty": "Component(name='', agreement=C.agreement)",
    "a name that is taken": "Component(name=C.name, agreement=C.agreement)",
}
ACCEPTED = {
    "an override of a schedule": "Override(schedule=S, **DAY)",
    "an override of a component": "Override(component=C, **DAY)",
    "a name that differs by case": (
        "Component(name=C.name.swapcase(), agreement=C.agreement)"
    ),
    "a rule over midnight": "Rule(schedule=S, start=time(22), end=time(6))",
    "a rule of a whole day": (
        "Rule(schedule=S, start=time(9), end=time(9), end_day=1)"
    ),
}
SAVE = """
import json
from datetime import datetime, time
from django.db import IntegrityError, transaction
from otel_sla.models import *

S, C = Schedule.objects.all()[0], Component.objects.all()[0]
DAY = dict(start=datetime(2026, 1, 1), end=datetime(2026, 1, 2), kind="closed")
refused = []
for name, row in {rows!r}.items():
    try:
        with transaction.atomic():
            eval(row).save()
            transaction.set_rollback(True)
    except IntegrityError:
        refused.append(name)
print(json.dumps(refused))
"""


RACE = """
import sys, threading
from django.db import connection
from otel_sla.catalogue import apply, parse_text, read_database

reading = sys.modules["otel_sla.catalogue.db_read"]
applying = sys.modules["otel_sla.catalogue.apply"]
RULE = "{days: %s, start: '01:00', end: '02:00'}"
RACE = "schedules: {race: {timezone: %s, rules: [" + RULE + "]}}"

def load(*what):
    apply(parse_text(RACE % what, "race.yaml"))
    connection.close()

def in_a_thread(*what):
    thread = threading.Thread(target=load, args=what)
    thread.start()
    return thread
"""
DUMP_DURING_A_LOAD = """
def interrupted(read=reading._read_overrides):
    found = read()
    reading._read_overrides = read
    in_a_thread("UTC", "mon").join()
    return found

before = read_database()
reading._read_overrides = interrupted
print(read_database() == before, read_database() != before)
"""
TWO_LOADS_AT_ONCE = """
both_have_compared = threading.Barrier(2)

def compared(load, kind, had, has, diff=applying._Load._diff):
    changes = list(diff(load, kind, had, has))
    if kind == "schedule":
        try:
            both_have_compared.wait(1)
        except threading.BrokenBarrierError:
            pass
        if has["race"].timezone != "UTC":
            loads[0].join(1)
    return changes

load("UTC", "mon")
applying._Load._diff = compared
loads = [in_a_thread("UTC", "tue")]
loads.append(in_a_thread("Europe/London", "mon"))
for one in loads:
    one.join()
race = read_database().schedules["race"]
print((race.timezone, *race.rules[0].weekdays))
"""


@pytest.fixture(scope="module", params=DATABASES)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site on a new database with the sample catalogue."""
    directory = tmp_path_factory.mktemp("site")
    with DATABASES[request.param](directory) as url:
        yield make_site(directory, DATABASE_URL=url).load_sample()


LONG = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT count(*) FROM n",
    "postgresql": "SELECT count(*) FROM pg_class a, pg_class b, pg_class c, pg_class d",
    "mysql": "SELECT sum(sqrt(a.ordinal_position + b.ordinal_position))"
    " FROM information_schema.columns a, information_schema.columns b,"
    " information_schema.columns c",
}
BOUND = {
    "sqlite": "PRAGMA busy_timeout",
    "postgresql": "SELECT current_setting('statement_timeout')",
    "mysql": "SELECT @@SESSION.max_statement_time",
}
BOUNDED = """
import json, time
from django.db import OperationalError, connection
from otel_sla.metrics import rows as tables
from otel_sla.database.connect import connect
from otel_sla.database.deadline import Deadline

connect(connection, Deadline(1))

def own():
    with connection.cursor() as cursor:
        cursor.execute({bound!r})
        return cursor.fetchone()[0]

before, began = own(), time.monotonic()
tables.statements = lambda *connection: [({long!r}, ())]
try:
    tables.read(Deadline(0.5))
    ended = None
except OperationalError as error:
    ended = str(error)
took = time.monotonic() - began
print(json.dumps([ended, took, own() == before, connection.in_atomic_block]))
"""


def test_a_statement_that_runs_past_the_deadline_is_ended_and_the_session_goes_on(
    site: Site,
) -> None:
    vendor = site.manage("shell", "-c", VENDOR).splitlines()[-1]
    script = BOUNDED.format(long=LONG[vendor], bound=BOUND[vendor])
    said = json.loads(site.manage("shell", "-c", script).splitlines()[-1])
    ended, took, unchanged, in_transaction = said
    assert ended
    assert 0.4 < took < 5
    assert unchanged
    assert not in_transaction


DATES = """
import json
from django.db import connection, transaction
from otel_sla.metrics import rows as tables
from otel_sla.database.deadline import Deadline

def said(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None

read = lambda: [tables.read(Deadline()).rules, tables.read(Deadline()).overrides]
before = read()
found = []
for style in "German", "SQL, DMY", "Postgres, MDY":
    said(f"SET datestyle = '{style}'")
    with transaction.atomic():
        found += [read() == before, said("SHOW datestyle").startswith(style)]
    found += [read() == before, said("SHOW datestyle").startswith(style)]
print(json.dumps([any("-" in str(row) for row in before), found]))
"""


def test_dates_are_read_whatever_style_the_server_writes_them_in(
    tmp_path: Path,
) -> None:
    with postgres_url() as url:
        site = make_site(tmp_path, DATABASE_URL=url).load_sample()
        said = json.loads(site.manage("shell", "-c", DATES).splitlines()[-1])
    assert said == [True, [True] * 12]


LEASES = """
import json, threading
from django.db import connection
from otel_sla.models.leases import Lease, acquire

Lease.objects.all().delete()
first, taken = threading.Barrier(8), []

def race(holder):
    first.wait()
    if not acquire("race", holder, 60):
        taken.append(holder)
    connection.close()

threads = [threading.Thread(target=race, args=(f"h{n}",)) for n in range(8)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(json.dumps({
    "winners of a race": len(taken),
    "left": acquire("race", "late", 60),
    "renewed": acquire("race", taken[0], 60),
    "short": acquire("short", "a", -0.001),
    "taken over": acquire("short", "b", 60),
    "lost": acquire("short", "a", 60),
}))
"""


def test_of_all_who_want_a_lease_one_has_it_until_it_expires(site: Site) -> None:
    said = json.loads(site.manage("shell", "-c", LEASES).splitlines()[-1])
    assert said["winners of a race"] == 1
    assert 50 < said["left"] <= 60
    assert 50 < said["lost"] <= 60
    assert said["renewed"] == said["short"] == said["taken over"] == 0


LEASES_AHEAD = """
import json
from otel_sla.models.leases import DatabaseClock, Lease, acquire

def left(ahead):
    Lease.objects.filter(name="ahead").update(
        holder="gone", expires=DatabaseClock() + ahead
    )
    return acquire("ahead", "next", 10)

acquire("ahead", "gone", 10)
print(json.dumps([left(ahead) for ahead in (9, 10, 15, 90, 3600)]))
"""


def test_a_lease_that_has_more_left_than_it_lasts_is_free(site: Site) -> None:
    said = site.manage("shell", "-c", LEASES_AHEAD).splitlines()[-1]
    taken, whole, *set_back = json.loads(said)
    assert 8 < taken <= 9
    assert 9 < whole <= 10
    assert set_back == [0, 0, 0]


LATIN = 'DATABASES["default"].setdefault("OPTIONS", {})["charset"] = "latin1"'
GARBLED = """
from otel_sla.models import Component
Component.objects.filter(name="web-shop").update(labels={})
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("UPDATE otel_sla_component SET name = %s WHERE name = 'web-shop'",
                   ["web\\x81shop"])
"""
READ_TWICE = """
from otel_sla.database.deadline import Deadline
from otel_sla.metrics.rows import read

for _ in range(2):
    try:
        read(Deadline())
    except Exception as error:
        print(type(error).__name__, error)
"""
CHARSET = ("check", "--database", "default")


def test_a_session_of_another_character_set_is_named_and_its_first_error_is_kept(
    tmp_path: Path,
) -> None:
    with DATABASES["MariaDB"](tmp_path) as url:
        site = make_site(tmp_path, DATABASE_URL=url).load_sample().of_any_year()
        checked = site.run(*MANAGE, *CHARSET)
        site.manage("shell", "-c", GARBLED)
        latin = site.having_settings("latin", LATIN)
        said = latin.manage("shell", "-v0", "-c", READ_TWICE).splitlines()
        warned = latin.run(*MANAGE, *CHARSET)
    assert "W013" not in checked.stdout + checked.stderr
    assert len(said) == 2
    for line in said:
        assert line.startswith("UnreadableRows a stored value can't be read: 'charmap'")
    assert "(otel_sla.W013) The session of database 'default' uses" in warned.stderr
    assert "the character set latin1" in warned.stderr


def test_the_character_set_is_nobody_s_concern_where_the_database_is_away(
    tmp_path: Path,
) -> None:
    url = "mysql://root@127.0.0.1:1/none"
    site = make_site(tmp_path, DATABASE_URL=url).of_any_year()
    said = site.run(*MANAGE, *CHARSET)
    assert "W013" not in said.stdout + said.stderr


VENDOR = "from django.db import connection; print(connection.vendor)"


def refusals(site: Site, rows: dict[str, str]) -> list[str]:
    """Save each row in a transaction that is rolled back; name those refused."""
    said = site.manage("shell", "-c", SAVE.format(rows=rows))
    return list(json.loads(said.splitlines()[-1]))


def test_loading_a_catalogue_again_changes_nothing(site: Site) -> None:
    assert UNCHANGED in site.manage("load_catalogue", str(SAMPLE))


def test_loading_a_dump_changes_nothing(site: Site) -> None:
    dump = site.write("dump.yaml", site.manage("dump_catalogue"))
    assert UNCHANGED in site.manage("load_catalogue", str(dump), "--prune")


def test_a_catalogue_of_many_batches_is_loaded_checked_and_pruned(site: Site) -> None:
    many = "".join(
        f"  many-{n}:\n    agreement: gold\n    overrides: [{{from: 2026-01-01T00:00, "
        f"to: 2026-01-02T00:00, kind: closed, uid: u{n}}}]\n"
        for n in range(2_500)
    )
    file = str(site.write("many.yaml", f"components:\n{many}"))
    assert "2500 created" in site.manage("load_catalogue", file)
    assert "is the same as" in site.manage("load_catalogue", file, "--check")
    bare = many.replace("overrides: [{", "labels: {a: b}\n    other: [{")
    lines = [line for line in bare.splitlines() if "other:" not in line]
    changed = str(site.write("changed.yaml", "components:\n" + "\n".join(lines)))
    assert "2500 updated" in site.manage("load_catalogue", changed)
    dump = site.manage("dump_catalogue")
    assert (dump.count("uid: u"), dump.count("labels: {a: b}")) == (2_500, 2_500)
    pruned = site.manage("load_catalogue", str(SAMPLE), "--prune")
    assert "2500 deleted" in pruned
    assert UNCHANGED in site.manage("load_catalogue", str(SAMPLE), "--prune")


def test_the_windows_of_a_period_are_the_same_on_every_database(site: Site) -> None:
    period = ("--from", "2026-03-27", "--until", "2026-03-31")
    said = site.manage("windows", "web-shop", *period, "--format", "json")
    assert json.loads(said) == [
        {"start": "2026-03-27T09:00:00Z", "end": "2026-03-27T17:00:00Z"},
        {"start": "2026-03-30T08:00:00Z", "end": "2026-03-30T16:00:00Z"},
    ]


def test_the_database_refuses_what_makes_no_sense_and_nothing_else(site: Site) -> None:
    assert refusals(site, REFUSED | ACCEPTED) == list(REFUSED)


COMPOSED = """
calendars:
  base: {days: [{name: Half day, date: "12-23", hours: ["09:00-12:00"]}]}
  company:
    include: [GB-ENG, base]
    without: [Boxing Day]
    days: [{name: Christmas closing, from: "12-27", to: "01-02"}]
schedules:
  part:
    timezone: Europe/London
    holidays: [company, DE-BY]
    rules: [{days: mon-fri, start: "09:00", end: "17:00"}]
  shift:
    timezone: America/New_York
    rules:
      - {days: daily, start: "12:00", end: "14:00", every_days: 4, from: 2026-12-21}
  whole: {timezone: UTC, includes: [part, shift], excludes: [pause]}
  pause: {timezone: UTC, rules: [{days: daily, start: "10:00", end: "10:30"}]}
agreements: {whole: {schedule: whole, target: 99}}
components: {whole: {agreement: whole}}
"""
RAW = """
import json
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test import Client

settings.ALLOWED_HOSTS = ["*"]
settings.OTEL_SLA = {**settings.OTEL_SLA, "PUBLIC_STATUS": True}

def run(statement):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError:
        return "refused"

def of(kind, name):
    return Client().get(f"/api/v1/{kind}/{name}").json()

tables = "schedule", "holidaycalendar"
names = "'part', 'shift', 'pause', 'company', 'base'"
delete = "DELETE FROM otel_sla_%s WHERE name IN (%s)"
found = [run(delete % (one, names)) for one in tables]
rename = "UPDATE otel_sla_%s SET name = 'new-%s' WHERE name = '%s'"
run(rename % ("schedule", "part", "part"))
run(rename % ("holidaycalendar", "base", "base"))
print(json.dumps([found, of("schedules", "whole")["includes"],
                  of("calendars", "company")["include"]]))
run("UPDATE otel_sla_schedule SET name = 'part' WHERE name = 'new-part'")
run("UPDATE otel_sla_holidaycalendar SET name = 'base' WHERE name = 'new-base'")
"""


def test_schedules_made_of_others_are_the_same_on_every_database(site: Site) -> None:
    file = str(site.write("composed.yaml", COMPOSED))
    assert "8 created" in site.manage("load_catalogue", file)
    assert UNCHANGED in site.manage("load_catalogue", file)
    period = ("--from", "2026-12-23", "--until", "2026-12-30")
    said = site.manage("windows", "whole", *period, "--format", "json")
    assert [(one["start"], one["end"]) for one in json.loads(said)] == [
        ("2026-12-23T09:00:00Z", "2026-12-23T10:00:00Z"),
        ("2026-12-23T10:30:00Z", "2026-12-23T12:00:00Z"),
        ("2026-12-24T09:00:00Z", "2026-12-24T10:00:00Z"),
        ("2026-12-24T10:30:00Z", "2026-12-24T17:00:00Z"),
        ("2026-12-25T17:00:00Z", "2026-12-25T19:00:00Z"),
        ("2026-12-29T17:00:00Z", "2026-12-29T19:00:00Z"),
    ]
    with site.serving(*GUNICORN, WSGI) as server:
        assert "whole" in components_in(server.get("/metrics").text)
    raw = json.loads(site.manage("shell", "-c", RAW).splitlines()[-1])
    assert raw == [
        ["refused", "refused"],
        ["new-part", "shift"],
        ["new-base", "GB-ENG"],
    ]
    assert "8 deleted" in site.manage("load_catalogue", str(SAMPLE), "--prune")


LABELS = """
import json
from otel_sla.admin.filters import labelled
from otel_sla.models import Component

found = []
row = Component.objects.filter(enabled=True).first()
for name, value in {pairs!r}:
    Component.objects.filter(pk=row.pk).update(labels={{name: value}})
    rows = labelled(Component.objects.all(), f"{{name}}:{{value}}")
    found.append(list(rows) == [row])
labelled(Component.objects.all(), "a:\\0").exists()
Component.objects.filter(pk=row.pk).update(labels=row.labels)
print(json.dumps(found))
"""


def test_a_label_is_found_whatever_it_is_made_of(site: Site) -> None:
    pairs = [("1", "x"), ('quo"te', "\\"), ("größe", "🚀"), ("a:b", "c:d"), ("e", "")]
    said = site.manage("shell", "-c", LABELS.format(pairs=pairs))
    assert json.loads(said.splitlines()[-1]) == [True] * len(pairs)


def test_a_dump_taken_during_a_load_is_of_one_state(site: Site) -> None:
    said = site.manage("shell", "-c", RACE + DUMP_DURING_A_LOAD)
    assert said.splitlines()[-1] == "True True"


def test_of_two_loads_at_once_one_comes_after_the_other(site: Site) -> None:
    said = site.manage("shell", "-c", RACE + TWO_LOADS_AT_ONCE)
    assert said.splitlines()[-1] in {"('UTC', 1)", "('Europe/London', 0)"}


def test_a_scrape_shows_every_enabled_component(site: Site) -> None:
    with site.serving(*GUNICORN, WSGI) as server:
        scrape = server.get("/metrics")
    assert scrape.status == 200
    assert components_in(scrape.text) == sample_components()


REVISIONS = """
import json, threading
from django.db import connection
from otel_sla.models import Revision

first, found = threading.Barrier(8), []

def renew(number):
    first.wait()
    digests = {"a" * 64: str(number), "b" * 64: "the same"}
    found.append(Revision.objects.changed(digests, 100))
    connection.close()

before = Revision.objects.changed({"a" * 64: "before", "b" * 64: "the same"}, 90)
threads = [threading.Thread(target=renew, args=(n,)) for n in range(8)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(json.dumps([sorted(one["a" * 64] for one in found), before["b" * 64],
                  {one["b" * 64] for one in found} == {90}]))
"""


def test_of_many_who_find_a_change_at_once_each_has_a_later_revision(
    site: Site,
) -> None:
    said = site.manage("shell", "-c", REVISIONS).splitlines()[-1]
    assert json.loads(said) == [list(range(100, 108)), 90, True]


NAMES = ("ops", "Ops", "ops ", "öps")
REVOKE = """
from django.core.management import call_command
from otel_sla.models import FeedToken

for name in {names!r}:
    call_command("feed_token", name)
call_command("feed_token", "ops", "--revoke")
live = FeedToken.objects.live().order_by("pk")
print(list(live.values_list("name", flat=True)))
"""


def test_the_tokens_of_a_name_are_revoked_and_of_none_like_it(site: Site) -> None:
    said = site.manage("shell", "-c", REVOKE.format(names=NAMES)).splitlines()
    assert said[-2:] == ["1 revoked.", str(list(NAMES[1:]))]


MAINTENANCE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:tests
BEGIN:VEVENT
UID:Upgrade
SUMMARY:Upgrade 🛠
DTSTART;VALUE=DATE:{day}
END:VEVENT
BEGIN:VEVENT
UID:upgrade
SUMMARY:A name that differs by case
DTSTART;VALUE=DATE:{day}
RRULE:FREQ=WEEKLY;COUNT=3
END:VEVENT
END:VCALENDAR
"""
KINDS = (
    "from otel_sla.models import Override as o;"
    "print(set(o.objects.exclude(uid='').values_list('kind', flat=True)))"
)

TWO_IMPORTS_AT_ONCE = """
import threading, time
from django.db import connection
from django.db.models import QuerySet
from otel_sla.ical.imports import apply, parse_bytes, wishes
from otel_sla.models import Component, Override

target = Component.objects.with_schedules().get(name="euro-settlement")
now = int(time.time())
horizon = now + 400 * 86400
found = wishes(parse_bytes({calendar!r}, "file.ics"), now, horizon)
both_have_compared = threading.Barrier(2)

def when_both_have_compared(self, rows, *arguments, write=QuerySet.bulk_create, **more):
    if rows and self.model is Override:
        try:
            both_have_compared.wait(1)
        except threading.BrokenBarrierError:
            pass
    return write(self, rows, *arguments, **more)

def run():
    apply(found, [target], moment=now, horizon=horizon)
    connection.close()

QuerySet.bulk_create = when_both_have_compared
imports = [threading.Thread(target=run) for _ in range(2)]
for one in imports:
    one.start()
for one in imports:
    one.join()
rows = Override.objects.filter(component=target).exclude(uid="")
print(rows.count())
rows.delete()
"""


def test_of_two_imports_at_once_one_finds_what_the_other_has_written(
    site: Site,
) -> None:
    day = f"{datetime.now(UTC) + timedelta(days=2):%Y%m%d}"
    calendar = MAINTENANCE.format(day=day).encode()
    said = site.manage("shell", "-c", TWO_IMPORTS_AT_ONCE.format(calendar=calendar))
    assert said.splitlines()[-1] == "4"


def test_a_calendar_is_imported_once_and_served_to_whoever_has_a_token(
    site: Site,
) -> None:
    day = f"{datetime.now(UTC) + timedelta(days=2):%Y%m%d}"
    file = str(site.write("maintenance.ics", MAINTENANCE.format(day=day)))
    command = ("import_calendar", file, "--component", "web-shop", "checkout")
    assert "8 created, 0 updated, 0 deleted, 0 unch" in site.manage(*command)
    assert "0 created, 0 updated, 0 deleted, 8 unch" in site.manage(*command)
    assert "0 created, 8 updated, 0" in site.manage(*command, "--kind", "open")
    assert "{'open'}" in site.manage("shell", "-c", KINDS)
    path = site.manage("feed_token", "ops").strip()
    with site.serving(*GUNICORN, WSGI) as server:
        feed = server.get(path)
        assert feed.status == 200
        assert feed.text.count("SUMMARY:web-shop: service window") >= 1
        assert server.get(path).text == feed.text
        assert server.get(path.replace("all", "components/checkout")).status == 200
        assert server.get("/calendar/guessed/all.ics").status == 404
    # Another event that is cancelled: of the first two the calendar says nothing.
    head, _, rest = MAINTENANCE.format(day=day).partition("UID:Upgrade")
    event = rest.partition("BEGIN:VEVENT")[0]
    other = f"{head}UID:other\nSTATUS:CANCELLED{event}END:VCALENDAR\n"
    file = str(site.write("other.ics", other))
    command = ("import_calendar", file, "--component", "web-shop", "checkout")
    assert "8 kept although their event is not in the file" in site.manage(*command)
    assert "8 deleted" in site.manage(*command, "--prune")
