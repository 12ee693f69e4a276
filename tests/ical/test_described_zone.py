"""A zone that a file describes puts every time where the zone itself does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Timezone

from otel_sla.ical.feeds.vtimezone import vtimezone
from otel_sla.ical.imports.described_zone import DescribedZone
from otel_sla.schedule import DAY
from otel_sla.schedule.timezones import zone as known
from otel_sla.schedule.utc_offsets import clock_of

from ..support.make import seconds
from .test_zone_names import zone

YEARS = seconds(2026, 1, 1), seconds(2030, 1, 1)


def described(text: str | bytes) -> DescribedZone:
    component: Any = Timezone.from_ical(text)
    return DescribedZone("x", component)


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Europe/Dublin",
        "Africa/Cairo",
        "Asia/Kolkata",
        "America/St_Johns",
    ],
)
def test_every_time_around_a_change_is_where_the_zone_has_it(name: str) -> None:
    """Also times that are skipped, and both passes of those that are repeated."""
    theirs = known(name)
    clock = clock_of(theirs, *YEARS)
    ours = described(vtimezone(clock))
    instants = [change.at for change in clock.changes] or [YEARS[0] + DAY]
    for at in instants:
        moment = datetime.fromtimestamp(at, UTC)
        for minutes in range(-200, 200, 15):
            utc = moment + timedelta(minutes=minutes)
            local, expected = utc.astimezone(ours), utc.astimezone(theirs)
            assert local.replace(tzinfo=None) == expected.replace(tzinfo=None)
            assert local.fold == expected.fold
            for reading in (expected, expected + timedelta(hours=1)):
                for fold in (0, 1):
                    again = reading.replace(fold=fold)
                    offset = again.replace(tzinfo=ours).utcoffset()
                    assert offset == again.utcoffset(), again


def test_rules_since_1601_are_those_of_today() -> None:
    ours, theirs = described(zone("x", "+0100", "+0200")), known("Europe/Berlin")
    at = datetime(2026, 1, 1)
    for _ in range(365 * 24):
        assert ours.utcoffset(at) == theirs.utcoffset(at), at
        at += timedelta(hours=1)


@pytest.mark.parametrize(
    ("until", "summer"),
    [
        ("UNTIL=20260101T000000Z", False),
        ("UNTIL=20260329T010000Z", True),
        ("UNTIL=20260329T005959Z", False),
        ("UNTIL=20260329T020000", True),
        ("UNTIL=20260329", True),
        ("UNTIL=20260328", False),
        ("COUNT=7", True),
        ("COUNT=6", False),
    ],
)
def test_a_rule_of_a_zone_ends_when_it_says(until: str, summer: bool) -> None:
    text = zone("x", "+0100", "+0200").replace("16010101T02", "20200329T02")
    text = text.replace("BYMONTH=3", f"BYMONTH=3;{until}")
    offset = described(text).utcoffset(datetime(2026, 7, 1))
    assert offset == timedelta(hours=2 if summer else 1)


def test_before_the_first_change_the_offset_is_what_it_changes_from() -> None:
    text = zone("x", "+0100", "+0200").replace("16010101T03", "20261025T03")
    text = text.replace("16010101T02", "20270328T02")
    assert described(text).utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)
    assert described(text).utcoffset(datetime(2026, 12, 1)) == timedelta(hours=1)
