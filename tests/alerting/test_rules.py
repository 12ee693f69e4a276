"""The shipped rules, minute by minute: gates, what is measured, and their alerts."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otel_sla.schedule import DAY, Schedule

from ..support.make import seconds
from ..support.promtool import PROMTOOLS, RULES, STALE, Check, Run, Value, check_rules
from ..support.rule_cases import HOUR, Service, always, opens

THURSDAY = seconds(2026, 1, 1)
OPEN = "component:service_window_open:bool"
UP = "component:service_up:bool"
BUCKET_UP = "component:service_up_seconds:sum1h"
MEASURED = "component:service_measured_seconds:sum1h"
SCHEDULED = "component:service_scheduled_seconds:sum1h"


ALWAYS = always()
OFFICE = opens(("mon-fri", "08:00", "16:00"))
SCHEDULES = {
    "office": OFFICE,
    "overnight": opens(("daily", "22:00", "02:00")),
    "odd seconds": opens(
        ("daily", "08:00:17", "12:03:41"), ("daily", "12:10:01", "16:00:59")
    ),
    "24x7": ALWAYS,
    "never": opens(),
    "for ever from Friday on": opens(("fri", "10:00", "10:01")),
}

AWAY = "unless on () prometheus_away"
"""A Prometheus that is not running evaluates nothing: promtool can't stop, though."""


def at(clock: str, day: int = 0) -> int:
    """A moment on Thursday, 1 January 2026, or days later, in UTC."""
    hour, minute = map(int, clock.split(":"))
    return THURSDAY + day * DAY + hour * HOUR + minute * 60


def hours(since: str, until: str, name: str = "shop", **fields: Any) -> Service:
    """A service that is watched on Thursday from one full hour to another."""
    schedule = fields.pop("schedule", OFFICE)
    return Service(name, schedule, at(since), at(until), **fields)


@pytest.fixture
def run() -> Run:
    return Run()


def page(component: str) -> dict[str, str]:
    return {"component": component, "severity": "page"}


def ticket(component: str) -> dict[str, str]:
    return {"component": component, "severity": "ticket"}


@pytest.mark.parametrize("version", PROMTOOLS)
def test_promtool_finds_nothing_to_complain_of(version: str, tmp_path: Path) -> None:
    tool = PROMTOOLS[version]
    assert "SUCCESS" in check_rules(RULES.read_text(), tmp_path, tool)


def test_no_range_begins_where_a_sample_may_be() -> None:
    """Prometheus includes a sample at the beginning before 3.0, and none since then."""
    ranges = re.findall(r"\[(\d[^]:]+?)(?: @ end\(\))?\]", RULES.read_text())
    assert "59m59s999ms" in ranges
    assert {one for one in ranges if not one.endswith("ms")} == set()


@pytest.mark.parametrize("every", [60, 300])
def test_the_gate_is_exact_at_every_minute_however_often_it_is_scraped(
    every: int, run: Run, check: Check
) -> None:
    services = [
        hours("00:00", "28:00", name, schedule=schedule, every=every).tell(run)
        for name, schedule in SCHEDULES.items()
    ]
    for one in services:
        one.expect_gate(run)
    check(run)


def test_an_outage_of_the_exporter_of_under_an_hour_does_not_blur_the_opening(
    run: Run, check: Check
) -> None:
    silent = [(at("07:20"), at("08:19"))]
    one = hours("07:00", "09:00", silent=silent, down=silent).tell(run)
    one.expect_gate(run)
    run.firing("ComponentDown", one.at(at("07:59")))
    run.firing("ComponentDown", one.at(at("08:00")), page("shop"))
    check(run)


def test_an_hour_after_its_last_scrape_the_gate_is_unknown_and_alerts_fire(
    run: Run, check_by_all: Check
) -> None:
    one = hours("04:00", "07:00", silent=[(at("04:30"), at("08:00"))])
    one = replace(one, down=[(at("05:10"), at("08:00"))]).tell(run)
    one.expect(run, OPEN, at("05:29"), 0)
    run.firing("ComponentDown", one.at(at("05:29")))
    one.expect(run, OPEN, at("05:30"), None)
    run.firing("ComponentDown", one.at(at("05:30")), page("shop"))
    # Nor is time counted of which nobody knows whether it was service time.
    one.expect(run, UP, at("05:30"), None)
    check_by_all(run)


def test_what_is_open_24x7_stays_open_for_an_hour_without_its_exporter(
    run: Run, check: Check
) -> None:
    silent = [(at("07:30"), at("09:00"))]
    one = hours("07:00", "09:00", schedule=ALWAYS, silent=silent).tell(run)
    one.expect(run, OPEN, at("08:29"), 1)
    one.expect(run, OPEN, at("08:30"), None)
    check(run)


def test_a_component_that_lost_its_edges_is_not_gated_by_old_ones(
    run: Run, check: Check
) -> None:
    before, after = at("06:30"), at("09:00")
    hours("06:00", "09:00", silent=[(before, after)]).tell(run)
    other = hours("06:00", "09:00", schedule=ALWAYS, silent=[(at("06:00"), before)])
    replace(other, instance="exporter-2").tell_windows(run)
    other.expect(run, OPEN, at("06:29"), 0)
    other.expect(run, OPEN, at("06:30"), 1)
    check(run)


def test_a_gate_is_unknown_when_both_edges_have_passed_unseen(
    run: Run, check: Check
) -> None:
    """Open from the full hour to :10 and from :30 to :40; silent from 01:15 on."""
    cycles = opens(
        *(
            ("daily", f"{hour:02}:{begin:02}", f"{hour:02}:{begin + 10}")
            for hour in range(4)
            for begin in (0, 30)
        )
    )
    one = hours("00:00", "03:00", schedule=cycles, silent=[(at("01:15"), at("04:00"))])
    one.tell(run)
    for clock, value in (("01:29", 0), ("01:30", 1), ("01:39", 1), ("01:40", None)):
        one.expect(run, OPEN, at(clock), value)
    one.expect(run, OPEN, at("02:01"), None)
    check(run)


def test_a_component_that_is_gone_is_not_gated_any_more(run: Run, check: Check) -> None:
    """Of two components of one exporter, and of two exporters, one is silent."""
    gone = [(at("07:00"), at("09:00"))]
    hours("06:00", "09:00", "left").tell(run)
    deleted = hours("06:00", "09:00", silent=gone, down=gone).tell(run)
    shard = hours("06:00", "09:00", "shard", silent=gone, instance="exporter-2")
    shard.tell(run)
    deleted.expect(run, OPEN, at("06:59"), 0)
    deleted.expect(run, OPEN, at("07:00"), None)
    run.firing("ComponentDown", deleted.at(at("07:04")), page("shop"))
    shard.expect(run, OPEN, at("07:58"), 0)
    check(run)


def test_replicas_and_edited_labels_are_one_component(run: Run, check: Check) -> None:
    half = at("08:30")
    down = [(at("08:10"), at("08:20"))]
    one = hours("07:00", "10:00", down=down, labels={"team": "a"}).tell(run)
    for labels, silent in (
        ({"team": "b"}, [(at("07:00"), half)]),
        ({"team": "c"}, [(half, at("10:00"))]),
    ):
        other = replace(one, instance="exporter-2", labels=labels, silent=silent)
        other.tell_windows(run)
    one.expect_gate(run)
    one.expect(run, MEASURED, at("09:00"), HOUR)
    one.expect(run, BUCKET_UP, at("09:00"), HOUR - 600)
    one.expect(run, SCHEDULED, at("09:00"), HOUR)
    run.expect(
        "count(component:service_window_open:bool)", one.at(at("09:30")), {"": 1}
    )
    check(run)


def test_a_gap_of_the_probe_is_neither_up_nor_down(run: Run, check: Check) -> None:
    one = hours(
        "07:00",
        "10:00",
        down=[(at("08:40"), at("08:45"))],
        unknown=[(at("08:10"), at("08:25"))],
    ).tell(run)
    one.expect(run, UP, at("08:10"), None)
    one.expect(run, MEASURED, at("09:00"), 45 * 60)
    one.expect(run, BUCKET_UP, at("09:00"), 40 * 60)
    one.expect(run, SCHEDULED, at("09:00"), 3600)
    check(run)


def test_of_two_probes_the_one_that_gets_through_is_right(
    run: Run, check: Check
) -> None:
    one = hours("08:00", "10:00", down=[(at("08:10"), at("08:30"))]).tell(run)
    one.tell_probe(run, "probe-2", [(at("08:20"), at("08:40"))])
    for clock, up in (("08:15", 1), ("08:25", 0), ("08:35", 1)):
        one.expect(run, UP, at(clock), up)
    one.expect(run, BUCKET_UP, at("09:00"), 50 * 60)
    check(run)


def test_what_is_no_number_is_not_measured(run: Run, check: Check) -> None:
    one = hours("08:00", "10:00")
    one.tell_windows(run)
    run.add("probe_success", {"component": "shop"}, ["NaN"] * 60 + [1] * 60)
    one.expect(run, UP, at("08:30"), None)
    one.expect(run, MEASURED, at("09:00"), None)
    one.expect(run, MEASURED, at("10:00"), 3600)
    check(run)


def test_an_hour_begins_with_its_full_hour_and_ends_before_the_next(
    run: Run, check_by_all: Check
) -> None:
    down = [(at("08:59"), at("09:01"))]
    one = hours("08:00", "10:00", schedule=ALWAYS, down=down).tell(run)
    for clock in ("09:00", "10:00"):
        one.expect(run, BUCKET_UP, at(clock), 59 * 60)
        one.expect(run, SCHEDULED, at(clock), 3600)
    one.expect(run, BUCKET_UP, at("09:01"), None)
    check_by_all(run)


def test_scheduled_seconds_are_exact_where_samples_are_a_minute_apart(
    run: Run, check: Check
) -> None:
    one = hours("07:00", "18:00", schedule=SCHEDULES["odd seconds"]).tell(run)
    sums = f"sum_over_time({SCHEDULED}{{component='shop'}}[11h])"
    exact = 4 * HOUR + 3 * 60 + 24 + 3 * HOUR + 50 * 60 + 58
    run.expect(sums, one.at(at("18:00")), {"shop": exact})
    check(run)


@pytest.mark.parametrize("minutes", [1, 4, 9])
def test_a_restart_over_a_full_hour_costs_no_more_than_it_lasts(
    minutes: int, check: Check
) -> None:
    """Prometheus is away from 08:59 on, for so many minutes."""
    run = Run(more=AWAY)
    run.add("prometheus_away", {}, [None] * 119 + [1] * minutes + [STALE])
    one = hours("07:00", "11:00", schedule=ALWAYS).tell(run)
    late = (minutes - 1) * 60
    one.expect(run, MEASURED, at("09:00") + late, HOUR - late - 60)
    one.expect(run, MEASURED, at("10:00"), HOUR - late)
    total = f"sum_over_time({SCHEDULED}{{component='shop'}}[2h])"
    run.expect(total, one.at(at("10:30")), {"shop": 2 * HOUR})
    check(run)


def test_an_outage_of_prometheus_is_scheduled_time_that_was_not_measured(
    check: Check,
) -> None:
    run = Run(more=AWAY)
    run.add("prometheus_away", {}, [None] * 70 + [1] * 150 + [STALE])
    one = hours("08:00", "14:00", schedule=ALWAYS).tell(run)
    one.expect(run, MEASURED, at("09:00"), HOUR)
    # From 09:10 to 11:40 it was away: two marks are lost, and so are the ten minutes
    # before and the twenty after, which are in no hour that was marked.
    one.expect(run, MEASURED, at("12:00"), 20 * 60)
    one.expect(run, SCHEDULED, at("12:00"), 3 * HOUR)
    run.expect(f"sum_over_time({MEASURED}[5h])", one.at(at("13:00")), {"shop": 8400})
    check(run)


@pytest.mark.parametrize(("before", "after"), [(OFFICE, ALWAYS), (ALWAYS, OFFICE)])
def test_an_edit_of_the_schedule_costs_at_most_one_hour(
    before: Schedule, after: Schedule, run: Run, check: Check
) -> None:
    """What the exporter counts of the past is another sum from 09:30 on."""
    edit = at("09:30")
    silent = [(edit, at("14:00"))]
    one = hours("08:00", "13:00", schedule=before, silent=silent).tell(run)
    silent = [(at("08:00"), edit)]
    edited = hours("08:00", "13:00", schedule=after, silent=silent)
    replace(edited, instance="exporter-2").tell_windows(run)
    for clock in ("09:00", "10:00", "11:00", "12:00"):
        one.expect(run, SCHEDULED, at(clock), HOUR)
    check(run)


def test_a_rolling_period_has_its_marks_at_full_hours(run: Run, check: Check) -> None:
    """Its start is at a quarter past, as well, every hour."""
    silent = [(at("07:00"), at("07:12"))]
    fields: dict[str, Any] = {"schedule": ALWAYS, "period": "7d", "silent": silent}
    one = hours("07:00", "10:00", **fields).tell(run)
    for clock, minutes in (("08:00", 48), ("09:00", 60), ("10:00", 60)):
        one.expect(run, MEASURED, at(clock), minutes * 60)
    check(run)


def test_without_the_counter_the_samples_of_the_gate_stand_in(
    run: Run, check: Check
) -> None:
    one = hours("07:00", "10:00", schedule=opens(("daily", "07:50", "08:20")))
    one.tell_windows(run)
    run.drop("service_window_open_time_seconds_total")
    for clock, minutes in (("08:00", 10), ("09:00", 20)):
        one.expect(run, SCHEDULED, at(clock), minutes * 60)
    check(run)


def test_hours_that_shift_count_no_time_twice(run: Run, check: Check) -> None:
    """A period that begins at half past, after one that began at the full hour."""
    one = hours("07:00", "12:00", schedule=ALWAYS).tell(run)
    shift = 130 * [at("00:00")] + 171 * [at("07:30")]
    run.drop("service_window_period_start_seconds")
    starts: list[Value] = [one.at(moment) for moment in shift]
    run.add("service_window_period_start_seconds", {"component": "shop"}, starts)
    one.expect(run, MEASURED, at("09:00"), HOUR)
    one.expect(run, MEASURED, at("09:30"), None)
    one.expect(run, MEASURED, at("10:30"), HOUR)
    # The half hour in between is scheduled, and known not to be measured.
    one.expect(run, SCHEDULED, at("10:30"), HOUR + HOUR // 2)
    check(run)
