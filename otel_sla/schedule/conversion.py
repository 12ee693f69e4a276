"""The days of a period in every zone, and conversion of their local times to UTC."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from .spans import DAY, EPOCH, Span, merge, offset_at, to_unix

# A local time on the first or last day may be an instant beyond the calendar.
FIRST_DAY, LAST_DAY = date.min.toordinal() + 1, date.max.toordinal() - 1


Days = tuple[int, int]
"""The first and the last of some local days, as ordinals, both inclusive."""


class Period:
    """[since, until) in Unix seconds, or the days of a zone, converted exactly."""

    __slots__ = ("_days", "since", "until")

    def __init__(self, since: int, until: int) -> None:
        self.since, self.until = since, until
        self._days: dict[ZoneInfo, Days] = {}

    @classmethod
    def of_days(cls, days: Days, zone: ZoneInfo) -> "Period":
        """Return the period of a zone's days, which are not beyond the calendar."""
        first, last = days
        period = cls(to_unix(first * DAY, zone), to_unix((last + 1) * DAY, zone))
        period._days[zone] = days
        return period

    def days(self, zone: ZoneInfo) -> Days:
        """Return days whose local times make up all of the period."""
        days = self._days.get(zone)
        if days is None:
            days = self._days[zone] = self._days_in(zone)
        return days

    def _days_in(self, zone: ZoneInfo) -> Days:
        # A day more: a clock set back past midnight repeats a date.
        last = min(local_day(self.until, zone) + 1, LAST_DAY)
        return max(local_day(self.since, zone), FIRST_DAY), last

    def to_unix(self, local: list[Span], zone: ZoneInfo) -> list[Span]:
        """Convert and merge again: spans in a skipped hour become empty, or touch."""
        return merge(
            (to_unix(opens, zone), to_unix(closes, zone)) for opens, closes in local
        )


class SteadyPeriod(Period):
    """A period without a change of the offset in or near it, which converts faster."""

    __slots__ = ()

    def _days_in(self, zone: ZoneInfo) -> Days:
        ahead = self._ahead(zone)
        return (self.since + ahead) // DAY, (self.until + ahead) // DAY

    def to_unix(self, local: list[Span], zone: ZoneInfo) -> list[Span]:
        ahead = self._ahead(zone)
        return [(opens - ahead, closes - ahead) for opens, closes in local]

    def _ahead(self, zone: ZoneInfo) -> int:
        return EPOCH + offset_at(self.since, zone)


def local_day(moment: int, zone: ZoneInfo) -> int:
    """Return the local date at the moment as an ordinal, within the calendar."""
    earliest, latest = FIRST_DAY * DAY - EPOCH, LAST_DAY * DAY - EPOCH
    within = min(max(moment, earliest), latest)
    return datetime.fromtimestamp(within, zone).toordinal()
