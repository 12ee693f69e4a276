"""A database of the first migration, with rows, becomes one of today's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ..support.databases import DATABASES
from ..support.processes import GUNICORN, WSGI, Server, Site, components_in, make_site

FIRST = "0001_initial"
AS_OF_THE_FIRST = f"""
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

state = MigrationExecutor(connection).loader.project_state([("otel_sla", {FIRST!r})])
models = {{model.__name__: model for model in state.apps.get_models()}}

def make(model, **fields):
    return models[model].objects.create(**fields)
"""
"""Models as an installation of the first migration has them."""

ROWS = """
office = make("Schedule", name="Büro 🚀", timezone="Europe/Berlin", holidays="DE-BE")
always = make("Schedule", name="always", timezone="UTC", always_open=True)
make("Rule", schedule=office, weekdays="mon-fri", start=time(9), end=time(17, 30, 15))
make("Rule", schedule=office, weekdays="sat", start=time(22), end=time(6), end_day=1,
    nth=-1, months="3,12", valid_from=date(2026, 1, 1), valid_to=date(2030, 12, 31),
    on_holidays=True)
make("Rule", schedule=office, weekdays="sun", start=time(1), end=time(2),
    days_of_month="1,-1", every_weeks=2, anchor=date(2026, 1, 5))
gold = make("Agreement", name="gold", schedule=office, target=Decimal("99.9999"),
    period="7d")
plain = make("Agreement", name="plain", schedule=always, target=Decimal("0.0001"))
shop = make("Component", name="shop", agreement=gold,
    labels={"größe": "très \\"grand\\"\\n", "team": ""})
make("Component", name="SHOP", agreement=plain, labels={})
make("Component", name="off", agreement=plain, enabled=False)
make("Override", schedule=office, start=datetime(2026, 3, 29, 2, 30),
    end=datetime(2026, 3, 29, 4), kind="open", reason="spring's hour")
make("Override", component=shop, start=datetime(2027, 1, 1),
    end=datetime(2027, 1, 1, 0, 0, 1), kind="closed")
"""
UPGRADE = """
from io import StringIO
from django.core.management import call_command

def kept():
    return json.loads(json.dumps({
        name: list(models[name].objects.order_by("pk").values())
        for name in ("Schedule", "Rule", "Agreement", "Component", "Override")
    }, default=str))

def after(*migrated):
    said = StringIO()
    call_command("migrate", *migrated, stdout=said)
    return {"rows": kept(), "said": said.getvalue()}

from otel_sla import models as today

def notices():
    # What a release before statements kept of messages, and what it finds again.
    call_command("migrate", "otel_sla", "0008_calendars", stdout=StringIO())
    early = MigrationExecutor(connection).loader.project_state(
        [("otel_sla", "0008_calendars")]).apps.get_model("otel_sla", "OccurrenceNotice")
    shop = today.Component.objects.get(name="shop")
    for uid, cancelled in (("größe#20270103", True), ("b#20270103T020000Z", False)):
        early.objects.create(component_id=shop.pk, uid=uid, sequence=3,
            cancelled=cancelled)
    kept = [list(early.objects.order_by("pk").values())]
    call_command("migrate", stdout=StringIO())
    statements = today.CalendarStatement.objects
    said = [str(row) for row in statements.order_by("pk")]
    statements.create(component=shop, uid="whole", sequence=0, cancelled=False)
    statements.create(component=shop, uid="whole", occurrence="20270103", sequence=0,
        series_sequence=0, cancelled=False)
    call_command("migrate", "otel_sla", "0008_calendars", stdout=StringIO())
    kept.append(list(early.objects.order_by("pk").values()))
    early.objects.all().delete()
    call_command("migrate", stdout=StringIO())
    return {"kept": kept, "said": said}

after("otel_sla", FIRST)
exec(ROWS)
went = {
    "first": kept(),
    "today": after(),
    "nothing left": after(),
    "back": after("otel_sla", FIRST),
    "again": after(),
    "notices": notices(),
}
"""
REFUSE = """
def rows_of_today():
    # What the first state can't hold, and a way to take it away again.
    office, always = today.Schedule.objects.order_by("pk")
    rules = today.Rule.objects.filter(weekdays="sat")
    for values, before in (
        ({"kind": "closed"}, {"kind": "open"}),
        ({"every_days": 3, "anchor": date(2026, 1, 5)},
         {"every_days": 1, "anchor": None}),
    ):
        rules.update(**values)
        yield lambda: rules.update(**before)
    schedules = today.Schedule.objects.filter(pk=office.pk)
    for codes in ("DE-BE,GB-ENG", "DE-BY/catholic"):
        schedules.update(holidays=codes)
        yield lambda: schedules.update(holidays="DE-BE")
    agreements = today.Agreement.objects.filter(name="plain")
    agreements.update(unknown="down")
    yield lambda: agreements.update(unknown="exclude")
    for made in (
        lambda: today.HolidayCalendar.objects.create(name="company"),
        lambda: today.ScheduleInclusion.objects.create(
            schedule=always, included=office),
        lambda: today.ScheduleExclusion.objects.create(
            schedule=office, excluded=always),
        lambda: today.Exclusion.objects.create(
            component=today.Component.objects.get(name="shop"), reason="as agreed",
            start=datetime(2026, 10, 5, 12, tzinfo=UTC),
            end=datetime(2026, 10, 5, 13, tzinfo=UTC)),
        lambda: today.IssuedReport.objects.create(
            period="2026-10", document={}, issued=datetime(2026, 11, 2, tzinfo=UTC)),
    ):
        yield made().delete

def refusals():
    for undo in rows_of_today():
        try:
            yield after("otel_sla", FIRST)["said"]
        except Exception as error:
            yield f"{type(error).__name__}: {error}"
        after()
        undo()

went["refused"] = list(refusals())
"""
PRINT = """
print(json.dumps(went))
"""
LATE = """
late = make("Component", name="late", agreement=models["Agreement"].objects.get(
    name="plain"))
make("Override", component=late, start=datetime(2026, 1, 1), end=datetime(2026, 1, 2),
    kind="closed")
"""
"""What a worker that still runs the old release writes in the middle of an upgrade."""


@pytest.fixture(scope="module", params=DATABASES)
def upgraded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, dict[str, Any]]]:
    """A site whose database was filled in its first state, and how it went on."""
    directory = tmp_path_factory.mktemp("upgraded")
    with DATABASES[request.param](directory) as url:
        site = make_site(directory, DATABASE_URL=url)
        given = f"FIRST, ROWS = {FIRST!r}, {ROWS!r}\n"
        script = given + AS_OF_THE_FIRST + UPGRADE + REFUSE + PRINT
        said = site.manage("shell", "-c", script, seconds=300)
        yield site, json.loads(said.splitlines()[-1])


def test_an_upgrade_keeps_every_row_and_so_does_the_way_back(
    upgraded: tuple[Site, dict[str, Any]],
) -> None:
    _, went = upgraded
    first, refused = went.pop("first"), went.pop("refused")
    notices = went.pop("notices")
    assert refused == [
        "IrreversibleError: Closing rules would open in earlier releases. Schedules "
        "that have some: 'Büro 🚀'. Delete these rules first.",
        *(
            f"IrreversibleError: Earlier releases know nothing of {what}. Delete or "
            "change these first."
            for what in (
                "rules of every so many days: 'Büro 🚀'",
                "several holiday codes, or of categories, on schedules: 'Büro 🚀'",
                "several holiday codes, or of categories, on schedules: 'Büro 🚀'",
                "agreements that count unknown time: 'plain'",
                "calendars of one's own: 'company'",
                "schedules that include others: 'always'",
                "schedules that exclude others: 'Büro 🚀'",
                "excluded downtime: 'shop'",
                "issued reports: '2026-10'",
            )
        ),
    ]
    assert [len(rows) for rows in first.values()] == [2, 3, 2, 3, 2]
    assert {step: found["rows"] for step, found in went.items()} == dict.fromkeys(
        went, first
    )
    assert notices["kept"][0] == notices["kept"][1]
    assert notices["said"] == [
        "größe#20270103: cancelled",
        "b#20270103T020000Z: closed",
    ]
    assert "No migrations to apply" in went["nothing left"]["said"]


def test_a_database_that_was_upgraded_is_served_dumped_and_loaded(
    upgraded: tuple[Site, dict[str, Any]],
) -> None:
    site, _ = upgraded
    with site.serving(*GUNICORN, WSGI) as server:
        assert components_in(scraped(server)) == {"shop", "SHOP"}
        # A worker of the old release may go on while those of the new one begin.
        site.manage("shell", "-c", AS_OF_THE_FIRST + LATE)
        assert components_in(scraped(server)) == {"shop", "SHOP", "late"}
    dump = site.write("dump.yaml", site.manage("dump_catalogue"))
    said = site.manage("load_catalogue", str(dump), "--prune")
    assert "0 created, 0 updated, 0 deleted" in said


def scraped(server: Server) -> str:
    answer = server.get("/metrics")
    assert answer.status == 200
    assert 'service_window_collection_errors_total{stage="read"} 0' in answer.text
    return answer.text
