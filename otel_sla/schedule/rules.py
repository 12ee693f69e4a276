"""Rules: on which days windows start, and from when to when they last.

All times are local times of the schedule's zone. Days are proleptic Gregorian
ordinals: day 1, 0001-01-01, is a Monday.
"""

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date, time
from functools import lru_cache
from operator import attrgetter
from typing import Literal

from .errors import InvalidDefinition
from .spans import DAY, Span, second_of_day

LAST = -1
MAX_END_DAY = 7
MAX_EVERY_WEEKS = 520
MAX_EVERY_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: windows that start on matching days, in local wall-clock time.

    weekdays: Monday is 0. nth: 1 to 5, or LAST, of its weekday in the month.
    months: 1 to 12. days_of_month: 1 to 31, or -1 to -31 from the month's end; days
    that a month does not have are skipped. every_weeks counts from the week, Monday
    to Sunday, of `anchor`, and every_days from that date itself. valid_from and
    valid_to are both inclusive. An empty set does not restrict. end_day None becomes 1
    if the end is not after the start, else 0.
    One of the kind "closed" takes its windows away from those that others open.
    """

    weekdays: frozenset[int]
    start: time
    end: time
    end_day: int | None = None
    kind: Literal["open", "closed"] = "open"
    nth: int | None = None
    months: frozenset[int] = frozenset()
    days_of_month: frozenset[int] = frozenset()
    every_weeks: int = 1
    every_days: int = 1
    anchor: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    on_holidays: bool = False

    def __post_init__(self) -> None:
        """Refuse what can't be evaluated. Raises InvalidDefinition."""
        _require(
            self.kind in ("open", "closed"), "kind", "unknown_kind", value=self.kind
        )
        self._check_clock()
        self._check_days()
        self._check_intervals()
        self._check_validity()
        if self.end_day is None:
            object.__setattr__(self, "end_day", int(self.end <= self.start))

    def _check_clock(self) -> None:
        for name, clock in (("start", self.start), ("end", self.end)):
            _require(
                clock.tzinfo is None and clock.microsecond == 0,
                name,
                "not_a_wall_clock_time",
                value=clock,
            )
        _require(
            self.end_day is None or 0 <= self.end_day <= MAX_END_DAY,
            "end_day",
            "end_day_out_of_range",
            value=self.end_day,
            most=MAX_END_DAY,
        )
        start = self.start.isoformat("auto" if self.start.second else "minutes")
        _require(
            self.end_day is not None or self.end != self.start,
            "end",
            "end_equals_start",
            start=start,
        )
        _require(
            self.end_day != 0 or self.end > self.start,
            "end",
            "end_before_start",
            start=start,
        )

    def _check_days(self) -> None:
        _require(
            bool(self.weekdays) and self.weekdays <= set(range(7)),
            "weekdays",
            "no_weekdays",
        )
        _require(
            self.nth in (None, 1, 2, 3, 4, 5, LAST),
            "nth",
            "unknown_nth",
            text=self.nth,
        )
        for month in self.months:
            _require(1 <= month <= 12, "months", "month_out_of_range", value=month)
        for day in self.days_of_month:
            _require(
                1 <= abs(day) <= 31, "days_of_month", "day_out_of_range", value=day
            )

    def _check_intervals(self) -> None:
        _require(
            1 <= self.every_weeks <= MAX_EVERY_WEEKS,
            "every_weeks",
            "every_weeks_out_of_range",
            value=self.every_weeks,
            most=MAX_EVERY_WEEKS,
        )
        _require(
            self.every_weeks == 1 or self.anchor is not None,
            "anchor",
            "anchor_missing",
        )
        if self.every_days != 1:
            self._check_every_days()

    def _check_every_days(self) -> None:
        _require(
            1 <= self.every_days <= MAX_EVERY_DAYS,
            "every_days",
            "every_days_out_of_range",
            value=self.every_days,
            most=MAX_EVERY_DAYS,
        )
        _require(self.every_weeks == 1, "every_days", "weeks_and_days")
        _require(self.anchor is not None, "anchor", "first_day_missing")

    def _check_validity(self) -> None:
        _require(
            not (self.valid_from and self.valid_to) or self.valid_from <= self.valid_to,
            "valid_to",
            "valid_to_before_valid_from",
            valid_from=self.valid_from,
        )

    def span(self) -> Span:
        """Return where a window opens and closes, in seconds from the midnight of
        the day it starts on."""
        closes = second_of_day(self.end) + (self.end_day or 0) * DAY
        return second_of_day(self.start), closes

    def day_selection(self) -> tuple[object, ...]:
        """Return all that decides on which days a window starts."""
        return _DAY_SELECTION(self)

    def restrictions(self) -> frozenset[str]:
        """Return the names of the fields that leave out some of its weekdays."""
        return frozenset(
            name for name in _RESTRICTING if getattr(self, name) != _DEFAULTS[name]
        )

    def heeds_holidays(self) -> bool:
        """Return whether none of its windows starts on a holiday."""
        return self.kind == "open" and not self.on_holidays

    def runs_every_week(self) -> bool:
        """Return whether its weekdays alone decide when it runs, holidays aside."""
        return _RESTRICTIONS(self) == _UNRESTRICTED

    def days(self, first: int, last: int) -> Iterator[int]:
        """Yield the days (proleptic Gregorian ordinals) within first to last,
        both inclusive, on which a window of this rule starts, ascending."""
        if self.valid_from is not None:
            first = max(first, self.valid_from.toordinal())
        if self.valid_to is not None:
            last = min(last, self.valid_to.toordinal())
        if first > last:
            return
        if self.nth is not None or self.months or self.days_of_month:
            candidates = self._days_by_month(first, last)
        elif self.anchor is not None and self.every_days > 1:
            candidates = self._days_by_interval(self.anchor.toordinal(), first, last)
        else:
            candidates = self._days_by_week(first, last)
        for day in candidates:
            if first <= day <= last:
                yield day

    def _runs_in_week(self, week: int) -> bool:
        if self.anchor is None:
            return True
        return (week - _week(self.anchor.toordinal())) % self.every_weeks == 0

    def _is_counted(self, day: int) -> bool:
        """Return whether the day is due, counting weeks or days from the anchor."""
        if self.anchor is None:
            return True
        days = day - self.anchor.toordinal()
        return days % self.every_days == 0 and self._runs_in_week(_week(day))

    def _days_by_week(self, first: int, last: int) -> Iterator[int]:
        weekdays = sorted(self.weekdays)
        for week in range(_week(first), _week(last) + 1):
            if self._runs_in_week(week):
                monday = week * 7 + 1
                for weekday in weekdays:
                    yield monday + weekday

    def _days_by_interval(self, anchor: int, first: int, last: int) -> Iterator[int]:
        begins = first + (anchor - first) % self.every_days
        for day in range(begins, last + 1, self.every_days):
            if _weekday(day) in self.weekdays:
                yield day

    def _days_by_month(self, first: int, last: int) -> Iterator[int]:
        for year in range(_year(first), _year(last) + 1):
            for month, begins, length in _months(year):
                if self.months and month not in self.months:
                    continue
                selection = self.weekdays, self.nth, self.days_of_month
                for offset in _matching(_weekday(begins), length, *selection):
                    if self._is_counted(begins + offset):
                        yield begins + offset


_DEFAULTS = {one.name: one.default for one in fields(Rule)}
_CLOCK_TIMES = frozenset({"start", "end", "end_day"})
# A new field counts as a restriction until it is listed here. Exports that don't know
# the restriction then leave the rule out.
_NOT_RESTRICTING = _CLOCK_TIMES | {"weekdays", "anchor", "on_holidays"}
_RESTRICTING = frozenset(_DEFAULTS) - _NOT_RESTRICTING
_RESTRICTING_DAYS = sorted(_RESTRICTING - {"kind"})
_RESTRICTIONS: Callable[[Rule], tuple[object, ...]] = attrgetter(*_RESTRICTING_DAYS)
_UNRESTRICTED = tuple(_DEFAULTS[name] for name in _RESTRICTING_DAYS)
_DAY_SELECTION: Callable[[Rule], tuple[object, ...]] = attrgetter(
    *(name for name in _DEFAULTS if name not in _CLOCK_TIMES)
)


def _require(is_met: bool, field: str, code: str, **params: object) -> None:
    if not is_met:
        raise InvalidDefinition(field, code, **params)


@lru_cache(maxsize=64)
def _months(year: int) -> tuple[tuple[int, int, int], ...]:
    """Return the months of a year: number, ordinal of the first day, length in days."""
    return tuple(
        (month, date(year, month, 1).toordinal(), monthrange(year, month)[1])
        for month in range(1, 13)
    )


@lru_cache(maxsize=1_024)
def _matching(
    first_weekday: int,
    length: int,
    weekdays: frozenset[int],
    nth: int | None,
    days_of_month: frozenset[int],
) -> tuple[int, ...]:
    """Return the offsets of the matching days in a month with this first weekday.

    Only 28 kinds of month exist, so each is worked out once for all rules that select
    the same days: one that hardly ever matches stays cheap over a search of twenty
    years.
    """
    return tuple(
        offset
        for offset in range(length)
        if (first_weekday + offset) % 7 in weekdays
        and _is_nth(nth, offset, length)
        and (
            not days_of_month
            or offset + 1 in days_of_month
            or offset - length in days_of_month
        )
    )


def _is_nth(nth: int | None, offset: int, length: int) -> bool:
    if nth is None:
        return True
    if nth == LAST:
        return offset + 7 >= length
    return offset // 7 + 1 == nth


def _year(ordinal: int) -> int:
    return date.fromordinal(ordinal).year


def _week(ordinal: int) -> int:
    return (ordinal - 1) // 7


def _weekday(ordinal: int) -> int:
    return (ordinal - 1) % 7
