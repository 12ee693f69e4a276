"""Availability, budget and verdicts: unknown policies, coverage, running periods."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from otel_sla.accounting import Figures, all_met, met

TARGET = Decimal("99.9")
HOUR = 3_600_000


def figures(
    up: int = 0, down: Fraction | int = 0, unknown: int = 0, excused: int = 0
) -> Figures:
    scheduled = up + int(down) + unknown + excused
    return Figures(scheduled, excused, unknown, Fraction(up), Fraction(down))


def test_figures_add_up() -> None:
    found = figures(up=900, down=60, unknown=40, excused=200)
    assert found.measured == 960
    assert found.coverage == Fraction(960, 1000)


@pytest.mark.parametrize(
    ("policy", "availability", "spent"),
    [
        ("exclude", Fraction(900, 960), 60),
        ("up", Fraction(940, 1000), 60),
        ("down", Fraction(900, 1000), 100),
    ],
)
def test_unknown_time_is_what_the_agreement_says(
    policy: str, availability: Fraction, spent: int
) -> None:
    found = figures(up=900, down=60, unknown=40, excused=200)
    assert found.availability(policy) == availability
    assert found.spent(policy) == spent
    # The classes stay as they are.
    assert (found.unknown, found.coverage) == (40, Fraction(96, 100))


@pytest.mark.parametrize("policy", ["exclude", "up", "down"])
@pytest.mark.parametrize("found", [figures(), figures(unknown=9), figures(excused=9)])
def test_nothing_measured_is_no_availability(found: Figures, policy: str) -> None:
    assert found.availability(policy) is None
    assert met(found, TARGET, policy, 0) is None


def test_excused_time_has_no_budget() -> None:
    found = figures(up=1000 * HOUR, excused=500 * HOUR)
    assert found.budget(TARGET) == HOUR
    assert found.budget(Decimal(100)) == 0


@pytest.mark.parametrize(("more", "verdict"), [(0, True), (1, False)])
def test_a_target_is_met_exactly(more: int, verdict: bool) -> None:
    found = figures(up=999_000 - more, down=1_000 + more)
    assert met(found, TARGET, "exclude", 0.95) is verdict


def test_a_fraction_of_a_millisecond_too_much_is_missed() -> None:
    found = Figures(3000, 0, 0, Fraction(2997) - Fraction(1, 3), 3 + Fraction(1, 3))
    assert met(found, TARGET, "exclude", 0.95) is False


def test_a_target_of_100_percent_is_missed_by_any_downtime() -> None:
    assert met(figures(up=10**12), Decimal(100), "exclude", 0.95) is True
    assert met(figures(up=10**12, down=1), Decimal(100), "exclude", 0.95) is False


@pytest.mark.parametrize(("unknown", "verdict"), [(50, True), (51, None), (1000, None)])
def test_a_verdict_takes_enough_coverage(unknown: int, verdict: bool | None) -> None:
    found = figures(up=1000 - unknown, unknown=unknown)
    assert met(found, TARGET, "exclude", 0.95) is verdict


@pytest.mark.parametrize("policy", ["exclude", "up", "down"])
def test_no_policy_stands_in_for_coverage(policy: str) -> None:
    found = figures(up=500, unknown=500)
    assert met(found, TARGET, policy, 0.95) is None


@pytest.mark.parametrize(
    ("policy", "verdict"), [("exclude", True), ("up", True), ("down", False)]
)
def test_a_verdict_follows_the_policy(policy: str, verdict: bool) -> None:
    found = figures(up=9_990, unknown=10)
    assert met(found, Decimal("99.95"), policy, 0.95) is verdict


RUNNING = figures(up=95 * HOUR, down=HOUR // 2, unknown=HOUR // 2)


@pytest.mark.parametrize(
    ("policy", "budget", "verdict"),
    [
        ("exclude", HOUR // 2, None),
        ("exclude", HOUR // 2 - 1, False),
        ("up", HOUR // 2 - 1, False),
        ("down", HOUR, None),
        ("down", HOUR - 1, False),
    ],
)
def test_a_running_period_is_missed_once_the_budget_of_all_of_it_is_spent(
    policy: str, budget: int, verdict: bool | None
) -> None:
    whole = Fraction(budget)
    found = met(RUNNING, TARGET, policy, 0.95, ended=False, budget=whole)
    assert found is verdict


def test_without_another_the_budget_is_that_of_the_figures() -> None:
    assert met(RUNNING, TARGET, "exclude", 0.95, ended=False) is False
    assert met(RUNNING, Decimal(90), "exclude", 0.95, ended=False) is None


def test_a_running_period_with_too_few_samples_is_not_judged() -> None:
    found = figures(up=1, down=500, unknown=499)
    assert met(found, TARGET, "exclude", 0.95, ended=False) is None


@pytest.mark.parametrize(
    ("verdicts", "verdict"),
    [
        ([True, True], True),
        ([True, None, False], False),
        ([True, None], None),
        ([None], None),
        ([], None),
    ],
)
def test_one_missed_period_is_enough(
    verdicts: list[bool | None], verdict: bool | None
) -> None:
    assert all_met(verdicts) is verdict
