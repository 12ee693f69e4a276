"""Who takes part in the counting of all workers, when, and for how long it is asked."""

from __future__ import annotations

import os
import sys
from queue import Queue
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.test import override_settings
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

from otel_sla.bridge.self_metrics import workers_together
from otel_sla.database.deadline import Deadline
from otel_sla.fanin import Incomplete
from otel_sla.fanin.totals_files import process_id
from otel_sla.telemetry import callbacks
from otel_sla.telemetry.sdk_reader import DirectReader, Unheard
from otel_sla.telemetry.workers import Workers, predecessor, site_identity


@pytest.fixture
def fan_in(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """What the workers meet by."""
    monkeypatch.setattr(workers_together, "ask", lambda: None)
    monkeypatch.delenv("SERVER_SOFTWARE", raising=False)
    monkeypatch.delenv("GUNICORN_PID", raising=False)
    made = Mock()
    monkeypatch.setattr("otel_sla.telemetry.workers.FanIn", made)
    monkeypatch.setattr("otel_sla.telemetry.workers.under_test_runner", lambda: False)
    return made


@pytest.fixture
def reader(provider: MeterProvider) -> DirectReader:
    reader = DirectReader(Resource({}))
    provider.add_metric_reader(reader)
    callbacks.register(provider.get_meter("otel_sla"))
    return reader


@pytest.mark.parametrize(
    ("setting", "several", "joins"),
    [
        (None, True, True),
        (None, False, False),
        (True, False, True),
        (False, True, False),
    ],
)
def test_the_setting_overrules_what_is_found_and_is_asked_once_a_process(
    setting: bool | None,
    several: bool,
    joins: bool,
    fan_in: Mock,
    reader: DirectReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = Mock(return_value=several)
    monkeypatch.setattr("otel_sla.telemetry.workers.are_several", found)
    with override_settings(OTEL_SLA={"FAN_IN": setting}):
        workers = Workers(reader, Resource({}))
        for _ in range(3):
            workers.start()
    assert fan_in.return_value.start.call_count == joins
    assert found.call_count == (setting is None)
    with patch("os.getpid", return_value=0):
        workers.start()
    assert fan_in.return_value.start.call_count == 2 * joins


@pytest.mark.parametrize(("left", "patience"), [(8.0, 4.0), (0.0, 0.1), (-3.0, 0.1)])
def test_others_are_asked_in_half_of_the_time_that_is_left_or_a_moment(
    left: float, patience: float, fan_in: Mock, reader: DirectReader
) -> None:
    workers = Workers(reader, Resource({}))
    gathered = workers.gather(reader.own, Deadline(left))
    assert gathered is fan_in.return_value.gather.return_value
    (call,) = fan_in.return_value.gather.call_args_list
    assert call.kwargs["collect"] == reader.own
    assert call.kwargs["patience"] == pytest.approx(patience, abs=0.05)


def test_what_can_not_be_known_of_the_others_is_unheard(
    fan_in: Mock, reader: DirectReader
) -> None:
    fan_in.return_value.gather.side_effect = Incomplete("apart")
    with pytest.raises(Unheard, match="apart"):
        Workers(reader, Resource({})).gather(reader.own, Deadline(1))


def test_what_is_saved_is_what_the_process_counts_and_no_row(
    provider: MeterProvider, fan_in: Mock, reader: DirectReader
) -> None:
    provider.get_meter("host").create_counter("requests").add(1)
    Workers(reader, Resource({}))
    workers_together.ask = lambda: True
    collect = fan_in.call_args.args[0]
    names = {
        metric.name
        for resource in collect().resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    assert "requests" in names
    assert "service_window.exports" in names
    assert not any(one.startswith("service_window.i") for one in names)
    assert "service_window.workers.together" not in names


@pytest.mark.parametrize("alive", [True, False])
def test_nothing_is_asked_while_the_master_before_still_serves(
    alive: bool, fan_in: Mock, reader: DirectReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", "gunicorn/25.1")
    monkeypatch.setenv("GUNICORN_PID", str(os.getpid()))
    assert predecessor() == process_id(os.getpid())
    with override_settings(OTEL_SLA={"FAN_IN": True}):
        workers = Workers(reader, Resource({}))
        workers.start()
    monkeypatch.setattr("otel_sla.telemetry.workers.is_alive", lambda name: alive)
    if alive:
        with pytest.raises(Unheard, match="master before this one is still running"):
            workers.gather(reader.own, Deadline(1))
    else:
        workers.gather(reader.own, Deadline(1))
    assert fan_in.return_value.gather.called == (not alive)


@pytest.mark.parametrize(
    ("software", "pid"), [("gunicorn/25.1", ""), ("gunicorn/25.1", "x"), ("", "1")]
)
def test_there_is_no_master_before_where_none_is_named(
    software: str, pid: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", software)
    monkeypatch.setenv("GUNICORN_PID", pid)
    assert predecessor() is None


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"ROOT_URLCONF": "other.urls"}, id="addresses"),
        pytest.param({"BASE_DIR": "/srv/other"}, id="directory"),
        *(
            pytest.param(
                {"DATABASES": {"default": {"ENGINE": "postgresql", key: "other"}}},
                id=key.lower(),
            )
            for key in ("NAME", "HOST", "PORT")
        ),
    ],
)
def test_sites_differ_by_what_they_are_made_of(
    other: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def identity(**changed: Any) -> str:
        base = {"DATABASES": {"default": {"ENGINE": "postgresql"}}, **changed}
        site = SimpleNamespace(SECRET_KEY="of-nobody's-concern", **base)
        monkeypatch.setattr("otel_sla.telemetry.workers.settings", site)
        return site_identity()

    assert identity(**other) != identity() == identity()
    assert "concern" not in identity(**other)


def test_interpreters_of_one_process_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Their counts are apart, too, though the name of the process is the same.
    before = site_identity()
    module = SimpleNamespace(application_group="www.example.com|")
    monkeypatch.setitem(sys.modules, "mod_wsgi", module)
    assert site_identity() != before


@pytest.mark.parametrize("software", ["gunicorn/25.1", ""])
def test_workers_of_gunicorn_are_of_one_site_and_others_are_told_apart(
    software: str, fan_in: Mock, reader: DirectReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVER_SOFTWARE", software)
    Workers(reader, Resource({}))
    assert fan_in.call_args.kwargs["site"] == ("" if software else site_identity())


@pytest.mark.parametrize(
    ("setting", "sign", "warns"),
    [
        (None, "a sign", True),
        (None, None, False),
        (True, "a sign", False),
        (False, "a sign", False),
    ],
)
def test_a_process_that_may_have_siblings_says_once_what_to_set(
    setting: bool | None,
    sign: str | None,
    warns: bool,
    fan_in: Mock,
    reader: DirectReader,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(
        "otel_sla.telemetry.workers.sign_of_several", lambda environ: sign
    )
    with override_settings(OTEL_SLA={"FAN_IN": setting}):
        workers = Workers(reader, Resource({}))
        workers.start(environ={})
        workers.start(environ={})
    said = [one for one in caplog.messages if "a sign" in one and "FAN_IN" in one]
    assert len(said) == warns


def test_workers_without_threads_leave_out_counters_and_say_what_to_set(
    fan_in: Mock,
    reader: DirectReader,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("otel_sla.telemetry.workers.are_several", lambda: True)
    monkeypatch.setattr("otel_sla.telemetry.workers.runs_threads", lambda: False)
    workers = Workers(reader, Resource({}))
    workers.start()
    assert "--enable-threads" in caplog.text
    with pytest.raises(Unheard, match="--enable-threads"):
        workers.gather(reader.own, Deadline(1))
    assert workers.are_together()
    assert workers_together.observed() == [0]
    assert not fan_in.return_value.start.called


def test_a_worker_that_another_asks_reads_rows_once_to_have_some(
    fan_in: Mock, reader: DirectReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [SimpleNamespace(has_rows=True), SimpleNamespace(has_rows=False)]
    readings: Queue[Any] = Queue()
    monkeypatch.setattr("otel_sla.telemetry.workers.registry", sources)
    monkeypatch.setattr(callbacks, "collect_now", readings.put)
    Workers(reader, Resource({}))
    asked_by_another = fan_in.call_args.args[0]
    for _ in range(3):
        asked_by_another()
    assert readings.get(timeout=10) is sources
    assert readings.empty()
