"""Failures that are no row's and no database's: of the process, or of a site's code."""

from __future__ import annotations

import importlib
import os
import resource
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client, override_settings

from otel_sla import checks
from otel_sla.bridge.no_rows import NoRows
from otel_sla.database.connect import connect
from otel_sla.database.consistent_read import one_view
from otel_sla.database.deadline import Deadline, cut_off
from otel_sla.database.failures import NotAsked, asking
from otel_sla.metrics.source import Snapshots, snapshots
from otel_sla.models.leases import acquire
from otel_sla.schedule import timezones
from otel_sla.telemetry.otlp.turn import LEASE
from otel_sla.telemetry.scrape import Scrapes

from ..support.at_once import parametrize_at_once
from ..support.databases import DATABASES
from ..support.make import make_agreement, make_component, make_schedule, seconds
from ..support.processes import (
    GUNICORN,
    SAMPLE,
    WSGI,
    Server,
    components_in,
    make_site,
    sample_components,
    until,
)
from .test_connect import server_at

NOON = seconds(2026, 3, 27, 12)


@contextmanager
def no_descriptors() -> Iterator[None]:
    """Leave the process no descriptor: whatever opens a file fails."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    # The lowest number that is free is the next to be given.
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def unread_zones() -> None:
    """Have each zone's file be read when it is needed."""
    timezones.names()
    timezones.in_use()
    timezones._of_package()
    for kept in (timezones.zone, timezones._from_system, timezones._from_package):
        kept.cache_clear()
    ZoneInfo.clear_cache()


@pytest.mark.django_db
@pytest.mark.usefixtures("unread_zones")
def test_want_of_descriptors_is_no_fault_of_the_rows() -> None:
    make_component()
    own = Snapshots()
    with no_descriptors(), pytest.raises(NoRows, match="Too many open files"):
        own.take(NOON)
    assert len(own.take(NOON).rows) == 1, "nothing of the failure is kept"


@pytest.mark.django_db
@pytest.mark.usefixtures("unread_zones")
def test_rows_that_can_not_be_evaluated_now_leave_the_last_good_ones() -> None:
    make_component()
    own = Snapshots()
    own.take(NOON)
    new = make_schedule("tokyo", timezone="Asia/Tokyo")
    make_component("new", agreement=make_agreement("new", schedule=new))
    with no_descriptors():
        during = own.take(NOON + 60)
    assert [row.component for row in during.rows] == ["web-shop"]
    assert (during.evaluations_pending, during.dropped) == (1, {})
    after = own.take(NOON + 120)
    assert len(after) == 2
    assert after.read_at == NOON + 120


@pytest.mark.django_db
@pytest.mark.parametrize("error", [MemoryError(), OSError(5, "Input/output error")])
@pytest.mark.parametrize(
    "where",
    [
        "sources.Definitions.schedule",
        "groups.exposed_component",
        "units.Unit.evaluate",
        "source.Evaluated.at",
    ],
)
def test_the_process_s_own_failures_are_503_wherever_they_come_up(
    where: str, error: Exception, client: Client, scrapes: Scrapes
) -> None:
    make_component()
    with patch(f"otel_sla.metrics.{where}", side_effect=error):
        responses = [client.get(path) for path in ("/metrics", "/api/v1/components")]
        ready = client.get("/readyz")
    assert [one.status_code for one in responses] == [503, 503]
    # A process that has evaluated all of its rows once is ready.
    assert ready.status_code == (200 if where == "source.Evaluated.at" else 503)
    assert client.get("/metrics").status_code == 200


@pytest.mark.django_db
def test_a_zone_s_file_that_may_not_be_read_costs_the_schedules_in_it() -> None:
    make_component()
    refused = make_schedule("refused", timezone="Asia/Tokyo")
    make_component("hit", agreement=make_agreement("other", schedule=refused))

    def zone(name: str) -> ZoneInfo:
        if name == "Asia/Tokyo":
            raise PermissionError(13, "Permission denied")
        return timezones.zone(name)

    with patch("otel_sla.schedule.from_text.zone", zone):
        snapshot = Snapshots().take(NOON)
    assert [row.component for row in snapshot.rows] == ["web-shop"]
    assert snapshot.dropped == {"schedule": 1}


@pytest.mark.django_db
@pytest.mark.usefixtures("unread_zones")
def test_the_check_of_schedules_blames_none_for_want_of_descriptors() -> None:
    make_schedule()
    # The check imports it, for which it needs a descriptor.
    importlib.import_module("otel_sla.metrics.checks")
    with no_descriptors():
        assert checks.check_stored_schedules(None, ["default"]) == []


@pytest.mark.django_db
def test_a_page_is_unavailable_also_where_its_template_can_not_be_opened(
    client: Client, settings: Any
) -> None:
    settings.OTEL_SLA = {**settings.OTEL_SLA, "PUBLIC_STATUS": True}
    failing = OSError(24, "Too many open files")
    with (
        patch("otel_sla.database.consistent_read.read", side_effect=failing),
        patch("otel_sla.web.pages.decorators.render", side_effect=failing),
    ):
        response = client.get("/")
    assert response.status_code == 503
    assert response["Content-Type"].startswith("text/plain")


def refuse(*arguments: Any) -> Any:
    raise RuntimeError("not now")


@pytest.mark.django_db
def test_whatever_code_around_queries_raises_is_an_error_of_the_database() -> None:
    with (
        connection.execute_wrapper(refuse),
        pytest.raises(NotAsked, match="RuntimeError: not now"),
    ):
        acquire(LEASE, "me", 60)
    with pytest.raises(KeyError), asking(KeyError):
        raise KeyError


class RefusingRouter:
    """A router of a site's that raises in place of an answer."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return str(refuse())

    db_for_write = db_for_read


@contextmanager
def refusing(by: str) -> Iterator[None]:
    router = [f"{__name__}.RefusingRouter"] if by == "a router" else []
    with ExitStack() as refusing:
        if by == "code around queries":
            refusing.enter_context(connection.execute_wrapper(refuse))
        refusing.enter_context(override_settings(DATABASE_ROUTERS=router))
        yield


@pytest.mark.django_db
@pytest.mark.parametrize("by", ["code around queries", "a router"])
@pytest.mark.parametrize(
    "command",
    [
        f"load_catalogue {SAMPLE}",
        f"load_catalogue {SAMPLE} --dry-run",
        "feed_token ops",
        "feed_token ops --revoke",
        "import_calendar {directory}/changes.ics --component web-shop",
        "windows web-shop",
        "dump_catalogue",
        "alertmanager_intervals",
        "prometheus_rules --legacy-names",
        "sla_report",
    ],
)
def test_a_command_ends_in_a_sentence_where_a_site_s_own_code_refuses_its_queries(
    command: str, by: str, tmp_path: Path
) -> None:
    (tmp_path / "changes.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    line = command.format(directory=tmp_path).split()
    measured = {"PROMETHEUS": {"URL": "http://prometheus.example"}}
    site = override_settings(OTEL_SLA=measured)
    with site, refusing(by), pytest.raises(CommandError) as failed:
        call_command(*line, verbosity=0)
    assert str(failed.value).startswith("Database error: RuntimeError: not now")


@pytest.mark.django_db
def test_a_fault_of_the_commands_themselves_is_not_taken_for_the_site_s() -> None:
    module = "otel_sla.management.commands.dump_catalogue"
    fault = patch(f"{module}.dump", side_effect=RuntimeError)
    with fault, pytest.raises(RuntimeError):
        call_command("dump_catalogue")


@pytest.mark.django_db
def test_a_statement_is_cut_off_without_a_descriptor() -> None:
    with server_at("PostgreSQL") as (wrapper, _):
        connect(wrapper, Deadline(30))
        began = time.monotonic()
        with no_descriptors(), pytest.raises(OperationalError):  # noqa: SIM117
            with cut_off(wrapper, Deadline(0.2)), wrapper.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(60)")
        assert time.monotonic() - began < 30


@pytest.mark.django_db(transaction=True)
def test_the_first_error_is_raised_and_no_transaction_left_where_all_is_refused() -> (
    None
):
    make_component()

    def fails() -> None:
        with ExitStack() as refusing, one_view("default"):
            refusing.enter_context(connection.execute_wrapper(refuse))
            raise KeyError("first")

    with pytest.raises(KeyError, match="first"):
        fails()
    assert len(snapshots.take(int(time.time()))) == 1


READ_ONLY = 'INSTALLED_APPS = [*INSTALLED_APPS, "django_read_only"]'


@parametrize_at_once("database", DATABASES)
def test_a_site_with_django_read_only_is_read(database: str, tmp_path: Path) -> None:
    with DATABASES[database](tmp_path) as url:
        site = make_site(tmp_path, DATABASE_URL=url).load_sample()
        site = site.having_settings("read_only", READ_ONLY)
        with site.having(DJANGO_READ_ONLY="1").serving(*GUNICORN, WSGI) as server:
            assert server.get("/readyz").text == "ok\n"
            answer = server.get("/metrics")
            assert components_in(answer.text) == sample_components()
            assert "Traceback" not in server.output


REFUSING = """
from pathlib import Path
from django.db.backends.signals import connection_created

def refuse(execute, sql, *arguments):
    if not sql.startswith("BEGIN") and Path({switch!r}).exists():
        raise RuntimeError("the site is being moved")
    return execute(sql, *arguments)

def guard(sender, connection, **kwargs):
    connection.execute_wrappers.append(refuse)

connection_created.connect(guard, weak=False)
"""
ASKED = (
    *("/metrics", "/readyz", "/timeline", "/api/v1/components?enabled=false"),
    *("/api/v1/schedules", "/calendar/a-token/all.ics"),
)


def statuses(server: Server) -> set[int]:
    """What is answered to anybody, and to somebody who may be logged in."""
    cookie = {"Cookie": f"sessionid={'x' * 32}"}
    return {server.get(path, **cookie).status for path in ASKED}


@parametrize_at_once("database", DATABASES)
def test_a_site_whose_own_code_refuses_queries_is_503_or_has_its_last_rows(
    database: str, tmp_path: Path
) -> None:
    switch = tmp_path / "refuse"
    with DATABASES[database](tmp_path) as url:
        site = make_site(tmp_path, DATABASE_URL=url).load_sample()
        site = site.having_settings("refusing", REFUSING.format(switch=str(switch)))
        with site.serving(*GUNICORN, WSGI, path="/healthz") as server:
            switch.touch()
            assert statuses(server) == {503}
            assert "RuntimeError: the site is being moved" in server.output
            switch.unlink()
            assert components_in(server.get("/metrics").text) == sample_components()
            switch.touch()
            last = server.get("/metrics")
            assert components_in(last.text) == sample_components()
            assert "the database is unavailable" in server.get("/readyz").text
            switch.unlink()
            until(lambda: server.get("/readyz").text == "ok\n", "rows read anew")
            assert "Traceback" not in server.output
