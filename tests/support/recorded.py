"""A month that a Prometheus has seen: three components, and what was recorded of them.

The last hours of the exporter and a probe, the last two days of the minutely series and
32 days of the hourly ones are written down; all that follows from them is recorded by
the rules that come with the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from otel_sla.schedule import DAY, Rule, Schedule
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.schedule.running_totals import RunningTotals
from otel_sla.schedule.spans import Span

from .make import seconds
from .processes import ROOT
from .prometheus import Prometheus, backfill, scraping

RULES = ROOT / "otel_sla" / "alerting" / "service-windows.rules.yml"
MINUTE, HOUR = 60, 3600

MOMENT = seconds(2026, 3, 31, 13, 30)
"""A Tuesday, half past two in London, two days after the clocks went forward."""
MONTH_BACK, DAYS_BACK, HOURS_BACK = 32 * DAY, 2 * DAY, 3 * HOUR
BY_RULES = 15 * MINUTE
"""Seconds before MOMENT for which the rules record: no hour is full in them. What they
record then builds on what they recorded before, and can't be made up afterwards."""

_OPTIONS = ("--storage.tsdb.retention.time=100y",)
_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class Sampled:
    """A component, when it was down, and when nobody looked."""

    name: str
    schedule: Schedule
    target: float
    down: tuple[Span, ...] = ()
    unseen: tuple[Span, ...] = ()

    def is_open(self, moment: int) -> bool:
        return self.schedule.state(moment).in_window

    def up(self, moment: int) -> int | None:
        """1 or 0 as a probe says, None where there is none."""
        if _within(self.unseen, moment):
            return None
        return int(not _within(self.down, moment))


WEB_SHOP = Sampled(
    "web-shop",
    Schedule(_LONDON, (Rule(parse_weekdays("mon-fri"), time(9), time(17)),)),
    0.995,
    down=(
        (seconds(2026, 3, 10, 9), seconds(2026, 3, 10, 10)),
        (seconds(2026, 3, 30, 9), seconds(2026, 3, 30, 9, 30)),
        # At night, so that it does not count.
        (seconds(2026, 3, 30, 20), seconds(2026, 3, 30, 23)),
    ),
    unseen=((seconds(2026, 3, 31, 9), seconds(2026, 3, 31, 10)),),
)
# Its name has what a regular expression would take for something else.
API = Sampled(
    "api.v2 (eu)",
    Schedule(_LONDON, always_open=True),
    0.999,
    down=((seconds(2026, 3, 31, 13, 20), MOMENT + HOUR),),
)
NIGHTS = Sampled(
    "nights",
    Schedule(_LONDON, (Rule(parse_weekdays("daily"), time(22), time(6)),)),
    0.99,
)
COMPONENTS = (WEB_SHOP, API, NIGHTS)
REPLICAS = ("a:8000", "b:8000")


def measured(component: Sampled, since: int, until: int) -> tuple[int, int]:
    """Return minutes of service that were measured, and those of them it was up.

    Of the evaluations, at full minutes, in [since, until).
    """
    seen = [component.up(at) for at in _open_minutes(component, since, until)]
    known = [up for up in seen if up is not None]
    return len(known), sum(known)


def scheduled(component: Sampled, since: int, until: int) -> int:
    """Return the minutes of service in [since, until), as `measured` counts them."""
    return len(_open_minutes(component, since, until))


@contextmanager
def remembering(directory: Path) -> Iterator[Prometheus]:
    """A Prometheus that has seen it, up to MOMENT.

    What it has seen can be added to only while it does not run, so it runs once more
    for each rule that builds on another.
    """
    backfill(directory, _samples())
    before: list[str] = []
    while True:
        with scraping(directory, "", *_OPTIONS) as prometheus:
            lines = list(_recorded(prometheus))
            if len(lines) == len(before):
                yield prometheus
                return
        backfill(directory, lines)
        before = lines


def _recorded(prometheus: Prometheus) -> Iterator[str]:
    for group in yaml.safe_load(RULES.read_text("utf-8"))["groups"]:
        for rule in group["rules"]:
            if "record" not in rule:
                continue
            found = prometheus.between(
                rule["expr"], MOMENT - BY_RULES, MOMENT, step=MINUTE
            )
            for one in found:
                labels = {**one["metric"], **rule.get("labels", {})}
                labels.pop("__name__", None)
                for at, value in one["values"]:
                    yield from _line(rule["record"], value, at, **labels)


def _samples() -> Iterator[str]:
    for component in COMPONENTS:
        yield from _hourly(component)
        yield from _minutely(component)
        yield from exported(component)
    for at in range(MOMENT - HOURS_BACK, MOMENT + 1, MINUTE):
        for instance in REPLICAS:
            yield from _of_process(instance, at)
    yield from _alerts()


def _hourly(component: Sampled) -> Iterator[str]:
    tally = RunningTotals(component.schedule)
    first = (MOMENT - MONTH_BACK) // HOUR * HOUR + HOUR
    for hour in range(first, MOMENT + 1, HOUR):
        known, up = measured(component, hour - HOUR, hour)
        figures = tally.figures(hour, "month", component.schedule.state(hour))
        values: dict[str, int | None] = {
            "mark:seconds": hour,
            "period_start:at_mark": figures.period_start,
            "period_scheduled:at_mark": figures.scheduled,
            "scheduled_seconds:sum1h": MINUTE * scheduled(component, hour - HOUR, hour),
        }
        if known:
            values["measured_seconds:sum1h"] = MINUTE * known
            values["up_seconds:sum1h"] = MINUTE * up
        for name, value in values.items():
            full = f"component:service_{name}"
            yield from _line(full, value, hour, component=component.name)


def _minutely(component: Sampled) -> Iterator[str]:
    name = component.name
    for at in range(MOMENT - DAYS_BACK, MOMENT + 1, MINUTE):
        is_open, up = component.is_open(at), component.up(at)
        yield from _line(
            "component:service_window_open:bool", is_open, at, component=name
        )
        if is_open and up is not None:
            yield from _line("component:service_up:bool", up, at, component=name)
        if up is not None and at > MOMENT - HOURS_BACK:
            yield from _line("probe_success", up, at, component=name, instance="probe")


def exported(component: Sampled) -> Iterator[str]:
    """Yield what the exporters say of it in the last hours."""
    tally = RunningTotals(component.schedule)
    for at in range(MOMENT - HOURS_BACK, MOMENT + 1, MINUTE):
        state = component.schedule.state(at)
        figures = tally.figures(at, "month", state)
        values = {
            "last_start_seconds": state.last_start,
            "last_end_seconds": state.last_end,
            "next_start_seconds": state.next_start,
            "next_end_seconds": state.next_end,
            "in_window": state.in_window,
            "sla_target_ratio": component.target,
            "period_start_seconds": figures.period_start,
            "period_scheduled_seconds": figures.scheduled,
            "open_time_seconds_total": figures.open_time,
        }
        for instance in REPLICAS:
            labels = {"component": component.name, "instance": instance}
            for name, value in values.items():
                yield from _line(f"service_window_{name}", value, at, **labels)


def _of_process(instance: str, at: int) -> Iterator[str]:
    read = at - 5
    yield from _line(
        "service_window_snapshot_timestamp_seconds", read, at, instance=instance
    )
    yield from _line(
        "service_window_components", len(COMPONENTS), at, instance=instance
    )
    for family, label in (
        ("service_window_rows_dropped", {"reason": "schedule"}),
        ("service_window_collection_errors_total", {"stage": "read"}),
    ):
        yield from _line(family, 1, at, instance=instance, **label)


def _alerts() -> Iterator[str]:
    """Firing for five minutes, but for the burn, which is pending."""
    since = MOMENT - 5 * MINUTE
    for at in range(since, MOMENT + 1, MINUTE):
        for alert, state, labels in (
            ("ComponentDown", "firing", {"component": API.name, "severity": "page"}),
            ("ServiceErrorBudgetBurn", "pending", {"component": API.name}),
            ("ServiceWindowClosed", "firing", {"component": NIGHTS.name}),
            ("ServiceWindowSnapshotStale", "firing", {"instance": REPLICAS[0]}),
        ):
            named = {"alertname": alert, **labels}
            yield from _line("ALERTS", 1, at, alertstate=state, **named)
            yield from _line("ALERTS_FOR_STATE", since, at, **named)


def _line(name: str, value: float | None, at: int, **labels: str) -> Iterator[str]:
    inside = ",".join(f'{label}="{text}"' for label, text in labels.items())
    if value is not None:
        yield f"{name}{{{inside}}} {float(value)} {at}"


def _open_minutes(component: Sampled, since: int, until: int) -> list[int]:
    spans = component.schedule.spans(since, until)
    return [at for span in spans for at in range(*span, MINUTE)]


def _within(spans: tuple[Span, ...], moment: int) -> bool:
    return any(opens <= moment < closes for opens, closes in spans)
