"""What is counted over the clock changes of three zones, against an oracle."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from django.core.management import call_command

from otel_sla.metrics.source import Snapshots
from otel_sla.schedule.agreement_period import PERIODS

from ..support.brute_force import Minutes, OpenMinutes
from ..support.brute_force.minutes import utc

pytestmark = pytest.mark.django_db

FROM, TO = utc("2025-12-01T00:00"), utc("2026-12-02T00:00")
COUNTED_FROM = utc("2026-01-01T00:00")
SCHEDULES = yaml.safe_load("""
calendars:
  company:
    include: [GB-ENG]
    days:
      - {name: closing, from: "12-24", to: "01-02"}
      - {name: inventory, date: "10-26", hours: ["09:00-13:00"]}
schedules:
  london:
    timezone: Europe/London
    holidays: [company]
    rules:
      - {days: daily, start: "22:00", end: "01:30"}
      - {days: mon-fri, start: "09:00", end: "17:00"}
  new-york:
    timezone: America/New_York
    holidays: US
    rules: [{days: daily, start: "18:00", end: "03:30"}]
  lord-howe:
    timezone: Australia/Lord_Howe
    rules:
      - {days: daily, start: "00:15", end: "01:45"}
      - {days: sun, start: "01:00", end: "06:00"}
      - {days: sun, start: "02:00", end: "02:20", kind: closed}
  follow-the-sun: {timezone: UTC, includes: [london, new-york, lord-howe]}
  quiet: {timezone: Asia/Kathmandu, always_open: true, excludes: [follow-the-sun]}
  holes:
    timezone: Europe/London
    rules: [{days: daily, start: "00:00", end: "24:00"}]
    excludes: [new-york]
    includes: [lord-howe]
    overrides:
      - {from: 2026-03-28T12:00, to: 2026-03-29T12:00, kind: closed}
      - {from: 2026-10-24T12:00, to: 2026-10-25T01:30, kind: open}
""")
OVERRIDES = [
    {"from": "2026-03-08T00:00", "to": "2026-03-08T09:00", "kind": "open"},
    {"from": "2026-10-31T20:00", "to": "2026-11-01T07:00", "kind": "closed"},
]
CHANGES = (
    utc("2026-03-08T07:00"),  # New York
    utc("2026-03-29T01:00"),  # London
    utc("2026-04-04T15:00"),  # Lord Howe
    utc("2026-10-03T15:30"),
    utc("2026-10-25T01:00"),
    utc("2026-11-01T06:00"),
)
AFTER = [timedelta(minutes=minutes) for minutes in (-90, 0, 90, 2_000)]


def catalogue() -> dict[str, dict[str, object]]:
    """The schedules, each agreed on for every period, with and without overrides."""
    agreements = {
        f"{schedule}-{period}": {"schedule": schedule, "target": 99, "period": period}
        for schedule in SCHEDULES["schedules"]
        for period in PERIODS
    }
    components: dict[str, object] = {
        f"{name} plain": {"agreement": name} for name in agreements
    }
    components |= {
        f"{name} own": {"agreement": name, "overrides": OVERRIDES}
        for name in agreements
    }
    return {**SCHEDULES, "agreements": agreements, "components": components}


def bounds(period: str, moment: datetime, zone: str) -> tuple[datetime, datetime]:
    """From when to when the period of the moment lasts."""
    if period.endswith("d"):
        return moment - timedelta(days=int(period[:-1])), moment
    local = moment.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, fold=0)
    if period == "week":
        first = midnight - timedelta(days=midnight.weekday())
        after = first + timedelta(days=7)
    else:
        first = midnight.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    return first.astimezone(UTC), after.astimezone(UTC)


def counted(minutes: Minutes, since: datetime, until: datetime) -> int:
    """Open seconds between two moments."""
    return 60 * (minutes.before(until) - minutes.before(since))


def test_open_time_and_scheduled_agree(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(yaml.safe_dump(catalogue()))
    call_command("load_catalogue", str(file), verbosity=0)
    oracle = OpenMinutes(catalogue(), FROM, TO)
    minutes = {name: oracle.of_component(name) for name in catalogue()["components"]}
    kept = Snapshots()
    for moment in (change + after for change in CHANGES for after in AFTER):
        snapshot = kept.take(int(moment.timestamp()))
        assert len(snapshot) == len(minutes)
        for group, _, figures in snapshot.groups:
            since, until = bounds(group.period, moment, group.timezone)
            for member in group.members:
                expected = minutes[member.component]
                assert figures == (
                    counted(expected, COUNTED_FROM, moment),
                    since.timestamp(),
                    counted(expected, since, until),
                ), f"{member.component} at {moment}"
