"""Report failures of the fan-in, and when they are over."""

from collections.abc import Callable
from dataclasses import dataclass, field

JOINING, STAYING, SAVING, ASKING = "joining", "staying", "saving", "asking"
"""What can fail. Each is over when the same succeeds."""


@dataclass
class Incidents:
    """Reports every failure, and recovery once none is left.

    `failed` is called with a message, `recovered` when nothing fails any more.
    """

    failed: Callable[[str], None]
    recovered: Callable[[], None]
    _failing: set[str] = field(default_factory=set)

    def fail(self, what: str, message: str) -> None:
        self._failing.add(what)
        self.failed(message)

    def succeed(self, what: str) -> None:
        if what in self._failing:
            self._failing.discard(what)
            if not self._failing:
                self.recovered()
