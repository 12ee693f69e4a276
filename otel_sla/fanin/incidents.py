"""Report failures of the fan-in, and when they are over."""

from collections.abc import Callable

JOINING, STAYING, SAVING, ASKING = "joining", "staying", "saving", "asking"
"""What can fail. Each is over when the same succeeds."""


class Incidents:
    """Reports every failure, and recovery once none is left."""

    def __init__(
        self, failed: Callable[[str], None], recovered: Callable[[], None]
    ) -> None:
        self._failed = failed
        self._recovered = recovered
        self._failing: set[str] = set()

    def fail(self, what: str, message: str) -> None:
        self._failing.add(what)
        self._failed(message)

    def succeed(self, what: str) -> None:
        if what in self._failing:
            self._failing.discard(what)
            if not self._failing:
                self._recovered()
