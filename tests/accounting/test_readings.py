"""Samples by hand: what one stands for, gaps, several series, values, storage."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from otel_sla.accounting import InvalidSample, NotUp, compressed, not_up, restored

DOWN = Fraction(0)
Sample = tuple[int, str | float]


def spans(*series: list[Sample], until: int = 600) -> list[NotUp]:
    """The spans of [0, until) in which samples a minute apart are not up."""
    return not_up(series, 0, until, 60)


def every_minute(*values: str | float, since: int = 0) -> list[Sample]:
    return [(since + 60 * index, value) for index, value in enumerate(values)]


def test_a_sample_stands_for_the_interval_that_it_begins() -> None:
    assert spans(every_minute("1", "0", "1"), until=180) == [NotUp(60, 120, DOWN)]


def test_the_next_sample_ends_what_the_one_before_stands_for() -> None:
    assert spans([(0, "1"), (60, "0"), (75, "1")], until=135) == [NotUp(60, 75, DOWN)]


def test_time_that_no_sample_stands_for_is_unknown() -> None:
    assert spans([(17, "1"), (137, "0")], until=240) == [
        NotUp(0, 17, None),
        NotUp(77, 137, None),
        NotUp(137, 197, DOWN),
        NotUp(197, 240, None),
    ]


def test_nothing_is_known_without_a_sample() -> None:
    assert spans() == spans([]) == [NotUp(0, 600, None)]


def test_a_sample_before_the_period_stands_for_its_beginning() -> None:
    samples: list[Sample] = [(-60, "0"), (-20, "0"), (40, "1")]
    assert spans(samples, until=100) == [NotUp(0, 40, DOWN)]


def test_the_end_of_the_period_cuts_a_sample_and_leaves_out_later_ones() -> None:
    assert spans([(0, "0"), (60, "1")], until=30) == [NotUp(0, 30, DOWN)]


@pytest.mark.parametrize("value", ["NaN", float("nan")])
def test_nan_is_unknown_and_ends_the_sample_before(value: str | float) -> None:
    assert spans(every_minute("0", value, "0"), until=180) == [
        NotUp(0, 60, DOWN),
        NotUp(60, 120, None),
        NotUp(120, 180, DOWN),
    ]


def test_samples_may_be_in_any_order_and_given_twice() -> None:
    samples = every_minute("1", "0", "1", "0.5")
    assert spans(samples[::-1] + samples, until=240) == [
        NotUp(60, 120, DOWN),
        NotUp(180, 240, Fraction(1, 2)),
    ]


def test_of_two_samples_at_one_moment_the_higher_known_one_counts() -> None:
    samples: list[Sample] = [(0, "0"), (0, "0.5"), (0, "NaN")]
    assert spans(samples, until=60) == [NotUp(0, 60, Fraction(1, 2))]


def test_adjacent_samples_of_one_share_are_one_span() -> None:
    assert spans(every_minute("0", "0", "0.5", "0.50"), until=240) == [
        NotUp(0, 120, DOWN),
        NotUp(120, 240, Fraction(1, 2)),
    ]


def test_a_share_has_the_digits_of_its_text() -> None:
    text = "0.3333333333333333"
    assert spans(every_minute(text), until=60) == [NotUp(0, 60, Fraction(text))]
    assert spans(every_minute(0.1), until=60) == [NotUp(0, 60, Fraction(1, 10))]
    assert spans(every_minute("1e-05"), until=60) == [NotUp(0, 60, Fraction(1, 100000))]


def test_a_component_is_up_where_one_of_its_series_is() -> None:
    one = every_minute("1", "0", "0", "NaN")
    other = every_minute("0", "1", "0", "0")
    assert spans(one, other, until=240) == [NotUp(120, 240, DOWN)]


def test_a_series_that_is_not_there_leaves_it_to_the_other() -> None:
    one = every_minute("0", "0")
    other = every_minute("0.5", since=90)
    assert spans(one, other, until=180) == [
        NotUp(0, 90, DOWN),
        NotUp(90, 150, Fraction(1, 2)),
        NotUp(150, 180, None),
    ]
    assert spans([], one, until=120) == spans(one, until=120)


def test_series_of_different_phases_are_compared_at_each_moment() -> None:
    one = every_minute("0", "1", "0")
    other = every_minute("1", "0", since=30)
    assert spans(one, other, until=180) == [
        NotUp(0, 30, DOWN),
        NotUp(120, 180, DOWN),
    ]


@pytest.mark.parametrize(
    "value", ["1.0001", "-0.1", "+Inf", "-Inf", 2.0, "up", "", "1/3", "1" * 500]
)
def test_what_is_no_availability_is_refused(value: str | float) -> None:
    with pytest.raises(InvalidSample) as refused:
        spans([(0, "1"), (1_790_845_200_250, value)])
    assert str(refused.value) == (
        f"The availability at 2026-10-01T09:00:00.250Z is {str(value)[:40]}. Use an "
        "expression that gives 1 for up, 0 for down, or the share that is up."
    )


def test_a_refused_sample_beyond_the_calendar_is_named_by_its_number() -> None:
    with pytest.raises(InvalidSample, match=r"at 1000000000000000000 ms is 2\."):
        spans([(10**18, "2")])


def test_a_refused_value_is_safe_to_display() -> None:
    with pytest.raises(InvalidSample) as refused:
        spans([(0, "\x1b[31m2")])
    assert "\x1b" not in str(refused.value)


def test_what_is_stored_is_exact() -> None:
    found = [NotUp(0, 60, Fraction(1, 3)), NotUp(60, 90, None), NotUp(90, 99, DOWN)]
    stored = json.loads(json.dumps(compressed(found)))
    assert stored == [[0, 60, "1/3"], [60, 90, None], [90, 99, "0"]]
    assert restored(stored) == found
