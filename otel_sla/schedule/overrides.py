"""Overrides: one-off closed or open intervals in the local time of a schedule."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from .errors import InvalidDefinition
from .notation import readable


@dataclass(frozen=True, slots=True)
class Override:
    """A one-off interval, closed or open, in local wall-clock time.

    `uid` is that of the calendar event it was imported from, or empty.
    """

    start: datetime
    end: datetime
    kind: Literal["closed", "open"]
    reason: str = ""
    uid: str = ""

    def __post_init__(self) -> None:
        """Refuse what can't be evaluated. Raises InvalidDefinition."""
        for name, moment in (("start", self.start), ("end", self.end)):
            if moment.tzinfo is not None:
                raise InvalidDefinition(name, "override_with_offset", value=moment)
            if moment.microsecond:
                raise InvalidDefinition(
                    name, "override_with_microseconds", value=moment
                )
        if self.end <= self.start:
            raise InvalidDefinition(
                "end", "override_ends_before_start", start=readable(self.start)
            )
        if self.kind not in ("closed", "open"):
            raise InvalidDefinition("kind", "unknown_kind", value=self.kind)
