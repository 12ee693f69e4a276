"""A component's scheduled time by class: up, down, unknown or excused. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Figures:
    """Scheduled time in milliseconds, and its four classes, which add up to it."""

    scheduled: int
    excused: int
    unknown: int
    up: Fraction
    down: Fraction

    @property
    def measured(self) -> int:
        """Milliseconds that are known to be up or down."""
        return self.scheduled - self.excused - self.unknown

    @property
    def coverage(self) -> Fraction | None:
        """The measured part of the scheduled time that is not excused.

        None where all of it is excused.
        """
        owed = self.scheduled - self.excused
        return Fraction(self.measured, owed) if owed else None

    def availability(self, policy: str = "exclude") -> Fraction | None:
        """Return up / (up + down).

        The policy leaves unknown time out (`exclude`), or counts it as `up` or `down`.
        None where nothing was measured, whatever the policy.
        """
        if not self.measured:
            return None
        if policy == "exclude":
            return self.up / self.measured
        up = self.up + self.unknown if policy == "up" else self.up
        return up / (self.measured + self.unknown)

    def spent(self, policy: str = "exclude") -> Fraction:
        """Return what is taken from the budget, in milliseconds."""
        return self.down + self.unknown if policy == "down" else self.down

    def budget(self, target: Decimal) -> Fraction:
        """Return the downtime that the target, in percent, allows, in milliseconds."""
        return (1 - _ratio(target)) * (self.scheduled - self.excused)


def met(
    figures: Figures,
    target: Decimal,
    policy: str,
    min_coverage: float | Fraction,
    *,
    ended: bool = True,
    budget: Fraction | None = None,
) -> bool | None:
    """Return whether the target, in percent, was met, or None if that is not known.

    It is not known where nothing was measured, or less than `min_coverage` (0..1). For
    a period that has not ended, `figures` are those up to now, and `budget` is that of
    the whole period, in milliseconds: the target is missed once more is spent, and
    nothing is known before.
    """
    availability, coverage = figures.availability(policy), figures.coverage
    if availability is None or coverage is None:
        return None
    if coverage < Fraction(str(min_coverage)):
        return None
    if ended:
        return availability >= _ratio(target)
    if budget is None:
        budget = figures.budget(target)
    return False if figures.spent(policy) > budget else None


def all_met(verdicts: Iterable[bool | None]) -> bool | None:
    """Return whether all were met: False if one was not, None if one is not known.

    None where there are none at all.
    """
    verdicts = set(verdicts)
    if False in verdicts:
        return False
    return True if verdicts == {True} else None


def _ratio(percent: Decimal) -> Fraction:
    return Fraction(percent) / 100
