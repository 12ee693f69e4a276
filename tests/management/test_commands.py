"""The commands people type, and what they print."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
from datetime import datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.test import override_settings

from otel_sla.models import Component, Override, Rule, Schedule
from otel_sla.schedule.timezones import in_use

from ..support.make import make_agreement, make_component, make_schedule
from ..support.processes import MANAGE, ROOT, make_site

pytestmark = pytest.mark.django_db

SAMPLE = str(Path(__file__).parents[2] / "otel_sla" / "sample_catalogue.yaml")
PERIOD = ["--from", "2026-03-27", "--until", "2026-03-31"]


def windows(*arguments: str) -> str:
    out = io.StringIO()
    call_command("windows", *arguments, stdout=out)
    return out.getvalue()


def test_windows_of_a_period_over_the_clock_change_as_json() -> None:
    make_component()
    assert json.loads(windows("web-shop", *PERIOD, "--format", "json")) == [
        {"start": "2026-03-27T09:00:00Z", "end": "2026-03-27T17:00:00Z"},
        {"start": "2026-03-30T08:00:00Z", "end": "2026-03-30T16:00:00Z"},
    ]


def test_windows_of_a_period_as_a_table_in_the_schedule_s_own_time() -> None:
    make_component()
    said = windows("web-shop", *PERIOD)
    assert said.splitlines() == [
        f"{'Europe/London':52}UTC",
        f"{'opens':26}{'closes':26}{'opens':19}{'closes':19}open for",
        "Fri 2026-03-27 09:00 GMT  Fri 2026-03-27 17:00 GMT  "
        "2026-03-27T09:00Z  2026-03-27T17:00Z  8 h",
        "Mon 2026-03-30 09:00 BST  Mon 2026-03-30 17:00 BST  "
        "2026-03-30T08:00Z  2026-03-30T16:00Z  8 h",
    ]


def test_a_window_without_an_end_is_null_and_unbounded() -> None:
    make_schedule(rules=(), always_open=True)
    make_component()
    assert json.loads(windows("web-shop", *PERIOD, "--format", "json")) == [
        {"start": None, "end": None}
    ]
    assert "unbounded" in windows("web-shop", *PERIOD)


def test_a_period_without_windows_says_so() -> None:
    make_component()
    period = ["--from", "2026-03-28", "--until", "2026-03-29"]
    assert "No windows overlap the period" in windows("web-shop", *period)
    assert windows("web-shop", *period, "--format", "json") == "[]\n"


@pytest.mark.parametrize(
    "moment", ["2026-03-30T12:00", "2026-03-30T12:00Z", "2026-03-30T14:00+02:00"]
)
def test_the_state_at_a_moment_as_json(moment: str) -> None:
    make_component()
    assert json.loads(windows("web-shop", "--at", moment, "--format", "json")) == {
        "in_window": True,
        "last_start": "2026-03-30T08:00:00Z",
        "last_end": "2026-03-27T17:00:00Z",
        "next_start": "2026-03-31T08:00:00Z",
        "next_end": "2026-03-30T16:00:00Z",
    }


def test_the_state_at_a_moment_as_a_table() -> None:
    make_schedule(rules=({"weekdays": "mon", "start": time(9), "end": time(17)},))
    make_component()
    Rule.objects.update(valid_to="2026-03-30")
    said = windows("web-shop", "--at", "2026-03-30T08:00")
    assert said.splitlines() == [
        "web-shop is open at Mon 2026-03-30 09:00 BST in Europe/London "
        "(2026-03-30T08:00Z): closes in 8 h",
        f"{'':12}{'Europe/London':26}UTC",
        "last_start  Mon 2026-03-30 09:00 BST  2026-03-30T08:00Z  now",
        "last_end    Mon 2026-03-23 17:00 GMT  2026-03-23T17:00Z  6 d 15 h ago",
        "next_start  -                         -",
        "next_end    Mon 2026-03-30 17:00 BST  2026-03-30T16:00Z  in 8 h",
        f"Time zone data: {in_use()}",
    ]


def test_without_a_moment_it_is_now() -> None:
    make_component()
    assert windows("web-shop").startswith("web-shop is ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["web-shp"], "No component is named 'web-shp'. Did you mean web-shop?"),
        (["web-shop", "--at", "noon"], "--at: 'noon' is not a valid date and time"),
        (["web-shop", "--from", "2026-13-01", "--until", "2027-01-01"], "--from: "),
        (["web-shop", "--from", "2026-01-01"], "needs both --from and --until"),
        (
            ["web-shop", "--from", "2026-01-02", "--until", "2026-01-02"],
            "is not before --until",
        ),
        (
            ["web-shop", "--at", "2026-01-01", *PERIOD],
            "Give either --at, or --from and --until",
        ),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    arguments: list[str], message: str
) -> None:
    make_component()
    with pytest.raises(CommandError) as refused:
        windows(*arguments)
    assert message in str(refused.value)


def test_a_schedule_that_can_not_be_evaluated_is_named() -> None:
    make_component()
    Schedule.objects.update(timezone="Mars/Base")
    with pytest.raises(
        CommandError, match="timezone: 'Mars/Base' is not an IANA time zone"
    ):
        windows("web-shop")


def test_a_rule_written_past_validation_can_not_be_dumped() -> None:
    make_component()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE otel_sla_rule SET weekdays = 'moonday'")
    with pytest.raises(CommandError, match="A rule of schedule id"):
        call_command("dump_catalogue")


def test_a_dump_is_as_short_as_a_person_would_write_it() -> None:
    schedule = make_schedule(
        rules=(
            {
                "weekdays": "sun-thu",
                "start": time(22),
                "end": time(6, 0, 30),
                "nth": -1,
                "months": "3",
                "days_of_month": "1,-1",
            },
        )
    )
    make_component(agreement=make_agreement(schedule=schedule), enabled=False)
    Override.objects.create(
        schedule=schedule,
        start=datetime(2026, 1, 1),
        end=datetime(2026, 1, 2, 0, 0, 30),
        kind="closed",
    )
    out = io.StringIO()
    call_command("dump_catalogue", stdout=out)
    assert out.getvalue() == DUMP


DUMP = """\
schedules:
  office-london:
    timezone: Europe/London
    rules:
    - {days: sun-thu, start: "22:00", end: 06:00:30, nth: last, months: [3], \
days_of_month: [1, -1]}
    overrides:
    - {from: '2026-01-01T00:00', to: '2026-01-02T00:00:30', kind: closed}
agreements:
  gold: {schedule: office-london, target: 99.9, period: month}
components:
  web-shop:
    agreement: gold
    enabled: false
""".replace("06:00:30", '"06:00:30"')


def demo(**options: Any) -> str:
    out = io.StringIO()
    # The command sets what only its own process should have.
    with override_settings(OTEL_SLA=settings.OTEL_SLA):
        call_command("demo", no_serve=True, stdout=out, **options)
    return out.getvalue()


def test_demo_loads_the_sample_and_says_where_to_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "DEBUG", False)
    said = demo(port=8123)
    assert f"{Component.objects.enabled().count()} components, " in said
    assert "http://127.0.0.1:8123/metrics" in said
    password = said.split("password ")[1].split(")")[0]
    user = get_user_model().objects.get(username="demo")
    assert user.check_password(password)
    assert demo(verbosity=0) == ""


def test_demo_without_serving_keeps_the_password_it_has_given_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "DEBUG", False)
    demo()
    given = get_user_model().objects.get(username="demo").password
    assert "password as before" in demo()
    assert get_user_model().objects.get(username="demo").password == given


def test_demo_says_that_its_port_is_taken_before_it_touches_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "DEBUG", False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} can't be used"):
            call_command("demo", port=port, stdout=io.StringIO())
    assert not get_user_model().objects.exists()
    assert not Component.objects.exists()


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_demo_refuses_what_is_no_port(port: str) -> None:
    with pytest.raises(CommandError, match=r"is not a valid port\. Use 1 to 65535"):
        call_command("demo", f"--port={port}")


@pytest.mark.parametrize(
    "command",
    [("dump_catalogue",), ("windows", "web-shop"), ("load_catalogue", SAMPLE)],
)
def test_a_database_without_tables_is_no_traceback(command: tuple[str, ...]) -> None:
    tables = patch.object(connection.introspection, "table_names", return_value=[])
    failure = OperationalError("no such table: otel_sla_schedule")
    with (
        patch.object(QuerySet, "_fetch_all", side_effect=failure),
        patch.object(QuerySet, "iterator", side_effect=failure),
        tables,
        pytest.raises(CommandError, match=r"no such table(.|\n)*Run manage.py migrate"),
    ):
        call_command(*command)


def test_demo_leaves_a_site_alone_that_has_users_and_nothing_of_the_sample(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "DEBUG", False)
    get_user_model().objects.create_user("anna")
    with pytest.raises(CommandError, match="1 users, such as anna, and no"):
        demo()
    assert not get_user_model().objects.filter(username="demo").exists()
    assert not Component.objects.exists()


def test_demo_leaves_a_database_with_other_components_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "DEBUG", False)
    make_component("ours")
    with pytest.raises(CommandError, match="1 components that are not of the sample"):
        demo()
    assert Component.objects.count() == 1


def test_demo_leaves_other_components_alone_that_are_not_where_the_users_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "DEBUG", False)
    make_component("ours")
    of_users = patch("otel_sla.management.commands.demo._has_table", return_value=False)
    with (
        of_users,
        patch("otel_sla.management.commands.demo.call_command") as called,
        pytest.raises(CommandError, match="1 components that are not of the sample"),
    ):
        demo()
    assert [call.args[0] for call in called.call_args_list] == ["migrate"]


def test_demo_does_not_migrate_a_database_with_other_components(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "DEBUG", False)
    get_user_model().objects.create_user("anna")
    make_component("ours")
    with (
        patch("otel_sla.management.commands.demo.call_command") as called,
        pytest.raises(CommandError, match="1 components that are not of the sample"),
    ):
        demo()
    called.assert_not_called()


@pytest.mark.parametrize("command", ["prometheus_rules", "alertmanager_intervals"])
def test_what_nobody_reads_to_its_end_is_no_error(command: str, tmp_path: Path) -> None:
    site = make_site(tmp_path).load_sample()
    unread, written = os.pipe()
    os.close(unread)
    with os.fdopen(written, "wb") as out:
        done = subprocess.run(
            [*MANAGE, command],
            cwd=ROOT,
            env=site.environment,
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
