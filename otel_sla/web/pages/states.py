"""The states that pages tell apart: words and shapes beside colours, and counts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from ...database.failures import is_of_the_process
from ...metrics.snapshot import Evaluated
from ...metrics.units import Unit
from ...schedule import State
from ...schedule.days import is_closed_by_override
from ..component_list import is_in


class Pill(NamedTuple):
    """A state: the end of its CSS class, its shape and its word, translated lazily."""

    kind: str
    shape: str
    word: object


OPEN = Pill("open", "●", _("Open"))
CLOSING = Pill("closing", "◐", _("Closes soon"))
CLOSED = Pill("closed", "○", _("Closed"))
MAINTENANCE = Pill("maintenance", "◆", _("Maintenance"))
UNKNOWN = Pill("unknown", "?", _("Unknown"))

URGENCY = (UNKNOWN, MAINTENANCE, CLOSED, CLOSING, OPEN)
"""The order in which the states are sorted."""


@dataclass(frozen=True)
class Pills:
    """The states at a moment, in Unix seconds, each found once for a schedule."""

    moment: int
    _found: dict[Unit, Pill] = field(default_factory=dict)

    def of(self, unit: Unit, state: State) -> Pill:
        """Return the state that a pill shows of a schedule in that state."""
        if unit not in self._found:
            self._found[unit] = self._pill(unit, state)
        return self._found[unit]

    def counts(self, groups: Iterable[Evaluated]) -> Counter[str]:
        """Return the number of components by the kind of their pill, and of those
        that open within an hour."""
        counts: Counter[str] = Counter()
        for group, state, *_rest in groups:
            counts[self.of(group.unit, state).kind] += len(group.members)
            if is_in(state, "opening", self.moment):
                counts["opening"] += len(group.members)
        return counts

    def _pill(self, unit: Unit, state: State) -> Pill:
        if state.in_window:
            return CLOSING if is_in(state, "closing", self.moment) else OPEN
        try:
            by_override = is_closed_by_override(unit.definition, self.moment)
        except Exception as error:
            if is_of_the_process(error):
                raise
            # It was evaluated a moment ago: the state is known, its reason is not.
            return CLOSED
        return MAINTENANCE if by_override else CLOSED
