"""Warnings about schedules: gaps, overlaps, and parts without effect. Pure.

They are not errors: the schedule can be evaluated, but may not do what was meant.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TypeVar

from ..language import day, gettext_noop, weekday_and_time
from ..language import gettext as _
from .calendars import NO_HOLIDAYS
from .evaluation import HORIZON, Schedule
from .long_overrides import long_overrides
from .notation import format_length
from .overrides import Override
from .rules import Rule
from .spans import DAY, Span, local_seconds, to_unix
from .wording import day_and_clock, format_rule

_OUTLOOK = 370 * DAY
_SHORT_GAP = 1_800
_OVERLAPS_NAMED = 5
_OVERRIDES_TRIED = 50
_FURTHEST = HORIZON // 2
_A_DAY = timedelta(days=1)
_NOTHING = {
    "open": gettext_noop(
        "%(part)s opens nothing within a year: the schedule is open without it, too."
    ),
    "closed": gettext_noop(
        "%(part)s closes nothing within a year: the schedule is closed without it, too."
    ),
}
_NO_EFFECT = {
    "open": gettext_noop(
        "The open override from %(start)s has no effect: the schedule is open without "
        "it, too."
    ),
    "closed": gettext_noop(
        "The closed override from %(start)s has no effect: the schedule is closed "
        "without it, too."
    ),
}
_NO_MORE_EFFECT = {
    "open": gettext_noop(
        "The open override from %(start)s has no effect any more: the schedule is open "
        "without it, too."
    ),
    "closed": gettext_noop(
        "The closed override from %(start)s has no effect any more: the schedule is "
        "closed without it, too."
    ),
}
T = TypeVar("T")


def advice(schedule: Schedule, moment: int) -> Iterator[str]:
    """Yield sentences about gaps, overlaps, overrides that are too long, and rules,
    included and excluded schedules and overrides without effect.

    The moment is in Unix seconds. What is past by then is left out.
    """
    opening = [rule for rule in schedule.rules if rule.kind == "open"]
    if schedule.always_open:
        if opening:
            yield _(
                "24x7 is set: rules that open don't apply. The schedule is open except "
                "where a rule or an override closes it."
            )
        if schedule.holidays:
            yield _(
                "24x7 is set: holidays and special days don't apply. For a schedule "
                "that they close, use a rule daily 00:00–24:00 instead."
            )
    elif opening:
        yield from _rules_at_rest(schedule, moment)
        yield from _overlaps(schedule, moment)
        yield from _gaps(replace(schedule, rules=tuple(opening)), moment)
    elif not schedule.includes:
        yield _(
            "The schedule has no rules that open. It is open only in open overrides."
        )
    yield from _parts_without_effect(schedule, moment)
    long = list(long_overrides(schedule, moment))
    yield from (one.warning for one in long)
    yield from _overrides_without_effect(
        schedule, moment, [one.override for one in long]
    )


def _rules_at_rest(schedule: Schedule, moment: int) -> Iterator[str]:
    for number, rule in _numbered(schedule, "open"):
        state = _alone(schedule, rule).state(moment)
        if state.in_window or state.next_start is not None:
            continue
        named = _named(number, rule)
        if state.last_end is not None:
            ended = day(_local(state.last_end, schedule).date())
            yield _("%(rule)s never runs again: its last window ended on %(date)s.") % {
                "rule": named,
                "date": ended,
            }
        else:
            yield _(
                "%(rule)s never runs: no day of the next ten years meets all of its "
                "conditions, or all such days are holidays."
            ) % {"rule": named}


def _named(number: int, rule: Rule) -> str:
    return _("Rule %(number)s (%(rule)s)") % {
        "number": number,
        "rule": format_rule(rule),
    }


def _overlaps(schedule: Schedule, moment: int) -> Iterator[str]:
    """Yield a sentence for each pair of rules that are open at the same time."""
    windows = sorted(
        (start, end, number)
        for number, rule in _numbered(schedule, "open")
        for start, end in _bounded(_alone(schedule, rule), moment)
    )
    found: set[tuple[int, int]] = set()
    running: list[tuple[int, int]] = []
    for start, end, number in windows:
        running = [one for one in running if one[0] > start]
        for closes, other in running:
            first, second = sorted((number, other))
            if (first, second) in found or first == second:
                continue
            found.add((first, second))
            if len(found) > _OVERLAPS_NAMED:
                yield _("More rules overlap.")
                return
            yield _(
                "Rules %(first)s and %(second)s overlap, next on %(start)s for "
                "%(length)s. That time counts once."
            ) % {
                "first": first,
                "second": second,
                "start": weekday_and_time(_local(start, schedule)),
                "length": format_length(min(end, closes) - start),
            }
        running.append((end, number))


def _gaps(schedule: Schedule, moment: int) -> Iterator[str]:
    """Yield a sentence about the first short gap: its end was probably meant to be
    included."""
    filled = replace(schedule, overrides=(), holidays=NO_HOLIDAYS, excludes=())
    windows = list(_bounded(replace(filled, includes=()), moment))
    for (_opened, end), (start, _closed) in pairwise(windows):
        if start - end <= _SHORT_GAP and not filled.spans(end, start):
            yield _(
                "The schedule is closed for only %(length)s from %(start)s. The end of "
                "a window is exclusive: to leave no gap, use the start of the next "
                "window (24:00, not 23:59)."
            ) % {
                "length": format_length(start - end),
                "start": weekday_and_time(_local(end, schedule)),
            }
            return


def _parts_without_effect(schedule: Schedule, moment: int) -> Iterator[str]:
    """Yield a sentence for each closing rule, included and excluded schedule that
    changes nothing for a year."""
    by_rules = replace(schedule, overrides=())
    outlook = moment, moment + _OUTLOOK
    opened = by_rules.spans(*outlook)
    for part, kind, without in _parts(by_rules):
        if without.spans(*outlook) == opened:
            yield _(_NOTHING[kind]) % {"part": part}


def _parts(schedule: Schedule) -> Iterator[tuple[str, str, Schedule]]:
    """Yield parts that open or close something, and the schedule without them."""
    for number, rule in _numbered(schedule, "closed"):
        rules = _without(schedule.rules, number)
        named = _named(number, rule)
        yield named, "closed", replace(schedule, rules=rules)
    for number, one in enumerate(schedule.includes, 1):
        includes = _without(schedule.includes, number)
        named = _("The included schedule %(name)r") % {"name": one.name}
        yield named, "open", replace(schedule, includes=includes)
    for number, one in enumerate(schedule.excludes, 1):
        excludes = _without(schedule.excludes, number)
        named = _("The excluded schedule %(name)r") % {"name": one.name}
        yield named, "closed", replace(schedule, excludes=excludes)


def _without(parts: tuple[T, ...], number: int) -> tuple[T, ...]:
    return parts[: number - 1] + parts[number:]


def _numbered(schedule: Schedule, kind: str) -> Iterator[tuple[int, Rule]]:
    """Yield the rules of a kind, with their numbers among all."""
    for number, rule in enumerate(schedule.rules, 1):
        if rule.kind == kind:
            yield number, rule


def _overrides_without_effect(
    schedule: Schedule, moment: int, long: list[Override]
) -> Iterator[str]:
    """Yield a sentence for each override without which the schedule is the same.

    Not for what lies within a long one: it is right if that is a mistake.
    """
    tried = 0
    for number, layer in enumerate(schedule.overrides):
        for override in layer:
            span = _ahead(schedule, override, moment)
            if span is None or any(_covers(one, override) for one in long):
                continue
            tried += 1
            if tried > _OVERRIDES_TRIED:
                return
            near = [_near(one, override) for one in schedule.overrides]
            near[number] = [one for one in near[number] if one is not override]
            without = replace(schedule, overrides=tuple(map(tuple, near)))
            if without.spans(*span) == schedule.spans(*span):
                begun = override.start < _local(moment, schedule)
                words = (_NO_MORE_EFFECT if begun else _NO_EFFECT)[override.kind]
                yield _(words) % {"start": day_and_clock(override.start)}


def _covers(long: Override, other: Override) -> bool:
    return (
        long is not other
        and long.kind == other.kind
        and long.start <= other.start
        and other.end <= long.end
    )


def _near(layer: tuple[Override, ...], to: Override) -> list[Override]:
    """Return the overrides within a day of the other. Those further away can't change
    what is open during it, and a schedule of thousands takes long to create."""
    return [
        one
        for one in layer
        if to.start - one.end <= _A_DAY and one.start - to.end <= _A_DAY
    ]


def _ahead(schedule: Schedule, override: Override, moment: int) -> Span | None:
    """Return the upcoming part of the override, in Unix seconds. None if it has none,
    or ends too far in the future to be evaluated."""
    now, then = (_local(at, schedule) for at in (moment, moment + _FURTHEST))
    if override.end <= now or override.end > then:
        return None
    start, end = (
        to_unix(local_seconds(reading), schedule.zone)
        for reading in (max(override.start, now), override.end)
    )
    return (start, end) if start < end else None


def _local(moment: int, schedule: Schedule) -> datetime:
    return datetime.fromtimestamp(moment, schedule.zone).replace(tzinfo=None)


def _alone(schedule: Schedule, rule: Rule) -> Schedule:
    return replace(schedule, rules=(rule,), overrides=(), includes=(), excludes=())


def _bounded(schedule: Schedule, moment: int) -> Iterator[Span]:
    """Yield the upcoming windows whose start and end are both known."""
    for start, end in schedule.windows(moment, moment + _OUTLOOK):
        if start is not None and end is not None:
            yield start, end
