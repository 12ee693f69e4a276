"""Calendars of one's own: what they include, leave out and have themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import chain
from typing import Any

import pytest
from holidays.constants import HOLIDAY_NAME_DELIMITER

from otel_sla.schedule import LAST, InvalidDefinition
from otel_sla.schedule.calendar_notation import parse_day_of_year, parse_hours
from otel_sla.schedule.calendars import (
    Calendar,
    CalendarDay,
    DayOfYear,
    OwnCalendar,
    Special,
    Union,
    Year,
)
from otel_sla.schedule.calendars.advice import advice
from otel_sla.schedule.calendars.calendar import joined
from otel_sla.schedule.holidays import calendar
from otel_sla.schedule.wording import format_day

GB = calendar("GB-ENG")
MORNING, NOON = parse_hours("9:00-13:00"), parse_hours("12:00-14:00")
EVENING = parse_hours("18:00-22:00")


def a_day(name: str, given: str | int = "12-24", **fields: Any) -> CalendarDay:
    """A day of a calendar: its date as text, a range as two, or days after Easter."""
    if isinstance(given, int):
        return CalendarDay(name, easter=given, **fields)
    first, _, last = given.partition("/")
    if last:
        ends = parse_day_of_year(first), parse_day_of_year(last)
        return CalendarDay(name, start=ends[0], end=ends[1], **fields)
    return CalendarDay(name, parse_day_of_year(first), **fields)


def of(*days: CalendarDay, **made_of: Any) -> OwnCalendar:
    return OwnCalendar("company", days=days, **made_of)


def off(calendar: Calendar, year: int) -> dict[str, str]:
    return {
        day.isoformat(): name
        for day, name in sorted(calendar.of_year(year).off.items())
    }


class Stub(Calendar):
    """A calendar with these days. It counts the years that are made."""

    def __init__(self, *days: str) -> None:
        super().__init__()
        named = (day.partition(" ") for day in days)
        self.days = {date.fromisoformat(day): name for day, _, name in named}
        self.made: list[int] = []

    def observed(self, year: int) -> Mapping[date, Mapping[str, str]]:
        return {
            day: {
                name: name.removesuffix(" (observed)")
                for name in names.split("; ")
                if name.endswith(" (observed)")
            }
            for day, names in self.days.items()
            if day.year == year
        }

    def _make(self, year: int) -> Year:
        self.made.append(year)
        return Year({day: n for day, n in self.days.items() if day.year == year}, {})


@pytest.mark.parametrize(
    ("fields", "year", "dates"),
    [
        ({"date": "12-24"}, 2026, "12-24"),
        ({"date": "2026-12-24"}, 2026, "12-24"),
        ({"date": "2026-12-24"}, 2027, ""),
        ({"date": "02-29"}, 2028, "02-29"),
        ({"date": "02-29"}, 2027, ""),
        ({"start": "12-30", "end": "01-02"}, 2026, "01-01 01-02 12-30 12-31"),
        (
            {"start": "12-30", "end": "01-02", "first_year": 2026},
            2026,
            "12-30 12-31",
        ),
        ({"start": "12-30", "end": "01-02", "last_year": 2025}, 2026, "01-01 01-02"),
        ({"start": "12-30", "end": "01-02"}, 1, "12-30 12-31"),
        ({"start": "12-30", "end": "01-02"}, 9999, "01-01 01-02 12-30 12-31"),
        ({"start": "12-30", "end": "01-02"}, 0, ""),
        ({"start": "12-30", "end": "01-02"}, 10_000, ""),
        ({"start": "05-01", "end": "05-01"}, 2026, "05-01"),
        ({"start": "02-27", "end": "02-29"}, 2027, "02-27 02-28"),
        ({"start": "02-27", "end": "02-29"}, 2028, "02-27 02-28 02-29"),
        ({"start": "02-29", "end": "03-02"}, 2027, "03-01 03-02"),
        ({"start": "02-29", "end": "02-29"}, 2027, ""),
        ({"start": "02-29", "end": "02-29"}, 2028, "02-29"),
        ({"start": "2025-12-31", "end": "2027-01-02"}, 2027, "01-01 01-02"),
        ({"start": "2025-12-31", "end": "2027-01-02"}, 2025, "12-31"),
        ({"start": "2025-12-31", "end": "2027-01-02"}, 2028, ""),
        ({"nth": 3, "weekday": 0, "month": 5}, 2026, "05-18"),
        ({"nth": LAST, "weekday": 0, "month": 5}, 2026, "05-25"),
        ({"nth": 5, "weekday": 6, "month": 5}, 2026, "05-31"),
        ({"nth": 5, "weekday": 0, "month": 5}, 2026, ""),
        ({"easter": -2}, 2026, "04-03"),
        ({"easter": 1, "orthodox": True}, 2026, "04-13"),
        ({"easter": 0, "first_year": 2027}, 2026, ""),
        ({"easter": 0, "last_year": 2026}, 2026, "04-05"),
        # Easter is on 2026-04-05 and 2027-03-28: its years are those of the date.
        ({"easter": -100, "first_year": 2026, "last_year": 2026}, 2026, "12-18"),
        ({"easter": 366}, 2026, "04-21"),
        ({"easter": -366}, 1, "04-13"),
        ({"easter": 366}, 9999, "04-06"),
    ],
)
def test_a_day_falls_on_these_dates(
    fields: dict[str, Any], year: int, dates: str
) -> None:
    read: dict[str, Any] = {
        name: parse_day_of_year(value) if isinstance(value, str) else value
        for name, value in fields.items()
    }
    found = CalendarDay("Day", **read).dates(year)
    assert " ".join(f"{day:%m-%d}" for day in found) == dates


ONE = {"date": DayOfYear(None, 12, 24)}
RANGE = {"start": DayOfYear(None, 12, 24), "end": DayOfYear(None, 1, 2)}
NTH = {"nth": 3, "weekday": 0, "month": 5}


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        (ONE | {"name": " "}, "name: The value is missing."),
        ({}, "date: No day is given. Use date, from and to, nth with day and month"),
        (ONE | {"easter": 1}, "easter: date and easter are both given."),
        (ONE | {"month": 5}, "month: date and month are both given."),
        (RANGE | {"weekday": 0}, "weekday: from and day are both given."),
        ({"end": DayOfYear(None, 1, 2)}, "start: The value is missing."),
        ({"start": DayOfYear(None, 1, 2)}, "end: The value is missing."),
        ({"nth": 3, "month": 5}, "weekday: The value is missing."),
        ({"nth": 3, "weekday": 0}, "month: The value is missing."),
        ({"weekday": 0, "month": 5}, "nth: The value is missing."),
        ({"date": DayOfYear(None, 2, 30)}, "date: 02-30 does not exist."),
        ({"date": DayOfYear(None, 13, 1)}, "date: 13-01 does not exist."),
        ({"date": DayOfYear(None, 1, 0)}, "date: 01-00 does not exist."),
        ({"date": DayOfYear(2026, 2, 29)}, "date: 2026-02-29 does not exist."),
        ({"date": DayOfYear(0, 1, 1)}, "date: 0000-01-01 does not exist."),
        (RANGE | {"start": DayOfYear(None, 0, 1)}, "start: 00-01 does not exist."),
        (RANGE | {"end": DayOfYear(None, 2, 30)}, "end: 02-30 does not exist."),
        (RANGE | {"end": DayOfYear(2026, 1, 2)}, "end: Only one end of the range"),
        (
            {"start": DayOfYear(2026, 1, 2), "end": DayOfYear(2026, 1, 1)},
            "end: The range ends before it starts, 2026-01-02.",
        ),
        (NTH | {"nth": 6}, "nth: 6 is not a valid nth weekday."),
        (NTH | {"weekday": 7}, "weekday: 7 is not a weekday."),
        (NTH | {"month": 0}, "month: 0 is not a month."),
        ({"easter": 367}, "easter: 367 is out of range. Use -366 to 366 days"),
        ({"easter": -367}, "easter: -367 is out of range."),
        (ONE | {"orthodox": True}, "orthodox: orthodox needs easter"),
        (ONE | {"first_year": 0}, "first_year: 0 is out of range. Use a year from 1"),
        (ONE | {"last_year": 10_000}, "last_year: 10000 is out of range."),
        (
            ONE | {"first_year": 2027, "last_year": 2026},
            "last_year: last_year is before first_year, 2027.",
        ),
        (
            {"date": DayOfYear(2026, 1, 2), "first_year": 2026},
            "first_year: 2026-01-02 is in one year only.",
        ),
        (
            {
                "start": DayOfYear(2026, 1, 2),
                "end": DayOfYear(2026, 1, 3),
                "last_year": 2026,
            },
            "last_year: 2026-01-02 is in one year only.",
        ),
        (ONE | {"observed": "monday"}, "observed: 'monday' is not a valid way"),
        (RANGE | {"observed": "next_monday"}, "observed: A range of days can't be"),
        (ONE | {"hours": ((0, 86_401),)}, "hours: Hours must be within the day."),
        (ONE | {"hours": ((-1, 60),)}, "hours: Hours must be within the day."),
        (ONE | {"hours": ((60, 60),)}, "hours: The hours 00:01-00:01 don't end after"),
        (
            ONE | {"hours": ((0, 60), (60, 86_400))},
            "hours: The hours 00:00-00:01 and 00:01-24:00 overlap, touch or are not",
        ),
        (ONE | {"hours": ((60, 120), (0, 30))}, "hours: The hours 00:01-00:02 and"),
    ],
)
def test_a_day_that_cannot_be_evaluated_is_refused(
    fields: dict[str, Any], refusal: str
) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        CalendarDay(**{"name": "Day", **fields})
    assert str(refused.value).startswith(refusal)


@pytest.mark.parametrize(
    "fields",
    [
        ONE | {"observed": "next_monday", "first_year": 1, "last_year": 9999},
        RANGE | {"hours": ((0, 60), (61, 86_400))},
        {"date": DayOfYear(None, 2, 29)},
        {"start": DayOfYear(2026, 1, 2), "end": DayOfYear(2026, 1, 2)},
        {"easter": -366, "orthodox": True},
        NTH | {"nth": LAST, "observed": "nearest_weekday"},
    ],
)
def test_a_day_at_the_limits_is_taken(fields: dict[str, Any]) -> None:
    assert CalendarDay("Day", **fields).name == "Day"


@pytest.mark.parametrize(
    ("year", "observed", "moved"),
    [
        # Christmas Day is a Friday in 2026, a Saturday in 2027, a Sunday in 2033.
        (2026, "nearest_weekday", "2026-12-25"),
        (2027, "nearest_weekday", "2027-12-24"),
        (2033, "nearest_weekday", "2033-12-26"),
        (2027, "next_monday", "2027-12-27"),
        (2033, "next_monday", "2033-12-26"),
        (2027, "none", "2027-12-25"),
    ],
)
def test_a_day_on_a_weekend_is_moved_as_it_says(
    year: int, observed: str, moved: str
) -> None:
    company = of(a_day("Christmas", "12-25", observed=observed))
    assert off(company, year) == {moved: "Christmas"}


def test_a_day_is_moved_into_the_year_before() -> None:
    company = of(a_day("New Year", "01-01", observed="nearest_weekday"))
    # 2028-01-01 is a Saturday.
    assert off(company, 2027) == {"2027-01-01": "New Year", "2027-12-31": "New Year"}
    assert off(company, 2028) == {}


def test_a_day_is_not_moved_onto_a_holiday() -> None:
    christmas = a_day("Christmas", "12-25", observed="nearest_weekday")
    eve = a_day("Eve", "12-24")
    # From Saturday to Friday, which is taken, and on to Monday.
    assert off(of(christmas, eve), 2027) == {
        "2027-12-24": "Eve",
        "2027-12-27": "Christmas",
    }
    # What is included is in the way as well, unless it is left out.
    lent = Stub("2027-12-24 Eve", "2027-12-27 Monday")
    assert "2027-12-28" in off(of(christmas, includes=(lent,)), 2027)
    left = of(christmas, includes=(lent,), without=("Eve",))
    assert off(left, 2027) == {"2027-12-24": "Christmas", "2027-12-27": "Monday"}


def test_days_are_moved_in_the_order_of_their_dates() -> None:
    boxing_day = a_day("Boxing Day", "12-26", observed="next_monday")
    christmas = a_day("Christmas", "12-25", observed="next_monday")
    also = a_day("Also", "12-25", observed="next_monday")
    assert off(of(boxing_day, christmas, also), 2027) == {
        "2027-12-27": "Christmas",
        "2027-12-28": "Also",
        "2027-12-29": "Boxing Day",
    }


def test_a_special_day_is_moved_but_takes_no_day() -> None:
    special = a_day("Short", "12-25", observed="next_monday", hours=MORNING)
    christmas = a_day("Christmas", "12-26", observed="next_monday")
    company = of(special, christmas)
    assert off(company, 2027) == {"2027-12-27": "Christmas"}
    assert date(2027, 12, 27) not in company.of_year(2027).special
    # Where it stays it takes none either, nor does one that is included.
    monday = a_day("Monday", "12-27", hours=MORNING)
    assert "2027-12-27" in off(of(christmas, monday), 2027)
    assert "2027-12-27" in off(of(christmas, includes=(of(monday),)), 2027)
    # After a holiday it makes way.
    company = of(a_day("Christmas", "12-25", observed="next_monday"), special)
    assert company.of_year(2027).special[date(2027, 12, 28)] == Special(
        "Short", MORNING
    )


@pytest.mark.parametrize(
    ("last", "moved"), [("2028-01-25", "2028-01-26"), ("2028-01-26", "2027-12-25")]
)
def test_a_day_without_a_free_day_within_31_stays(last: str, moved: str) -> None:
    company = of(
        a_day("Christmas", "12-25", observed="next_monday", last_year=2027),
        a_day("Closed", f"2027-12-27/{last}"),
    )
    years = chain.from_iterable(off(company, year).items() for year in (2027, 2028))
    assert [day for day, name in years if name == "Christmas"][-1] == moved


def test_a_day_at_the_end_of_time_stays() -> None:
    christmas = a_day("Day", "12-25", observed="next_monday")
    closed = a_day("Closed", "9999-12-27/9999-12-31")
    # 9999-12-25 is a Saturday.
    assert off(of(christmas, closed), 9999)["9999-12-25"] == "Day"


def test_a_calendar_has_no_days_beyond_the_years_1_to_9999() -> None:
    company = of(
        a_day("Eve", "12-31/01-01"),
        a_day("Day", observed="nearest_weekday"),
        includes=(GB,),
    )
    assert len(off(company, 1)) == 2
    assert len(off(company, 9999)) == 3
    for year in (-1, 0, 10_000, 10_001):
        assert company.of_year(year) == Year({}, {})


@pytest.mark.parametrize(
    ("without", "left"),
    [
        ((), "12-25 12-26 12-28"),
        (("2026-12-26",), "12-25 12-28"),
        (("2025-12-26",), "12-25 12-26 12-28"),
        (("12-26",), "12-25 12-28"),
        # The substitute goes with the day that it is for.
        (("Boxing Day",), "12-25"),
        (("Boxing Day (observed)",), "12-25 12-26"),
        (("observed",), "12-25 12-26"),
        (("boxing day", "observed", "12-25"), "12-26"),
    ],
)
@pytest.mark.parametrize("depth", [1, 2])
def test_days_of_what_is_included_are_left_out(
    without: tuple[str, ...], left: str, depth: int
) -> None:
    included = GB if depth == 1 else OwnCalendar("bank", (GB,))
    company = of(includes=(included,), without=without)
    december = [day for day in off(company, 2026) if day.startswith("2026-12")]
    assert " ".join(day[5:] for day in december) == left


def test_a_day_that_is_included_by_several_ways_counts_once() -> None:
    level = [of(a_day("Founders' day", "03-02")), of(a_day("Picnic", "03-03"))]
    for _ in range(20):
        level = [of(includes=tuple(level)), of(includes=tuple(level))]
    assert len(level[0].entries(2026)) == 2


def test_own_days_are_not_left_out() -> None:
    company = of(a_day("Christmas Day", "12-25"), includes=(GB,), without=("12-25",))
    assert off(company, 2026)["2026-12-25"] == "Christmas Day"
    assert company.name_of(date(2026, 12, 25)) == "Christmas Day"


def test_a_day_of_several_names_keeps_the_others() -> None:
    several = Stub("2026-05-01 A; B (observed)")
    for without, left in (
        ("A", "B (observed)"),
        ("B", "A"),
        ("observed", "A"),
        ("C", "A; B (observed)"),
    ):
        company = of(includes=(several,), without=(without,))
        assert off(company, 2026) == {"2026-05-01": left}
        outer = of(includes=(company,), without=("B",))
        assert off(outer, 2026) == ({} if left.startswith("B") else {"2026-05-01": "A"})
    for both in (("A", "B"), ("A", "observed")):
        assert off(of(includes=(several,), without=both), 2026) == {}


def test_a_day_that_another_calendar_has_stays() -> None:
    both = OwnCalendar("both", (Stub("2026-05-01 A"),), (), (a_day("B", "05-01"),))
    assert off(both, 2026) == {"2026-05-01": "B"}
    assert off(of(includes=(both,), without=("B",)), 2026) == {"2026-05-01": "A"}
    assert off(of(includes=(both,), without=("A",)), 2026) == {"2026-05-01": "B"}


def test_hours_of_special_days_intersect_and_a_holiday_beats_them() -> None:
    inner = of(a_day("Noon", hours=NOON), a_day("Off", "12-31"))
    company = of(
        a_day("Morning", hours=MORNING),
        a_day("Short", "12-31", hours=MORNING),
        includes=(inner,),
    )
    eve = Special("Morning", parse_hours("12:00-13:00"))
    assert company.of_year(2026).special == {date(2026, 12, 24): eve}
    assert off(company, 2026) == {"2026-12-31": "Off"}
    outer = of(includes=(company,), without=("Morning", "Off"))
    assert outer.of_year(2026).special == {
        date(2026, 12, 24): Special("Noon", NOON),
        date(2026, 12, 31): Special("Short", MORNING),
    }
    closed = of(a_day("Evening", hours=EVENING), includes=(company,))
    assert closed.of_year(2026).special[date(2026, 12, 24)] == Special("Evening", ())
    united = Union(of(a_day("Evening", hours=EVENING)), company)
    assert united.of_year(2026).special[date(2026, 12, 24)] == Special("Evening", ())


def test_a_union_can_be_included_with_all_its_names() -> None:
    union = Union(of(a_day("Eve")), Stub("2026-12-24 Day"))
    assert union
    assert not Union()
    assert off(union, 2026) == {"2026-12-24": "Eve"}
    assert off(of(includes=(union,), without=("Eve",)), 2026) == {"2026-12-24": "Day"}


def test_what_takes_nothing_away_is_named() -> None:
    without = (
        "Boxing Day",
        "Boxing",
        "12-25",
        "12-24",
        "2026-12-26",
        "2026-12-24",
        "2060-12-25",
        "Spring Bank Holiday",
        "observed",
        "Eve",
    )
    company = of(a_day("Eve"), includes=(GB,), without=without)
    unmatched = ("Boxing", "12-24", "2026-12-24", "Eve")
    assert company.unmatched() == company.unmatched() == unmatched
    german = of(includes=(calendar("DE-BY"),), without=("observed", "Neujahr"))
    assert german.unmatched() == ("observed",)


def test_included_calendars_are_evaluated_once_a_year() -> None:
    stub = Stub("2026-12-28 Day")
    company = of(a_day("Eve", "12-26", observed="next_monday"), includes=(stub,))
    others = [of(includes=(company, stub), without=("Eve",)) for _ in range(3)]
    for year in range(2020, 2031):
        assert [off(other, year) for other in others] == 3 * [off(others[0], year)]
    assert "2026-12-29" in off(company, 2026)
    assert len(stub.made) == len(set(stub.made))


def test_the_separator_of_names_is_the_library_s() -> None:
    assert joined(("A", "B")) == HOLIDAY_NAME_DELIMITER.join("AB")
    assert repr(of()) == "OwnCalendar('company')"


@pytest.mark.parametrize(
    ("day", "sentences"),
    [
        (a_day("Eve"), ""),
        (a_day("Leap", "02-29"), "Leap) is 29 February: it occurs only in leap years."),
        (a_day("Leap", "2028-02-29"), ""),
        (a_day("Past", last_year=2025), "Past) does not occur from 2026 on."),
        (a_day("Now", last_year=2026), ""),
        (a_day("Later", first_year=2090), ""),
        (a_day("Once", "2025-12-24"), "Once) does not occur from 2026 on."),
        (a_day("Once", "2090-12-24"), ""),
        (a_day("Winter", "12-24/01-02", last_year=2025), ""),
        (CalendarDay("Fifth", nth=5, weekday=0, month=2), ""),
        (
            CalendarDay("Fifth", nth=5, weekday=0, month=2, last_year=2030),
            "Fifth) does not occur from 2026 on.",
        ),
        (
            a_day("Short", "12-25", hours=MORNING),
            "Short) has no effect within 10 years: each of its dates is a holiday.",
        ),
        (a_day("Short", "12-24/12-25", hours=MORNING), ""),
        (a_day("Short", "12-25", hours=MORNING, observed="next_monday"), ""),
    ],
)
def test_advice_names_days_without_effect(day: CalendarDay, sentences: str) -> None:
    company = of(day, includes=(Stub(*(f"{y}-12-25 X" for y in range(2026, 2040))),))
    said = [f"Day 1 ({sentences}"] if sentences else []
    assert list(advice(company, 2026)) == said


def test_advice_names_what_takes_nothing_away() -> None:
    company = of(includes=(GB,), without=("Boxing Day", "Boxing"))
    assert list(advice(company, 9999)) == [
        "without: 'Boxing' takes away no day of what the calendar includes."
    ]


IN_WORDS = {
    "X, 12-24, 09:00-13:00": a_day("X", hours=MORNING),
    "X, 2026-12-24": a_day("X", "2026-12-24"),
    "X, 12-24 to 01-02": a_day("X", "12-24/01-02"),
    "X, fourth Thursday of November": CalendarDay("X", nth=4, weekday=3, month=11),
    "X, last Monday of May": CalendarDay("X", nth=LAST, weekday=0, month=5),
    "X, Easter Sunday": a_day("X", 0),
    "X, 1 day after Easter Sunday": a_day("X", 1),
    "X, 2 days before Orthodox Easter Sunday": a_day("X", -2, orthodox=True),
}


@pytest.mark.parametrize("said", IN_WORDS)
def test_a_day_is_said_in_words(said: str) -> None:
    assert format_day(IN_WORDS[said]) == said
