"""Windows and states: by hand where it is hard, and against a second reading."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_sla.schedule import (
    HORIZON,
    LAST,
    InvalidDefinition,
    Override,
    Rule,
    Schedule,
    State,
)
from otel_sla.schedule.calendars import NO_HOLIDAYS, Calendar, Union
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.notation import format_weekdays, parse_weekdays
from otel_sla.schedule.timezones import zone

from ..support.calendars import days_off, special_days
from ..support.make import seconds
from ..support.strategies import composed, schedules

DAY = 86_400


def rule(days: str, start: str, end: str, **fields: Any) -> Rule:
    return Rule(
        parse_weekdays(days),
        time.fromisoformat(start),
        time.fromisoformat(end),
        **fields,
    )


def schedule(*rules: Rule, zone: str = "Europe/London", **fields: Any) -> Schedule:
    return Schedule(ZoneInfo(zone), rules, **fields)


def override(start: str, end: str, kind: Any = "closed") -> Override:
    return Override(datetime.fromisoformat(start), datetime.fromisoformat(end), kind)


def opened(subject: Schedule, since: str, until: str) -> list[str]:
    """The windows of a period in UTC, as `03-27 09:00/03-27 17:00`."""

    def shown(moment: int | None) -> str:
        return (
            f"{datetime.fromtimestamp(moment, UTC):%m-%d %H:%M}"
            if moment is not None
            else "-"
        )

    start, end = (
        int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
        for text in (since, until)
    )
    return [f"{shown(a)}/{shown(b)}" for a, b in subject.windows(start, end)]


CASES: dict[str, tuple[Schedule, str, str, list[str]]] = {
    "office hours follow the clock change in March": (
        schedule(rule("mon-fri", "09:00", "17:00")),
        "2026-03-27",
        "2026-03-31",
        ["03-27 09:00/03-27 17:00", "03-30 08:00/03-30 16:00"],
    ),
    "overlapping and touching rules are one window": (
        schedule(
            rule("mon", "09:00", "12:00"),
            rule("mon", "11:00", "13:00"),
            rule("mon", "13:00", "14:00"),
        ),
        "2026-01-05",
        "2026-01-06",
        ["01-05 09:00/01-05 14:00"],
    ),
    "a window over midnight belongs to the day it starts on": (
        schedule(rule("fri", "22:00", "06:00")),
        "2026-01-05",
        "2026-01-12",
        ["01-09 22:00/01-10 06:00"],
    ),
    "a window that overlaps the period's start is given whole": (
        schedule(rule("fri", "18:00", "08:00", end_day=3)),
        "2026-01-11",
        "2026-01-12",
        ["01-09 18:00/01-12 08:00"],
    ),
    "a weekend over the clock change in October is an hour longer": (
        schedule(rule("fri", "18:00", "08:00", end_day=3)),
        "2026-10-24",
        "2026-10-25",
        ["10-23 17:00/10-26 08:00"],
    ),
    "a weekend over the clock change in March is an hour shorter": (
        schedule(rule("fri", "18:00", "08:00", end_day=3)),
        "2026-03-28",
        "2026-03-29",
        ["03-27 18:00/03-30 07:00"],
    ),
    "seven days on end are one window without a gap": (
        schedule(rule("mon", "00:00", "00:00", end_day=7, valid_to=date(2026, 1, 12))),
        "2026-01-06",
        "2026-01-20",
        ["-/01-19 00:00"],
    ),
    "a window that ends where the period starts is not in it": (
        schedule(rule("mon-fri", "09:00", "17:00"), zone="UTC"),
        "2026-01-05T17:00",
        "2026-01-06T09:00",
        [],
    ),
    "the last Sunday of a month": (
        schedule(rule("sun", "02:00", "04:00", nth=LAST)),
        "2026-01-01",
        "2026-03-01",
        ["01-25 02:00/01-25 04:00", "02-22 02:00/02-22 04:00"],
    ),
    "the last Friday when the month ends on it": (
        schedule(rule("fri", "10:00", "11:00", nth=LAST)),
        "2026-07-01",
        "2026-08-01",
        ["07-31 09:00/07-31 10:00"],
    ),
    "a fifth Thursday comes only in some months": (
        schedule(rule("thu", "10:00", "11:00", nth=5), zone="UTC"),
        "2026-01-01",
        "2026-05-01",
        ["01-29 10:00/01-29 11:00", "04-30 10:00/04-30 11:00"],
    ),
    "the first Monday of December and of January": (
        schedule(
            rule("mon", "10:00", "11:00", nth=1, months=frozenset({12, 1})), zone="UTC"
        ),
        "2026-01-01",
        "2027-01-31",
        [
            "01-05 10:00/01-05 11:00",
            "12-07 10:00/12-07 11:00",
            "01-04 10:00/01-04 11:00",
        ],
    ),
    "every third week": (
        schedule(
            rule("thu", "10:00", "11:00", every_weeks=3, anchor=date(2026, 1, 12)),
            zone="UTC",
        ),
        "2025-12-01",
        "2026-02-01",
        [
            "12-04 10:00/12-04 11:00",
            "12-25 10:00/12-25 11:00",
            "01-15 10:00/01-15 11:00",
        ],
    ),
    "every fourteenth day, on some weekday": (
        schedule(
            rule("daily", "10:00", "11:00", every_days=14, anchor=date(2026, 1, 14)),
            zone="UTC",
        ),
        "2025-12-20",
        "2026-01-29",
        [
            "12-31 10:00/12-31 11:00",
            "01-14 10:00/01-14 11:00",
            "01-28 10:00/01-28 11:00",
        ],
    ),
    "every third day, if it is a Thursday": (
        schedule(
            rule("thu", "10:00", "11:00", every_days=3, anchor=date(2026, 1, 1)),
            zone="UTC",
        ),
        "2026-01-01",
        "2026-01-31",
        ["01-01 10:00/01-01 11:00", "01-22 10:00/01-22 11:00"],
    ),
    "every tenth day, in January only": (
        schedule(
            rule(
                "daily",
                "10:00",
                "11:00",
                months=frozenset({1}),
                every_days=10,
                anchor=date(2026, 1, 25),
            ),
            zone="UTC",
        ),
        "2026-01-01",
        "2026-03-01",
        [
            "01-05 10:00/01-05 11:00",
            "01-15 10:00/01-15 11:00",
            "01-25 10:00/01-25 11:00",
        ],
    ),
    "every third week, in January only": (
        schedule(
            rule(
                "thu",
                "10:00",
                "11:00",
                every_weeks=3,
                anchor=date(2026, 1, 5),
                months=frozenset({1}),
            ),
            zone="UTC",
        ),
        "2025-12-01",
        "2026-03-01",
        ["01-08 10:00/01-08 11:00", "01-29 10:00/01-29 11:00"],
    ),
    "the last day of the quarter": (
        schedule(
            rule(
                "daily",
                "18:00",
                "23:00",
                days_of_month=frozenset({-1}),
                months=frozenset({3, 6}),
            ),
            zone="UTC",
        ),
        "2026-01-01",
        "2027-01-01",
        ["03-31 18:00/03-31 23:00", "06-30 18:00/06-30 23:00"],
    ),
    "29 February only in leap years": (
        schedule(
            rule(
                "daily",
                "10:00",
                "11:00",
                days_of_month=frozenset({29}),
                months=frozenset({2}),
            ),
            zone="UTC",
        ),
        "2026-01-01",
        "2029-01-01",
        ["02-29 10:00/02-29 11:00"],
    ),
    "every second week counts on over a year of 53 weeks": (
        schedule(
            rule("thu", "10:00", "11:00", every_weeks=2, anchor=date(2020, 12, 20)),
            zone="UTC",
        ),
        "2020-12-10",
        "2021-01-20",
        [
            "12-17 10:00/12-17 11:00",
            "12-31 10:00/12-31 11:00",
            "01-14 10:00/01-14 11:00",
        ],
    ),
    "validity dates are inclusive": (
        schedule(
            rule(
                "daily",
                "10:00",
                "11:00",
                valid_from=date(2026, 1, 6),
                valid_to=date(2026, 1, 7),
            )
        ),
        "2026-01-01",
        "2026-02-01",
        ["01-06 10:00/01-06 11:00", "01-07 10:00/01-07 11:00"],
    ),
    "a rule may be valid for one day": (
        schedule(
            rule(
                "daily",
                "10:00",
                "11:00",
                valid_from=date(2026, 1, 6),
                valid_to=date(2026, 1, 6),
            )
        ),
        "2026-01-01",
        "2026-02-01",
        ["01-06 10:00/01-06 11:00"],
    ),
    "a holiday cancels what starts on it, not what began the evening before": (
        schedule(
            rule("daily", "22:00", "06:00"), holidays=calendar("GB-ENG"), zone="UTC"
        ),
        "2026-04-01T12:00",
        "2026-04-05T12:00",
        [
            "04-01 22:00/04-02 06:00",
            "04-02 22:00/04-03 06:00",
            "04-04 22:00/04-05 06:00",
        ],
    ),
    "a holiday on the second day of a long window takes nothing from it": (
        schedule(
            rule("fri", "18:00", "08:00", end_day=3),
            holidays=days_off(date(2026, 1, 10), date(2026, 1, 16)),
            zone="UTC",
        ),
        "2026-01-06",
        "2026-01-26",
        ["01-09 18:00/01-12 08:00", "01-23 18:00/01-26 08:00"],
    ),
    "a rule may run on holidays": (
        schedule(
            rule("fri", "10:00", "11:00", on_holidays=True),
            rule("fri", "09:00", "17:00"),
            holidays=calendar("GB-ENG"),
            zone="UTC",
        ),
        "2026-04-03",
        "2026-04-04",
        ["04-03 10:00/04-03 11:00"],
    ),
    "a special day cuts the windows that start on it, also one past midnight": (
        schedule(
            rule("mon-fri", "09:00", "17:00"),
            rule("daily", "22:00", "06:00"),
            holidays=special_days(date(2026, 1, 6), hours=((10, 12), (13, 23))),
            zone="UTC",
        ),
        "2026-01-06",
        "2026-01-07",
        [
            "01-05 22:00/01-06 06:00",
            "01-06 10:00/01-06 12:00",
            "01-06 13:00/01-06 17:00",
            "01-06 22:00/01-06 23:00",
        ],
    ),
    "a special day opens nothing, and without hours it closes": (
        schedule(
            rule("mon-fri", "09:00", "17:00"),
            holidays=Union(
                special_days(date(2026, 1, 10), hours=((9, 12),)),
                special_days(date(2026, 1, 9), hours=()),
            ),
            zone="UTC",
        ),
        "2026-01-09",
        "2026-01-12T12:00",
        ["01-12 09:00/01-12 17:00"],
    ),
    "a special day interrupts a window of many days": (
        schedule(
            rule("daily", "00:00", "00:00", end_day=1),
            holidays=special_days(date(2026, 1, 6), hours=((9, 12),)),
            zone="UTC",
        ),
        "2026-01-05",
        "2026-01-08",
        ["-/01-06 00:00", "01-06 09:00/01-06 12:00", "01-07 00:00/-"],
    ),
    "a special day limits neither closing rules nor those that run on holidays": (
        schedule(
            rule("tue", "09:00", "17:00", on_holidays=True),
            rule("daily", "12:00", "14:00", kind="closed"),
            holidays=special_days(date(2026, 1, 6), hours=((10, 13),)),
            zone="UTC",
        ),
        "2026-01-06",
        "2026-01-07",
        ["01-06 09:00/01-06 12:00", "01-06 14:00/01-06 17:00"],
    ),
    "a special day does not limit 24x7": (
        schedule(
            always_open=True,
            holidays=special_days(date(2026, 1, 6), hours=((9, 12),)),
        ),
        "2026-01-05",
        "2026-01-08",
        ["-/-"],
    ),
    "included schedules open in their own zones, also on the other's holidays": (
        schedule(
            rule("mon-fri", "09:00", "17:00"),
            holidays=days_off(date(2026, 3, 27)),
            includes=(
                schedule(rule("mon-fri", "09:00", "17:00"), zone="America/New_York"),
                schedule(rule("mon-fri", "09:00", "17:00"), zone="Asia/Kathmandu"),
            ),
        ),
        "2026-03-27",
        "2026-03-31",
        [
            "03-27 03:15/03-27 11:15",
            "03-27 13:00/03-27 21:00",
            "03-30 03:15/03-30 21:00",
        ],
    ),
    "what is included has its own holidays and overrides": (
        schedule(
            includes=(
                schedule(
                    rule("mon-fri", "09:00", "17:00"),
                    holidays=days_off(date(2026, 1, 6)),
                    overrides=((override("2026-01-07T12:00", "2026-01-07T20:00"),),),
                ),
            ),
        ),
        "2026-01-05",
        "2026-01-08",
        ["01-05 09:00/01-05 17:00", "01-07 09:00/01-07 12:00"],
    ),
    "closing rules and what is excluded come after what is included, overrides last": (
        schedule(
            rule("mon", "12:00", "13:00", kind="closed"),
            overrides=((override("2026-01-05T12:30", "2026-01-05T15:30", "open"),),),
            includes=(schedule(rule("mon", "09:00", "17:00")),),
            excludes=(schedule(rule("mon", "15:00", "16:00")),),
        ),
        "2026-01-05",
        "2026-01-06",
        [
            "01-05 09:00/01-05 12:00",
            "01-05 12:30/01-05 15:30",
            "01-05 16:00/01-05 17:00",
        ],
    ),
    "24x7 with a closing rule is closed by that rule where it is included": (
        schedule(
            includes=(
                schedule(
                    rule("mon", "12:00", "13:00", kind="closed"), always_open=True
                ),
            ),
        ),
        "2026-01-05",
        "2026-01-06",
        ["12-29 13:00/01-05 12:00", "01-05 13:00/01-12 12:00"],
    ),
    "a window of years of an included schedule is not cut off": (
        schedule(
            includes=(
                schedule(
                    rule(
                        "daily",
                        "00:00",
                        "00:00",
                        end_day=1,
                        valid_from=date(2020, 1, 1),
                    ),
                    zone="America/New_York",
                ),
            ),
        ),
        "2026-01-05",
        "2026-01-06",
        ["01-01 05:00/-"],
    ),
    "24x7 is open outside what it excludes": (
        schedule(
            always_open=True,
            excludes=(
                schedule(rule("sun", "02:00", "04:00"), zone="America/New_York"),
            ),
        ),
        "2026-11-01",
        "2026-11-02",
        # 02:00 to 04:00 after the clocks went back.
        ["10-25 08:00/11-01 07:00", "11-01 09:00/11-08 07:00"],
    ),
    "a closed override cuts a window in two": (
        schedule(
            rule("mon", "09:00", "17:00"),
            overrides=((override("2026-01-05T12:00", "2026-01-05T13:00"),),),
        ),
        "2026-01-05",
        "2026-01-06",
        ["01-05 09:00/01-05 12:00", "01-05 13:00/01-05 17:00"],
    ),
    "an override equal to the window takes it away": (
        schedule(
            rule("mon", "09:00", "17:00"),
            overrides=((override("2026-01-05T09:00", "2026-01-05T17:00"),),),
        ),
        "2026-01-05",
        "2026-01-06",
        [],
    ),
    "an override that covers the window takes it away": (
        schedule(
            rule("mon", "09:00", "17:00"),
            overrides=((override("2026-01-05T08:00", "2026-01-05T18:00"),),),
        ),
        "2026-01-05",
        "2026-01-06",
        [],
    ),
    "overrides that touch the window take nothing from it": (
        schedule(
            rule("mon", "09:00", "17:00"),
            overrides=(
                (
                    override("2026-01-05T08:00", "2026-01-05T09:00"),
                    override("2026-01-05T17:00", "2026-01-05T18:00"),
                ),
            ),
        ),
        "2026-01-05",
        "2026-01-06",
        ["01-05 09:00/01-05 17:00"],
    ),
    "an override over the end of the window makes it shorter": (
        schedule(
            rule("mon", "09:00", "17:00"),
            overrides=((override("2026-01-05T16:00", "2026-01-05T18:00"),),),
        ),
        "2026-01-05",
        "2026-01-06",
        ["01-05 09:00/01-05 16:00"],
    ),
    "closed overrides that overlap close what either does": (
        schedule(
            rule("mon", "09:00", "17:00"),
            overrides=(
                (
                    override("2026-01-05T10:00", "2026-01-05T12:00"),
                    override("2026-01-05T11:00", "2026-01-05T13:00"),
                ),
            ),
        ),
        "2026-01-05",
        "2026-01-06",
        ["01-05 09:00/01-05 10:00", "01-05 13:00/01-05 17:00"],
    ),
    "open overrides that overlap open what either does": (
        schedule(
            rule("mon", "09:00", "17:00"),
            overrides=(
                (
                    override("2026-01-05T16:00", "2026-01-05T19:00", "open"),
                    override("2026-01-05T18:00", "2026-01-05T20:00", "open"),
                ),
            ),
        ),
        "2026-01-05",
        "2026-01-06",
        ["01-05 09:00/01-05 20:00"],
    ),
    "an open override is one window with what it touches": (
        schedule(
            rule("sat", "09:00", "12:00"),
            overrides=((override("2026-01-03T12:00", "2026-01-03T14:00", "open"),),),
        ),
        "2026-01-03",
        "2026-01-04",
        ["01-03 09:00/01-03 14:00"],
    ),
    "an open override opens on a holiday": (
        schedule(
            rule("fri", "09:00", "17:00"),
            holidays=calendar("GB-ENG"),
            overrides=((override("2026-04-03T10:00", "2026-04-03T14:00", "open"),),),
            zone="UTC",
        ),
        "2026-04-03",
        "2026-04-04",
        ["04-03 10:00/04-03 14:00"],
    ),
    "open wins over closed in one layer, a later layer wins over both": (
        schedule(
            rule("mon", "09:00", "17:00"),
            overrides=(
                (
                    override("2026-01-05T09:00", "2026-01-05T17:00"),
                    override("2026-01-05T10:00", "2026-01-05T14:00", "open"),
                ),
                (override("2026-01-05T11:00", "2026-01-05T12:00"),),
            ),
        ),
        "2026-01-05",
        "2026-01-06",
        ["01-05 10:00/01-05 11:00", "01-05 12:00/01-05 14:00"],
    ),
    "24x7 has no boundaries and ignores holidays": (
        schedule(always_open=True, holidays=calendar("GB-ENG")),
        "2026-12-24",
        "2026-12-27",
        ["-/-"],
    ),
    "24x7 with a closed override has two windows": (
        schedule(
            always_open=True,
            overrides=((override("2026-01-05T12:00", "2026-01-05T13:00"),),),
        ),
        "2026-01-05",
        "2026-01-06",
        ["-/01-05 12:00", "01-05 13:00/-"],
    ),
    "24x7 written as rules that meet has no boundaries": (
        schedule(
            rule("mon-fri", "00:00", "00:00", end_day=1),
            rule("fri", "23:00", "01:00", end_day=3),
        ),
        "2026-03-27",
        "2026-03-31",
        ["-/-"],
    ),
    "24x7 written as rules but for a minute of the week has weekly windows": (
        schedule(rule("mon", "00:00", "23:59", end_day=6), zone="UTC"),
        "2026-03-23",
        "2026-03-31",
        ["03-23 00:00/03-29 23:59", "03-30 00:00/04-05 23:59"],
    ),
    "24x7 written as a rule closes on holidays": (
        schedule(
            rule("daily", "00:00", "00:00", end_day=1),
            holidays=days_off(date(2026, 4, 3)),
            zone="UTC",
        ),
        "2026-04-01",
        "2026-04-08",
        ["-/04-03 00:00", "04-04 00:00/-"],
    ),
    "24x7 written as a rule that runs on holidays stays open on them": (
        schedule(
            rule("daily", "00:00", "00:00", end_day=1, on_holidays=True),
            holidays=calendar("GB-ENG"),
        ),
        "2026-04-01",
        "2026-04-08",
        ["-/-"],
    ),
    "rules of the same days differ on holidays": (
        schedule(
            rule("fri", "09:00", "12:00", on_holidays=True),
            rule("fri", "14:00", "17:00"),
            rule("fri", "18:00", "19:00"),
            holidays=calendar("GB-ENG"),
            zone="UTC",
        ),
        "2026-04-03",
        "2026-04-11",
        [
            "04-03 09:00/04-03 12:00",
            "04-10 09:00/04-10 12:00",
            "04-10 14:00/04-10 17:00",
            "04-10 18:00/04-10 19:00",
        ],
    ),
    "the first and the last of several windows are given whole": (
        schedule(
            rule("daily", "09:00", "17:00"),
            overrides=(
                (
                    override("2025-09-01T08:00", "2026-01-06T08:00", "open"),
                    override("2026-01-07T08:00", "2026-06-01T08:00", "open"),
                ),
            ),
            zone="UTC",
        ),
        "2026-01-06",
        "2026-01-08",
        [
            "09-01 08:00/01-06 08:00",
            "01-06 09:00/01-06 17:00",
            "01-07 08:00/06-01 08:00",
        ],
    ),
    "a boundary a second from where the search ends is known": (
        schedule(rule("mon", "00:00:01", "23:59:59", end_day=4), zone="UTC"),
        "2026-01-09",
        "2026-01-12T00:00:02",
        ["01-05 00:00/01-09 23:59", "01-12 00:00/01-16 23:59"],
    ),
    "24x7 written as a rule from a date on begins there": (
        schedule(
            rule("daily", "00:00", "00:00", end_day=1, valid_from=date(2020, 3, 9)),
            zone="UTC",
        ),
        "2026-01-05",
        "2026-01-06",
        ["03-09 00:00/-"],
    ),
    "no rules: never": (schedule(), "2026-01-01", "2027-01-01", []),
    "an open override opens what is never open": (
        schedule(
            overrides=((override("2026-01-05T12:00", "2026-01-05T13:00", "open"),),)
        ),
        "2026-01-05",
        "2026-01-06",
        ["01-05 12:00/01-05 13:00"],
    ),
    "across the skipped hour a window is an hour shorter": (
        schedule(rule("sun", "00:30", "03:00")),
        "2026-03-29",
        "2026-03-30",
        ["03-29 00:30/03-29 02:00"],
    ),
    "a start in the skipped hour is the moment of the jump": (
        schedule(rule("sun", "01:30", "03:00")),
        "2026-03-29",
        "2026-03-30",
        ["03-29 01:00/03-29 02:00"],
    ),
    "a window inside the skipped hour does not exist": (
        schedule(rule("sun", "01:15", "01:45")),
        "2026-03-29",
        "2026-03-30",
        [],
    ),
    "an end in the skipped hour is the moment of the jump": (
        schedule(rule("sun", "00:00", "01:30")),
        "2026-03-29",
        "2026-03-30",
        ["03-29 00:00/03-29 01:00"],
    ),
    "a window up to the skipped hour keeps its length": (
        schedule(rule("sun", "00:00", "01:00")),
        "2026-03-29",
        "2026-03-30",
        ["03-29 00:00/03-29 01:00"],
    ),
    "a window from the end of the skipped hour keeps its length": (
        schedule(rule("sun", "02:00", "03:00")),
        "2026-03-29",
        "2026-03-30",
        ["03-29 01:00/03-29 02:00"],
    ),
    "windows on both sides of the skipped hour touch and are one": (
        schedule(rule("sun", "00:00", "01:00"), rule("sun", "02:00", "03:00")),
        "2026-03-29",
        "2026-03-30",
        ["03-29 00:00/03-29 02:00"],
    ),
    "a closed override inside the skipped hour closes nothing": (
        schedule(
            rule("sun", "00:00", "04:00"),
            overrides=((override("2026-03-29T01:15", "2026-03-29T01:45"),),),
        ),
        "2026-03-29",
        "2026-03-30",
        ["03-29 00:00/03-29 03:00"],
    ),
    "a repeated time means its first pass": (
        schedule(rule("sun", "01:30", "03:00")),
        "2026-10-25",
        "2026-10-26",
        ["10-25 00:30/10-25 03:00"],
    ),
    "an end in the repeated hour means its first pass": (
        schedule(rule("sun", "00:00", "01:30")),
        "2026-10-25",
        "2026-10-26",
        ["10-24 23:00/10-25 00:30"],
    ),
    "across the repeated hour a window is an hour longer": (
        schedule(rule("sun", "00:30", "03:00")),
        "2026-10-25",
        "2026-10-26",
        ["10-24 23:30/10-25 03:00"],
    ),
    "a window inside the repeated hour is open on its first pass only": (
        schedule(rule("sun", "01:15", "01:45")),
        "2026-10-25",
        "2026-10-26",
        ["10-25 00:15/10-25 00:45"],
    ),
    "a window of the repeated hour is open on both passes": (
        schedule(rule("sun", "01:00", "02:00")),
        "2026-10-25",
        "2026-10-26",
        ["10-25 00:00/10-25 02:00"],
    ),
    "a window up to the repeated hour ends before its first pass": (
        schedule(rule("sun", "00:00", "01:00")),
        "2026-10-24",
        "2026-10-26",
        ["10-24 23:00/10-25 00:00"],
    ),
    "a window from the end of the repeated hour starts after its second pass": (
        schedule(rule("sun", "02:00", "03:00")),
        "2026-10-25",
        "2026-10-26",
        ["10-25 02:00/10-25 03:00"],
    ),
    "a midnight that does not exist is the moment of the jump": (
        schedule(rule("sun", "00:00", "02:00"), zone="America/Santiago"),
        "2026-09-06",
        "2026-09-07",
        ["09-06 04:00/09-06 05:00"],
    ),
    "a window up to a midnight that does not exist ends at the jump": (
        schedule(rule("sat", "20:00", "00:00"), zone="America/Santiago"),
        "2026-09-05",
        "2026-09-07",
        ["09-06 00:00/09-06 04:00"],
    ),
    "a day that does not exist has no window": (
        schedule(rule("daily", "09:00", "17:00"), zone="Pacific/Apia"),
        "2011-12-29T12:00",
        "2011-12-31T10:00",
        ["12-29 19:00/12-30 03:00", "12-30 19:00/12-31 03:00"],
    ),
    "a zone that is half an hour off, and shifts by half an hour": (
        schedule(rule("daily", "09:00", "10:00"), zone="Australia/Lord_Howe"),
        "2026-04-03T12:00",
        "2026-04-05T12:00",
        ["04-03 22:00/04-03 23:00", "04-04 22:30/04-04 23:30"],
    ),
    "dates past 2038 follow the zone's last rule": (
        schedule(rule("daily", "09:00", "10:00")),
        "2045-07-01",
        "2045-07-02",
        ["07-01 08:00/07-01 09:00"],
    ),
}


WHOLE_DAYS_OF_SOME: dict[str, dict[str, Any]] = {
    "nth": {"nth": 1},
    "months": {"months": frozenset({1, 2})},
    "days of the month": {"days_of_month": frozenset(range(1, 31))},
    "these weeks": {"every_weeks": 2, "anchor": date(2026, 1, 7)},
    "the other weeks": {"every_weeks": 2, "anchor": date(2026, 1, 14)},
    "from a day on": {"valid_from": date(2026, 1, 5)},
    "to a day": {"valid_to": date(2026, 1, 5)},
}


@pytest.mark.parametrize("case", CASES)
def test_windows_by_hand(case: str) -> None:
    subject, since, until, expected = CASES[case]
    assert opened(subject, since, until) == expected


def test_an_end_beyond_ten_years_from_the_period_is_none() -> None:
    start = datetime(2016, 1, 1)
    long = Override(start, start + timedelta(days=4_000), "open")
    opens = seconds(2016, 1, 1)
    once = schedule(overrides=((long,),), zone="UTC")
    (window,) = once.windows(opens + HORIZON, opens + HORIZON + DAY)
    assert window.start == opens
    (window,) = once.windows(opens + HORIZON + 1, opens + HORIZON + DAY)
    assert window.start is None


def test_a_zone_after_its_last_explicit_change_is_read_as_it_is_written() -> None:
    """zoneinfo gives readings of this night in Nuuk an offset it never had."""
    nights = Schedule(zone("America/Nuuk"), (rule("daily", "22:30", "23:30"),))
    assert opened(nights, "2023-10-28", "2023-10-31") == [
        "10-28 00:30/10-28 01:30",
        "10-29 00:30/10-29 01:30",
        "10-30 00:30/10-30 01:30",
    ]


def test_windows_of_an_empty_period_are_none() -> None:
    assert schedule(always_open=True).windows(10, 10) == []


@pytest.mark.parametrize("restriction", WHOLE_DAYS_OF_SOME)
def test_whole_days_with_a_restriction_are_not_24x7(restriction: str) -> None:
    fields = WHOLE_DAYS_OF_SOME[restriction]
    subject = schedule(rule("daily", "00:00", "00:00", end_day=1, **fields))
    assert subject.windows(seconds(2026, 1, 1), seconds(2027, 1, 1)) != [(None, None)]


def test_every_reading_of_a_skipped_hour_is_the_moment_of_the_jump() -> None:
    for second in range(0, 3_600, 7):
        start = datetime(2026, 3, 29, 1) + timedelta(seconds=second)
        one_off = Override(start, datetime(2026, 3, 29, 12), "open")
        assert schedule(overrides=((one_off,),)).windows(
            seconds(2026, 3, 29), seconds(2026, 3, 30)
        ) == [(seconds(2026, 3, 29, 1), seconds(2026, 3, 29, 11))]


def test_boundaries_around_a_moment_inside_a_window() -> None:
    state = schedule(rule("mon-fri", "09:00", "17:00")).state(seconds(2026, 3, 27, 12))
    assert state.in_window
    assert (state.last_start, state.last_end, state.next_start, state.next_end) == (
        seconds(2026, 3, 27, 9),
        seconds(2026, 3, 26, 17),
        seconds(2026, 3, 30, 8),
        seconds(2026, 3, 27, 17),
    )


def test_last_end_is_the_last_end_and_not_the_next() -> None:
    state = schedule(rule("mon-fri", "09:00", "17:00")).state(seconds(2026, 3, 28))
    assert state.last_end == seconds(2026, 3, 27, 17)
    assert state.next_end == seconds(2026, 3, 30, 16)


def test_at_the_start_the_window_is_open_and_at_the_end_it_is_closed() -> None:
    office = schedule(rule("mon-fri", "09:00", "17:00"))
    start, end = seconds(2026, 3, 27, 9), seconds(2026, 3, 27, 17)
    assert not office.state(start - 1).in_window
    assert office.state(start).in_window
    assert office.state(start).last_start == start
    assert office.state(end - 1).in_window
    assert not office.state(end).in_window
    assert office.state(end).last_end == end


@pytest.mark.parametrize("subject", [schedule(), schedule(always_open=True)])
def test_never_and_always_have_no_boundaries(subject: Schedule) -> None:
    state = subject.state(seconds(2026, 6, 1))
    assert state.in_window == subject.always_open
    assert {state.last_start, state.last_end, state.next_start, state.next_end} == {
        None
    }


def test_a_boundary_is_reported_up_to_ten_years_away_and_no_longer() -> None:
    once = schedule(
        overrides=((override("2026-01-05T12:00", "2026-01-05T13:00", "open"),),)
    )
    start = seconds(2026, 1, 5, 12)
    assert once.state(start - HORIZON).next_start == start
    assert once.state(start - HORIZON - 1).next_start is None
    assert once.state(start + HORIZON).last_start == start
    assert once.state(start + HORIZON + 1).last_start is None


def test_a_state_holds_until_a_boundary_comes_into_sight_or_goes_out_of_it() -> None:
    once = schedule(
        overrides=((override("2026-01-05T12:00", "2026-01-05T13:00", "open"),),)
    )
    start, end = seconds(2026, 1, 5, 12), seconds(2026, 1, 5, 13)
    for moment, until in (
        (start - HORIZON - DAY // 2, start - HORIZON),
        (start - HORIZON, end - HORIZON),
        (end - HORIZON, start),
        (start, end),
        (start + HORIZON, start + HORIZON + 1),
        (start + HORIZON + 1, end + HORIZON + 1),
    ):
        assert once.state(moment).until == until
    assert schedule().state(start).until == start + DAY


def test_ten_years_either_way_are_as_far_as_anything_is_found() -> None:
    subject = schedule(
        always_open=True,
        overrides=(
            (
                override("2016-01-05T11:00", "2016-01-05T12:00"),
                override("2036-01-05T12:00", "2036-01-05T13:00"),
            ),
        ),
    )
    moment = seconds(2026, 1, 5, 12)
    start, end = moment - HORIZON, moment + (3_652 * DAY)
    assert (start, end) == (seconds(2016, 1, 5, 12), seconds(2036, 1, 5, 12))
    assert subject.windows(moment, moment + 1) == [(start, end)]
    assert subject.windows(moment + 1, moment + 2) == [(None, end)]
    assert subject.windows(end - HORIZON - 1, end - HORIZON) == [(start, end)]
    assert subject.windows(end - HORIZON - 2, end - HORIZON - 1) == [(start, None)]
    assert subject.state(moment).last_start == start
    assert subject.state(moment + 1).last_start is None
    assert subject.state(end - HORIZON).next_end == end
    assert subject.state(end - HORIZON - 1).next_end is None


def test_ten_years_back_are_a_day_more_on_the_wall_clock_where_one_was_skipped() -> (
    None
):
    """And in summer an hour more: from 00:30 to 23:30 three days earlier."""
    long = override("2002-01-07T23:30", "2012-02-01T00:00", "open")
    samoa = schedule(overrides=((long,),), zone="Pacific/Apia")
    start, end = seconds(2002, 1, 8, 10, 30), seconds(2012, 1, 31, 10)
    assert samoa.windows(start + HORIZON, start + HORIZON + 1) == [(start, end)]
    assert samoa.state(start + HORIZON).last_start == start


@pytest.mark.parametrize("days", range(15))
def test_what_is_nearest_is_found_however_many_days_away(days: int) -> None:
    """Boundaries are looked for in stretches of days, further and further out."""
    today = datetime(2026, 6, 10)
    ago, ahead = today - timedelta(days), today + timedelta(days)
    hour = timedelta(hours=1)
    subject = schedule(
        rule("daily", "02:00", "03:00", valid_to=ago.date()),
        rule("daily", "20:00", "21:00", valid_from=ahead.date()),
        overrides=(
            (),
            (
                Override(ago + 8 * hour, ago + 9 * hour, "open"),
                Override(ahead + 14 * hour, ahead + 15 * hour, "open"),
            ),
        ),
        zone="UTC",
    )
    noon = seconds(2026, 6, 10, 12)
    state = subject.state(noon)
    assert (state.last_start, state.last_end, state.next_start, state.next_end) == (
        noon - days * DAY - 4 * 3_600,
        noon - days * DAY - 3 * 3_600,
        noon + days * DAY + 2 * 3_600,
        noon + days * DAY + 3 * 3_600,
    )


@pytest.mark.parametrize("days", range(1, 31))
def test_a_boundary_at_midnight_is_found_however_many_days_away(days: int) -> None:
    today, day = datetime(2026, 6, 10), timedelta(days=1)
    ago, ahead = today - days * day, today + days * day
    layer = (Override(ago - day, ago, "open"), Override(ahead, ahead + day, "open"))
    midnight = seconds(2026, 6, 10)
    state = schedule(overrides=((), layer), zone="UTC").state(midnight)
    assert (state.last_start, state.last_end, state.next_start, state.next_end) == (
        midnight - days * DAY - DAY,
        midnight - days * DAY,
        midnight + days * DAY,
        midnight + days * DAY + DAY,
    )


@pytest.mark.parametrize("day", range(10, 42))
def test_the_midnight_after_a_skipped_day_is_found_from_days_around(day: int) -> None:
    """In Apia 30 December 2011 begins and ends at the moment of 31 December."""
    once = override("2011-12-31T00:00", "2011-12-31T12:00", "open")
    start, end = seconds(2011, 12, 30, 10), seconds(2011, 12, 30, 22)
    moment = seconds(2011, 12, 1, 12) + day * DAY
    state = schedule(overrides=((once,),), zone="Pacific/Apia").state(moment)
    found = {state.last_start or state.next_start, state.last_end or state.next_end}
    assert found == {start, end}


def test_seconds_count() -> None:
    precise = schedule(
        rule("mon", "09:00:30", "17:00:05"),
        overrides=((override("2026-01-05T12:00:01", "2026-01-05T12:00:59"),),),
    )
    nine, noon, five = (seconds(2026, 1, 5, hour) for hour in (9, 12, 17))
    assert precise.windows(nine, five) == [
        (nine + 30, noon + 1),
        (noon + 59, five + 5),
    ]


@pytest.mark.parametrize("year", [1, 1850, 9999])
def test_the_ends_of_the_calendar_are_no_trap(year: int) -> None:
    moment = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    office = schedule(
        rule("mon-fri", "09:00", "17:00"),
        rule("sun", "01:00", "02:00", end_day=7, nth=1),
    )
    assert isinstance(office.state(moment), State)


@pytest.mark.parametrize("zone", ["UTC", "Etc/GMT+12", "Pacific/Kiritimati"])
def test_an_override_may_last_as_long_as_the_calendar(zone: str) -> None:
    """Its ends are readings of instants that some zones have not."""
    forever = (datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59))
    closed = schedule(
        always_open=True, overrides=((Override(*forever, "closed"),),), zone=zone
    )
    opened = schedule(overrides=((Override(*forever, "open"),),), zone=zone)
    for year in (1, 2026, 9999):
        june = seconds(year, 6, 1)
        assert opened.windows(june, june + DAY) == [(None, None)]
        assert closed.windows(june, june + DAY) == []
        for moment in (seconds(year, 1, 1), june, seconds(year, 12, 31, 23, 59, 59)):
            assert isinstance(opened.state(moment), State)


def test_windows_are_found_from_the_calendar_s_second_day_to_its_last_but_one() -> None:
    nights = schedule(rule("daily", "22:00", "06:00"), zone="UTC")
    second, last = seconds(1, 1, 2), seconds(9999, 12, 31)
    assert nights.windows(second - DAY, second + DAY) == [
        (None, second + 6 * 3_600),
        (second + 22 * 3_600, second + 30 * 3_600),
    ]
    assert nights.windows(last - DAY, last + DAY - 1) == [
        (last - 26 * 3_600, last - 18 * 3_600),
        (last - 2 * 3_600, None),
    ]


@pytest.mark.parametrize("moment", [-(10**11), 10**12])
def test_a_moment_outside_the_calendar_is_outside_every_window(moment: int) -> None:
    office = schedule(rule("mon-fri", "09:00", "17:00"))
    assert not office.state(moment).in_window
    assert office.windows(moment, moment + DAY) == []


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (rule("mon", "09:00", "17:00"), "start"),
        (override("2026-01-05T12:00", "2026-01-05T13:00"), "kind"),
        (schedule(), "rules"),
        (schedule().state(0), "until"),
    ],
)
def test_what_is_shared_between_threads_never_changes(subject: Any, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(subject, name, None)


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"weekdays": frozenset()}, "weekdays"),
        ({"weekdays": frozenset({7})}, "weekdays"),
        ({"start": time(9, 0, 0, 5)}, "start"),
        ({"end": time(17, tzinfo=UTC)}, "end"),
        ({"end": time(9)}, "end"),
        ({"end": time(8), "end_day": 0}, "end"),
        ({"end": time(9), "end_day": 0}, "end"),
        ({"end_day": 8}, "end_day"),
        ({"nth": 0}, "nth"),
        ({"months": frozenset({13})}, "months"),
        ({"days_of_month": frozenset({0})}, "days_of_month"),
        ({"days_of_month": frozenset({-32})}, "days_of_month"),
        ({"weekdays": frozenset({-1})}, "weekdays"),
        ({"start": time(9, tzinfo=UTC)}, "start"),
        ({"end_day": -1}, "end_day"),
        ({"nth": 6}, "nth"),
        ({"nth": -2}, "nth"),
        ({"months": frozenset({0})}, "months"),
        ({"days_of_month": frozenset({32})}, "days_of_month"),
        ({"every_weeks": 0}, "every_weeks"),
        ({"every_weeks": 521, "anchor": date(2026, 1, 7)}, "every_weeks"),
        ({"every_weeks": 2}, "anchor"),
        ({"every_days": 0}, "every_days"),
        ({"every_days": 3651, "anchor": date(2026, 1, 7)}, "every_days"),
        ({"every_days": 2}, "anchor"),
        (
            {"every_days": 2, "every_weeks": 2, "anchor": date(2026, 1, 7)},
            "every_days",
        ),
        ({"valid_from": date(2026, 2, 1), "valid_to": date(2026, 1, 1)}, "valid_to"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(
    fields: dict[str, Any], at_fault: str
) -> None:
    good: dict[str, Any] = {
        "weekdays": frozenset({0}),
        "start": time(9),
        "end": time(17),
    }
    with pytest.raises(InvalidDefinition) as refused:
        Rule(**{**good, **fields})
    assert refused.value.field == at_fault


@pytest.mark.parametrize(
    "fields",
    [
        {"end_day": 7},
        *({"nth": nth} for nth in (1, 2, 3, 4, 5, LAST)),
        {"months": frozenset(range(1, 13))},
        {"days_of_month": frozenset({1, 31, -1, -31})},
        {"every_weeks": 520, "anchor": date(2026, 1, 7)},
        {"every_days": 3650, "anchor": date(2026, 1, 7)},
        {"anchor": date(2026, 1, 7)},
        {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 2, 1)},
    ],
)
def test_a_rule_may_go_to_the_limits(fields: dict[str, Any]) -> None:
    subject = rule("daily", "09:00", "17:00", **fields)
    assert all(getattr(subject, name) == given for name, given in fields.items())


def test_a_rule_without_an_end_day_ends_on_the_next_if_it_would_not_be_after() -> None:
    assert rule("mon", "09:00", "09:01").end_day == 0
    assert rule("mon", "09:00", "08:59").end_day == 1


@pytest.mark.parametrize(
    ("start", "end", "kind", "at_fault"),
    [
        ("2026-01-05T12:00", "2026-01-05T12:00", "closed", "end"),
        ("2026-01-05T12:00+01:00", "2026-01-05T13:00", "closed", "start"),
        ("2026-01-05T12:00", "2026-01-05T13:00:00.5", "closed", "end"),
        ("2026-01-05T12:00", "2026-01-05T13:00", "shut", "kind"),
    ],
)
def test_an_override_that_means_nothing_is_refused(
    start: str, end: str, kind: str, at_fault: str
) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        override(start, end, kind)
    assert refused.value.field == at_fault
    assert str(refused.value) == f"{at_fault}: {refused.value.message}"


def matches(one: Rule, day: date) -> bool:
    """Whether a window starts on the day, read off the calendar alone."""
    month_ends = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    nth = (day.day - 1) // 7 + 1
    from_the_end = (day - month_ends).days
    return (
        day.weekday() in one.weekdays
        and (not one.months or day.month in one.months)
        and (
            one.nth is None
            or (one.nth == LAST and day + timedelta(days=7) >= month_ends)
            or one.nth == nth
        )
        and (
            not one.days_of_month
            or day.day in one.days_of_month
            or from_the_end in one.days_of_month
        )
        and (one.valid_from is None or one.valid_from <= day)
        and (one.valid_to is None or day <= one.valid_to)
        and (
            one.anchor is None
            or (
                (day - timedelta(days=day.weekday()))
                - (one.anchor - timedelta(days=one.anchor.weekday()))
            ).days
            % (7 * one.every_weeks)
            == (day - one.anchor).days % one.every_days
            == 0
        )
    )


def is_open(subject: Schedule, moment: int) -> bool:
    """Whether the schedule is open at a full quarter, by its definition."""
    reading = first_pass(moment, subject.zone)
    answer = (
        subject.always_open
        or any(
            runs_at(one, reading, subject.holidays) for one in of_kind(subject, "open")
        )
        or any(is_open(one, moment) for one in subject.includes)
    )
    if any(
        runs_at(one, reading, NO_HOLIDAYS) for one in of_kind(subject, "closed")
    ) or any(is_open(one, moment) for one in subject.excludes):
        answer = False
    for layer in subject.overrides:
        for kind in ("closed", "open"):
            for one_off in layer:
                if one_off.kind == kind and one_off.start <= reading < one_off.end:
                    answer = kind == "open"
    return answer


def first_pass(moment: int, zone: ZoneInfo) -> datetime:
    """The local time; in a repeated hour, that at the end of its first pass."""
    return max(
        datetime.fromtimestamp(moment - back * 900, zone).replace(tzinfo=None)
        for back in range(13)
    )


def of_kind(subject: Schedule, kind: str) -> list[Rule]:
    return [one for one in subject.rules if one.kind == kind]


def runs_at(one: Rule, reading: datetime, holidays: Calendar) -> bool:
    """Whether one of the rule's windows is open at the local time."""
    return any(
        matches(one, day)
        and is_between(reading, one, day)
        and (one.on_holidays or is_allowed(reading, day, holidays))
        for day in (reading.date() - timedelta(days=back) for back in range(4))
    )


def is_between(reading: datetime, one: Rule, day: date) -> bool:
    start = datetime.combine(day, one.start)
    end = datetime.combine(day + timedelta(days=one.end_day or 0), one.end)
    return start <= reading < end


def is_allowed(reading: datetime, day: date, holidays: Calendar) -> bool:
    """Whether the calendar leaves that local time to windows that start on the day."""
    special = holidays.of_year(day.year).special.get(day)
    since_midnight = reading - datetime.combine(day, time(0))
    return day not in holidays and (
        special is None
        or any(
            timedelta(seconds=opens) <= since_midnight < timedelta(seconds=closes)
            for opens, closes in special.hours
        )
    )


ALL = st.one_of(schedules(), composed())
CHANGES = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25))
"""Sundays on which clocks change somewhere."""


@settings(max_examples=200, deadline=None)
@given(
    ALL,
    st.sampled_from(CHANGES) | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(-48, 48),
)
def test_what_is_open_agrees_with_the_clocks_of_all_zones(
    subject: Schedule, day: date, quarter: int
) -> None:
    start = seconds(day.year, day.month, day.day) + quarter * 900
    quarters = range(start, start + DAY, 900)
    spans = subject.spans(start, start + DAY)
    found = [any(opens <= at < closes for opens, closes in spans) for at in quarters]
    assert found == [is_open(subject, at) for at in quarters]
    assert subject.state(start).in_window == found[0]


@settings(max_examples=200, deadline=None)
@given(ALL, st.integers(0, 365 * DAY))
def test_state_agrees_with_the_windows_around_it(subject: Schedule, after: int) -> None:
    moment = seconds(2026, 1, 1) + after
    windows = subject.windows(moment - HORIZON, moment + HORIZON)
    starts = [at.start for at in windows if at.start is not None]
    ends = [at.end for at in windows if at.end is not None]
    state = subject.state(moment)
    assert (state.last_start, state.last_end, state.next_start, state.next_end) == (
        max((at for at in starts if moment - HORIZON <= at <= moment), default=None),
        max((at for at in ends if moment - HORIZON <= at <= moment), default=None),
        min((at for at in starts if moment < at <= moment + HORIZON), default=None),
        min((at for at in ends if moment < at <= moment + HORIZON), default=None),
    )


@settings(max_examples=200, deadline=None)
@given(ALL, st.integers(0, 365 * DAY), st.floats(0, 1, exclude_max=True))
def test_a_state_holds_until_it_says(
    subject: Schedule, after: int, share: float
) -> None:
    state = subject.state(seconds(2026, 1, 1) + after)
    later = state.since + int((state.until - state.since) * share)
    again = subject.state(later)
    for name in ("in_window", "last_start", "last_end", "next_start", "next_end"):
        assert getattr(again, name) == getattr(state, name)
    assert state.holds_at(later)
    assert not state.holds_at(state.until)
    assert not state.holds_at(state.since - 1)


@settings(max_examples=200, deadline=None)
@given(ALL, st.integers(0, 300), st.integers(1, 60), st.integers(1, 40))
def test_windows_are_ascending_apart_and_the_same_from_wherever_one_looks(
    subject: Schedule, day: int, length: int, earlier: int
) -> None:
    start = seconds(2026, 1, 1) + day * DAY
    end = start + length * DAY
    windows = subject.windows(start, end)
    edges = [at for window in windows for at in window if at is not None]
    assert edges == sorted(set(edges))
    wider = subject.windows(start - earlier * DAY, end)
    assert [at for at in wider if at.end is None or at.end > start] == windows


def test_a_closing_rule_takes_time_from_what_is_open_also_on_holidays() -> None:
    sundays = rule("sun", "00:30", "03:00", kind="closed")
    always = schedule(sundays, always_open=True, holidays=days_off(date(2026, 3, 29)))
    # The clocks go forward from 01:00 to 02:00, and back from 02:00 to 01:00.
    assert opened(always, "2026-03-22 12:00", "2026-03-29 12:00") == [
        "03-22 03:00/03-29 00:30",
        "03-29 02:00/04-04 23:30",
    ]
    assert opened(always, "2026-10-25 00:00", "2026-10-25 12:00") == [
        "10-25 03:00/11-01 00:30"
    ]
    state = always.state(seconds(2026, 3, 29, 1))
    assert not state.in_window
    assert state.last_end == seconds(2026, 3, 29, 0, 30)
    assert state.next_start == seconds(2026, 3, 29, 2)


def test_overrides_come_after_closing_rules() -> None:
    lunch = rule("mon-fri", "12:00", "13:00", kind="closed")
    office = rule("mon-fri", "09:00", "17:00")
    layer = (override("2026-12-24T12:30", "2026-12-24T14:00", "open"),)
    subject = schedule(lunch, office, zone="UTC", overrides=(layer,))
    assert opened(subject, "2026-12-24 00:00", "2026-12-25 00:00") == [
        "12-24 09:00/12-24 12:00",
        "12-24 12:30/12-24 17:00",
    ]


def test_a_window_of_a_date_that_has_begun_and_is_repeated_is_open() -> None:
    # On the 7th of November 2010 the clocks went back from 00:01 to 23:01.
    subject = schedule(rule("sun", "00:00", "01:00"), zone="America/St_Johns")
    start, end = seconds(2010, 11, 7, 2), seconds(2010, 11, 7, 3)
    opens = seconds(2010, 11, 7, 2, 30)
    assert subject.spans(start, end) == [(opens, end)]
    assert schedule(includes=(subject,)).spans(start, end) == [(opens, end)]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_spans_end_with_the_calendar(zone: str) -> None:
    ((opens, closes),) = schedule(always_open=True, zone=zone).spans(-(10**12), 10**12)
    assert closes - opens > 9_998 * 365 * DAY


def test_what_is_included_a_hundred_levels_down_is_evaluated_once() -> None:
    """Each level includes two schedules that both include the one below."""
    subject = schedule(rule("mon", "09:00", "17:00"))
    for _ in range(100):
        two = (schedule(includes=(subject,)), schedule(includes=(subject,)))
        subject = schedule(rule("tue", "09:00", "10:00"), includes=two)
    state = subject.state(seconds(2026, 1, 5, 12))
    assert (state.last_start, state.next_end, state.next_start) == (
        seconds(2026, 1, 5, 9),
        seconds(2026, 1, 5, 17),
        seconds(2026, 1, 6, 9),
    )
    assert len(repr(subject)) < 2_000


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_weekdays_survive_being_written_and_read(days: frozenset[int]) -> None:
    assert parse_weekdays(format_weekdays(days)) == days
