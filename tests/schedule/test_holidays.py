"""Holiday calendars: by hand, against the library asked afresh, and from threads."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import holidays
import pytest

from otel_sla.schedule.holidays import UnknownCalendar, calendar, check_code

CODES = ["GB-ENG", "GB-SCT", "DE-BE", "US", "US-NY", "IN-KA", "AU-NSW"]
THREADS, YEARS = 8, range(2005, 2035)


def every_day_of(year: int) -> Iterator[date]:
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    return map(date.fromordinal, range(first, last + 1))


@pytest.fixture
def no_calendar_yet() -> Iterator[None]:
    calendar.cache_clear()
    yield
    calendar.cache_clear()


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that give way to each other at almost every step."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("GB-ENG", "2026-04-03"),  # Good Friday
        ("GB-ENG", "2026-04-06"),  # Easter Monday
        ("GB-ENG", "2026-05-04"),  # May Day
        ("GB-ENG", "2026-08-31"),  # Late Summer Bank Holiday
        ("GB-ENG", "2026-12-28"),  # Boxing Day (observed)
        ("GB-SCT", "2026-01-02"),  # New Year Holiday
        ("GB-SCT", "2026-08-03"),  # Summer Bank Holiday
        ("GB-SCT", "2026-11-30"),  # Saint Andrew's Day
        ("DE-BE", "2026-03-08"),  # Women's Day
        ("DE-BE", "2026-05-14"),  # Ascension Day
        ("DE-BE", "2026-10-03"),  # German Unity Day
        ("US-NY", "2026-02-12"),  # Lincoln's Birthday
        ("US-NY", "2026-07-03"),  # Independence Day (observed)
        ("US-NY", "2026-11-26"),  # Thanksgiving Day
        ("IN-KA", "2026-01-26"),  # Republic Day
        ("IN-KA", "2026-11-01"),  # Karnataka Rajyotsava
        ("AU-NSW", "2026-01-26"),  # Australia Day
        ("AU-NSW", "2026-06-08"),  # King's Birthday
        ("AU-NSW", "2026-10-05"),  # Labor Day
    ],
)
def test_a_day_known_to_be_a_holiday_is_one(code: str, day: str) -> None:
    assert date.fromisoformat(day) in calendar(code)
    assert calendar(code).name_of(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("code", "day"),
    [
        ("GB-ENG", "2026-01-02"),  # Scotland's
        ("GB-ENG", "2026-11-30"),
        ("GB-ENG", "2026-06-17"),  # a Wednesday like any other
        ("GB-SCT", "2026-04-06"),  # England's
        ("GB-SCT", "2026-08-31"),
        ("DE-BE", "2026-06-04"),  # Corpus Christi is Bavaria's
        ("DE-BE", "2026-10-31"),  # Reformation Day is Brandenburg's
        ("US", "2026-02-12"),  # New York's
        ("IN-KA", "2026-05-02"),
        ("AU-NSW", "2026-11-03"),  # the Melbourne Cup is Victoria's
    ],
)
def test_a_day_known_to_be_worked_is_no_holiday(code: str, day: str) -> None:
    assert date.fromisoformat(day) not in calendar(code)
    assert calendar(code).name_of(date.fromisoformat(day)) is None


def test_nothing_but_a_date_is_in_a_calendar() -> None:
    assert "2026-12-25" not in calendar("GB-ENG")
    assert None not in calendar("GB-ENG")


def test_a_code_has_one_calendar_shared_by_all() -> None:
    assert calendar("GB-ENG") is calendar("GB-ENG")
    assert calendar("GB-ENG") is not calendar("GB-SCT")
    assert repr(calendar("GB-ENG")) == "LibraryCalendar('GB-ENG')"


OBSERVED = {
    ("GB-ENG", 2026): {"2026-12-28": "Boxing Day"},
    # 2022-12-26 is Boxing Day itself.
    ("GB-ENG", 2022): {"2022-01-03": "New Year's Day", "2022-12-27": "Christmas Day"},
    # The New Year's Day of 2028, a Saturday, is observed the year before.
    ("US", 2027): {
        "2027-06-18": "Juneteenth National Independence Day",
        "2027-07-05": "Independence Day",
        "2027-12-24": "Christmas Day",
        "2027-12-31": "New Year's Day",
    },
    # 2023-01-02 is New Year Holiday as well, which moves on to the 3rd.
    ("GB-SCT", 2023): {
        "2023-01-02": "New Year's Day",
        "2023-01-03": "New Year Holiday",
    },
    ("DE-BE", 2027): {},
}


@pytest.mark.parametrize(("code", "year"), OBSERVED)
def test_days_that_are_only_observed_have_the_name_of_the_other_day(
    code: str, year: int
) -> None:
    observed = calendar(code).observed(year)
    expected = {
        date.fromisoformat(day): [name] for day, name in OBSERVED[code, year].items()
    }
    assert {day: [*names.values()] for day, names in observed.items()} == expected
    assert observed is calendar(code).observed(year)
    assert expected.keys() <= calendar(code).of_year(year).off.keys()


@pytest.mark.parametrize(
    ("code", "day", "name"),
    [
        # The library's label is in front of the name, and twice on a date.
        ("TZ", "2021-12-27", "Kuzaliwa Kristo; Siku ya Kupeana Zawadi"),
        # One label says that the day is observed, and that its date is estimated.
        ("AL", "2027-05-17", "Dita e Kurban Bajramit (e vlerësuar)"),
    ],
)
def test_the_name_of_an_observed_day_is_without_what_the_library_adds(
    code: str, day: str, name: str
) -> None:
    date_ = date.fromisoformat(day)
    assert "; ".join(calendar(code).observed(date_.year)[date_].values()) == name
    assert calendar(code).name_of(date_) != name


@pytest.mark.parametrize(
    ("code", "day"),
    [("JP", "2027-03-22"), ("BW", "2027-05-03")],  # "Labour Day Holiday"
)
def test_an_observed_day_of_which_the_library_names_no_other_keeps_its_name(
    code: str, day: str
) -> None:
    date_ = date.fromisoformat(day)
    name = calendar(code).name_of(date_)
    assert calendar(code).observed(date_.year)[date_] == {name: name}


@pytest.mark.usefixtures("no_calendar_yet", "hasty_threads")
@pytest.mark.parametrize("code", CODES)
def test_years_added_by_many_threads_are_those_of_the_library(code: str) -> None:
    together = Barrier(THREADS)

    def ask(thread: int) -> set[date]:
        """Each thread begins elsewhere, so all of them add years."""
        together.wait()
        first = thread * len(YEARS) // THREADS
        return {
            day
            for year in [*YEARS[first:], *YEARS[:first]]
            for day in every_day_of(year)
            if day in calendar(code)
        }

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, range(THREADS)))
    country, _, subdivision = code.partition("-")
    expected = holidays.country_holidays(
        country, subdiv=subdivision or None, years=YEARS
    )
    for answer in answers:
        assert answer == set(expected)


@pytest.mark.usefixtures("no_calendar_yet")
@pytest.mark.parametrize("variable", ["LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"])
@pytest.mark.parametrize("locale", ["th_TH.UTF-8", "en_US.UTF-8", "C.UTF-8"])
def test_names_are_in_the_countrys_language_whatever_the_locale(
    variable: str, locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(variable, locale)
    for code, day, name in (
        ("DE-BE", "2026-05-01", "Erster Mai"),
        ("GB-ENG", "2026-12-28", "Boxing Day (observed)"),
        ("US", "2026-09-07", "Labor Day"),
        ("CH-GE", "2026-08-01", "Nationalfeiertag"),
        ("TH/government", "2026-12-31", "วันสิ้นปี"),
        # The library has its names in one language, and declares none.
        ("NZ", "2026-02-06", "Waitangi Day"),
    ):
        assert calendar(code).name_of(date.fromisoformat(day)) == name
    assert calendar("GB-ENG").observed(2026) == {
        date(2026, 12, 28): {"Boxing Day (observed)": "Boxing Day"}
    }


NATIONWIDE_IN_GERMANY = {
    date(2026, 1, 1): "Neujahr",
    date(2026, 4, 3): "Karfreitag",
    date(2026, 4, 6): "Ostermontag",
    date(2026, 5, 1): "Erster Mai",
    date(2026, 5, 14): "Christi Himmelfahrt",
    date(2026, 5, 25): "Pfingstmontag",
    date(2026, 10, 3): "Tag der Deutschen Einheit",
    date(2026, 12, 25): "Erster Weihnachtstag",
    date(2026, 12, 26): "Zweiter Weihnachtstag",
}


def test_nationwide_holidays_are_those_of_the_country_alone() -> None:
    assert calendar("DE/nationwide").of_year(2026).off == NATIONWIDE_IN_GERMANY
    assert date(2026, 4, 3) in calendar("GB/nationwide")
    assert date(2026, 4, 6) not in calendar("GB/nationwide")  # not Scotland's


def test_a_category_is_added_to_the_public_holidays() -> None:
    public = calendar("DE-BY").of_year(2026).off
    assert calendar("DE-BY/catholic").of_year(2026).off == {
        **public,
        date(2026, 8, 15): "Mariä Himmelfahrt",
    }
    assert date(2026, 6, 5) in calendar("DK/optional")  # Constitution Day
    assert date(2026, 6, 5) not in calendar("DK")


REFUSED = {
    "GB-": "Use one of GB-ENG, GB-NIR, GB-SCT, GB-WLS.",
    "gb-eng": "Codes are upper-case: use GB-ENG",
    "gb": "Codes are upper-case: use GB",
    "GB-eng": "Did you mean GB-ENG?",
    "GB-ENGL": "Did you mean GB-ENG?",
    "DE-BX": "The calendars of DE are DE-BB, DE-BE, ",
    "MC-X": "MC has no subdivisions: use MC",
    "DE-BX/catholic": "Did you mean DE-HB/catholic?",
    "de-by/catholic": "Codes are upper-case: use DE-BY/catholic.",
    "Bavaria/catholic": "Did you mean DE-BY/catholic?",
    "DE-BY/Catholic": "Did you mean DE-BY/catholic?",
    "DE-BY/catholics": "Did you mean DE-BY/catholic?",
    "DE-BY/catholic/bank": "Did you mean DE-BY/catholic?",
    "DE-BY/bank": "Use DE-BY for the public holidays, or add one of its categories: "
    "DE-BY/catholic.",
    "DE-BY/": "Use DE-BY for the public holidays",
    "DE-BY/public": "Use DE-BY for the public holidays",
    "DE-BY/nationwide": "Use DE/nationwide for the nationwide holidays, or DE-BY for",
    "US/natonwide": "Did you mean US/nationwide?",
    "MK/bank": "add one of its categories: MK/albanian, MK/bosnian, MK/catholic,",
    "GB-ENG/bank": "GB has only public holidays: use GB-ENG.",
    "Bavaria": "Did you mean DE-BY?",
    "Bayern": "Did you mean DE-BY?",
    "england": "Did you mean GB-ENG?",
    "Germany": "Did you mean DE?",
    "DEU": "Did you mean DE?",
    "XX": "Use an ISO 3166-1 country code",
    "XX-ENG": "Use an ISO 3166-1 country code",
    "-ENG": "Use an ISO 3166-1 country code",
    "": "Use an ISO 3166-1 country code",
}


@pytest.mark.parametrize("code", REFUSED)
def test_an_unknown_code_is_refused_with_what_would_be_right(code: str) -> None:
    for ask in (calendar, check_code):
        with pytest.raises(UnknownCalendar) as refused:
            ask(code)
        said = str(refused.value)
        assert said.startswith(f"Holiday calendar {code!r} is unknown. ")
        assert REFUSED[code] in said


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("FI-01/workday", "people work on the days of this category. Use FI-01."),
        ("US/unofficial", "people work on the days of this category. Use US."),
        ("US-NY/half_day", "half days are not whole days off."),
        ("DE-BY/school", "school breaks are not public holidays"),
    ],
)
def test_a_category_of_days_that_are_not_off_is_refused(code: str, why: str) -> None:
    for ask in (calendar, check_code):
        with pytest.raises(UnknownCalendar, match="can't be used, because") as refused:
            ask(code)
        assert why in str(refused.value)


@pytest.mark.parametrize(
    ("code", "part"),
    [
        ("GB", "GB-ENG,"),
        ("DE", "DE-BE,"),
        ("AU", "AU-NSW,"),
        ("DE/catholic", "DE-BY/catholic,"),
    ],
)
def test_a_country_without_holidays_of_its_own_needs_a_subdivision_when_checked(
    code: str, part: str
) -> None:
    assert date(2026, 1, 1) in calendar(code)
    with pytest.raises(UnknownCalendar, match="needs a subdivision") as refused:
        check_code(code)
    assert part in str(refused.value)
    country = code.partition("/")[0]
    assert f"or {country}/nationwide for the nationwide holidays." in str(refused.value)


@pytest.mark.parametrize("code", ["DE/", "DE/bank", "DE/natonwide", "GB/workday"])
def test_a_category_does_not_replace_a_subdivision(code: str) -> None:
    with pytest.raises(UnknownCalendar, match="needs a subdivision"):
        check_code(code)


PASSING = [
    *CODES,
    *("IN", "FR", "MC", "DE-BY/catholic", "US/government", "US-NY/government"),
    *("DK/optional", "DE/nationwide", "GB/nationwide", "ES/nationwide"),
    *("CH/nationwide", "US/nationwide", "MC/nationwide"),
]


@pytest.mark.parametrize("code", PASSING)
def test_a_code_that_names_a_place_passes_the_check(code: str) -> None:
    check_code(code)
