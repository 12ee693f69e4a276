"""How many calendars, days and entries of a list are too many."""

from __future__ import annotations

import pytest

from otel_sla.schedule import InvalidDefinition
from otel_sla.schedule.calendars.limits import (
    check_calendars,
    check_days,
    check_list,
)


def test_what_is_within_the_limits_is_taken() -> None:
    check_calendars(100, 10_000)
    check_days(366)
    check_list("include", 100)


@pytest.mark.parametrize(
    ("check", "args", "said"),
    [
        (check_calendars, (101, 0), "name: There are more than 100 calendars."),
        (check_calendars, (1, 10_001), "have more than 10,000 days of their own."),
        (check_days, (1_000,), "days: The calendar has 1,000 days of its own. Use at"),
        (check_list, ("include", 101), "include: The list has 101 entries. Use at"),
    ],
)
def test_one_more_is_refused(check: object, args: tuple[object], said: str) -> None:
    assert callable(check)
    with pytest.raises(InvalidDefinition) as refused:
        check(*args)
    assert said in str(refused.value)
