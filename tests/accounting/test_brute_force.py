"""Samples, windows and exclusions as an account, against a count of every unit."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from otel_sla.accounting import Excuse, account, not_up
from otel_sla.schedule.spans import merge

from ..support.brute_force.availability import Excused, World, counted

UNIT = 250
"""Milliseconds: four units are a second, in which windows begin and end."""
UNITS = 240
"""A minute, in which a sample stands for 5 s."""

# Not the same spelling of a value twice: 1 and 1.0 are both up.
VALUES = st.sampled_from(["1", "1", "1.0", "0", "0.5", "0.3", "NaN"])
MOMENTS = st.integers(-40, UNITS + 40)
SERIES = st.lists(st.tuples(MOMENTS, VALUES), max_size=40)
SPANS = st.tuples(MOMENTS, st.integers(0, 60)).map(lambda one: (one[0], sum(one)))
WINDOWS = st.lists(
    st.tuples(st.integers(-10, 65), st.integers(0, 30)).map(
        lambda one: (one[0], sum(one))
    ),
    max_size=5,
).map(merge)
EXCUSES = st.lists(
    st.builds(
        lambda span, reason: Excused(span[0], span[1], reason),
        SPANS,
        st.sampled_from("abc"),
    ),
    max_size=4,
)


@settings(max_examples=200, deadline=None)
@given(
    series=st.lists(SERIES, max_size=3),
    windows=WINDOWS,
    excuses=EXCUSES,
    in_service_since=st.none() | MOMENTS,
)
def test_an_account_is_what_a_count_of_every_unit_gives(
    series: list[list[tuple[int, str]]],
    windows: list[tuple[int, int]],
    excuses: list[Excused],
    in_service_since: int | None,
) -> None:
    world = World(
        UNITS,
        series,
        interval=20,
        windows=[(4 * opens, 4 * closes) for opens, closes in windows],
        excuses=excuses,
        in_service_since=in_service_since,
    )
    readings = not_up(
        [[(at * UNIT, value) for at, value in one] for one in series],
        0,
        UNITS * UNIT,
        20 * UNIT,
    )
    found = account(
        (0, UNITS * UNIT),
        windows,
        readings,
        [Excuse(one.start * UNIT, one.end * UNIT, one.reason) for one in excuses],
        None if in_service_since is None else in_service_since * UNIT,
    )
    truth, figures = counted(world), found.figures
    assert (figures.scheduled, figures.excused, figures.unknown) == (
        truth.scheduled * UNIT,
        truth.excused * UNIT,
        truth.unknown * UNIT,
    )
    assert (figures.up, figures.down) == (truth.up * UNIT, truth.down * UNIT)
    assert found.not_in_service == truth.not_in_service * UNIT
    assert [
        (one.start, one.end, one.down, one.counted, one.reason) for one in found.outages
    ] == [
        (one.start * UNIT, one.end * UNIT, one.down * UNIT, not one.reason, one.reason)
        for one in truth.outages
    ]
    # Every scheduled millisecond is in exactly one class.
    classes = figures.excused + figures.unknown + figures.up + figures.down
    assert classes == figures.scheduled


@settings(max_examples=100, deadline=None)
@given(series=st.lists(SERIES, max_size=3))
def test_spans_are_ascending_and_as_long_as_they_can_be(
    series: list[list[tuple[int, str]]],
) -> None:
    found = not_up(series, 0, UNITS, 20)
    for one, following in pairwise(found):
        assert one.end <= following.start
        assert one.end < following.start or one.share != following.share
    for start, end, share in found:
        assert 0 <= start < end <= UNITS
        assert share is None or Fraction(0) <= share < 1
