"""Schedules made of calendars and of each other, at moments worked out by hand.

Easter Sunday is 5 April 2026 and 28 March 2027. London's clocks go forward on 29 March
2026 and 28 March 2027, and back on 25 October 2026; New York's go back on 1 November
2026; Sydney's go back on 5 April 2026 and forward on 4 October 2026.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command

from otel_sla.catalogue import apply, dump, parse_text, read_database

from ..support.brute_force import OpenMinutes
from ..support.brute_force.minutes import utc

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)

CATALOGUE = """\
calendars:
  company:
    include: [GB-ENG]
    without: [Boxing Day]
    days:
      - {name: Christmas closing, from: "12-24", to: "01-02"}
      - {name: Founders' day, nth: 3, day: mon, month: may}
      - {name: Good Friday, easter: -2}
      - {name: Christmas Eve, date: "12-23", hours: ["09:00-13:00"]}
  england:
    include: [GB-ENG]
    without: [Boxing Day]
schedules:
  office:
    timezone: Europe/London
    holidays: [company, DE-BY]
    rules: [{days: mon-fri, start: "9:00", end: "17:00"}]
  office-new-york:
    timezone: America/New_York
    holidays: US
    rules: [{days: mon-fri, start: "9:00", end: "17:00"}]
  office-sydney:
    timezone: Australia/Sydney
    holidays: AU-NSW
    rules: [{days: mon-fri, start: "9:00", end: "17:00"}]
  shop:
    timezone: Europe/London
    holidays: [england]
    rules: [{days: mon-fri, start: "9:00", end: "17:00"}]
  platform:
    timezone: UTC
    always_open: true
    rules: [{days: sun, start: "02:00", end: "06:00", kind: closed}]
  out-of-hours: {timezone: Europe/London, always_open: true, excludes: [office]}
  follow-the-sun: {timezone: UTC, includes: [office, office-new-york, office-sydney]}
agreements:
  office: {schedule: office, target: 99.9}
  shop: {schedule: shop, target: 99.9}
  platform: {schedule: platform, target: 99.9}
  out-of-hours: {schedule: out-of-hours, target: 99.9}
  follow-the-sun: {schedule: follow-the-sun, target: 99.9}
components:
  office: {agreement: office}
  shop: {agreement: shop}
  platform: {agreement: platform}
  out-of-hours: {agreement: out-of-hours}
  follow-the-sun: {agreement: follow-the-sun}
"""

MOMENTS = """
office          2025-12-23T12:59  open    2025-12-23T09:00  2025-12-23T13:00
office          2026-01-02T12:00  closed  2025-12-23T13:00  2026-01-05T09:00
office          2026-01-06T12:00  closed  2026-01-05T17:00  2026-01-07T09:00
office          2026-03-27T17:00  closed  2026-03-27T17:00  2026-03-30T08:00
office          2026-04-02T08:00  open    2026-04-02T08:00  2026-04-02T16:00
office          2026-04-05T12:00  closed  2026-04-02T16:00  2026-04-07T08:00
office          2026-05-14T12:00  closed  2026-05-13T16:00  2026-05-15T08:00
office          2026-05-18T12:00  closed  2026-05-15T16:00  2026-05-19T08:00
office          2026-10-23T15:59  open    2026-10-23T08:00  2026-10-23T16:00
office          2026-10-26T08:59  closed  2026-10-23T16:00  2026-10-26T09:00
office          2026-12-23T12:59  open    2026-12-23T09:00  2026-12-23T13:00
office          2026-12-28T12:00  closed  2026-12-23T13:00  2027-01-04T09:00
office          2027-03-29T12:00  closed  2027-03-25T17:00  2027-03-30T08:00
shop            2026-12-28T12:00  open    2026-12-28T09:00  2026-12-28T17:00
shop            2027-12-27T12:00  closed  2027-12-24T17:00  2027-12-28T09:00
platform        2026-03-29T01:59  open    2026-03-22T06:00  2026-03-29T02:00
platform        2026-12-27T02:00  closed  2026-12-27T02:00  2026-12-27T06:00
out-of-hours    2026-03-28T12:00  open    2026-03-27T17:00  2026-03-30T08:00
out-of-hours    2026-10-26T09:00  closed  2026-10-26T09:00  2026-10-26T17:00
out-of-hours    2026-12-25T12:00  open    2026-12-23T13:00  2027-01-04T09:00
follow-the-sun  2026-04-02T00:00  open    2026-04-01T22:00  2026-04-02T06:00
follow-the-sun  2026-04-03T12:00  closed  2026-04-02T21:00  2026-04-03T13:00
follow-the-sun  2026-04-06T22:00  closed  2026-04-06T21:00  2026-04-06T23:00
follow-the-sun  2026-04-07T07:30  closed  2026-04-07T07:00  2026-04-07T08:00
follow-the-sun  2026-10-26T20:00  open    2026-10-26T09:00  2026-10-26T21:00
follow-the-sun  2026-11-02T23:00  open    2026-11-02T09:00  2026-11-03T06:00
follow-the-sun  2026-12-23T13:30  closed  2026-12-23T13:00  2026-12-23T14:00
follow-the-sun  2026-12-24T01:00  open    2026-12-23T14:00  2026-12-24T06:00
"""
"""A component, a moment, its state then, since when and until when; all in UTC."""


@pytest.fixture
def loaded(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(CATALOGUE)
    call_command("load_catalogue", str(file), verbosity=0)


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize("row", MOMENTS.strip().splitlines())
def test_the_state_of_a_moment(row: str, capsys: pytest.CaptureFixture[str]) -> None:
    name, moment, state, since, until = row.split()
    call_command("windows", name, at=moment, format="json")
    found = json.loads(capsys.readouterr().out)
    edges = (
        ("last_start", "next_end") if state == "open" else ("last_end", "next_start")
    )
    assert found["in_window"] == (state == "open")
    assert [found[edge] for edge in edges] == [f"{since}:00Z", f"{until}:00Z"]


@pytest.mark.parametrize("row", MOMENTS.strip().splitlines())
def test_the_oracle_of_random_schedules_has_the_same(row: str) -> None:
    name, _, state, *edges = row.split()
    since, until = map(utc, edges)
    before, after = since - MINUTE, until + MINUTE
    minutes = OpenMinutes(yaml.safe_load(CATALOGUE), before, after).of_component(name)
    spans = [(since, until)] if state == "open" else [(before, since), (until, after)]
    assert minutes.spans() == [
        (opens.timestamp(), closes.timestamp()) for opens, closes in spans
    ]


@pytest.mark.usefixtures("loaded")
def test_loading_what_was_dumped_changes_nothing() -> None:
    assert read_database() == parse_text(CATALOGUE, "catalogue.yaml")
    text = dump(read_database())
    assert not apply(parse_text(text, "dumped.yaml"), prune=True)
    assert dump(read_database()) == text
