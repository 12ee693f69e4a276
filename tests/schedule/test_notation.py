"""How rules, lengths of time and ends are written for people."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from otel_sla.schedule import LAST, Rule
from otel_sla.schedule.notation import (
    format_length,
    parse_end,
)
from otel_sla.schedule.wording import format_rule


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        ({}, "sun 02:00–04:00"),
        ({"end": time(1)}, "sun 02:00–01:00"),
        ({"end": time(0)}, "sun 02:00–24:00"),
        ({"end": time(0), "end_day": 2}, "sun 02:00–24:00, and 1 day on"),
        ({"end_day": 2}, "sun 02:00–04:00, and 2 days on"),
        ({"end": time(2), "end_day": 1}, "sun 02:00–02:00"),
        ({"nth": LAST}, "last Sunday 02:00–04:00"),
        (
            {"nth": 1, "weekdays": {5, 6}},
            "first Saturday and Sunday 02:00–04:00",
        ),
        (
            {"nth": 5, "weekdays": {0, 2, 4}},
            "fifth Monday, Wednesday and Friday 02:00–04:00",
        ),
        ({"on_holidays": True}, "sun 02:00–04:00, on holidays too"),
        ({"nth": 2, "months": {3, 6}}, "second Sunday 02:00–04:00, months 3,6"),
        ({"days_of_month": {1, -1}}, "sun 02:00–04:00, days of month 1,-1"),
        (
            {"every_weeks": 2, "anchor": date(2026, 1, 4)},
            "sun 02:00–04:00, every 2 weeks from 2026-01-04",
        ),
        (
            {"valid_from": date(2026, 1, 4), "valid_to": date(2026, 2, 4)},
            "sun 02:00–04:00, valid from 2026-01-04, valid to 2026-02-04",
        ),
    ],
)
def test_a_rule_says_what_restricts_it(fields: dict[str, Any], written: str) -> None:
    frozen = {
        name: frozenset(value) if isinstance(value, set) else value
        for name, value in fields.items()
    }
    sunday: dict[str, Any] = {
        "weekdays": frozenset({6}),
        "start": time(2),
        "end": time(4),
    }
    assert format_rule(Rule(**{**sunday, **frozen})) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (8_040, "2 h 14 min"),
        (3_601, "1 h 1 s"),
        (90_061, "1 d 1 h"),
        (86_400_000, "1,000 d"),
    ],
)
def test_a_length_has_its_two_largest_units(seconds: int, written: str) -> None:
    assert format_length(seconds) == written


def test_24_00_is_the_midnight_of_the_day_after() -> None:
    assert parse_end("24:00") == (time(0), 1)
    assert parse_end("23:59") == (time(23, 59), 0)
    with pytest.raises(ValueError, match="is not a valid time"):
        parse_end("24:01")
