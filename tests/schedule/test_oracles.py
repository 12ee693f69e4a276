"""The schedule engine against other implementations, and what always holds."""

from __future__ import annotations

from calendar import day_abbr, month_abbr
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import DAILY, MO, MONTHLY, WEEKLY, rrule, weekday
from hypothesis import given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours
from opening_hours import State as Hours

from otel_sla.schedule import DAY, Override, Rule, Schedule, State, Window
from otel_sla.schedule.spans import EPOCH, Span, merge, subtract

from ..support.make import seconds
from ..support.strategies import ZONES, composed, overrides, rules, schedules

UTC_ZONE = ZoneInfo("UTC")
DATES = st.dates(date(2024, 1, 1), date(2030, 12, 31))
MOMENTS = st.integers(seconds(2026, 1, 1), seconds(2027, 1, 1) - 1)
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)))

often = pytest.mark.parametrize(
    "examples", [1_000, pytest.param(100_000, marks=pytest.mark.long)]
)


def union(spans: Iterable[Span]) -> list[Span]:
    """Sweep over what opens and closes; independent of spans.merge."""
    changes: Counter[int] = Counter()
    for opens, closes in spans:
        changes[opens] += 1
        changes[closes] -= 1
    found, depth, since = [], 0, 0
    for at in sorted(changes):
        before, depth = depth, depth + changes[at]
        if not before and depth:
            since = at
        elif before and not depth:
            found.append((since, at))
    return found


def clipped(windows: Iterable[Window | Span], start: int, end: int) -> list[Span]:
    """What of the windows lies in the period; a missing boundary lies outside."""
    spans = (
        (
            start if opens is None else max(opens, start),
            end if closes is None else min(closes, end),
        )
        for opens, closes in windows
    )
    return [(opens, closes) for opens, closes in spans if opens < closes]


def boundaries(state: State) -> tuple[int | None, ...]:
    return state.last_start, state.last_end, state.next_start, state.next_end


def around(moment: int, starts: list[int], ends: list[int]) -> tuple[int | None, ...]:
    """The boundaries of a state at the moment, read off starts and ends."""
    return (
        max((at for at in starts if at <= moment), default=None),
        max((at for at in ends if at <= moment), default=None),
        min((at for at in starts if at > moment), default=None),
        min((at for at in ends if at > moment), default=None),
    )


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def unix(reading: datetime) -> int:
    return int(reading.replace(tzinfo=UTC).timestamp())


def expressions(rule: Rule) -> Iterator[str]:
    """The rule in the notation of OpenStreetMap, an expression for each month.

    Several months in one are misread next to a weekday with an index.
    """
    index = f"[{rule.nth}]" if rule.nth else ""
    days = ",".join(f"{day_abbr[day][:2]}{index}" for day in sorted(rule.weekdays))
    end_hour = rule.end.hour + 24 * (rule.end_day or 0)
    hours = f"{rule.start:%H:%M}-{end_hour:02}:{rule.end:%M}"
    for month in [f"{month_abbr[month]} " for month in rule.months] or [""]:
        yield f"{month}{days} {hours}"


@often
def test_windows_and_state_agree_with_opening_hours(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(
        st.lists(rules("nth", "months", longest=1), max_size=4),
        DATES,
        st.integers(0, 60 * DAY - 1),
    )
    def agree(several: list[Rule], first: date, after: int) -> None:
        since, until = (midnight(first + timedelta(days)) for days in (-10, 70))
        spans = union(
            (unix(opens), unix(closes))
            for rule in several
            for expression in expressions(rule)
            for opens, closes, kind, _ in OpeningHours(expression).intervals(
                since, until
            )
            if kind == Hours.OPEN
        )
        subject = Schedule(UTC_ZONE, tuple(several))
        start = unix(midnight(first))
        end, moment = start + 60 * DAY, start + after
        assert clipped(subject.windows(start, end), unix(since), unix(until)) == [
            (opens, closes) for opens, closes in spans if opens < end and closes > start
        ]
        state = subject.state(moment)
        assert state.in_window == any(
            opens <= moment < closes for opens, closes in spans
        )
        starts = [opens for opens, _ in spans if opens > unix(since)]
        ends = [closes for _, closes in spans if closes < unix(until)]
        assert tuple(
            None if at is None or not unix(since) < at < unix(until) else at
            for at in boundaries(state)
        ) == around(moment, starts, ends)

    agree()


def start_days(rule: Rule, first: date, last: date) -> list[int]:
    """The days rrule makes of a rule: those of its weeks, its months, its dates.

    Each is an rrule of its own, because one that never comes runs to year 9999.
    """
    opens = midnight(max(first, rule.valid_from or first))
    closes = midnight(min(last, rule.valid_to or last))
    anchor = rule.anchor or first
    rounds = (anchor - first).days // 7 // rule.every_weeks + 2
    weekdays = [weekday(day) for day in sorted(rule.weekdays)]
    weeks = rrule(
        WEEKLY,
        dtstart=midnight(anchor - timedelta(weeks=rounds * rule.every_weeks)),
        until=closes,
        interval=rule.every_weeks,
        wkst=MO,
        byweekday=weekdays,
    )
    months = rrule(
        MONTHLY,
        dtstart=opens,
        until=closes,
        bymonth=sorted(rule.months) or None,
        byweekday=[day(rule.nth) for day in weekdays] if rule.nth else weekdays,
    )
    dates = rrule(
        MONTHLY,
        dtstart=opens,
        until=closes,
        bymonthday=sorted(rule.days_of_month) or range(1, 32),
    )
    rounds = (anchor - first).days // rule.every_days + 1
    interval = rrule(
        DAILY,
        dtstart=midnight(anchor - timedelta(days=rounds * rule.every_days)),
        until=closes,
        interval=rule.every_days,
    )
    found = {*weeks} & {*months} & {*dates} & {*interval}
    return sorted(at.toordinal() for at in found)


@often
def test_start_days_and_windows_agree_with_rrule(examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(rules(longest=7), DATES, st.integers(8, 400))
    def agree(rule: Rule, first: date, length: int) -> None:
        last = first + timedelta(days=length)
        days = start_days(rule, first, last)
        assert list(rule.days(first.toordinal(), last.toordinal())) == days

        start, end = unix(midnight(first + timedelta(days=7))), unix(midnight(last))
        opens, closes = (
            clock.hour * 3_600 + clock.minute * 60 - EPOCH
            for clock in (rule.start, rule.end)
        )
        spans = [
            (day * DAY + opens, (day + (rule.end_day or 0)) * DAY + closes)
            for day in days
        ]
        windows = Schedule(UTC_ZONE, (rule,)).windows(start, end)
        assert clipped(windows, start, end) == clipped(union(spans), start, end)

    agree()


@settings(max_examples=300, deadline=None)
@given(schedules() | composed(), MOMENTS)
def test_a_state_stays_the_same_up_to_its_until_and_changes_at_boundaries_only(
    subject: Schedule, moment: int
) -> None:
    end = moment + 8 * DAY
    edges = {edge for window in subject.windows(moment, end) for edge in window}
    due = {edge for edge in edges if edge is not None and moment < edge < end}
    state = subject.state(moment)
    while (until := state.until) < end:
        before, after = subject.state(until - 1), subject.state(until)
        assert before == replace(state, since=until - 1, until=before.until)
        assert (until in (after.last_start, after.last_end)) == (until in due)
        for old, new in zip(boundaries(state), boundaries(after), strict=True):
            # None where one comes within ten years, or has grown older than that.
            assert until in due or old == new or None in (old, new)
        due.discard(until)
        state = after
    assert not due


@settings(max_examples=300, deadline=None)
@given(schedules() | composed(), MOMENTS, *[st.integers(1, 40 * DAY)] * 3)
def test_windows_of_a_period_are_those_of_a_longer_one_that_overlap_it(
    subject: Schedule, start: int, length: int, earlier: int, later: int
) -> None:
    end = start + length
    longer = subject.windows(start - earlier, end + later)
    assert subject.windows(start, end) == [
        window for window in longer if clipped([window], start, end)
    ]
    edges = [edge for window in longer for edge in window if edge is not None]
    assert edges == sorted(set(edges)), "apart, ascending and none of them empty"


@settings(max_examples=300, deadline=None)
@given(schedules(), overrides(), st.integers(0, 1))
def test_a_closed_override_adds_no_open_time_and_an_open_one_takes_none_away(
    subject: Schedule, one_off: Override, layer: int
) -> None:
    layers = list(subject.overrides)
    layers[layer] = (*layers[layer], one_off)
    start, end = seconds(2026, 1, 1), seconds(2027, 1, 1)
    before, after = (
        clipped(at.windows(start, end), start, end)
        for at in (subject, replace(subject, overrides=tuple(layers)))
    )
    assert union(before + after) == (before if one_off.kind == "closed" else after)


@settings(deadline=None)
@given(st.sampled_from(ZONES), MOMENTS)
def test_no_rules_and_a_rule_of_30_february_mean_never(zone: str, moment: int) -> None:
    daily = Rule(frozenset(range(7)), time(9), time(17))
    none_such = replace(daily, months=frozenset({2}), days_of_month=frozenset({30}))
    for subject in Schedule(ZoneInfo(zone)), Schedule(ZoneInfo(zone), (none_such,)):
        assert subject.windows(moment, moment + 400 * DAY) == []
        assert boundaries(subject.state(moment)) == (None,) * 4
        assert not subject.state(moment).in_window


@settings(deadline=None)
@given(SPANS, SPANS)
def test_merge_and_subtract_are_union_and_difference(
    some: list[Span], others: list[Span]
) -> None:
    def points(spans: Iterable[Span]) -> set[int]:
        return {at for opens, closes in spans for at in range(opens, closes)}

    spans, cuts = merge(some), merge(others)
    left = subtract(spans, cuts)
    assert spans == merge(spans) == union((a, b) for a, b in some if a < b)
    assert left == merge(left)
    assert points(left) == points(spans) - points(cuts)
    assert points(merge(left + cuts)) >= points(spans)
