"""The snapshot: constant queries, one moment, states kept, odd rows isolated."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time
from unittest.mock import Mock, patch

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from otel_sla import checks
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.no_rows import NoRows
from otel_sla.metrics import units
from otel_sla.metrics.source import ServiceWindows, Snapshots
from otel_sla.models import Component, Override, Rule, Schedule
from otel_sla.schedule import Schedule as ScheduleDefinition

from ..support.make import make_agreement, make_component, make_schedule, seconds
from ..support.raw import write_raw

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 3, 27, 12)


def queries_of_a_snapshot() -> int:
    with CaptureQueriesContext(connection) as queries:
        Snapshots().take(NOON)
    return len(queries)


def test_the_number_of_queries_does_not_depend_on_the_number_of_components() -> None:
    agreement = make_agreement()
    Component.objects.bulk_create(
        Component(name=f"c{number}", agreement=agreement) for number in range(10)
    )
    of_ten = queries_of_a_snapshot()
    Component.objects.bulk_create(
        Component(name=f"d{number}", agreement=agreement) for number in range(990)
    )
    assert queries_of_a_snapshot() == of_ten == 8


def test_a_row_has_the_component_s_name_labels_and_state() -> None:
    make_component(labels={"team": "payments"})
    (row,) = Snapshots().take(NOON).rows
    assert row.attributes == {"component": "web-shop", "team": "payments"}
    assert (row.agreement, row.schedule, row.timezone) == (
        "gold",
        "office-london",
        "Europe/London",
    )
    assert row.state.in_window
    assert row.state.next_end == seconds(2026, 3, 27, 17)


def test_disabled_components_are_not_in_it() -> None:
    make_component()
    make_component("off", enabled=False)
    assert [row.component for row in Snapshots().take(NOON).rows] == ["web-shop"]


def test_every_component_agrees_with_its_own_answer() -> None:
    shop = make_component()
    other = make_component("other")
    Override.objects.create(
        component=other,
        start=datetime(2026, 3, 27, 11),
        end=datetime(2026, 3, 27, 13),
        kind="closed",
    )
    states = {row.component: row.state for row in Snapshots().take(NOON).rows}
    moment = datetime.fromtimestamp(NOON).astimezone()
    assert states["web-shop"] == shop.state(moment)
    assert states["other"] == other.state(moment)
    assert not states["other"].in_window


def test_a_schedule_is_evaluated_once_and_again_only_at_its_next_boundary() -> None:
    for number in range(5):
        make_component(f"shop-{number}")
    snapshots = Snapshots()
    with patch.object(
        ScheduleDefinition, "state", autospec=True, side_effect=ScheduleDefinition.state
    ) as evaluated:
        snapshots.take(NOON)
        snapshots.take(NOON + 60)
        assert evaluated.call_count == 1
        closing = seconds(2026, 3, 27, 17)
        assert snapshots.take(closing - 1).rows[0].state.in_window
        assert evaluated.call_count == 1
        assert not snapshots.take(closing).rows[0].state.in_window
        assert evaluated.call_count == 2


def test_schedules_are_evaluated_side_by_side() -> None:
    both = threading.Barrier(2)
    # The barrier breaks if the second waits for the first to end.
    both_units = [
        units.Unit((), lambda name=name: (both.wait(30), name)[1])  # type: ignore[misc]
        for name in ("office", "nights")
    ]
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda unit: unit.definition, both_units))
    assert found == ["office", "nights"]


def test_an_edit_by_any_route_is_in_the_next_snapshot() -> None:
    make_component()
    snapshots = Snapshots()
    assert snapshots.take(NOON).rows[0].state.in_window
    Rule.objects.update(start=time(13))
    assert not snapshots.take(NOON).rows[0].state.in_window
    Schedule.objects.update(timezone="Europe/Berlin")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE otel_sla_component SET name = 'renamed'")
    row = snapshots.take(NOON).rows[0]
    assert (row.component, row.timezone) == ("renamed", "Europe/Berlin")
    assert row.state.next_end == seconds(2026, 3, 27, 16)


def test_a_clock_set_back_is_no_reason_to_keep_a_state() -> None:
    make_component()
    snapshots = Snapshots()
    assert not snapshots.take(seconds(2026, 3, 27, 18)).rows[0].state.in_window
    assert snapshots.take(NOON).rows[0].state.in_window


def test_nothing_is_kept_of_what_is_gone() -> None:
    make_component()
    snapshots = Snapshots()
    snapshots.take(NOON)
    Component.objects.all().delete()
    snapshots.take(NOON)
    grouping = snapshots._kept
    assert grouping is not None
    assert not grouping.members
    assert not grouping.units
    assert not grouping.groups


def test_odd_rows_cost_only_their_own_samples_and_are_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_component()
    make_component("numbers", labels={"tier": 1})
    make_component("a-list", labels=["x"])
    odd = make_agreement("odd", schedule=make_schedule("odd", timezone="Mars/Base"))
    make_component("martian", agreement=odd)
    snapshots = Snapshots()
    with caplog.at_level(logging.ERROR, "otel_sla"):
        for _ in range(2):
            snapshot = snapshots.take(NOON)
    assert [row.component for row in snapshot.rows] == ["web-shop"]
    assert snapshot.dropped == {"labels": 2, "timezone": 1}
    assert len(caplog.records) == 3
    assert "left out of the metrics: component 'martian', because" in caplog.text
    assert "its timezone: 'Mars/Base' is not an IANA time zone" in caplog.text


def test_a_row_that_is_mended_and_breaks_again_is_logged_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As is one that is left out for another reason than before."""
    make_component(labels={"tier": 1})
    snapshots = Snapshots()
    for labels, logged in (
        ({"tier": 1}, 1),
        ({"tier": "1"}, 1),
        ({"tier": 1}, 2),
        ({"job": "x"}, 3),
        ({"job": "x"}, 3),
    ):
        Component.objects.update(labels=labels)
        snapshots.take(NOON)
        assert caplog.text.count("left out of the metrics: component 'web") == logged


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "'c1', because"), (5, "'c5', because"), (8, "'c5' and 3 more, because")],
)
def test_of_many_rows_with_one_fault_five_are_named_and_the_rest_are_counted(
    count: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    odd = make_agreement("odd", schedule=make_schedule("odd", timezone="Mars/Base"))
    for number in range(1, count + 1):
        make_component(f"c{number}", agreement=odd)
    Snapshots().take(NOON)
    (record,) = caplog.records
    assert said in record.getMessage()
    assert "'c6'" not in record.getMessage()


@pytest.mark.parametrize("target", ["0", "-1", "100.0001", "nan", "lots", ""])
def test_a_target_that_is_no_percentage_has_no_ratio(target: str) -> None:
    make_component()
    if not write_raw("UPDATE otel_sla_agreement SET target = %s", [target]):
        return
    ((group, *_),) = Snapshots().take(NOON).groups
    assert group.target_ratio is None


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_leaves_no_transaction_open() -> None:
    make_component()
    Snapshots().take(NOON)
    assert not connections["default"].in_atomic_block
    make_component("written-after")
    assert len(Snapshots().take(NOON).rows) == 2


def test_a_calendar_that_an_update_dropped_is_a_check_error_and_counted() -> None:
    make_schedule("atlantis", holidays="AT-LANTIS")
    make_component()
    assert Snapshots().take(NOON).dropped == {"holidays": 1}
    (error,) = checks.check_stored_schedules(None, ["default"])
    assert error.id == "otel_sla.E003"
    assert "Schedule 'atlantis': holidays: Holiday calendar 'AT-LANTIS'" in error.msg


def test_a_value_that_is_none_of_its_column_costs_its_own_schedule_only() -> None:
    make_component()
    other = make_agreement("other", schedule=make_schedule("other"))
    make_component("hit", agreement=other)
    if not write_raw(
        "UPDATE otel_sla_rule SET anchor = '2026-13-45' WHERE schedule_id = %s",
        [other.schedule_id],
    ):
        return
    snapshot = Snapshots().take(NOON)
    assert [row.component for row in snapshot.rows] == ["web-shop"]
    assert snapshot.dropped == {"schedule": 1}
    (error,) = checks.check_stored_schedules(None, ["default"])
    assert error.id == "otel_sla.E003"
    assert "Schedule 'other': anchor: month must be in 1..12" in error.msg
    with pytest.raises(CommandError, match="a stored value can't be read"):
        call_command("dump_catalogue")


def test_stored_schedules_are_checked_only_where_databases_are() -> None:
    make_schedule("atlantis", holidays="AT-LANTIS")
    assert checks.check_stored_schedules(None, None) == []
    for command in ("migrate", "test"):
        with patch(
            "otel_sla.telemetry.process_role.running_command", return_value=command
        ):
            assert checks.check_stored_schedules(None, ["default"]) == []
    with patch(
        "otel_sla.metrics.checks.read", side_effect=DatabaseError("no such table")
    ):
        assert checks.check_stored_schedules(None, ["default"]) == []


def test_the_last_rows_are_evaluated_at_the_present_until_they_are_too_old(
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_component()
    clock = Mock(return_value=0.0)
    snapshots = Snapshots(clock)
    snapshots.take(NOON)
    closing = seconds(2026, 3, 27, 17)
    clock.return_value = float(closing - NOON)
    with (
        patch(
            "otel_sla.database.consistent_read.read", side_effect=DatabaseError("gone")
        ),
        override_settings(OTEL_SLA={"MAX_SNAPSHOT_AGE": closing - NOON}),
    ):
        assert snapshots.take(closing - 1).rows[0].state.in_window
        last = snapshots.take(closing)
        assert not last.rows[0].state.in_window
        assert last.read_at == NOON
        clock.return_value += 1
        with pytest.raises(NoRows, match="18001 s ago are older than OTEL_SLA"):
            snapshots.take(closing + 1)
    assert caplog.text.count("the components can't be read: gone") == 1
    assert snapshots.take(closing + 2).read_at == closing + 2
    assert "can be read again" in caplog.text


def test_a_reading_that_took_long_does_not_undo_a_later_one() -> None:
    make_component()
    clock = Mock(return_value=2.0)
    snapshots = LastGood(ServiceWindows(), clock)
    snapshots.take(NOON + 10)
    Component.objects.update(name="renamed")
    # It has begun before, and ends now.
    clock.return_value = 1.0
    late = snapshots.take(NOON)
    assert (late.read_at, late.rows[0].component) == (NOON, "web-shop")
    clock.return_value = 5.0
    last = snapshots.last_good(NOON + 11, "held up")
    assert (last.read_at, last.rows[0].component) == (NOON + 10, "web-shop")


def test_rows_are_kept_and_grow_old_though_the_clock_is_set_back() -> None:
    make_component()
    clock = Mock(return_value=0.0)
    snapshots = Snapshots(clock)
    snapshots.take(NOON)
    Component.objects.update(name="renamed")
    clock.return_value += 15
    earlier = NOON - 3_600
    assert snapshots.take(earlier).rows[0].component == "renamed"
    clock.return_value += 15
    last = snapshots.last_good(earlier + 15, "held up")
    assert (last.read_at, last.rows[0].component) == (earlier, "renamed")
    clock.return_value += 3_600
    with (
        override_settings(OTEL_SLA={"MAX_SNAPSHOT_AGE": 3_600}),
        pytest.raises(NoRows, match="those read 3615 s ago are older"),
    ):
        snapshots.last_good(earlier + 16, "held up")
