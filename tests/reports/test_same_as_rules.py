"""A week as the shipped rules record it, and as a report accounts for it: the same."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from otel_sla.accounting import Account, account, not_up
from otel_sla.schedule import DAY, Schedule

from ..support.make import seconds
from ..support.promtool import MINUTE, Run, inlined
from ..support.rule_cases import HOUR, Service, always, opens, within

OF_NO_CONCERN_HERE = tuple(
    f"component:service_bad_seconds:sum_{range_}" for range_ in ("5m", "30m", "1h")
)
RULED = "component:service_{}_seconds:sum_period"


def week(name: str, schedule: Schedule, monday: int) -> Service:
    """A service in the week that begins that day, and two hours before and after."""
    one = Service(name, schedule, monday, monday + 7 * DAY, period="week")
    start, end = one.bounds(monday + 3 * DAY)
    one.origin, one.until = start - 2 * HOUR, end + 2 * HOUR
    one.origin -= one.origin % DAY
    one.down = [
        # Across the beginning, the end of a day's hours, within, on the last day.
        (start - 30 * MINUTE, start + 20 * MINUTE),
        (start + 16 * HOUR + 45 * MINUTE, start + 20 * HOUR),
        (start + DAY + 11 * HOUR, start + DAY + 11 * HOUR + 7 * MINUTE),
        (start + 6 * DAY - 3 * HOUR, start + 6 * DAY + 10 * HOUR),
        (end - 10 * MINUTE, end + 15 * MINUTE),
    ]
    one.unknown = [
        # Next to an outage, and half a morning.
        (start + DAY + 11 * HOUR + 7 * MINUTE, start + DAY + 12 * HOUR),
        (start + 2 * DAY + 9 * HOUR, start + 2 * DAY + 11 * HOUR),
    ]
    return one


def accounted(one: Service, start: int, end: int) -> Account:
    """The account of a service, by the samples that the rules are told."""
    samples = [
        (moment * 1000, "0" if within(moment, one.down) else "1")
        for moment in range(one.origin, one.until, MINUTE)
        if not within(moment, one.unknown)
    ]
    readings = not_up([samples], start * 1000, end * 1000, MINUTE * 1000)
    hours = one.schedule.spans(start, end)
    return account((start * 1000, end * 1000), hours, readings)


LONDON_HOURS = opens(("daily", "09:00", "17:00"), timezone="Europe/London")


@pytest.mark.parametrize(
    "one",
    [
        # On Sunday the clocks go back in London, three weeks earlier ahead in Sydney.
        week("london", LONDON_HOURS, seconds(2026, 10, 19)),
        pytest.param(
            week("sydney", always("Australia/Sydney"), seconds(2026, 9, 28)),
            marks=pytest.mark.long,
        ),
    ],
    ids=lambda one: one.name,
)
def test_a_report_has_the_figures_that_the_rules_record(
    one: Service, tmp_path: Path
) -> None:
    run = Run(alerts=False, without=OF_NO_CONCERN_HERE)
    one.tell(run)
    start, end = one.bounds(one.origin + 3 * DAY)
    figures = accounted(one, start, end).figures
    assert figures.down
    assert figures.unknown
    measured = Fraction(figures.measured)
    asked = end + 14 * MINUTE
    last_day = asked + MINUTE - DAY, asked + MINUTE
    for name, value in (
        (RULED.format("scheduled"), Fraction(figures.scheduled, 1000)),
        (RULED.format("measured"), measured / 1000),
        (RULED.format("up"), figures.up / 1000),
        (RULED.format("bad"), figures.down / 1000),
        ("component:service_availability:ratio_period", figures.up / measured),
        (
            "component:service_availability:ratio_1d",
            1 - Fraction(one.bad(*last_day), one.measured(*last_day)),
        ),
    ):
        query = f"({inlined(name, one.name)})"
        run.expect(query, one.at(asked), {one.name: float(value)})
    run.check(tmp_path)
