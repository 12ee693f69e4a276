"""Sums over whole periods, as the shipped rules make them, beside a count of minutes.

One Prometheus lives through 33 days; each service lives through a month of its own in
them, real dates and zone included.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from otel_sla.catalogue import parse_text
from otel_sla.schedule import DAY, Schedule
from otel_sla.schedule.agreement_period import ROLLING
from otel_sla.schedule.spans import to_unix

from ..support.make import seconds
from ..support.processes import SAMPLE
from ..support.promtool import PROMTOOLS, Check, Run, Value, inlined
from ..support.rule_cases import HOUR, Service, always, opens

MINUTE = 60
LENGTH = 33 * DAY
OF_NO_CONCERN_HERE = tuple(
    f"component:service_bad_seconds:sum_{range_}" for range_ in ("5m", "30m", "1h")
)
SOON = 14 * MINUTE
"""After a mark: promtool asks when all is over, and a later one is in sight of a sum
that is asked for earlier."""


def moment(day: int, clock: str, month: int) -> int:
    """A moment of 2026 in UTC."""
    hour, minute = map(int, clock.split(":"))
    return seconds(2026, month, day, hour, minute)


def office(timezone: str, holidays: str = "") -> Schedule:
    return opens(("mon-fri", "09:00", "17:00"), timezone=timezone, holidays=holidays)


def of_sample(name: str) -> Schedule:
    """A schedule of the sample catalogue."""
    return parse_text(SAMPLE.read_text(), str(SAMPLE)).definitions.schedule(name)


def living(name: str, schedule: Schedule, month: int, **fields: object) -> Service:
    """A service that lives through the month from the day before it on.

    It is down over both ends of the month, at a midnight, in closed hours and in open
    ones; half a morning is not measured.
    """
    origin = seconds(2026, month, 1) - DAY
    one = Service(name, schedule, origin, origin + LENGTH)
    start, end = one.bounds(origin + 15 * DAY)
    one.down = [
        (start - 30 * MINUTE, start + 20 * MINUTE),
        *(
            (start + day * DAY + 11 * HOUR, start + day * DAY + 11 * HOUR + 7 * MINUTE)
            for day in (3, 4, 9)
        ),
        (start + 12 * DAY - HOUR, start + 12 * DAY + 2 * HOUR),
        (end - 10 * MINUTE, end + 15 * MINUTE),
    ]
    one.unknown = [(start + 8 * DAY + 10 * HOUR, start + 8 * DAY + 12 * HOUR)]
    for key, value in fields.items():
        setattr(one, key, value)
    return one


MONTHS = (
    living("new-york-november", office("America/New_York", "US-NY"), 11),
    living("kathmandu-july", always("Asia/Kathmandu"), 7),
)
MORE_MONTHS = (
    living("berlin-october", always("Europe/Berlin"), 10),
    living("london-march", office("Europe/London"), 3),
    living("london-october", office("Europe/London"), 10),
    living("kolkata-june", always("Asia/Kolkata"), 6),
    living("sydney-october", always("Australia/Sydney"), 10),
)
WEEKS = living("kolkata-weeks", always("Asia/Kolkata"), 6, period="week")
LAST_30_DAYS = living("last-30-days", office("Europe/London"), 3, period="30d")
LAST_7_DAYS = living("last-7-days", always("Asia/Kathmandu"), 5, period="7d")
BY_HAND = {
    # 22 weekdays from 1 to 30 October; the clocks go back on Sunday the 25th.
    "october": Service(
        "october",
        of_sample("office-london"),
        seconds(2026, 9, 30),
        seconds(2026, 9, 30) + LENGTH,
        target="99.5",
        down=[
            (moment(5, "07:30", 10), moment(5, "08:30", 10)),  # 09:00 to 09:30 count
            (moment(24, "00:00", 10), moment(26, "09:10", 10)),  # a weekend, and 10 min
            (moment(30, "16:45", 10), moment(30, "18:00", 10)),  # 15 minutes count
        ],
    ),
    # 23 weekdays: the 25th and 28th are holidays, the 24th and 31st end at 13:00.
    "december": Service(
        "december",
        of_sample("office-london"),
        seconds(2026, 11, 30),
        seconds(2026, 11, 30) + LENGTH,
        target="99.5",
        down=[
            (moment(8, "10:00", 12), moment(8, "10:42", 12)),  # 42 minutes count
            (moment(24, "12:50", 12), moment(24, "14:00", 12)),  # 10 minutes count
            (moment(28, "09:00", 12), moment(28, "17:00", 12)),  # a holiday
        ],
        unknown=[(moment(9, "09:00", 12), moment(9, "11:00", 12))],  # 2 hours missing
    ),
}


@dataclass
class Lives:
    """What is expected of all services, asked in one run."""

    run: Run = field(
        default_factory=lambda: Run(alerts=False, without=OF_NO_CONCERN_HERE)
    )

    def expect(self, one: Service, name: str, at: int, value: float | None) -> None:
        """Expect what the shipped rule of the name gives at the moment."""
        found = None if value is None else {one.name: value}
        self.run.expect(f"({inlined(name, one.name)})", one.at(at), found)

    def expect_period(self, one: Service, at: int, since: int, until: int) -> None:
        """Expect the figures of the period to be those of the minutes in a span."""
        measured, bad = one.measured(since, until), one.bad(since, until)
        scheduled = one.scheduled(since, until)
        budget = one.budget(until if one.period in ROLLING else since)
        expect = partial(self.expect, one)
        seconds = "component:service_{}_seconds:sum_period"
        expect(seconds.format("measured"), at, measured)
        expect(seconds.format("up"), at, measured - bad)
        expect(seconds.format("bad"), at, bad)
        expect(seconds.format("scheduled"), at, scheduled)
        expect("component:service_availability:ratio_period", at, 1 - bad / measured)
        expect("component:service_coverage:ratio_period", at, measured / scheduled)
        budgets = "component:service_error_budget"
        expect(f"{budgets}:seconds", at, budget)
        expect(f"{budgets}_remaining:seconds", at, budget - bad)
        expect(f"{budgets}_remaining:ratio", at, 1 - bad / budget)


def expect_month(lives: Lives, one: Service) -> None:
    start, end = one.bounds(one.origin + 15 * DAY)
    ninth = start + 9 * DAY + 13 * HOUR
    lives.expect_period(one, ninth + SOON, start, ninth)
    # All of the month from its last mark on, for an hour.
    lives.expect_period(one, end + MINUTE, start, end)
    lives.expect_period(one, end + SOON, start, end)
    # And then the next one's first hour.
    after = end + HOUR
    measured = one.measured(end, after)
    name = "component:service_measured_seconds:sum_period"
    lives.expect(one, name, after + MINUTE, measured or None)
    if measured:
        assert one.bad(end, after) == 15 * MINUTE
        lives.expect_period(one, after + MINUTE, end, after)


def expect_weeks(lives: Lives, one: Service) -> None:
    for days in (10, 17, 24):
        start, end = one.bounds(one.origin + days * DAY)
        lives.expect_period(one, end + SOON, start, end)


def expect_rolling(lives: Lives, one: Service) -> None:
    for days in (31, 32):
        at = one.origin + days * DAY + 10 * HOUR
        length = ROLLING[one.period]
        lives.expect_period(one, at + SOON, at - length, at)


def expect_ratios(lives: Lives, one: Service, *days: int) -> None:
    """Of the last day up to now, of 7 and 30 up to the last mark."""
    start, _ = one.bounds(one.origin + 15 * DAY)
    mark = start + 30 * DAY + 5 * HOUR if one.period == "month" else one.until - DAY
    at = mark + SOON
    for length in days:
        until = at + MINUTE if length == 1 else mark
        since = until - length * DAY
        measured, bad = one.measured(since, until), one.bad(since, until)
        name = f"component:service_availability:ratio_{length}d"
        lives.expect(one, name, at, 1 - bad / measured if measured else None)
    since = mark - 30 * DAY
    coverage = one.measured(since, mark) / one.scheduled(since, mark)
    lives.expect(one, "component:service_coverage:ratio_30d", at, coverage)


def expect_by_hand(lives: Lives) -> None:
    """The figures are worked out by hand."""
    one, at = BY_HAND["october"], moment(31, "23:30", 10)
    hours = 22 * 8
    bad = 30 * 60 + 10 * 60 + 15 * 60
    lives.expect(
        one, "component:service_scheduled_seconds:sum_period", at, hours * 3600
    )
    lives.expect(one, "component:service_measured_seconds:sum_period", at, hours * 3600)
    lives.expect(one, "component:service_bad_seconds:sum_period", at, bad)
    ratio = "component:service_availability:ratio_period"
    lives.expect(one, ratio, at, (22 * 8 * 60 - 55) / (22 * 8 * 60))
    # 0.5% of 176 h are 52.8 minutes: the target is missed by 2.2.
    left = "component:service_error_budget_remaining:seconds"
    lives.expect(one, left, at, -2.2 * 60)

    one, at = BY_HAND["december"], moment(31, "23:30", 12)
    hours = (23 - 2) * 8 - 4 - 4
    lives.expect(
        one, "component:service_scheduled_seconds:sum_period", at, hours * 3600
    )
    measured = "component:service_measured_seconds:sum_period"
    lives.expect(one, measured, at, (hours - 2) * 3600)
    lives.expect(one, "component:service_bad_seconds:sum_period", at, 52 * 60)
    lives.expect(one, ratio, at, (158 * 60 - 52) / (158 * 60))
    lives.expect(one, "component:service_coverage:ratio_period", at, 158 / 160)
    # 0.5% of 160 h are 48 minutes.
    lives.expect(one, "component:service_error_budget:seconds", at, 48 * 60)
    lives.expect(one, left, at, -4 * 60)


def tell_hours(run: Run, one: Service) -> None:
    """Add what the rules record of each hour at its end, for a run of quarters."""
    start, _ = one.bounds(one.origin + 15 * DAY)
    first = one.origin + (0 if one.period in ROLLING else start % HOUR)
    told: dict[str, list[Value]] = defaultdict(list)
    for moment in range(one.origin, one.until + 1, 15 * MINUTE):
        hour = moment - HOUR, moment
        is_mark = moment >= first and not (moment - first) % HOUR
        measured = one.measured(*hour)
        period = one.bounds(moment if one.period in ROLLING else hour[0])
        values: dict[str, Value] = {
            "measured_seconds:sum1h": measured or None,
            "up_seconds:sum1h": measured - one.bad(*hour) if measured else None,
            "scheduled_seconds:sum1h": one.scheduled(*hour),
            "period_start:at_mark": one.at(period[0]),
            "period_scheduled:at_mark": one.scheduled(*period),
            "sla_target:at_mark": float(one.target) / 100,
        }
        for name, value in values.items():
            told[name].append(value if is_mark else None)
    for name, samples in told.items():
        run.add(f"component:service_{name}", {"component": one.name}, samples)


@pytest.mark.parametrize(
    "by_hour", [True, pytest.param(False, marks=pytest.mark.long)], ids=["hour", "all"]
)
def test_periods_are_exact_to_the_minute(by_hour: bool, tmp_path: Path) -> None:
    """Months, two of them worked out by hand, weeks, and the last 30 days.

    To evaluate all rules at every minute of a month takes minutes, so only long tests
    do. The others begin with hourly sums, which the test of weeks checks.
    """
    lives = Lives()
    if by_hour:
        lives.run = Run(groups=(), interval="15m")
    for one in (*MONTHS, WEEKS, LAST_30_DAYS, *BY_HAND.values()):
        if by_hour:
            tell_hours(lives.run, one)
        else:
            one.tell(lives.run)
    for one in MONTHS:
        expect_month(lives, one)
    for one in (*MONTHS, LAST_30_DAYS):
        expect_ratios(lives, one, *(() if by_hour else (1,)), 7, 30)
    expect_weeks(lives, WEEKS)
    expect_rolling(lives, LAST_30_DAYS)
    expect_by_hand(lives)
    lives.run.check(tmp_path)


def test_prometheus_3_finds_what_was_worked_out_by_hand_of_a_week(
    tmp_path: Path,
) -> None:
    """Of 40 hours, 30 minutes were bad; 0.5% of them are 12 minutes."""
    lives = Lives()
    one = replace(BY_HAND["october"], origin=seconds(2026, 10, 4), period="week")
    one.until = one.origin + 8 * DAY + HOUR
    one.tell(lives.run)
    at = moment(11, "23:30", 10)
    for name, value in (
        ("component:service_scheduled_seconds:sum_period", 40 * HOUR),
        ("component:service_measured_seconds:sum_period", 40 * HOUR),
        ("component:service_bad_seconds:sum_period", 30 * MINUTE),
        ("component:service_availability:ratio_period", 39.5 / 40),
        ("component:service_error_budget_remaining:seconds", -18 * MINUTE),
    ):
        lives.expect(one, name, at, value)
    # On Monday 30 of 480 minutes.
    name, at = "component:service_availability:ratio_1d", moment(5, "23:30", 10)
    lives.expect(one, name, at, 450 / 480)
    lives.run.check(tmp_path, PROMTOOLS["prometheus-3"])


@pytest.mark.long
def test_prometheus_3_finds_what_was_worked_out_by_hand(tmp_path: Path) -> None:
    lives = Lives()
    for one in BY_HAND.values():
        one.tell(lives.run)
    expect_by_hand(lives)
    lives.run.check(tmp_path, PROMTOOLS["prometheus-3"])


@pytest.mark.long
def test_months_are_exact_in_more_zones(check_by_prometheus: Check) -> None:
    lives = Lives()
    for one in (*MORE_MONTHS, LAST_7_DAYS):
        one.tell(lives.run)
    for one in MORE_MONTHS:
        expect_month(lives, one)
        expect_ratios(lives, one, 1, 7, 30)
    expect_rolling(lives, LAST_7_DAYS)
    check_by_prometheus(lives.run)


def test_the_last_90_days_are_sums_of_their_hours(check_by_prometheus: Check) -> None:
    """By hour, because 90 days are too many minutes."""
    run = Run(groups=(), interval="1h")
    hours, last = 100 * 24, 95 * 24
    up = [3_600 - number % 7 * 60 for number in range(hours)]
    labels = {"component": "shop"}
    run.add("component:service_up_seconds:sum1h", labels, up)
    starts = [(number - 90 * 24) * HOUR for number in range(hours)]
    run.add("component:service_period_start:at_mark", labels, starts)
    query = inlined("component:service_up_seconds:sum_period", "shop")
    found = {"shop": sum(up[last - 90 * 24 + 1 : last + 1])}
    run.expect(f"({query})", last * HOUR + SOON, found)
    check_by_prometheus(run)


@pytest.mark.parametrize(
    "timezone", ["UTC", "America/St_Johns", "Asia/Kathmandu", "Pacific/Chatham"]
)
def test_a_week_that_is_over_is_shown_for_an_hour_and_then_the_next(
    timezone: str, check_by_prometheus: Check
) -> None:
    """As the rules record it, with all of them in place, around a midnight."""
    run = Run(groups=("service_window", "service_window_slo"), alerts=False)
    schedule = always(timezone)
    midnight = to_unix(date(2026, 2, 16).toordinal() * DAY, schedule.zone)
    origin = midnight // HOUR * HOUR - 3 * HOUR
    down = [(midnight - 5 * MINUTE, midnight + 3 * MINUTE)]
    one = Service("shop", schedule, origin, origin + 6 * HOUR, period="week", down=down)
    one.tell(run)
    seconds = "component:service_{}_seconds:sum_period"
    for minutes in range(-59, 120):
        at = midnight + minutes * MINUTE
        mark = midnight + minutes // 60 * HOUR
        # The first mark of the run has no samples before it but those since its start.
        since = origin if mark <= midnight else midnight
        bad = one.bad(since, mark)
        one.expect(run, seconds.format("measured"), at, one.measured(since, mark))
        one.expect(run, seconds.format("bad"), at, bad)
        budget = one.budget(midnight - 1 if mark <= midnight else midnight)
        left = "component:service_error_budget_remaining:seconds"
        one.expect(run, left, at, budget - bad)
    check_by_prometheus(run)
