"""A month in real servers, as a report: every figure worked out by hand.

Samples stand for a minute from their own moment, which is 17.250 s after the full
minute until noon on 15 October 2025, 41.875 s until the 20th, 5.125 s until the 29th,
and 29.875 s from then on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from otel_sla.models import Component, Exclusion, Override

from ..support.make import utc
from ..support.measured import forget
from ..support.measured_month import (
    INFO,
    SCHEDULED,
    B,
    Hourly,
    Series,
    exported,
    written,
)
from ..support.parts import newer
from ..support.prometheus import Prometheus, backfill, scraping
from ..support.victoria import victoria

DAY = 86_400
NOON = 144.625
"""Seconds without a sample on the 15th: from 11:59:17.250 to 12:01:41.875."""
RESTARTS = NOON + 24.75
"""And on the 29th, from 10:31:05.125 to 10:31:29.875. None on the 20th."""

CATALOGUE = """
schedules:
  london:
    timezone: Europe/London
    rules: [{days: mon-fri, start: "09:00", end: "17:00"}]
  berlin:
    timezone: Europe/Berlin
    holidays: DE-BE
    rules: [{days: mon-fri, start: "09:00", end: "17:00"}]
  london-sundays:
    timezone: Europe/London
    rules: [{days: sun, start: "00:00", end: "06:00"}]
  sydney-sundays:
    timezone: Australia/Sydney
    rules: [{days: sun, start: "00:00", end: "06:00"}]
  seconds:
    timezone: UTC
    rules: [{days: daily, start: "08:00:17", end: "12:03:41"}]
  always: {timezone: UTC, always_open: true}
agreements:
  office: {schedule: london, target: 99.9}
  bank: {schedule: berlin, target: 99.9}
  london: {schedule: london-sundays, target: 95}
  sydney: {schedule: sydney-sundays, target: 99}
  seconds: {schedule: seconds, target: 99.9}
  always: {schedule: always, target: 99.5}
  strict: {schedule: always, target: 100}
  weekly: {schedule: london, target: 99.9, period: week}
  rolling: {schedule: always, target: 99.99, period: 30d}
  pessimistic: {schedule: always, target: 99.9, unknown: down}
components:
  shop: {agreement: office}
  bank: {agreement: bank}
  london: {agreement: london}
  sydney: {agreement: sydney}
  seconds: {agreement: seconds}
  replicas: {agreement: always}
  share: {agreement: always}
  excused: {agreement: always}
  patched:
    agreement: always
    overrides:
      - {from: 2025-10-21T10:00, to: 2025-10-21T12:00, kind: closed, reason: repair}
  planned:
    agreement: always
    overrides:
      - {from: 2025-10-21T10:00, to: 2025-10-21T12:00, kind: closed, reason: move}
  young: {agreement: always}
  strict: {agreement: strict}
  silent: {agreement: always}
  never: {agreement: always}
  nan: {agreement: pessimistic}
  weekly: {agreement: weekly}
  rolling: {agreement: rolling}
"""
SERIES = (
    Series(
        "shop",
        (
            ("10-01 10:00", "10-01 10:12", "0"),
            ("10-02 15:50", "10-02 16:10", "0"),
            ("10-03 20:00", "10-03 21:00", "0"),
            ("10-06 09:00", "10-06 09:05", "0"),
            ("10-06 09:05", "10-06 09:08", ""),
            ("10-06 09:08", "10-06 09:10", "0"),
            ("10-27 16:58", "10-27 18:00", "0"),
        ),
    ),
    Series("bank", (("10-03 08:00", "10-03 09:00", "0"),)),
    Series("london", (("10-26 00:30", "10-26 01:30", "0"),)),
    Series("sydney", (("10-04 15:30", "10-04 16:30", "0"),)),
    Series(
        "seconds",
        (
            ("10-09 07:50", "10-09 08:05", "0"),
            ("10-23 12:00", "10-23 12:10", "0"),
        ),
    ),
    Series(
        "replicas",
        (("10-05 10:00", "10-05 11:00", "0"), ("10-20 14:25", "10-20 14:35", "0")),
    ),
    Series(
        "replicas",
        (("10-05 10:30", "10-05 11:30", "0"), ("10-20 14:25", "10-20 14:35", "0")),
        replica="b",
        runs=B,
    ),
    Series("share", (("10-08 06:00", "10-08 07:00", "0.25"),)),
    Series("excused", (("10-10 00:00", "10-10 04:00", "0"),)),
    Series("patched", (("10-21 10:00", "10-21 12:00", "0"),)),
    Series("planned", (("10-21 10:00", "10-21 12:00", "0"),)),
    Series("young", (("09-28 00:00", "10-13 12:00", ""),)),
    Series("strict", (("10-12 03:33", "10-12 03:34", "0"),)),
    Series("silent", (("10-19 00:00", "11-02 00:00", ""),)),
    Series("nan", (("10-07 06:00", "10-07 06:30", "NaN"),)),
    Series("weekly", (("10-07 10:00", "10-07 10:12", "0"),)),
    Series("rolling", (("10-01 10:00", "10-01 10:12", "0"),)),
)
# What was scheduled and described then. The repair was entered after the outage.
RECORDED = (
    Hourly(SCHEDULED, "patched", "3600"),
    Hourly(
        SCHEDULED,
        "planned",
        "3600",
        other=(("10-21 11:00", "0"), ("10-21 12:00", "0")),
    ),
    Hourly(
        INFO,
        "shop",
        until="10-10 00:00",
        more=(
            ("agreement", "silver"),
            ("schedule", "london"),
            ("timezone", "Europe/London"),
        ),
    ),
    Hourly(
        INFO,
        "shop",
        since="10-10 01:00",
        more=(
            ("agreement", "office"),
            ("schedule", "london"),
            ("timezone", "Europe/London"),
        ),
    ),
)
CLOSED = "outside service hours"

Outages = list[tuple[str, str, float, str]]
# 23 days from Monday to Friday.
OFFICE = 23 * 8 * 3600
MONTH = 31 * DAY
# scheduled, excused, unknown, down, the budget, and whether it was met
FIGURES: dict[str, tuple[float, float, float, float, float, bool | None]] = {
    "shop": (
        OFFICE,
        0,
        RESTARTS + 180,
        720 + 582.75 + 300 + 120 + 114.875,
        OFFICE / 1000,
        False,
    ),
    # Friday the 3rd is a holiday.
    "bank": (OFFICE - 8 * 3600, 0, RESTARTS, 0, (OFFICE - 8 * 3600) / 1000, True),
    # The clocks went back: six hours on three Sundays, and seven on one.
    "london": (25 * 3600, 0, 0, 3600, 25 * 3600 / 20, True),
    # And forward in Sydney: five hours, and three times six. An hour of 23 is 4.3%.
    "sydney": (23 * 3600, 0, 0, 3600, 23 * 36, False),
    "seconds": (31 * 14_604, 0, RESTARTS, 300.25 + 215.875, 31 * 14.604, False),
    # The other replica was not restarted.
    "replicas": (MONTH, 0, 0, 1780 + 563.25, MONTH / 200, True),
    "share": (MONTH, 0, RESTARTS, 2700, MONTH / 200, True),
    "excused": (MONTH, 7200, RESTARTS, 7200, (MONTH - 7200) / 200, True),
    "patched": (MONTH - 7200, 0, RESTARTS, 5.125, (MONTH - 7200) / 200, True),
    "planned": (MONTH - 7200, 0, RESTARTS, 5.125, (MONTH - 7200) / 200, True),
    # Since the 13th, 12:00:17.250.
    "young": (
        18.5 * DAY - 17.25,
        0,
        RESTARTS,
        0,
        (18.5 * DAY - 17.25) / 200,
        True,
    ),
    "strict": (MONTH, 0, RESTARTS, 60, 0, False),
    # The last sample was that of the 18th, 23:59:41.875.
    "silent": (MONTH, 0, 13 * DAY - 41.875 + NOON, 0, MONTH / 200, None),
    # There is no sample of it at all.
    "never": (MONTH, 0, MONTH, 0, MONTH / 200, None),
    # Half an hour was not a number; what is unknown is down by its agreement.
    "nan": (MONTH, 0, RESTARTS + 1800, 0, MONTH / 1000, True),
    # The 7th is missed, of four weeks.
    "weekly": (OFFICE, 0, RESTARTS, 720, OFFICE / 1000, False),
    # In the month, but not in its last 30 days.
    "rolling": (MONTH, 0, RESTARTS, 720, MONTH / 10_000, True),
}
OUTAGES: dict[str, Outages] = {
    "shop": [
        ("10-01T10:00:17.250Z", "10-01T10:12:17.250Z", 720, ""),
        ("10-02T15:50:17.250Z", "10-02T16:00:00Z", 582.75, ""),
        ("10-02T16:00:00Z", "10-02T16:10:17.250Z", 617.25, CLOSED),
        ("10-03T20:00:17.250Z", "10-03T21:00:17.250Z", 3600, CLOSED),
        ("10-06T09:00:17.250Z", "10-06T09:05:17.250Z", 300, ""),
        ("10-06T09:08:17.250Z", "10-06T09:10:17.250Z", 120, ""),
        ("10-27T16:58:05.125Z", "10-27T17:00:00Z", 114.875, ""),
        ("10-27T17:00:00Z", "10-27T18:00:05.125Z", 3605.125, CLOSED),
    ],
    "bank": [("10-03T08:00:17.250Z", "10-03T09:00:17.250Z", 3600, CLOSED)],
    "london": [("10-26T00:30:05.125Z", "10-26T01:30:05.125Z", 3600, "")],
    "sydney": [("10-04T15:30:17.250Z", "10-04T16:30:17.250Z", 3600, "")],
    "seconds": [
        ("10-09T07:50:17.250Z", "10-09T08:00:17Z", 599.75, CLOSED),
        ("10-09T08:00:17Z", "10-09T08:05:17.250Z", 300.25, ""),
        ("10-23T12:00:05.125Z", "10-23T12:03:41Z", 215.875, ""),
        ("10-23T12:03:41Z", "10-23T12:10:05.125Z", 384.125, CLOSED),
    ],
    "replicas": [
        ("10-05T10:30:37.250Z", "10-05T11:00:17.250Z", 1780, ""),
        # The second restart shortens a minute to 23.25 s.
        ("10-20T14:25:41.875Z", "10-20T14:35:05.125Z", 563.25, ""),
    ],
    "share": [("10-08T06:00:17.250Z", "10-08T07:00:17.250Z", 2700, "")],
    "excused": [
        ("10-10T00:00:17.250Z", "10-10T01:00:00Z", 3582.75, ""),
        ("10-10T01:00:00Z", "10-10T02:30:00Z", 5400, "excluded: power cut"),
        ("10-10T02:30:00Z", "10-10T03:00:00Z", 1800, "excluded: storm"),
        ("10-10T03:00:00Z", "10-10T04:00:17.250Z", 3617.25, ""),
    ],
    "patched": [
        ("10-21T10:00:05.125Z", "10-21T12:00:00Z", 7194.875, CLOSED),
        ("10-21T12:00:00Z", "10-21T12:00:05.125Z", 5.125, ""),
    ],
    "planned": [
        ("10-21T10:00:05.125Z", "10-21T12:00:00Z", 7194.875, CLOSED),
        ("10-21T12:00:00Z", "10-21T12:00:05.125Z", 5.125, ""),
    ],
    "strict": [("10-12T03:33:17.250Z", "10-12T03:34:17.250Z", 60, "")],
    "weekly": [("10-07T10:00:17.250Z", "10-07T10:12:17.250Z", 720, "")],
    "rolling": [("10-01T10:00:17.250Z", "10-01T10:12:17.250Z", 720, "")],
}


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a Prometheus that has measured all of it."""
    directory = tmp_path_factory.mktemp("month")
    backfill(directory, written((*SERIES, *RECORDED)))
    return directory


@contextmanager
def prometheus(
    directory: Path, blocks: Path, command: str = ""
) -> Iterator[Prometheus]:
    copytree(blocks / "tsdb", directory / "tsdb")
    kept = "--storage.tsdb.retention.time=100y"
    with scraping(directory, "", kept, command=command) as running:
        yield running


@contextmanager
def victoria_metrics(directory: Path) -> Iterator[Prometheus]:
    with victoria(directory) as running:
        running.add(exported((*SERIES, *RECORDED)))
        running.flush()
        yield running


@pytest.fixture(params=["prometheus-2.42", "prometheus-3", "victoria-metrics"])
def server(
    request: pytest.FixtureRequest, blocks: Path, tmp_path: Path
) -> Iterator[Prometheus]:
    if request.param == "victoria-metrics":
        running = victoria_metrics(tmp_path)
    else:
        newest = request.param == "prometheus-3"
        running = prometheus(tmp_path, blocks, newer("prometheus") if newest else "")
    with running as found:
        yield found


@pytest.fixture
def rows(tmp_path: Path) -> None:
    """The catalogue, and two exclusions that overlap, entered later."""
    file = tmp_path / "catalogue.yaml"
    file.write_text(CATALOGUE)
    call_command("load_catalogue", file, verbosity=0)
    excused = Component.objects.get(name="excused")
    for start, end, reason in (
        (utc(2025, 10, 10, 1), utc(2025, 10, 10, 2, 30), "power cut"),
        (utc(2025, 10, 10, 2), utc(2025, 10, 10, 3), "storm"),
    ):
        Exclusion.objects.create(component=excused, start=start, end=end, reason=reason)
    for name, created in (
        ("patched", utc(2025, 10, 22)),
        ("planned", utc(2025, 10, 1)),
    ):
        override = Override.objects.filter(component__name=name)
        assert override.update(created=created) == 1


@pytest.fixture
def report(rows: None, server: Prometheus) -> Iterator[dict[str, dict[str, Any]]]:
    """The components of the month's report, by name, as the command prints them."""
    out = StringIO()
    setting = {"URL": server.url, "TIMEOUT": 300}
    with override_settings(OTEL_SLA={"PROMETHEUS": setting}):
        with pytest.raises(CommandError, match=r"^5 of 17 components missed") as missed:
            call_command(
                "sla_report", "--period", "2025-10", "--format", "json", stdout=out
            )
        assert missed.value.returncode == 3
        found = json.loads(out.getvalue())
        assert found["is_final"]
        yield {one["component"]: one for one in found["components"]}
    forget()


def figures(
    one: dict[str, Any],
) -> tuple[float, float, float, float, float, bool | None]:
    """What FIGURES has of a component, as the report says it."""
    keys = ("scheduled", "excused", "unknown", "down", "budget")
    scheduled, excused, unknown, down, budget = (one[f"{key}_seconds"] for key in keys)
    return scheduled, excused, unknown, down, budget, one["met"]


def outages(one: dict[str, Any]) -> Outages:
    """What OUTAGES has of a component, as the report says it."""
    for outage in one["outages"]:
        assert outage["counted"] == (not outage["reason"])
        assert outage["start"].startswith("2025-")
    return [
        (
            outage["start"].removeprefix("2025-"),
            outage["end"].removeprefix("2025-"),
            outage["seconds"],
            outage["reason"],
        )
        for outage in one["outages"]
    ]


@pytest.mark.django_db
def test_figures_are_those_worked_out_by_hand(
    report: dict[str, dict[str, Any]],
) -> None:
    """All in one: what takes its time is to start a server with a month in it."""
    assert {name: figures(one) for name, one in report.items()} == {
        name: pytest.approx(wanted, abs=0.0005) for name, wanted in FIGURES.items()
    }
    assert {name: outages(one) for name, one in report.items()} == {
        name: OUTAGES.get(name, []) for name in FIGURES
    }
    for name, one in report.items():
        check_classes(one)
        assert one["until"] == one["end"], name
    check_periods(report)
    check_what_is_said(report)


def check_classes(one: dict[str, Any]) -> None:
    """Every scheduled second is in exactly one class, and the ratios follow."""
    scheduled, excused, unknown, up, down, measured, budget, left = (
        one[f"{key}_seconds"]
        for key in (
            *("scheduled", "excused", "unknown", "up", "down"),
            *("measured", "budget", "budget_left"),
        )
    )
    exactly = partial(pytest.approx, abs=0.002)
    assert scheduled == exactly(excused + unknown + up + down)
    assert measured == exactly(up + down)
    counts_as_down = unknown if one["unknown"] == "down" else 0
    assert left == exactly(budget - down - counts_as_down)
    if measured:
        ratio = up / (measured + counts_as_down)
        assert one["availability"] == pytest.approx(ratio, abs=1e-9)
        coverage = measured / (scheduled - excused)
        assert one["coverage"] == pytest.approx(coverage, abs=1e-9)
    else:
        assert one["availability"] is None


def check_periods(report: dict[str, dict[str, Any]]) -> None:
    """Calendar days are those of each one's own zone, and so are weeks."""
    spans = {name: (one["start"], one["end"]) for name, one in report.items()}
    assert spans["shop"] == ("2025-09-30T23:00:00Z", "2025-11-01T00:00:00Z")
    assert spans["sydney"] == ("2025-09-30T14:00:00Z", "2025-10-31T13:00:00Z")
    assert spans["share"] == ("2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z")
    weeks = report["weekly"]["judged"]
    assert [(one["start"], one["down_seconds"], one["met"]) for one in weeks] == [
        ("2025-09-28T23:00:00Z", 0, True),
        ("2025-10-05T23:00:00Z", 720, False),
        ("2025-10-12T23:00:00Z", 0, True),
        ("2025-10-19T23:00:00Z", 0, True),
    ]
    (last_30_days,) = report["rolling"]["judged"]
    assert last_30_days["start"] == "2025-10-02T00:00:00Z"
    assert last_30_days["availability"] == 1
    young = report["young"]
    assert young["in_service_since"] == "2025-10-13T12:00:17.250Z"
    assert young["not_in_service_seconds"] == 12.5 * DAY + 17.25


def check_what_is_said(report: dict[str, dict[str, Any]]) -> None:
    """What was entered later is marked, and so is what differs."""
    excused = [one["seconds"] for one in report["excused"]["exclusions"]]
    assert sorted(excused) == [3600, 5400]
    (repair,) = report["patched"]["maintenance"]
    (move,) = report["planned"]["maintenance"]
    assert (repair["is_late"], move["is_late"]) == (True, False)
    assert repair["took_out_seconds"] == move["took_out_seconds"] == 7200
    assert repair["took_out_down_seconds"] == 7194.875
    said = {name: " ".join(one["notes"]) for name, one in report.items()}
    assert "entered after it had begun" in said["patched"]
    assert "742 h of service hours, and 744 h were recorded then" in said["patched"]
    assert said["planned"] == ""
    assert "2 series" in said["replicas"]
    assert "it also had agreement silver, schedule london" in said["shop"]
    assert "58" in said["silent"]
    assert "no samples" in said["never"]
