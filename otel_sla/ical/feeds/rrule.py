"""Write a rule's days as an RRULE of RFC 5545, where that is possible. Pure."""

from collections.abc import Iterable
from datetime import datetime

from dateutil.rrule import rrulestr

from ...schedule.rules import Rule

_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_EVERY_DAY = frozenset(range(7))
_READING = "%Y%m%dT%H%M%S"
_BY_MONTH = {"nth", "days_of_month", "months"}
_INTERVALS = {"every_weeks", "every_days"}
_SAYABLE = _BY_MONTH | _INTERVALS | {"valid_from", "valid_to"}


def recurrence(rule: Rule) -> str | None:
    """Return the RRULE of the days on which the rule's windows start, without an end.

    None where no RRULE can: every second week of some months, an nth weekday that is
    also one of some days of the month, or a restriction that RRULEs don't know. What is
    counted from an anchor is right if the first occurrence is one of the rule's days.
    """
    restrictions = rule.restrictions()
    if not restrictions <= _SAYABLE or {"nth", "days_of_month"} <= restrictions:
        return None
    if restrictions & _INTERVALS and restrictions & _BY_MONTH:
        return None
    if rule.nth or rule.days_of_month:
        return _joined("MONTHLY", rule, nth=rule.nth)
    if rule.every_weeks == 1 and (
        rule.months or rule.every_days > 1 or rule.weekdays == _EVERY_DAY
    ):
        return _joined("DAILY", rule)
    return _joined("WEEKLY", rule)


def occurrences(pattern: str, first: datetime, last: datetime) -> list[datetime]:
    """Expand an RRULE the way its readers do: local readings, first to last.

    `first` is an occurrence itself, and decides on which weeks count.
    """
    until = f"{pattern};UNTIL={last.strftime(_READING)}"
    return list(rrulestr(until, dtstart=first))


def _joined(frequency: str, rule: Rule, nth: int | None = None) -> str:
    parts = {"FREQ": frequency}
    if rule.every_days > 1:
        parts["INTERVAL"] = str(rule.every_days)
    if rule.every_weeks > 1:
        # Monday is the default, but some readers have another one.
        parts |= {"INTERVAL": str(rule.every_weeks), "WKST": "MO"}
    if rule.months:
        parts["BYMONTH"] = _listed(rule.months)
    if rule.days_of_month:
        parts["BYMONTHDAY"] = _listed(rule.days_of_month)
    if nth or frequency == "WEEKLY" or rule.weekdays != _EVERY_DAY:
        names = (_NAMES[day] for day in sorted(rule.weekdays))
        parts["BYDAY"] = ",".join(f"{nth or ''}{name}" for name in names)
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _listed(numbers: Iterable[int]) -> str:
    return ",".join(map(str, sorted(numbers)))
