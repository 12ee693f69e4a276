"""A day of a calendar: on which dates it falls, and which hours it leaves."""

import datetime
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR
from itertools import pairwise

from ..calendar_notation import OBSERVED, format_hours_of_day
from ..day_of_year import DayOfYear
from ..errors import InvalidDefinition
from ..rules import LAST
from ..spans import DAY, Span
from . import easter

MOST_DAYS_FROM_EASTER = 366
# The fields of each way to give a date, with the keys that sentences name them by.
_WAYS = (
    {"date": "date"},
    {"start": "from", "end": "to"},
    {"nth": "nth", "weekday": "day", "month": "month"},
    {"easter": "easter"},
)


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day, or a range of days, that has a name.

    Its date is given by exactly one of: `date`; `start` and `end`, both inclusive,
    where an end that is earlier in the year is in the next; `nth` (1 to 5, or LAST),
    `weekday` (Monday is 0) and `month`; `easter`, the days after Easter Sunday.
    first_year and last_year are inclusive, and mean the year in which the day falls or
    the range begins. hours are in seconds since midnight: a day that has some is a
    special day, not a holiday.
    """

    name: str
    date: DayOfYear | None = None
    start: DayOfYear | None = None
    end: DayOfYear | None = None
    nth: int | None = None
    weekday: int | None = None
    month: int | None = None
    easter: int | None = None
    orthodox: bool = False
    first_year: int | None = None
    last_year: int | None = None
    observed: str = "none"
    hours: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what can't be evaluated. Raises InvalidDefinition."""
        _require(bool(self.name.strip()), "name", "missing")
        self._check_way()
        self._check_dates()
        self._check_numbers()
        self._check_years()
        self._check_observed()
        self._check_hours()

    def _check_way(self) -> None:
        ways = [
            [field for field in way if getattr(self, field) is not None]
            for way in _WAYS
        ]
        given = [
            (way, fields) for way, fields in zip(_WAYS, ways, strict=True) if fields
        ]
        _require(bool(given), "date", "no_day_given")
        if len(given) > 1:
            (first, (one, *_)), (second, (other, *_)) = given[:2]
            raise InvalidDefinition(
                other, "several_days_given", first=first[one], second=second[other]
            )
        for field in given[0][0]:
            _require(getattr(self, field) is not None, field, "missing")
        _require(
            not self.orthodox or self.easter is not None,
            "orthodox",
            "orthodox_without_easter",
        )

    def _check_dates(self) -> None:
        for field in ("date", "start", "end"):
            day: DayOfYear | None = getattr(self, field)
            if day is None or day.exists():
                continue
            turned = day._replace(month=day.day, day=day.month)
            if turned.exists():
                raise InvalidDefinition(field, "day_first", day=day, turned=turned)
            raise InvalidDefinition(field, "impossible_day", day=day)
        if self.start is None or self.end is None:
            return
        once = self.start.year is not None
        _require(once == (self.end.year is not None), "end", "year_on_one_end")
        _require(
            not once or self.start <= self.end,
            "end",
            "range_ends_before_start",
            start=self.start,
        )

    def _check_numbers(self) -> None:
        _require(
            self.nth in (None, 1, 2, 3, 4, 5, LAST), "nth", "unknown_nth", text=self.nth
        )
        _require(
            self.weekday is None or 0 <= self.weekday < 7,
            "weekday",
            "unknown_weekday",
            text=self.weekday,
        )
        _require(
            self.month is None or 1 <= self.month <= 12,
            "month",
            "month_out_of_range",
            value=self.month,
        )
        _require(
            abs(self.easter or 0) <= MOST_DAYS_FROM_EASTER,
            "easter",
            "easter_out_of_range",
            value=self.easter,
            most=MOST_DAYS_FROM_EASTER,
        )

    def _check_years(self) -> None:
        for field in ("first_year", "last_year"):
            year = getattr(self, field)
            _require(
                year is None or MINYEAR <= year <= MAXYEAR,
                field,
                "year_out_of_range",
                value=year,
                least=MINYEAR,
                most=MAXYEAR,
            )
            _require(
                year is None or not self.happens_once,
                field,
                "years_of_one_date",
                day=self.date or self.start,
            )
        first, last = self.first_year, self.last_year
        _require(
            first is None or last is None or first <= last,
            "last_year",
            "last_year_before_first_year",
            first_year=first,
        )

    def _check_observed(self) -> None:
        _require(
            self.observed in OBSERVED,
            "observed",
            "unknown_observed",
            text=self.observed,
            known=", ".join(OBSERVED),
        )
        _require(
            not self.moves or self.start is None, "observed", "observed_of_a_range"
        )

    def _check_hours(self) -> None:
        for opens, closes in self.hours:
            _require(opens >= 0 and closes <= DAY, "hours", "hours_beyond_the_day")
            _require(
                opens < closes,
                "hours",
                "hours_end_before_start",
                text=format_hours_of_day([(opens, closes)]),
            )
        for span, following in pairwise(self.hours):
            _require(
                span[1] < following[0],
                "hours",
                "hours_not_apart",
                text=format_hours_of_day([span]),
                other=format_hours_of_day([following]),
            )

    @property
    def happens_once(self) -> bool:
        """Whether its date has a year."""
        day = self.date or self.start
        return day is not None and day.year is not None

    @property
    def moves(self) -> bool:
        """Whether it is moved where it falls on a Saturday or Sunday."""
        return self.observed != "none"

    @property
    def is_special(self) -> bool:
        """Whether it has hours. Otherwise it is a holiday."""
        return bool(self.hours)

    def dates(self, year: int) -> Iterator[datetime.date]:
        """Yield its dates in a year, ascending, and not moved off weekends."""
        if not MINYEAR <= year <= MAXYEAR:
            return
        if self.start is not None and self.end is not None:
            yield from self._dates_of_range(self.start, self.end, year)
        elif self._begins_in(year):
            yield from self._single_dates(year)

    def _begins_in(self, year: int) -> bool:
        """Return whether the year is one of those from the first to the last."""
        return (self.first_year or MINYEAR) <= year <= (self.last_year or MAXYEAR)

    def _dates_of_range(
        self, start: DayOfYear, end: DayOfYear, year: int
    ) -> Iterator[datetime.date]:
        new_year = datetime.date(year, 1, 1).toordinal()
        last = datetime.date(year, 12, 31).toordinal()
        for begun in (year - 1, year) if start.year is None else (start.year,):
            if self._begins_in(begun):
                since, until = _range(start, end, begun)
                for day in range(max(since, new_year), min(until, last) + 1):
                    yield datetime.date.fromordinal(day)

    def _single_dates(self, year: int) -> Iterator[datetime.date]:
        if self.date is not None:
            day = self.date.date_in(year)
            if day is not None:
                yield day
        elif self.nth is not None and self.weekday is not None and self.month:
            yield from _nth(self.nth, self.weekday, self.month, year)
        else:
            yield from _near_easter(self.easter or 0, self.orthodox, year)


def _nth(nth: int, weekday: int, month: int, year: int) -> Iterator[datetime.date]:
    first, length = monthrange(year, month)
    days = range(1 + (weekday - first) % 7, length + 1, 7)
    number = nth if nth == LAST else nth - 1
    if number < len(days):
        yield datetime.date(year, month, days[number])


def _near_easter(days: int, orthodox: bool, year: int) -> Iterator[datetime.date]:
    """Yield the dates in the year that are so many days after an Easter Sunday.

    Up to 366 days from one is in the year before or in that after.
    """
    sunday = easter.orthodox if orthodox else easter.western
    for near in range(max(year - 1, MINYEAR), min(year + 1, MAXYEAR) + 1):
        try:
            day = sunday(near) + datetime.timedelta(days=days)
        except OverflowError:
            # Before year 1 or after 9999.
            continue
        if day.year == year:
            yield day


def _range(start: DayOfYear, end: DayOfYear, year: int) -> Span:
    """Return the first and the last day, as ordinals, of the range that begins in the
    year.

    In other than leap years one that begins with 29 February begins the day after the
    28th, and one that ends with it ends on that.
    """
    ends = end.year or year + (end < start)
    since = start.date_in(year) or datetime.date(year, 3, 1)
    until = datetime.date.max
    if ends <= MAXYEAR:
        until = end.date_in(ends) or datetime.date(ends, 2, 28)
    return since.toordinal(), until.toordinal()


def _require(is_met: bool, field: str, code: str, **params: object) -> None:
    if not is_met:
        raise InvalidDefinition(field, code, **params)
