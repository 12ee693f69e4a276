"""Descriptions of states, rules and days: `Open until 17:00`, `mon-fri 09:00–17:00`.

Pure.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta, tzinfo

from .attributes import RULE
from .calendar_notation import format_hours_of_day
from .calendars import CalendarDay
from .evaluation import State
from .notation import FULL_NAMES, MONTHS, format_clock, format_length, format_weekdays
from .rules import LAST, Rule

_THIS_WEEK = timedelta(days=6)
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}


def in_words(state: State, moment: int, zone: tzinfo, reason: str = "") -> str:
    """Describe the state: `Open until 17:00 GMT, 2 h 14 min left`, `Closed: Boxing
    Day; opens Tue 09:00 GMT, in 14 h`.

    The moment is in Unix seconds. Times are in the local time of the zone.
    """
    if state.in_window:
        if state.next_end is None:
            is_gapless = state.last_start is None
            return "Open 24×7" if is_gapless else "Open. No closing scheduled"
        left = format_length(state.next_end - moment)
        return f"Open until {reading(state.next_end, moment, zone)}, {left} left"
    if state.next_start is None:
        closed = f"Closed: {reason}." if reason else "Closed."
        return f"{closed} No opening scheduled"
    wait = format_length(state.next_start - moment)
    closed = f"Closed: {reason};" if reason else "Closed,"
    return f"{closed} opens {reading(state.next_start, moment, zone)}, in {wait}"


def beside_state(state: State, moment: int, zone: tzinfo, reason: str = "") -> str:
    """Describe what comes after the name of the state: `until 17:00 GMT, 2 h 14 min
    left`, `24×7`, `Boxing Day; opens Tue 09:00 GMT, in 14 h`.

    Arguments are as for in_words().
    """
    words = in_words(state, moment, zone, reason)
    for name in ("Open. ", "Open ", "Closed: ", "Closed, ", "Closed. "):
        if words.startswith(name):
            return words.removeprefix(name)
    return words


def reading(at: int, moment: int, zone: tzinfo) -> str:
    """Write the time of a boundary, in Unix seconds: with its day and date only where
    they are not those of the moment."""
    there, here = (datetime.fromtimestamp(one, zone) for one in (at, moment))
    clock = there.strftime("%H:%M:%S %Z" if there.second else "%H:%M %Z")
    if there.date() == here.date():
        return clock
    if abs(there.date() - here.date()) <= _THIS_WEEK:
        return f"{there:%a} {clock}"
    return f"{there:%a %Y-%m-%d} {clock}"


def format_rule(rule: Rule) -> str:
    """Write a rule for people: `closed last Sunday 02:00–04:00, on holidays too`."""
    end, days_on = format_clock(rule.end), rule.end_day or 0
    if rule.end == time(0) and days_on:
        end, days_on = "24:00", days_on - 1
    elif rule.end <= rule.start:
        days_on -= 1
    closed = "closed " * (rule.kind == "closed")
    parts = [f"{closed}{_days(rule)} {format_clock(rule.start)}–{end}"]
    if days_on:
        parts.append(f"and {days_on} day{'s' * (days_on > 1)} on")
    return ", ".join([*parts, *_restrictions(rule)])


def _days(rule: Rule) -> str:
    if rule.nth is None:
        return format_weekdays(rule.weekdays)
    *others, last = (FULL_NAMES[day].capitalize() for day in sorted(rule.weekdays))
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"{_NTH[rule.nth]} {listed}"


def _restrictions(rule: Rule) -> Iterator[str]:
    for attribute in RULE:
        value = getattr(rule, attribute.name)
        if attribute.words and value != attribute.default:
            yield attribute.words.format(attribute.kind.store(value), rule=rule)


def format_day(day: CalendarDay) -> str:
    """Write a day of a calendar for people: `Christmas Eve, 12-24, 00:00-13:00`."""
    hours = format_hours_of_day(day.hours)
    return ", ".join(filter(None, (day.name, _when(day), hours)))


def _when(day: CalendarDay) -> str:
    if day.start:
        return f"{day.start} to {day.end}"
    if day.nth and day.weekday is not None and day.month:
        weekday, month = FULL_NAMES[day.weekday], MONTHS[day.month - 1]
        return f"{_NTH[day.nth]} {weekday.title()} of {month.title()}"
    if day.easter is None:
        return str(day.date)
    easter = "Orthodox Easter Sunday" if day.orthodox else "Easter Sunday"
    if not day.easter:
        return easter
    days = f"{abs(day.easter)} day{'s' * (abs(day.easter) > 1)}"
    return f"{days} {'after' if day.easter > 0 else 'before'} {easter}"
