"""An event of a calendar, as far as overrides need to know it. Pure."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from .maintnote import Notice
from .options import Options

Length = tuple[timedelta, timedelta]
"""How long an event lasts: a nominal time on its own clock, and then an exact time.

So an occurrence ends when calendar programs show it to, also when the clocks change.
"""

Skipped = Literal["tentative", "no_impact", "free"]


@dataclass(frozen=True, slots=True)
class MaintenanceEvent:
    """What overrides need to know of an event of the file.

    stamp: its DTSTAMP in UTC, which tells revisions of the same SEQUENCE apart.
    dates: added occurrences, each with its own length.
    recurrence_id: the occurrence that it changes, as a time in UTC or in no zone, or as
    a date. recurrence_day: the date of it. `occurrence_key` says what its series has.
    busy: whether it blocks people's time. notice: what a provider says of it.
    content: a calendar of this event alone, from which `read_content` reads it again.
    """

    uid: str
    summary: str
    start: datetime
    sequence: int
    recurrence_id: str
    recurrence_day: str = ""
    cancelled: bool = False
    all_day: bool = False
    length: Length = (timedelta(), timedelta())
    rules: tuple[Any, ...] = ()
    dates: tuple[tuple[datetime, Length], ...] = ()
    excluded: frozenset[str] = frozenset()
    stamp: datetime | None = field(default=None, compare=False)
    tentative: bool = False
    busy: bool = True
    notice: Notice | None = None
    content: str = field(default="", compare=False)

    @property
    def reason(self) -> str:
        """The summary; with the provider and its ids, if it is a notice."""
        return self.notice.reason(self.summary) if self.notice else self.summary

    def skipped(self, options: Options) -> Skipped | None:
        """Return by which option the event becomes no overrides, if by any."""
        if self.tentative and options.tentative == "skip":
            return "tentative"
        without = self.notice is not None and self.notice.without_impact
        if without and options.no_impact == "skip":
            return "no_impact"
        return "free" if not self.busy and options.free == "skip" else None
