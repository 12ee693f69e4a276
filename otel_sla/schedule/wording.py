"""Descriptions of states, rules and days: `Open until 17:00`, `mon-fri 09:00–17:00`.

Pure.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from ..language import day as written_day
from ..language import gettext as _
from ..language import gettext_noop, ngettext, weekday, weekday_and_day
from .attributes import RULE
from .calendar_notation import format_hours_of_day
from .calendars import CalendarDay
from .evaluation import State
from .names import full_month, full_weekday, listed, nth_in_words, typed_weekday
from .notation import format_clock, format_length, format_weekdays
from .rules import Rule

_THIS_WEEK = timedelta(days=6)


class _StateWords(NamedTuple):
    """A state in words: alone, and beside the name of the state."""

    whole: str
    beside: str


_OPEN_UNTIL = _StateWords(
    gettext_noop("Open until %(until)s, %(left)s left"),
    gettext_noop("until %(until)s, %(left)s left"),
)
_GAPLESS = _StateWords(gettext_noop("Open 24×7"), gettext_noop("24×7"))
_NEVER_CLOSES = _StateWords(
    gettext_noop("Open. No closing scheduled"), gettext_noop("No closing scheduled")
)
_OPENS = _StateWords(
    gettext_noop("Closed, opens %(start)s, in %(wait)s"),
    gettext_noop("opens %(start)s, in %(wait)s"),
)
_OPENS_AFTER = _StateWords(
    gettext_noop("Closed: %(reason)s; opens %(start)s, in %(wait)s"),
    gettext_noop("%(reason)s; opens %(start)s, in %(wait)s"),
)
_NEVER_OPENS = _StateWords(
    gettext_noop("Closed. No opening scheduled"), gettext_noop("No opening scheduled")
)
_NEVER_OPENS_AFTER = _StateWords(
    gettext_noop("Closed: %(reason)s. No opening scheduled"),
    gettext_noop("%(reason)s. No opening scheduled"),
)


def in_words(state: State, moment: int, zone: tzinfo, reason: str = "") -> str:
    """Describe the state: `Open until 17:00 GMT, 2 h 14 min left`, `Closed: Boxing
    Day; opens Tue 09:00 GMT, in 14 h`.

    The moment is in Unix seconds. Times are in the local time of the zone.
    """
    words, params = _words_of(state, moment, zone, reason)
    return _(words.whole) % params


def beside_state(state: State, moment: int, zone: tzinfo, reason: str = "") -> str:
    """Describe what comes after the name of the state: `until 17:00 GMT, 2 h 14 min
    left`, `24×7`, `Boxing Day; opens Tue 09:00 GMT, in 14 h`.

    Arguments are as for in_words().
    """
    words, params = _words_of(state, moment, zone, reason)
    return _(words.beside) % params


def _words_of(
    state: State, moment: int, zone: tzinfo, reason: str
) -> tuple[_StateWords, dict[str, str]]:
    """Return the words for a state, and their parameters."""
    if state.in_window:
        if state.next_end is None:
            return (_GAPLESS if state.last_start is None else _NEVER_CLOSES), {}
        until = reading(state.next_end, moment, zone)
        left = format_length(state.next_end - moment)
        return _OPEN_UNTIL, {"until": until, "left": left}
    if state.next_start is None:
        return (_NEVER_OPENS_AFTER if reason else _NEVER_OPENS), {"reason": reason}
    return (_OPENS_AFTER if reason else _OPENS), {
        "reason": reason,
        "start": reading(state.next_start, moment, zone),
        "wait": format_length(state.next_start - moment),
    }


def reading(at: int, moment: int, zone: tzinfo) -> str:
    """Write the time of a boundary, in Unix seconds: with its day and date only where
    they are not those of the moment."""
    there, here = (datetime.fromtimestamp(one, zone) for one in (at, moment))
    clock = there.strftime("%H:%M:%S %Z" if there.second else "%H:%M %Z")
    if there.date() == here.date():
        return clock
    if abs(there.date() - here.date()) <= _THIS_WEEK:
        return f"{weekday(there)} {clock}"
    return f"{weekday_and_day(there)} {clock}"


def day_and_clock(local: datetime) -> str:
    """Write a local date and time, with its seconds only where it has any."""
    return f"{written_day(local)} {format_clock(local.time())}"


def format_rule(rule: Rule) -> str:
    """Write a rule for people: `closed last Sunday 02:00–04:00, on holidays too`."""
    end, days_on = format_clock(rule.end), rule.end_day or 0
    if rule.end == time(0) and days_on:
        end, days_on = "24:00", days_on - 1
    elif rule.end <= rule.start:
        days_on -= 1
    hours = f"{_days(rule)} {format_clock(rule.start)}–{end}"
    if rule.kind == "closed":
        hours = _("closed %(rules)s") % {"rules": hours}
    parts = [hours]
    if days_on:
        words = ngettext("and %(count)s day on", "and %(count)s days on", days_on)
        parts.append(words % {"count": days_on})
    return ", ".join([*parts, *_restrictions(rule)])


def _days(rule: Rule) -> str:
    if rule.nth is None:
        names = list(map(typed_weekday, range(7)))
        return format_weekdays(rule.weekdays, names, _("daily"))
    weekdays = listed(map(full_weekday, sorted(rule.weekdays)), most=7)
    return f"{nth_in_words(rule.nth)} {weekdays}"


def _restrictions(rule: Rule) -> Iterator[str]:
    for attribute in RULE:
        value = getattr(rule, attribute.name)
        if attribute.words and value != attribute.default:
            stored = attribute.kind.store(value)
            yield _(attribute.words) % {
                "value": written_day(stored) if isinstance(stored, date) else stored,
                "anchor": rule.anchor and written_day(rule.anchor),
            }


def format_day(day: CalendarDay) -> str:
    """Write a day of a calendar for people: `Christmas Eve, 12-24, 00:00-13:00`."""
    hours = format_hours_of_day(day.hours)
    return ", ".join(filter(None, (day.name, _when(day), hours)))


def _when(day: CalendarDay) -> str:
    if day.start:
        return _("%(start)s to %(end)s") % {"start": day.start, "end": day.end}
    if day.nth and day.weekday is not None and day.month:
        return _("%(nth)s %(weekday)s of %(month)s") % {
            "nth": nth_in_words(day.nth),
            "weekday": full_weekday(day.weekday),
            "month": full_month(day.month),
        }
    if day.easter is None:
        return str(day.date)
    easter = _("Orthodox Easter Sunday") if day.orthodox else _("Easter Sunday")
    if not day.easter:
        return easter
    count = abs(day.easter)
    if day.easter > 0:
        words = ngettext(
            "%(count)s day after %(easter)s", "%(count)s days after %(easter)s", count
        )
    else:
        words = ngettext(
            "%(count)s day before %(easter)s", "%(count)s days before %(easter)s", count
        )
    return words % {"count": count, "easter": easter}
