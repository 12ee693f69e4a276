"""What is measured is asked for once, kept for ever where it is final, and never waited
for by who serves."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import time
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from otel_sla.accounting import parse_period
from otel_sla.models import Measurement
from otel_sla.reports import making, stored
from otel_sla.reports.background import Failed, Pending, background
from otel_sla.reports.document import Document
from otel_sla.reports.memory import Memory, memory
from otel_sla.reports.selection import Selection
from otel_sla.reports.source import NotMeasured

from ..support.make import make_agreement, make_component, make_schedule
from ..support.measured import MadeUpSource, forget, s, use

pytestmark = pytest.mark.django_db

OCTOBER = parse_period("2026-10")
MOMENT = s("2026-11-10T12:00")
DAYS = 32
"""Days of UTC that October in London touches."""


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget()
    yield
    background.wait(30)
    forget()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> MadeUpSource:
    return use(MadeUpSource(), monkeypatch)


def make(moment: int = MOMENT, period: str = "2026-10") -> Document:
    return making.make(parse_period(period), Selection(), moment)


def calls(source: MadeUpSource, what: str) -> list[tuple[str, ...]]:
    return [one[1:] for one in source.asked if one[0] == what]


def test_a_final_month_is_asked_for_once_and_a_day_is_a_row(
    source: MadeUpSource,
) -> None:
    make_component()
    source.down("web-shop", "2026-10-06T23:00", "2026-10-08T01:00")
    first = make()
    assert Measurement.objects.filter(source=source.digest).count() == DAYS
    assert calls(source, "not_up") == [(str(s("2026-09-30")), str(s("2026-11-01")))]
    source.asked.clear()
    # As another process would, which has only the database.
    forget()
    assert make() == first
    assert source.asked == []


def test_a_new_component_costs_its_own_days_only(source: MadeUpSource) -> None:
    make_component()
    make()
    make_component("api")
    source.asked.clear()
    forget()
    with patch.object(source, "not_up", wraps=source.not_up) as asked:
        make()
    assert [call.args[0] for call in asked.call_args_list] == [["api"]]


def test_a_quarter_is_made_of_days_that_prometheus_has_forgotten(
    source: MadeUpSource,
) -> None:
    make_component()
    source.down("web-shop", "2026-07-07T10:00", "2026-07-07T10:30")
    for month, moment in (("2026-07", "2026-08-03"), ("2026-08", "2026-09-03")):
        make(s(moment), month)
    forget()
    source.spans.clear()
    source.begin = s("2026-09-01") * 1000
    quarter = make(s("2026-10-03"), "2026-Q3")
    (one,) = quarter["components"]
    assert one["down_seconds"] == 1800
    assert one["coverage"] == 1.0
    assert one["not_in_service_seconds"] == 0
    assert [each["met"] for each in one["judged"]] == [False, True, True]


def test_days_without_samples_are_not_stored_and_may_come_back(
    source: MadeUpSource,
) -> None:
    make_component()
    source.down("web-shop", "2026-10-05", "2026-10-07", None)
    (one,) = make()["components"]
    assert one["unknown_seconds"] == 2 * 8 * 3600
    assert Measurement.objects.filter(source=source.digest).count() == DAYS - 2
    source.asked.clear()
    # The same process does not ask again at once.
    make()
    assert source.asked == []
    forget()
    source.spans.clear()
    (one,) = make()["components"]
    assert one["unknown_seconds"] == 0
    assert calls(source, "not_up") == [(str(s("2026-10-05")), str(s("2026-10-07")))]


def test_days_before_the_first_sample_are_not_asked_for(source: MadeUpSource) -> None:
    make_component()
    source.begins["web-shop"] = s("2026-10-20T12:00") * 1000
    make()
    assert calls(source, "not_up") == [(str(s("2026-10-20")), str(s("2026-11-01")))]


def test_what_is_not_final_is_asked_for_again_after_minutes(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1_000.0
    monkeypatch.setattr("otel_sla.reports.memory.time.monotonic", lambda: clock)
    make_component()
    moment = s("2026-10-14T10:02")
    (one,) = make(moment)["components"]
    # The 13th has ended less than a day ago.
    assert Measurement.objects.filter(source=source.digest).count() == 13
    source.asked.clear()
    clock += 200
    (one,) = make(moment + 200)["components"]
    assert source.asked == []
    assert one["until"] == "2026-10-14T10:00:00Z"
    clock += 200
    (one,) = make(moment + 400)["components"]
    assert calls(source, "not_up") == [(str(s("2026-10-13")), str(moment + 280))]
    assert one["until"] == "2026-10-14T10:06:40Z"


@pytest.mark.django_db(transaction=True)
def test_a_report_is_shown_over_midnight_when_another_day_becomes_final(
    source: MadeUpSource,
) -> None:
    make_component()
    source.down("web-shop", "2026-11-08T10:00", "2026-11-08T10:05")
    source.down("web-shop", "2026-11-09T10:00", "2026-11-09T10:05")
    november, before = parse_period("2026-11"), s("2026-11-10T23:59")
    make(before, "2026-11")
    source.asked.clear()
    found = making.look(november, Selection(), before + 120)
    assert isinstance(found, dict)
    assert found["components"][0]["down_seconds"] == 300
    background.wait(60)
    # The 9th is asked for once more, and stored.
    assert calls(source, "not_up")[0] == (str(s("2026-11-09")), str(s("2026-11-10")))
    assert Measurement.objects.filter(start=s("2026-11-09")).exists()


def test_a_database_that_can_not_be_written_is_replaced_by_memory(
    source: MadeUpSource,
) -> None:
    make_component()
    source.down("web-shop", "2026-10-06T10:00", "2026-10-06T10:30")
    full = DatabaseError("database or disk is full")
    with patch.object(QuerySet, "bulk_create", side_effect=full):
        (one,) = make()["components"]
        assert one["down_seconds"] == 1800
        assert not Measurement.objects.exists()
        source.asked.clear()
        (one,) = make()["components"]
    assert one["down_seconds"] == 1800
    assert source.asked == []


def test_another_process_may_store_the_same_day_meanwhile(
    source: MadeUpSource,
) -> None:
    make_component()
    keys = {stored.Key("web-shop", s("2026-10-06"), s("2026-10-07")): {"series": 1}}
    assert stored.store(source.digest, keys)
    assert stored.store(source.digest, keys)
    assert Measurement.objects.count() == 1


def test_a_source_that_fails_stores_nothing_half(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    monkeypatch.setattr(NotMeasured, "table", {"away": "Prometheus is away."})
    source.failure = NotMeasured("away")
    with pytest.raises(NotMeasured, match="Prometheus is away"):
        make()
    assert not Measurement.objects.exists()


def test_what_was_recorded_may_fail_without_the_report(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    monkeypatch.setattr(NotMeasured, "table", {"no": "The query is refused."})
    monkeypatch.setattr(source, "recorded", fail)
    monkeypatch.setattr(source, "described", fail)
    document = make()
    assert document["notes"] == [
        "What was recorded as scheduled is not known: The query is refused.",
        "service_window_info of the period is not known: The query is refused.",
    ]
    assert document["components"][0]["met"] is True


def fail(*arguments: object) -> None:
    raise NotMeasured("no")


def test_the_number_of_queries_does_not_grow(source: MadeUpSource) -> None:
    counts = []
    for more in range(2):
        for number in range(1 + 5 * more):
            schedule = make_schedule(f"office-{more}-{number}")
            agreement = make_agreement(f"gold-{more}-{number}", schedule=schedule)
            make_component(f"shop-{more}-{number}", agreement=agreement)
        make()
        with CaptureQueriesContext(connection) as counted:
            found = making.look(OCTOBER, Selection(), MOMENT)
        assert isinstance(found, dict)
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 16


@pytest.mark.django_db(transaction=True)
def test_who_serves_never_waits_and_gets_the_report_when_it_is_there(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    may_answer, threads = threading.Event(), set()
    answer = source.first_samples

    def slow(*arguments: object) -> dict[str, int]:
        threads.add(threading.current_thread())
        assert may_answer.wait(60)
        return answer(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(source, "first_samples", slow)
    for _ in range(3):
        assert making.look(OCTOBER, Selection(), MOMENT) == Pending("")
    may_answer.set()
    background.wait(60)
    found = making.look(OCTOBER, Selection(), MOMENT)
    assert isinstance(found, dict)
    assert found["components"][0]["met"] is True
    # It was asked once, by a thread that ends with its work.
    assert len(calls(source, "not_up")) == 1
    (thread,) = threads
    assert thread.daemon
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


@pytest.mark.django_db(transaction=True)
def test_a_failure_is_told_and_tried_again_after_a_pause(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1_000.0
    monkeypatch.setattr("otel_sla.reports.background.time.monotonic", lambda: clock)
    make_component()
    monkeypatch.setattr(NotMeasured, "table", {"away": "Prometheus is away."})
    source.failure = NotMeasured("away")
    assert making.look(OCTOBER, Selection(), MOMENT) == Pending("")
    background.wait(60)
    failed = making.look(OCTOBER, Selection(), MOMENT)
    assert isinstance(failed, Failed)
    assert failed.sentence == "Prometheus is away."
    asked = len(source.asked)
    source.failure = None
    clock += 30
    assert making.look(OCTOBER, Selection(), MOMENT) == failed
    background.wait(60)
    assert len(source.asked) == asked
    clock += 31
    making.look(OCTOBER, Selection(), MOMENT)
    background.wait(60)
    assert isinstance(making.look(OCTOBER, Selection(), MOMENT), dict)


@pytest.mark.django_db(transaction=True)
def test_an_older_report_is_shown_while_it_is_made_again(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1_000.0
    monkeypatch.setattr("otel_sla.reports.memory.time.monotonic", lambda: clock)
    make_component()
    november = parse_period("2026-11")
    making.look(november, Selection(), MOMENT)
    background.wait(60)
    clock += 900
    asked = len(source.asked)
    found = making.look(november, Selection(), MOMENT + 900)
    assert isinstance(found, dict)
    assert found["components"][0]["until"] == "2026-11-10T11:58:00Z"
    background.wait(60)
    assert len(source.asked) > asked
    found = making.look(november, Selection(), MOMENT + 900)
    assert isinstance(found, dict)
    assert found["components"][0]["until"] == "2026-11-10T12:13:00Z"


def test_memory_forgets_in_time_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = 0.0
    monkeypatch.setattr("otel_sla.reports.memory.time.monotonic", lambda: clock)
    monkeypatch.setattr("otel_sla.reports.memory.MOST", 2)
    kept = Memory()
    kept.add("a", 1, 10)
    clock = 4.0
    assert kept.find(["a", "b"])["a"] == (1, 4.0)
    clock = 10.0
    assert kept.find(["a"]) == {}
    for key in "abc":
        kept.add(key, key, 10)
    assert sorted(kept.find("abc")) == ["b", "c"]
    assert memory is not kept


def test_a_schedule_edit_needs_no_new_samples(source: MadeUpSource) -> None:
    component = make_component()
    make()
    source.asked.clear()
    component.agreement.schedule.rules.update(end=time(18))
    (one,) = make()["components"]
    assert one["scheduled_seconds"] == 22 * 9 * 3600
    assert source.asked == []


@pytest.mark.django_db(transaction=True)
def test_a_large_report_is_put_together_in_the_background(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "AT_ONCE", 30)
    make_component()
    assert making.look(OCTOBER, Selection(), MOMENT) == Pending("")
    background.wait(60)
    found = making.look(OCTOBER, Selection(), MOMENT)
    assert isinstance(found, dict)
    assert found["components"][0]["met"] is True


def test_a_period_that_has_just_begun_has_no_figures_yet(source: MadeUpSource) -> None:
    make_component()
    document = make(s("2026-11-01T00:01"), "2026-11")
    (one,) = document["components"]
    assert one["until"] == one["start"]
    assert one["availability"] is None
    assert one["met"] is None
    assert one["budget_seconds"] == 604.8


def test_a_missing_package_is_told_where_pages_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_component()
    monkeypatch.setattr(NotMeasured, "table", {"no": "Install otel-sla[reports]."})
    monkeypatch.setattr(making, "configured", fail)
    failed = making.look(OCTOBER, Selection(), MOMENT)
    assert failed == Failed("Install otel-sla[reports].", MOMENT)
