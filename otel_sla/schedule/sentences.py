"""The hours of a schedule in a sentence: `Mon–Fri 09:00–17:00 London, except England
holidays`.

Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

from .calendars import Calendar, OwnCalendar, Union
from .days import first_few
from .evaluation import Schedule
from .holiday_codes import place_name
from .holidays import LibraryCalendar
from .notation import MONTHS, WEEKDAYS, format_clock, in_order
from .rules import LAST, Rule

_MOST = 6
"""How many rules or names a sentence lists before it says how many more there are."""
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", LAST: "last"}
_MIDNIGHT = time(0)


def hours_in_words(schedule: Schedule) -> str:
    """Describe when the schedule is open by its rules, holidays, and the schedules that
    it includes and excludes; overrides are left out."""
    opening = [one for one in schedule.rules if one.kind == "open"]
    parts = [] if schedule.always_open else list(_opened(schedule, opening))
    if schedule.always_open:
        parts = ["24×7"]
    if closing := [one for one in schedule.rules if one.kind == "closed"]:
        where = f" {place(schedule.zone)}" * (schedule.always_open or not opening)
        parts.append(f"closed {_listed_rules(closing, False)}{where}")
    if schedule.excludes:
        parts.append(f"except while {_any_of(schedule.excludes)} is open")
    sentence = ", ".join(parts)
    return sentence[:1].upper() + sentence[1:]


def _opened(schedule: Schedule, opening: list[Rule]) -> Iterator[str]:
    """Yield what opens it, and the holidays that close it again."""
    if not opening and not schedule.includes:
        yield "never open"
        return
    limited = bool(schedule.holidays) and any(one.heeds_holidays() for one in opening)
    if opening:
        yield f"{_listed_rules(opening, limited)} {place(schedule.zone)}"
    if limited:
        yield f"except {holidays_in_words(schedule.holidays)}"
    if schedule.includes:
        also = "and " * bool(opening)
        yield f"{also}whenever {_any_of(schedule.includes)} is open"


def _any_of(schedules: Iterable[Schedule]) -> str:
    return listed((one.name for one in schedules), "or")


def place(zone: ZoneInfo) -> str:
    """Return the city of a zone, or its whole name where that is not of a city."""
    region, _, city = zone.key.rpartition("/")
    if not region or region.startswith("Etc"):
        return zone.key
    return city.replace("_", " ")


def holidays_in_words(calendar: Calendar) -> str:
    """Name the calendars: `England holidays`, `holidays of calendar london`."""
    parts = calendar.calendars if isinstance(calendar, Union) else (calendar,)
    library = [
        place_name(one.code) for one in parts if isinstance(one, LibraryCalendar)
    ]
    own = [one.name for one in parts if isinstance(one, OwnCalendar)]
    found = []
    if library:
        found.append(f"{listed(library)} holidays")
    if own:
        plural = "s" * (len(own) > 1)
        found.append(f"holidays of calendar{plural} {listed(own)}")
    return listed(found)


def rules_in_words(rules: Iterable[Rule], has_holidays: bool) -> list[str]:
    """Describe each rule; those of the same days, or of the same hours on different nth
    weekdays, are joined. Holidays are mentioned only where there are any."""
    by_days: dict[object, tuple[Rule, list[str]]] = {}
    for rule in rules:
        by_days.setdefault(rule.day_selection(), (rule, []))[1].append(_clock(rule))
    joined: dict[object, tuple[Rule, str, list[int | None]]] = {}
    for rule, clocks in by_days.values():
        times = listed(clocks)
        key = replace(rule, nth=None).day_selection(), times, rule.nth is None
        joined.setdefault(key, (rule, times, []))[2].append(rule.nth)
    return [_rule(*one, has_holidays) for one in joined.values()]


def _listed_rules(rules: Iterable[Rule], has_holidays: bool) -> str:
    texts = rules_in_words(rules, has_holidays)
    is_simple = not any("(" in text or " and " in text for text in texts)
    return (", " if is_simple else "; ").join(first_few(texts, _MOST))


def _rule(
    rule: Rule, times: str, nths: Sequence[int | None], has_holidays: bool
) -> str:
    every_day = len(rule.weekdays) == 7
    # With all seven weekdays, other restrictions say alone which days they are.
    notes = list(_restrictions(rule, has_holidays))
    days = _weekdays(rule.weekdays)
    if rule.nth is not None:
        weekdays = "of each weekday" if every_day else days
        days = f"{listed([_NTH[one] for one in nths if one])} {weekdays}"
    elif every_day and rule.days_of_month:
        days = _dates(rule)
    elif every_day and rule.every_days > 1:
        days = f"every {rule.every_days} days"
    if rule.days_of_month and days != _dates(rule):
        notes.insert(0, _dates(rule))
    elif rule.months and not rule.days_of_month:
        notes.insert(0, _months(rule.months))
    return f"{days} {times}" + f" ({', '.join(notes)})" * bool(notes)


def _restrictions(rule: Rule, has_holidays: bool) -> Iterator[str]:
    if rule.every_weeks > 1:
        yield f"every {rule.every_weeks} weeks, counted from {_date(rule.anchor)}"
    if rule.every_days > 1:
        every = f"every {rule.every_days} days, " * (len(rule.weekdays) < 7)
        yield f"{every}counted from {_date(rule.anchor)}"
    if rule.valid_from and rule.valid_to:
        yield f"{_date(rule.valid_from)} to {_date(rule.valid_to)}"
    elif rule.valid_from:
        yield f"from {_date(rule.valid_from)}"
    elif rule.valid_to:
        yield f"until {_date(rule.valid_to)}"
    if has_holidays and rule.on_holidays:
        yield "also on holidays"


def _clock(rule: Rule) -> str:
    """Write the hours of a rule: `09:00–17:00`, `22:00–06:00`, `all day`."""
    start, end, later = format_clock(rule.start), format_clock(rule.end), rule.end_day
    if rule.end == _MIDNIGHT and later:
        end, later = "24:00", later - 1
    elif later == 1 and rule.end <= rule.start:
        later = 0
    if (rule.start, end, later) == (_MIDNIGHT, "24:00", 0):
        return "all day"
    if not later:
        return f"{start}–{end}"
    return f"{start}–{end} " + ("the next day" if later == 1 else f"{later} days later")


def _dates(rule: Rule) -> str:
    """Write days of a month: `10th and 25th of the month`, `1st–23rd of Dec`."""
    texts: list[str] = []
    for run in _runs(in_order(rule.days_of_month)):
        first, *_, last = map(_ordinal, (run[0], run[-1]))
        texts += map(_ordinal, run) if len(run) < 3 else [f"{first}–{last}"]
    of = _months(rule.months) if rule.months else "the month"
    return f"{listed(texts, most=31)} of {of}"


def _ordinal(day: int) -> str:
    if day == -1:
        return "last day"
    number = abs(day)
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    if number in (11, 12, 13):
        ending = "th"
    return f"{number}{ending}" + "-last day" * (day < 0)


def _weekdays(days: Iterable[int]) -> str:
    return _cycle(days, [name.title() for name in WEEKDAYS], "daily")


def _months(months: Iterable[int]) -> str:
    names = [name[:3].title() for name in MONTHS]
    return _cycle((month - 1 for month in months), names, "every month")


def _cycle(chosen: Iterable[int], names: Sequence[str], all_of_them: str) -> str:
    """Name what is chosen of things that come round; three or more are a range."""
    left, length = set(chosen), len(names)
    if len(left) == length:
        return all_of_them
    texts: list[str] = []
    for first in sorted(one for one in left if (one - 1) % length not in left):
        last = first
        while (last + 1) % length in left:
            last += 1
        run = [names[one % length] for one in range(first, last + 1)]
        texts += run if len(run) < 3 else [f"{run[0]}–{run[-1]}"]
    return listed(texts, most=len(names))


def _runs(numbers: Iterable[int]) -> Iterator[list[int]]:
    """Yield the runs of numbers that follow each other."""
    run: list[int] = []
    for number in numbers:
        if run and number != run[-1] + 1:
            yield run
            run = []
        run.append(number)
    if run:
        yield run


def _date(day: date | None) -> str:
    return f"{day.day} {day:%b %Y}" if day else ""


def listed(texts: Iterable[str], conjunction: str = "and", most: int = _MOST) -> str:
    """Join texts as a sentence does: `a, b and c`; of more, the first `most`."""
    shown = list(texts)
    if len(shown) > most:
        shown[most:] = [f"{len(shown) - most:,} more"]
    *others, last = shown or ("",)
    return f"{', '.join(others)} {conjunction} {last}" if others else last
