"""A day as a calendar names it: of every year, or of one."""

import datetime
from typing import NamedTuple


class DayOfYear(NamedTuple):
    """A day of every year, or of one where `year` is given. It need not exist.

    Its text is that of files and forms: `12-24`, `2026-12-24`.
    """

    year: int | None
    month: int
    day: int

    def __str__(self) -> str:
        text = f"{self.month:02}-{self.day:02}"
        return text if self.year is None else f"{self.year:04}-{text}"

    def exists(self) -> bool:
        """Return whether its year, or any, has the day."""
        # 2000 is a leap year.
        return self.date_in(2000 if self.year is None else self.year) is not None

    def date_in(self, year: int) -> datetime.date | None:
        """Return its date in a year, or None if that has none."""
        if self.year is not None and self.year != year:
            return None
        try:
            return datetime.date(year, self.month, self.day)
        except ValueError:
            return None
