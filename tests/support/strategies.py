"""Hypothesis strategies for rules, overrides and schedules.

What a rule may be restricted by is an argument, so that a test draws no more than
its oracle can say: `rules("nth", "months", longest=1)`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from otel_sla.schedule import LAST, Override, Rule, Schedule
from otel_sla.schedule.calendars import Special

from .calendars import FewDays

ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Dublin",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
)
CLOCK = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
WEEKDAYS = st.one_of(
    st.sampled_from([frozenset(range(5)), frozenset({5, 6}), frozenset(range(7))]),
    st.frozensets(st.integers(0, 6), min_size=1),
)
DAYS_OF_MONTH = st.one_of(
    st.frozensets(st.integers(1, 31), min_size=1),
    st.frozensets(st.integers(-31, -1), min_size=1),
    # Days that some months have and some have not.
    st.frozensets(st.sampled_from([28, 29, 30, 31, -28, -29, -30, -31]), min_size=1),
)
RESTRICTIONS: dict[str, SearchStrategy[dict[str, Any]]] = {
    "nth": st.fixed_dictionaries({"nth": st.sampled_from([1, 2, 3, 4, 5, LAST])}),
    "months": st.fixed_dictionaries(
        {"months": st.frozensets(st.integers(1, 12), min_size=1)}
    ),
    "days_of_month": st.fixed_dictionaries({"days_of_month": DAYS_OF_MONTH}),
    "interval": st.fixed_dictionaries(
        {"anchor": st.dates(date(2022, 1, 1), date(2032, 12, 31))},
    ).flatmap(
        lambda anchored: st.one_of(
            st.builds(dict, st.just(anchored), every_weeks=st.integers(1, 5)),
            st.builds(dict, st.just(anchored), every_days=st.integers(1, 40)),
        )
    ),
    "validity": st.fixed_dictionaries(
        {
            "valid_from": st.none() | st.dates(date(2024, 1, 1), date(2026, 9, 1)),
            "valid_to": st.none() | st.dates(date(2026, 9, 1), date(2030, 12, 31)),
        }
    ),
}


@st.composite
def rules(draw: st.DrawFn, *restrictions: str, longest: int = 3) -> Rule:
    """A rule of whole quarter hours that ends up to `longest` days later.

    It has none to three of the restrictions named, or of all: with more, it would
    seldom run at all.
    """
    start, end = draw(CLOCK), draw(CLOCK)
    among = st.sampled_from(restrictions or tuple(RESTRICTIONS))
    fields: dict[str, Any] = {}
    for name in draw(st.lists(among, max_size=3, unique=True)):
        fields |= draw(RESTRICTIONS[name])
    return Rule(
        draw(WEEKDAYS),
        start,
        end,
        end_day=draw(st.integers(0 if end > start else 1, longest)),
        on_holidays=draw(st.booleans()),
        **fields,
    )


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    """A one-off of a quarter of an hour to three days in 2026."""
    start = datetime(2026, 1, 1) + timedelta(hours=draw(st.integers(0, 24 * 364)))
    length = timedelta(minutes=15 * draw(st.integers(1, 4 * 72)))
    return Override(start, start + length, draw(st.sampled_from(["closed", "open"])))


HOURS = st.lists(
    st.integers(0, 24 * 4).map(lambda quarters: quarters * 900),
    max_size=4,
    unique=True,
).map(lambda edges: tuple(in_pairs(sorted(edges))))
IN_2026 = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def in_pairs(edges: list[int]) -> list[tuple[int, int]]:
    """Pairs of the edges; an odd one is left out."""
    return list(zip(edges[::2], edges[1::2], strict=False))


@st.composite
def calendars(draw: st.DrawFn) -> FewDays:
    """Holidays and special days of 2026, or none."""
    off = draw(st.frozensets(IN_2026, max_size=10))
    special = draw(st.dictionaries(IN_2026, HOURS, max_size=10))
    return FewDays(
        {day: f"holiday {day}" for day in off},
        {
            day: Special(f"special {day}", hours)
            for day, hours in special.items()
            if day not in off
        },
    )


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    """A schedule, now and then 24x7, with holidays and overrides in 2026."""
    layer = st.lists(overrides(), max_size=3).map(tuple)
    closing = rules().map(lambda rule: replace(rule, kind="closed"))
    return Schedule(
        ZoneInfo(draw(st.sampled_from(ZONES))),
        tuple(draw(st.lists(rules() | rules() | closing, max_size=5))),
        always_open=draw(st.sampled_from([False, False, False, True])),
        holidays=draw(calendars()),
        overrides=(draw(layer), draw(layer)),
    )


@st.composite
def composed(draw: st.DrawFn) -> Schedule:
    """A schedule that includes and excludes others, which do so as well."""
    found: list[Schedule] = []
    for _ in range(draw(st.integers(2, 4))):
        some = st.lists(st.sampled_from(found), max_size=2, unique_by=id)
        includes, excludes = (
            (tuple(draw(some)), tuple(draw(some))) if found else ((), ())
        )
        alone = draw(schedules())
        found.append(replace(alone, includes=includes, excludes=excludes))
    return found[-1]
