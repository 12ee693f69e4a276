"""What an import did, or would do: the changes, and what was not imported, and why."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ...language import gettext as _
from ...language import gettext_noop, number
from ...models import Override
from .wanted import Refusal

Action = Literal["create", "update", "delete"]
_REASONS = {
    "tentative": gettext_noop("%(count)s tentative"),
    "no_impact": gettext_noop("%(count)s without impact"),
    "free": gettext_noop("%(count)s free"),
}


class Change(NamedTuple):
    """What happens to an override, with its target and the target's time zone."""

    action: Action
    target: str
    timezone: str
    override: Override


@dataclass
class Outcome:
    """What an import did, or would do.

    `vanished` are deletions that only `--prune` makes, and not listed for messages,
    which it refuses. `older` is what changed nothing, because something newer was
    imported before. `unchanged` and `past` count overrides, `noted` cancelled
    occurrences that have no override yet: their series will be imported without them.
    `skipped` counts events that options leave out, by reason.
    """

    changes: list[Change] = field(default_factory=list)
    vanished: list[Change] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    older: list[Refusal] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    past: int = 0
    noted: int = 0

    def count(self, action: str) -> int:
        """How many overrides are created, updated or deleted."""
        return sum(change.action == action for change in self.changes)

    @property
    def left_out(self) -> str:
        """How many events options leave out: `1 tentative, 2 without impact`."""
        return ", ".join(
            _(_REASONS[reason]) % {"count": number(count)}
            for reason, count in self.skipped.items()
        )
