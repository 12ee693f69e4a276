"""The hours of a schedule in a sentence: `Mon–Fri 09:00–17:00 London, except England
holidays`.

Pure.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, time
from zoneinfo import ZoneInfo

from ..language import day_in_words, gettext_noop, ngettext
from ..language import gettext as _
from .calendars import Calendar, OwnCalendar, Union
from .days import first_few
from .evaluation import Schedule
from .holiday_codes import place_name
from .holidays import LibraryCalendar
from .names import AND, MOST, OR, listed, nth_in_words, short_month, short_weekday
from .notation import format_clock, in_order
from .rules import Rule

_MIDNIGHT = time(0)
_ORDINAL = gettext_noop("%(number)sth")
_ORDINALS = {
    1: gettext_noop("%(number)sst"),
    2: gettext_noop("%(number)snd"),
    3: gettext_noop("%(number)srd"),
}


def hours_in_words(schedule: Schedule) -> str:
    """Describe when the schedule is open by its rules, holidays, and the schedules that
    it includes and excludes; overrides are left out."""
    opening = [one for one in schedule.rules if one.kind == "open"]
    parts = [] if schedule.always_open else list(_opened(schedule, opening))
    if schedule.always_open:
        parts = ["24×7"]
    if closing := [one for one in schedule.rules if one.kind == "closed"]:
        where = f" {place(schedule.zone)}" * (schedule.always_open or not opening)
        rules = f"{_listed_rules(closing, False)}{where}"
        parts.append(_("closed %(rules)s") % {"rules": rules})
    if schedule.excludes:
        schedules = listed((one.name for one in schedule.excludes), OR)
        parts.append(_("except while %(schedules)s is open") % {"schedules": schedules})
    sentence = ", ".join(parts)
    return sentence[:1].upper() + sentence[1:]


def _opened(schedule: Schedule, opening: list[Rule]) -> Iterator[str]:
    """Yield what opens it, and the holidays that close it again."""
    if not opening and not schedule.includes:
        yield _("never open")
        return
    limited = bool(schedule.holidays) and any(one.heeds_holidays() for one in opening)
    if opening:
        yield f"{_listed_rules(opening, limited)} {place(schedule.zone)}"
    if limited:
        holidays = holidays_in_words(schedule.holidays)
        yield _("except %(holidays)s") % {"holidays": holidays}
    if schedule.includes:
        words = _("whenever %(schedules)s is open")
        if opening:
            words = _("and whenever %(schedules)s is open")
        yield words % {"schedules": listed((one.name for one in schedule.includes), OR)}


def place(zone: ZoneInfo) -> str:
    """Return the city of a zone, or its whole name where that is not of a city."""
    region, _, city = zone.key.rpartition("/")
    if not region or region.startswith("Etc"):
        return zone.key
    return city.replace("_", " ")


def holidays_in_words(calendar: Calendar) -> str:
    """Name the calendars, as after "except": `England holidays`, `holidays of calendar
    london`."""
    parts = calendar.calendars if isinstance(calendar, Union) else (calendar,)
    library = [
        place_name(one.code) for one in parts if isinstance(one, LibraryCalendar)
    ]
    own = [one.name for one in parts if isinstance(one, OwnCalendar)]
    found = []
    if library:
        found.append(_("%(places)s holidays") % {"places": listed(library)})
    if own:
        words = ngettext(
            "holidays of calendar %(names)s",
            "holidays of calendars %(names)s",
            len(own),
        )
        found.append(words % {"names": listed(own)})
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
    conjunction = _(AND) % {"others": "", "last": ""}
    is_simple = not any("(" in text or conjunction in text for text in texts)
    return (", " if is_simple else "; ").join(first_few(texts, MOST))


def _rule(
    rule: Rule, times: str, nths: Sequence[int | None], has_holidays: bool
) -> str:
    every_day = len(rule.weekdays) == 7
    # With all seven weekdays, other restrictions say alone which days they are.
    notes = list(_restrictions(rule, has_holidays))
    days = _weekdays(rule.weekdays)
    if rule.nth is not None:
        which = listed([nth_in_words(one) for one in nths if one])
        weekdays = _("of each weekday") if every_day else days
        days = f"{which} {weekdays}"
    elif every_day and rule.days_of_month:
        days = _dates(rule)
    elif every_day and rule.every_days > 1:
        days = _("every %(count)s days") % {"count": rule.every_days}
    if rule.days_of_month and days != _dates(rule):
        notes.insert(0, _dates(rule))
    elif rule.months and not rule.days_of_month:
        notes.insert(0, _months(rule.months))
    return f"{days} {times}" + f" ({', '.join(notes)})" * bool(notes)


def _restrictions(rule: Rule, has_holidays: bool) -> Iterator[str]:
    anchor = _date(rule.anchor)
    if rule.every_weeks > 1:
        params = {"count": rule.every_weeks, "date": anchor}
        yield _("every %(count)s weeks, counted from %(date)s") % params
    if rule.every_days > 1:
        words = _("counted from %(date)s")
        if len(rule.weekdays) < 7:
            words = _("every %(count)s days, counted from %(date)s")
        yield words % {"count": rule.every_days, "date": anchor}
    first, last = _date(rule.valid_from), _date(rule.valid_to)
    if first and last:
        yield _("%(start)s to %(end)s") % {"start": first, "end": last}
    elif first:
        yield _("from %(date)s") % {"date": first}
    elif last:
        yield _("until %(date)s") % {"date": last}
    if has_holidays and rule.on_holidays:
        yield _("also on holidays")


def _clock(rule: Rule) -> str:
    """Write the hours of a rule: `09:00–17:00`, `22:00–06:00`, `all day`."""
    start, end, later = format_clock(rule.start), format_clock(rule.end), rule.end_day
    if rule.end == _MIDNIGHT and later:
        end, later = "24:00", later - 1
    elif later == 1 and rule.end <= rule.start:
        later = 0
    if (rule.start, end, later) == (_MIDNIGHT, "24:00", 0):
        return _("all day")
    hours = f"{start}–{end}"
    if not later:
        return hours
    words = ngettext("%(hours)s the next day", "%(hours)s %(count)s days later", later)
    return words % {"hours": hours, "count": later}


def _dates(rule: Rule) -> str:
    """Write days of a month: `10th and 25th of the month`, `1st–23rd of Dec`."""
    texts: list[str] = []
    for run in _runs(in_order(rule.days_of_month)):
        named = list(map(_ordinal, run))
        texts += named if len(run) < 3 else [f"{named[0]}–{named[-1]}"]
    days = listed(texts, most=31)
    if not rule.months:
        return _("%(days)s of the month") % {"days": days}
    return _("%(days)s of %(months)s") % {"days": days, "months": _months(rule.months)}


def _ordinal(day: int) -> str:
    if day == -1:
        return _("last day")
    number = abs(day)
    words = _ORDINALS.get(number % 10, _ORDINAL)
    if number in (11, 12, 13):
        words = _ORDINAL
    ordinal = _(words) % {"number": number}
    return _("%(nth)s-last day") % {"nth": ordinal} if day < 0 else ordinal


def _weekdays(days: Iterable[int]) -> str:
    return _cycle(days, short_weekday, 7, _("daily"))


def _months(months: Iterable[int]) -> str:
    chosen = (month - 1 for month in months)
    return _cycle(chosen, lambda one: short_month(one + 1), 12, _("every month"))


def _cycle(
    chosen: Iterable[int], name: Callable[[int], str], length: int, all_of_them: str
) -> str:
    """Name what is chosen of things that come round; three or more are a range."""
    left = set(chosen)
    if len(left) == length:
        return all_of_them
    texts: list[str] = []
    for first in sorted(one for one in left if (one - 1) % length not in left):
        last = first
        while (last + 1) % length in left:
            last += 1
        run = [name(one % length) for one in range(first, last + 1)]
        texts += run if len(run) < 3 else [f"{run[0]}–{run[-1]}"]
    return listed(texts, most=length)


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
    return day_in_words(day) if day else ""
