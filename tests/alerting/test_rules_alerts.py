"""When the shipped alerts fire, and when they do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otel_sla.schedule import Schedule

from ..support.make import seconds
from ..support.promtool import Check, Run, Value, shipped
from ..support.rule_cases import Service, always, opens

ALWAYS = always()
OFFICE = opens(("mon-fri", "08:00", "16:00"))
THURSDAY = seconds(2026, 1, 1)
HEALTH = ("service_window", "service_window_health")
SLO = ("service_window", "service_window_slo")
HOUR = 3600


def at(clock: str) -> int:
    """A moment on Thursday, 1 January 2026, in UTC."""
    hour, minute = map(int, clock.split(":"))
    return THURSDAY + hour * HOUR + minute * 60


def watched(since: str, until: str, name: str = "shop", **fields: Any) -> Service:
    """A service that is watched from one full hour to another."""
    schedule = fields.pop("schedule", OFFICE)
    return Service(name, schedule, at(since), at(until), **fields)


def page(component: str = "shop", **more: str) -> dict[str, str]:
    return {"component": component, "severity": "page", **more}


def ticket(component: str = "shop", **more: str) -> dict[str, str]:
    return {"component": component, "severity": "ticket", **more}


def test_down_before_the_opening_pages_in_the_first_minute_of_the_window(
    check_by_all: Check,
) -> None:
    run = Run()
    one = watched("06:00", "09:00", down=[(at("07:30"), at("08:10"))]).tell(run)
    for clock, times in (("07:59", 0), ("08:00", 1), ("08:09", 1), ("08:10", 0)):
        run.firing("ComponentDown", one.at(at(clock)), *[page()] * times)
    check_by_all(run)


def test_down_is_silent_from_the_closing_on(check: Check) -> None:
    run = Run()
    one = watched("15:00", "17:00", down=[(at("15:30"), at("17:00"))]).tell(run)
    for clock, times in (("15:33", 0), ("15:34", 1), ("15:59", 1), ("16:00", 0)):
        run.firing("ComponentDown", one.at(at(clock)), *[page()] * times)
    check(run)


@pytest.mark.parametrize("since", ["06:00", "08:05"])
def test_the_first_failure_of_a_probe_says_nothing_of_five_minutes(
    since: str, check: Check
) -> None:
    """A probe that is new, or that has been silent for a while."""
    run = Run()
    unknown, down = [(at(since), at("08:30"))], [(at("08:30"), at("10:00"))]
    one = watched("06:00", "09:00", unknown=unknown, down=down).tell(run)
    for clock, times in (("08:30", 0), ("08:33", 0), ("08:34", 1)):
        run.firing("ComponentDown", one.at(at(clock)), *[page()] * times)
    check(run)


def test_down_since_a_moment_before_the_opening_is_not_told_yet(check: Check) -> None:
    run = Run()
    unknown, down = [(at("06:00"), at("07:40"))], [(at("07:40"), at("10:00"))]
    one = watched("06:00", "09:00", unknown=unknown, down=down).tell(run)
    run.firing("ServiceWindowOpensSoonAndDown", one.at(at("07:43")))
    run.firing("ServiceWindowOpensSoonAndDown", one.at(at("07:44")), page())
    check(run)


def test_closed_windows_have_an_alert_to_inhibit_by(check: Check) -> None:
    run = Run()
    one = watched("07:00", "17:00").tell(run)
    closed = {"component": "shop", "severity": "none"}
    for clock, times in (("07:59", 1), ("08:00", 0), ("15:59", 0), ("16:00", 1)):
        run.firing("ServiceWindowClosed", one.at(at(clock)), *[closed] * times)
    check(run)


def test_down_in_the_half_hour_before_the_opening_is_told_until_it_opens(
    check: Check,
) -> None:
    run = Run()
    one = watched("07:00", "17:00", down=[(at("07:00"), at("17:00"))]).tell(run)
    alert = "ServiceWindowOpensSoonAndDown"
    for clock, times in (("07:30", 0), ("07:31", 1), ("07:59", 1), ("08:00", 0)):
        run.firing(alert, one.at(at(clock)), *[page()] * times)
    run.firing(alert, one.at(at("16:30")))
    check(run)


def test_up_before_the_opening_is_not_told(check: Check) -> None:
    run = Run()
    one = watched("07:00", "08:00").tell(run)
    run.firing("ServiceWindowOpensSoonAndDown", one.at(at("07:45")))
    check(run)


# A month of 24x7 at 99.5% is 44,640 minutes, and 223.2 of them may be bad: 2% are 4.5
# minutes (and 0.37 of 5), 5% are 11.2 (0.93 of 30), 10% are 22.3 (1.9 of 6 hours).
BURNS = (
    ("2% in 1h", 4, 5, page),
    ("5% in 6h", 11, 12, page),
    ("10% in 3d", 22, 23, ticket),
)


@pytest.mark.parametrize(("burn", "silent", "firing", "labels"), BURNS)
def test_a_budget_burns_by_the_share_of_the_period_s_that_was_spent(
    burn: str, silent: int, firing: int, labels: Any, check: Check
) -> None:
    run = Run(groups=SLO)
    down = [(at("01:00"), at("01:00") + firing * 60)]
    one = watched("00:00", "03:00", schedule=ALWAYS, down=down).tell(run)
    query = f'group by (component, severity) (ALERTS{{burn="{burn}"}})'
    first = one.at(at("01:00")) - 60
    run.ask(query, first + silent * 60, [])
    run.ask(query, first + firing * 60, [(labels(), 1)])
    if burn != "10% in 3d":
        run.ask(query, first + firing * 60 + 30 * 60, [])
    check(run)


def test_nothing_burns_out_of_hours(check: Check) -> None:
    run = Run(groups=SLO)
    one = watched("15:00", "18:00", down=[(at("16:00"), at("18:00"))]).tell(run)
    run.firing("ServiceErrorBudgetBurn", one.at(at("17:00")))
    check(run)


def test_of_a_target_of_100_percent_any_bad_minute_is_told(check: Check) -> None:
    run = Run(groups=SLO)
    good = watched("08:00", "11:00", "good", target="100").tell(run)
    down = [(at("09:10"), at("09:11"))]
    bad = watched("08:00", "11:00", "bad", target="100", down=down).tell(run)
    burns = [
        page("bad", burn="2% in 1h"),
        page("bad", burn="5% in 6h"),
        ticket("bad", burn="10% in 3d"),
    ]
    run.firing("ServiceErrorBudgetBurn", bad.at(at("09:09")))
    run.firing("ServiceErrorBudgetBurn", bad.at(at("09:10")), *burns)
    run.firing("ServiceErrorBudgetExhausted", bad.at(at("09:59")))
    run.firing("ServiceErrorBudgetExhausted", bad.at(at("10:00")), ticket("bad"))
    for one, left in ((good, 0), (bad, -60)):
        seconds = "component:service_error_budget_remaining:seconds"
        one.expect(run, seconds, at("10:00"), left)
        ratio = "component:service_error_budget_remaining:ratio"
        one.expect(run, ratio, at("10:00"), None)
    check(run)


def test_a_budget_is_exhausted_when_all_of_it_is_spent(check: Check) -> None:
    """8 h on one day of the week at 87.5%: an hour may be bad."""
    run = Run(groups=SLO)
    fields = {
        "schedule": opens(("thu", "08:00", "16:00")),
        "target": "87.5",
        "period": "week",
    }
    less = [(at("09:00"), at("09:59"))]
    one = watched("08:00", "11:00", "less", down=less, **fields).tell(run)
    all_of_it = [(at("09:00"), at("10:00"))]
    watched("08:00", "11:00", "all", down=all_of_it, **fields).tell(run)
    run.firing("ServiceErrorBudgetExhausted", one.at(at("09:59")))
    run.firing("ServiceErrorBudgetExhausted", one.at(at("10:00")), ticket("all"))
    check(run)


def test_before_anything_is_measured_the_budget_is_whole(check: Check) -> None:
    run = Run(groups=SLO)
    one = watched("08:00", "09:00", schedule=ALWAYS).tell(run)
    left = "component:service_error_budget_remaining:seconds"
    one.expect(run, "component:service_bad_seconds:sum_period", at("08:30"), None)
    one.expect(run, left, at("08:30"), one.budget(at("08:30")))
    check(run)


def test_low_coverage_is_told_after_an_hour(check: Check) -> None:
    run = Run(groups=SLO)
    one = watched("00:00", "04:00", schedule=ALWAYS).tell(run)
    gap = [(at("01:10"), at("01:20"))]
    watched("00:00", "04:00", "gap", schedule=ALWAYS, unknown=gap).tell(run)
    # A component of which nothing is measured at all is not passed over.
    watched("00:00", "04:00", "never", schedule=ALWAYS).tell_windows(run)
    told = [ticket("gap"), ticket("never")]
    run.firing("ServiceCoverageLow", one.at(at("01:59")))
    run.firing("ServiceCoverageLow", one.at(at("02:59")), ticket("never"))
    run.firing("ServiceCoverageLow", one.at(at("03:00")), *told)
    run.expect(
        "component:service_coverage:ratio_30d",
        one.at(at("03:00")),
        {"gap": 170 / 180, "never": 0, "shop": 1},
    )
    check(run)


def test_a_silent_exporter_is_told_once_and_not_for_each_component(
    check: Check,
) -> None:
    run = Run(groups=HEALTH)
    silent = [(at("07:00"), at("09:00"))]
    one = watched("06:00", "09:00", silent=silent).tell(run)
    alert = "ServiceWindowExporterAbsent"
    run.firing(alert, one.at(at("07:04")))
    run.firing(alert, one.at(at("07:05")), {"severity": "ticket"})
    for other in ("ServiceWindowMissing", "ServiceWindowDisappeared"):
        run.firing(other, one.at(at("08:55")))
    check(run)


def test_a_component_that_is_measured_without_a_window_is_told(check: Check) -> None:
    run = Run(groups=HEALTH)
    one = watched("06:00", "07:00").tell(run)
    watched("06:00", "07:00", "orphan").tell_probe(run, "probe-1", [])
    run.firing("ServiceWindowMissing", one.at(at("06:14")))
    run.firing("ServiceWindowMissing", one.at(at("06:15")), ticket("orphan"))
    check(run)


def test_a_component_that_is_no_longer_reported_is_told(check: Check) -> None:
    run = Run(groups=HEALTH)
    one = watched("06:00", "08:00").tell(run)
    gone = [(at("07:10"), at("08:00"))]
    watched("06:00", "08:00", "gone", silent=gone).tell_windows(run)
    run.firing("ServiceWindowDisappeared", one.at(at("07:24")))
    run.firing("ServiceWindowDisappeared", one.at(at("07:25")), ticket("gone"))
    check(run)


@pytest.mark.parametrize("edge", ["next_start", "next_end"])
def test_replicas_that_disagree_are_told(edge: str, check: Check) -> None:
    run = Run(groups=HEALTH)
    one = watched("06:00", "07:00").tell(run)
    replace(one, instance="exporter-2").tell_windows(run)
    other = watched("06:00", "07:00", "other").tell(run)
    labels = {"component": "other", "instance": "exporter-2"}
    run.add(f"service_window_{edge}_seconds", labels, [12_345] * 61)
    run.firing("ServiceWindowReplicasDisagree", other.at(at("06:09")))
    run.firing("ServiceWindowReplicasDisagree", other.at(at("06:10")), ticket("other"))
    check(run)


@pytest.mark.parametrize(
    ("one_s", "other_s"), [(OFFICE, ALWAYS), (opens(), ALWAYS), (OFFICE, opens())]
)
def test_replicas_of_which_one_knows_no_edge_are_told(
    one_s: Schedule, other_s: Schedule, check: Check
) -> None:
    run = Run(groups=HEALTH)
    one = watched("06:00", "07:00", schedule=one_s).tell(run)
    replace(one, schedule=other_s, instance="exporter-2").tell_windows(run)
    run.firing("ServiceWindowReplicasDisagree", one.at(at("06:09")))
    run.firing("ServiceWindowReplicasDisagree", one.at(at("06:10")), ticket())
    check(run)


def test_a_budget_that_is_spent_stays_so_while_the_exporter_is_silent(
    check: Check,
) -> None:
    run = Run(groups=SLO)
    one = watched(
        "08:00",
        "15:00",
        schedule=ALWAYS,
        target="100",
        down=[(at("08:10"), at("08:15"))],
        silent=[(at("09:30"), at("16:00"))],
    ).tell(run)
    for clock in ("09:00", "11:00", "14:59"):
        run.firing("ServiceErrorBudgetExhausted", one.at(at(clock)), ticket())
    check(run)


def test_a_schedule_that_has_run_out_is_told(check: Check) -> None:
    run = Run(groups=HEALTH)
    one = watched("06:00", "07:00").tell(run)
    watched("06:00", "07:00", "never", schedule=opens()).tell(run)
    watched("06:00", "07:00", "always", schedule=ALWAYS).tell(run)
    run.firing("ServiceWindowNoNext", one.at(at("06:14")))
    run.firing("ServiceWindowNoNext", one.at(at("06:15")), ticket("never"))
    check(run)


def test_old_rows_and_dropped_rows_are_told(check: Check) -> None:
    run = Run(groups=HEALTH)
    stamp, dropped = "service_window_snapshot_timestamp_seconds", "rows_dropped"
    fresh: list[Value] = [60 * minute for minute in range(61)]
    run.add(stamp, {"instance": "a"}, fresh)
    run.add(stamp, {"instance": "b"}, [0] * 61)
    for instance in "ab":
        for reason, number in (("labels", 2), ("schedule", 0)):
            labels = {"instance": instance, "reason": reason}
            run.add(f"service_window_{dropped}", labels, [number] * 61)
    stale = {"severity": "ticket", "instance": "b"}
    run.firing("ServiceWindowSnapshotStale", 20 * 60)
    run.firing("ServiceWindowSnapshotStale", 21 * 60, stale)
    run.firing("ServiceWindowRowsDropped", 4 * 60)
    rows = {"severity": "ticket", "reason": "labels"}
    run.firing("ServiceWindowRowsDropped", 5 * 60, rows)
    check(run)


def test_nothing_fires_where_all_is_well(check: Check) -> None:
    run = Run(groups=tuple(shipped()))
    one = watched("06:00", "10:00").tell(run)
    replace(one, instance="exporter-2").tell_windows(run)
    run.add("service_window_rows_dropped", {"reason": "labels"}, [0] * 241)
    for clock in ("06:30", "08:00", "08:59", "09:30"):
        query = 'ALERTS{alertname!="ServiceWindowClosed"}'
        run.ask(query, one.at(at(clock)), [])
    check(run)


def test_every_alert_has_a_test() -> None:
    names = {
        rule["alert"]
        for rules in shipped().values()
        for rule in rules
        if "alert" in rule
    }
    text = Path(__file__).read_text()
    assert {name for name in names if f'"{name}"' not in text} == set()


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    for rules in shipped().values():
        for rule in rules:
            if "alert" in rule:
                assert set(rule["annotations"]) == {"summary", "description"}
                assert rule["labels"]["severity"] in {"page", "ticket", "none"}
