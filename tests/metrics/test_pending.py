"""Edits of many schedules: evaluated in the background, and shown as before first."""

from __future__ import annotations

import gc
import os
import random
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from datetime import time as clock
from functools import cache
from io import StringIO
from typing import Any
from unittest.mock import Mock, patch
from weakref import ref
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client

from otel_sla.bridge.no_rows import NotYet
from otel_sla.database.deadline import Deadline
from otel_sla.metrics.evaluator import Evaluator
from otel_sla.metrics.snapshot import Evaluated, Snapshot
from otel_sla.metrics.source import ServiceWindows, Snapshots, snapshots
from otel_sla.metrics.units import Evaluation
from otel_sla.models import Agreement, Component, Override, Schedule
from otel_sla.schedule import Rule
from otel_sla.schedule import Schedule as Definition
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.telemetry.scrape import Scrapes

from ..support.make import make_agreement, make_component, make_schedule, seconds
from ..support.processes import until
from ..support.raw import write_raw

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 3, 27, 12)
MANY = 6


class Gate(threading.Semaphore):
    """Lets so many units be evaluated as are released. `begun` counts them."""

    def __init__(self) -> None:
        super().__init__(0)
        self.begun = 0

    def open(self) -> None:
        self.release(100_000)


@contextmanager
def gated() -> Iterator[Gate]:
    """Have the evaluation of every unit wait until it is let in."""
    gate, step = Gate(), Evaluation.step

    def waiting(self: Evaluation, moment: int) -> None:
        gate.begun += 1
        assert gate.acquire(timeout=30)
        step(self, moment)

    with patch.object(Evaluation, "step", waiting):
        try:
            yield gate
        finally:
            gate.open()


@pytest.fixture
def own() -> Snapshots:
    """Snapshots of many schedules, all evaluated; `_clock` is a mock."""
    for number in range(MANY):
        schedule = make_schedule(f"schedule-{number}")
        make_component(
            f"shop-{number}",
            agreement=make_agreement(f"agreement-{number}", schedule=schedule),
        )
    own = Snapshots(Mock(return_value=100.0))
    assert own.take(NOON).evaluations_pending == 0
    return own


def at_once(own: Snapshots, moment: int = NOON) -> Snapshot:
    """Take a snapshot that waits for nothing."""
    return own.take(moment, patience=0.0)


def shown(snapshot: Snapshot) -> list[Any]:
    """All that is exported of the components, but for when it was read."""
    return sorted(
        (member.component, group.agreement, group.timezone, group.period, *values)
        for group, *values in map(_values, snapshot.groups)
        for member in group.members
    )


def _values(evaluated: Evaluated) -> tuple[Any, ...]:
    group, state, figures = evaluated
    return group, state.in_window, state.last_start or 0, state.next_end or 0, figures


def move_all(zone: str) -> None:
    Schedule.objects.update(timezone=zone)


def test_an_edit_of_many_is_counted_and_shown_as_before_until_it_is_evaluated(
    own: Snapshots,
) -> None:
    before = shown(own.take(NOON))
    with gated() as gate:
        move_all("Asia/Tokyo")
        pending = at_once(own)
        assert (pending.evaluations_pending, len(pending)) == (MANY, MANY)
        assert shown(pending) == before
        gate.open()
        after = own.take(NOON)
    assert after.evaluations_pending == 0
    assert shown(after) == shown(Snapshots().take(NOON)) != before


def test_what_is_shown_as_before_is_evaluated_at_the_present_moment(
    own: Snapshots,
) -> None:
    with gated():
        move_all("Asia/Tokyo")
        closing = seconds(2026, 3, 27, 17)
        assert all(row.state.in_window for row in at_once(own, closing - 1).rows)
        assert not any(row.state.in_window for row in at_once(own, closing).rows)


def test_a_single_edit_is_shown_at_once_while_thousands_are_pending(
    own: Snapshots,
) -> None:
    with gated() as gate:
        move_all("Asia/Tokyo")
        at_once(own)
        until(lambda: gate.begun, "the first of many")
        replace = Evaluator.replace

        def replaced(*arguments: Any) -> None:
            replace(*arguments)
            # The unit that is under way, and then the one of the single edit.
            gate.release(2)

        with patch.object(Evaluator, "replace", replaced):
            Schedule.objects.filter(name="schedule-3").update(timezone="UTC")
            snapshot = own.take(NOON, patience=30)
    zones = {row.component: row.timezone for row in snapshot.rows}
    assert zones["shop-3"] == "UTC"
    assert snapshot.evaluations_pending == MANY - 2


def test_of_two_edits_the_later_one_is_evaluated_and_the_first_one_is_not(
    own: Snapshots,
) -> None:
    with gated() as gate:
        move_all("Asia/Tokyo")
        at_once(own)
        until(lambda: gate.begun, "the first of many")
        move_all("Europe/Berlin")
        assert at_once(own).evaluations_pending == MANY
        gate.open()
        after = own.take(NOON)
        assert gate.begun == MANY + 1, "the one that was under way, and the later ones"
    assert {row.timezone for row in after.rows} == {"Europe/Berlin"}


def test_people_see_their_edits_however_many_schedules_these_change(
    own: Snapshots,
) -> None:
    """Pages, API, feeds and commands wait for the evaluation."""
    with gated() as gate:
        move_all("Asia/Tokyo")
        at_once(own)
        threading.Timer(0.05, gate.open).start()
        assert {row.timezone for row in own.take(NOON).rows} == {"Asia/Tokyo"}


def test_outdated_answers_end_after_30_s_though_edits_go_on(own: Snapshots) -> None:
    clock: Any = own._clock
    with gated() as gate:
        move_all("Asia/Tokyo")
        at_once(own)
        clock.return_value += 20
        move_all("Europe/Berlin")
        assert len(at_once(own)) == MANY
        clock.return_value += 10.5
        with pytest.raises(NotYet, match=f"older than 30 s, {MANY} left"):
            at_once(own)
        gate.open()
        assert {row.timezone for row in own.take(NOON).rows} == {"Europe/Berlin"}


def test_what_is_deleted_moved_or_new_meanwhile(own: Snapshots) -> None:
    with gated() as gate:
        new = make_schedule("new", timezone="Asia/Tokyo")
        agreement = make_agreement("new", schedule=new, period="week")
        make_component("new", agreement=agreement)
        Component.objects.filter(name="shop-1").update(agreement=agreement)
        Component.objects.filter(name="shop-2").update(name="renamed")
        Component.objects.filter(name="shop-3").delete()
        snapshot = at_once(own)
        of = {row.component: row.agreement for row in snapshot.rows}
        assert "new" not in of, "it joins when it is evaluated"
        assert "shop-3" not in of
        assert of["shop-1"] == "agreement-1", "as before"
        assert of["renamed"] == "agreement-2"
        assert snapshot.evaluations_pending == 1
        gate.open()
        of = {row.component: row.agreement for row in own.take(NOON).rows}
    assert of["new"] == of["shop-1"] == "new"


def test_overrides_for_many_components_of_a_schedule_are_shown_together(
    own: Snapshots,
) -> None:
    """They count from the same schedule, so one is not done without the others."""
    one = Agreement.objects.get(name="agreement-0")
    Component.objects.update(agreement=one)
    before = shown(own.take(NOON))
    with gated() as gate:
        Override.objects.bulk_create(
            Override(
                component=component,
                start=datetime(2026, 3, 27, 11),
                end=datetime(2026, 3, 27, 13),
                kind="closed",
            )
            for component in Component.objects.exclude(name="shop-0")
        )
        at_once(own)
        gate.release(MANY - 2)
        until(lambda: gate.begun == MANY - 1, "the last of them")
        assert shown(at_once(own)) == before
        gate.open()
        after = own.take(NOON)
    assert [row.state.in_window for row in after.rows] == [True, *[False] * (MANY - 1)]
    later = seconds(2026, 4, 2, 12)
    assert shown(own.take(later)) == shown(Snapshots().take(later))


def test_a_fault_in_a_pending_schedule_costs_its_own_component_once_it_is_found(
    own: Snapshots,
) -> None:
    assert write_raw(
        "UPDATE otel_sla_schedule SET timezone = 'Mars/Base' WHERE name = %s",
        ["schedule-1"],
    )
    with gated() as gate:
        pending = at_once(own)
        assert (len(pending), pending.evaluations_pending) == (MANY, 1)
        gate.open()
        after = own.take(NOON)
    assert (len(after), after.evaluations_pending) == (MANY - 1, 0)
    assert after.dropped == {"timezone": 1}


def test_a_changed_period_of_an_agreement_is_pending_too(own: Snapshots) -> None:
    with gated() as gate:
        Agreement.objects.update(period="week")
        pending = at_once(own)
        assert {group.period for group, *_ in pending.groups} == {"month"}
        assert pending.evaluations_pending == MANY
        gate.open()
        assert shown(own.take(NOON)) == shown(Snapshots().take(NOON))


def test_the_evaluation_goes_on_while_the_database_is_away(own: Snapshots) -> None:
    with gated() as gate:
        move_all("Asia/Tokyo")
        at_once(own)
        away = patch(
            "otel_sla.database.consistent_read.read", side_effect=DatabaseError("gone")
        )
        with away:
            assert {row.timezone for row in at_once(own).rows} == {"Europe/London"}
            gate.open()
            until(lambda: not own.source.is_busy, "the evaluation")
            assert {row.timezone for row in at_once(own).rows} == {"Asia/Tokyo"}


def test_a_failure_ends_when_what_could_not_be_evaluated_is_deleted(
    own: Snapshots,
) -> None:
    with patch.object(Evaluation, "step", side_effect=OSError("too many open files")):
        Schedule.objects.filter(name="schedule-1").update(timezone="Asia/Tokyo")
        with suppress(OSError):
            at_once(own)
        until(lambda: own.source._evaluator.has_failed, "the failure")  # type: ignore[attr-defined]
        Component.objects.filter(name="shop-1").delete()
        assert len(at_once(own)) == MANY - 1
    assert not own.has_failed


def test_a_scrape_has_its_time_for_what_could_not_be_evaluated_long_ago(
    own: Snapshots,
) -> None:
    with patch.object(Evaluation, "step", side_effect=OSError("too many open files")):
        move_all("Asia/Tokyo")
        with suppress(OSError):
            at_once(own)
        until(lambda: own.source._evaluator.has_failed, "the failure")  # type: ignore[attr-defined]
    clock: Any = own._clock
    clock.return_value += 60
    with gated() as gate:
        threading.Timer(0.05, gate.open).start()
        snapshot = own.take(NOON, patience=0.001)
    assert {row.timezone for row in snapshot.rows} == {"Asia/Tokyo"}


def test_rows_of_earlier_readings_are_not_kept(own: Snapshots) -> None:
    """Not even by units that were evaluated together, of which some have changed."""
    Component.objects.update(agreement=Agreement.objects.get(name="agreement-0"))
    day = {"start": datetime(2026, 3, 27, 11), "end": datetime(2026, 3, 27, 13)}
    Override.objects.bulk_create(
        Override(component=component, kind="closed", **day)
        for component in Component.objects.all()
    )
    own.take(NOON)
    assert own._kept
    earlier = ref(own._kept.sources)
    Override.objects.filter(component__name="shop-1").update(kind="open")
    own.take(NOON)
    gc.collect()
    assert earlier() is None


@pytest.mark.parametrize("lacking", [RuntimeError("no new thread"), MemoryError()])
def test_without_a_thread_the_caller_evaluates(
    lacking: Exception, own: Snapshots
) -> None:
    move_all("Asia/Tokyo")
    with patch("otel_sla.metrics.evaluator.Thread.start", side_effect=lacking):
        snapshot = at_once(own)
    assert snapshot.evaluations_pending == 0
    assert {row.timezone for row in snapshot.rows} == {"Asia/Tokyo"}


def test_a_shard_counts_what_is_pending_of_its_own(
    own: Snapshots, settings: Any
) -> None:
    Component.objects.filter(name="shop-1").update(labels={"team": "a"})
    settings.OTEL_SLA = {**settings.OTEL_SLA, "SELECT": ["team:a"]}
    own.take(NOON)
    with gated():
        move_all("Asia/Tokyo")
        pending = at_once(own)
        assert pending.evaluations_pending == MANY
        exported = pending.exported()
        assert [row.component for row in exported.rows] == ["shop-1"]
        assert exported.evaluations_pending == 1


def test_a_process_is_not_ready_until_all_is_evaluated_once(
    client: Client, scrapes: Scrapes
) -> None:
    for number in range(MANY):
        schedule = make_schedule(f"schedule-{number}")
        agreement = make_agreement(f"agreement-{number}", schedule=schedule)
        make_component(f"shop-{number}", agreement=agreement)
    soon = {"X-Prometheus-Scrape-Timeout-Seconds": "0.1"}
    with gated() as gate, patch("otel_sla.web.health._WITHIN", 0.2):
        # On a busy machine, the rows may not be read in so short a time.
        until(lambda: b"0 of" in client.get("/readyz").content, "the rows")
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert ready.content == (
            b"not ready: evaluating the schedules, 0 of %d done\n" % MANY
        )
        gate.release(2)
        until(lambda: b"2 of" in client.get("/readyz").content, "the first two")
        scrape = client.get("/metrics", headers=soon)
        assert (scrape.status_code, b"2 of" in scrape.content) == (503, True)
        assert client.get("/healthz").status_code == 200
        gate.open()
        until(lambda: client.get("/readyz").status_code == 200, "a ready process")
        assert gate.begun == MANY, "each is evaluated once"
    samples = client.get("/metrics").content.splitlines()
    assert b"service_window_evaluations_pending 0" in samples


def test_a_command_takes_the_time_that_a_first_evaluation_takes() -> None:
    make_component()
    wait, waits, out = ServiceWindows.wait, list[float](), StringIO()

    def too_short(
        self: Any, kept: Any, moment: int, deadline: Deadline, *_: Any
    ) -> None:
        waits.append(deadline.seconds)
        if len(waits) > 1:
            wait(self, kept, moment, deadline, None)

    with patch.object(ServiceWindows, "wait", too_short):
        call_command("show_metrics", "service_windows", stdout=out)
    assert "1 row, " in out.getvalue()
    assert waits[:2] == [8, 3_600]


def test_a_process_forked_during_an_evaluation_starts_anew(own: Snapshots) -> None:
    assert own.has_rows
    own.restart_if_forked_midway()
    assert own.has_rows, "nothing is going on"
    with gated(), patch.multiple(snapshots, **vars(own)):
        move_all("Asia/Tokyo")
        at_once(snapshots)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            os._exit(int(snapshots.has_rows))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert snapshots.has_rows, "the parent goes on"


@pytest.mark.parametrize("seed", range(4))
def test_at_any_time_a_component_is_as_of_one_of_its_last_edits(
    own: Snapshots, seed: int
) -> None:
    """And as of the last one in the end, whatever has crossed whatever."""
    chance = random.Random(seed)  # noqa: S311
    zones = ("Asia/Tokyo", "Europe/London", "UTC", "America/New_York")
    moment = NOON
    with gated() as gate:
        for _ in range(25):
            moment += chance.choice((0, 15, 3_600, -60))
            some = [f"schedule-{n}" for n in range(MANY) if chance.random() < 0.4]
            edited = Schedule.objects.filter(name__in=some)
            edited.update(timezone=chance.choice(zones))
            gate.release(chance.randint(1, 3))
            snapshot = own.take(moment, patience=chance.choice((0.0, 0.001)))
            assert len(snapshot) == MANY
            for group, state, _ in snapshot.groups:
                kept, anew = state, definition_in(group.timezone).state(moment)
                anew = replace(anew, since=kept.since, until=kept.until)
                assert kept == anew
        gate.open()
        until(lambda: not own.source.is_busy, "the evaluation")
    assert shown(own.take(moment)) == shown(Snapshots().take(moment))


@cache
def definition_in(zone: str) -> Definition:
    """Return the schedule that all have, in that zone."""
    office = Rule(parse_weekdays("mon-fri"), clock(9), clock(17))
    return Definition(ZoneInfo(zone), (office,))
