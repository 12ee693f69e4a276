"""Periods of reports: calendar months, weeks, quarters and years, and from-to. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ..language import gettext as _
from ..language import month as month_of
from ..messages import CodedError
from ..schedule.names import full_month
from ..schedule.spans import DAY, to_unix
from .messages import MESSAGES

FIRST_YEAR, LAST_YEAR = 1970, 9998
LONGEST = 3 * 366
"""Days that a report covers at most."""

_FORMS = {
    "year": re.compile(r"(\d{4})"),
    "month": re.compile(r"(\d{4})-(\d\d)"),
    "week": re.compile(r"(\d{4})-[Ww](\d\d)"),
    "quarter": re.compile(r"(\d{4})-[Qq](\d)"),
    "dates": re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)"),
}


class InvalidPeriod(CodedError):
    """A text is not the period of a report."""

    table = MESSAGES


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, in the zone of each component: from `first` until before `after`."""

    text: str
    """As parse_period() takes it: 2026-10, 2026-W44, 2026-Q4, 2026, or two dates."""
    kind: str
    """month, week, quarter, year or dates."""
    first: date
    after: date

    @property
    def label(self) -> str:
        """The period for people, in the language in use: October 2026."""
        if self.kind == "month":
            return month_of(self.first)
        if self.kind == "year":
            return str(self.first.year)
        last = self.after - timedelta(days=1)
        dates = _dates(self.first, last)
        if self.kind == "week":
            year, week, _weekday = self.first.isocalendar()
            return _("Week %(week)s of %(year)s (%(dates)s)") % {
                "week": week,
                "year": year,
                "dates": dates,
            }
        if self.kind == "quarter":
            return _("Q%(quarter)s %(year)s (%(first_month)s to %(month)s)") % {
                "quarter": last.month // 3,
                "year": last.year,
                "first_month": full_month(self.first.month),
                "month": full_month(last.month),
            }
        return dates

    def bounds(self, zone: ZoneInfo) -> tuple[int, int]:
        """Return the period in a zone as [start, end) in Unix seconds."""
        start, end = (
            to_unix(day.toordinal() * DAY, zone) for day in (self.first, self.after)
        )
        return start, end


def parse_period(text: str) -> Period:
    """Return the period that a text means: 2026-10, 2026-W44, 2026-Q4, 2026, A/B.

    Of two dates the second is not included. Raises InvalidPeriod.
    """
    text = text.strip()
    for kind, form in _FORMS.items():
        found = form.fullmatch(text) if text.isascii() else None
        if found:
            return _READERS[kind](text, *found.groups())
    raise InvalidPeriod("not_a_period", text=text)


def period_of(kind: str, day: date) -> Period:
    """Return the calendar month, week, quarter or year that holds the day.

    Weeks begin on Monday, and belong to the year that has most of their days.
    """
    if kind == "month":
        return parse_period(f"{day:%Y-%m}")
    if kind == "week":
        year, week, _weekday = day.isocalendar()
        return parse_period(f"{year:04}-W{week:02}")
    if kind == "quarter":
        return parse_period(f"{day:%Y}-Q{(day.month + 2) // 3}")
    return parse_period(f"{day:%Y}")


def _year(text: str, number: str) -> Period:
    year = _year_of(text, number)
    return Period(text, "year", date(year, 1, 1), date(year + 1, 1, 1))


def _month(text: str, year: str, number: str) -> Period:
    month = int(number)
    if not 1 <= month <= 12:
        raise InvalidPeriod("no_such_month", text=text)
    return _months(text, "month", _year_of(text, year), month, 1)


def _quarter(text: str, year: str, number: str) -> Period:
    quarter = int(number)
    if not 1 <= quarter <= 4:
        raise InvalidPeriod("no_such_quarter", text=text)
    months = 3 * quarter - 2
    return _months(text.upper(), "quarter", _year_of(text, year), months, 3)


def _months(text: str, kind: str, year: int, month: int, count: int) -> Period:
    years, beyond = divmod(month - 1 + count, 12)
    return Period(text, kind, date(year, month, 1), date(year + years, beyond + 1, 1))


def _week(text: str, number: str, week: str) -> Period:
    year = _year_of(text, number)
    # The 28th of December is always in the last week.
    last = date(year, 12, 28).isocalendar().week
    if not 1 <= int(week) <= last:
        raise InvalidPeriod("no_such_week", text=text, year=year, last=last)
    first = date.fromisocalendar(year, int(week), 1)
    return Period(text.upper(), "week", first, first + timedelta(days=7))


def _between(text: str, first: str, after: str) -> Period:
    begins, ends = _day(first), _day(after)
    days = (ends - begins).days
    if days <= 0:
        raise InvalidPeriod("period_without_days", text=text)
    if days > LONGEST:
        raise InvalidPeriod("period_too_long", text=text, days=days, most=LONGEST)
    return Period(text, "dates", begins, ends)


def _day(text: str) -> date:
    _year_of(text, text[:4])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidPeriod("no_such_date", text=text) from None


def _year_of(text: str, number: str) -> int:
    year = int(number)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidPeriod(
            "unsupported_year", text=text, first=FIRST_YEAR, last=LAST_YEAR
        )
    return year


def _dates(first: date, last: date) -> str:
    """Write the days of a period: 26 October to 1 November 2026."""
    if first == last:
        form = _("%(day)s %(month)s %(year)s")
    elif first.replace(day=1) == last.replace(day=1):
        form = _("%(first_day)s to %(day)s %(month)s %(year)s")
    elif first.year == last.year:
        form = _("%(first_day)s %(first_month)s to %(day)s %(month)s %(year)s")
    else:
        form = _(
            "%(first_day)s %(first_month)s %(first_year)s to %(day)s %(month)s %(year)s"
        )
    return form % {
        "first_day": first.day,
        "first_month": full_month(first.month),
        "first_year": first.year,
        "day": last.day,
        "month": full_month(last.month),
        "year": last.year,
    }


_READERS: dict[str, Callable[..., Period]] = {
    "year": _year,
    "month": _month,
    "week": _week,
    "quarter": _quarter,
    "dates": _between,
}
