"""Which days of those that a calendar includes it leaves out."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..calendar_notation import parse_day_of_year
from ..day_of_year import DayOfYear
from ..errors import InvalidNotation
from .calendar import Entry

ALL_OBSERVED = "observed"
_YEARS_CHECKED = range(2000, 2051)


@dataclass(frozen=True, slots=True)
class Without:
    """What one text takes away: a date, a date of every year, a name, or `observed`.

    A name is that of a holiday or special day, or that of a holiday which the day is
    only observed for. `observed` is every such day.
    """

    text: str
    day: DayOfYear | None = field(init=False)

    def __post_init__(self) -> None:
        """Read the text. What is not a day is a name."""
        try:
            day = parse_day_of_year(self.text)
        except InvalidNotation:
            day = None
        object.__setattr__(self, "day", day)

    def years(self) -> Iterable[int]:
        """Return the years in which it has to take a day away: from 2000 to 2050, or
        its own."""
        if self.day is not None and self.day.year is not None:
            return (self.day.year,)
        return _YEARS_CHECKED

    def left_of(self, entry: Entry) -> tuple[str, ...]:
        """Return the names that the entry still has. With none it is taken away."""
        if self.day is not None:
            is_day = self.day.date_in(entry.day.year) == entry.day
            return () if is_day else entry.names
        others = entry.source.observed(entry.day.year).get(entry.day, {})
        if self.text == ALL_OBSERVED:
            return tuple(name for name in entry.names if name not in others)
        return tuple(
            name for name in entry.names if self.text not in (name, others.get(name))
        )
