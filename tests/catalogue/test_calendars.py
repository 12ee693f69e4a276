"""Calendars in a catalogue, and schedules that are made of others."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from otel_sla.catalogue import (
    CalendarEntry,
    Catalogue,
    CatalogueError,
    Review,
    ScheduleEntry,
    apply,
    dump,
    parse_text,
    read_database,
)
from otel_sla.models import (
    CalendarInclusion,
    HolidayCalendar,
    Schedule,
    ScheduleInclusion,
)
from otel_sla.schedule import LAST
from otel_sla.schedule.calendars import CalendarDay, DayOfYear

from ..support.make import seconds

pytestmark = pytest.mark.django_db

FILE = """\
calendars:
  company:
    include: [bank, GB-ENG]
    without: [Boxing Day, observed]
    days:
    - {name: Christmas closing, from: "12-24", to: "01-02"}
    - {name: Founders' day, nth: 3, day: mon, month: 3}
    - {name: Good Friday, easter: -2}
    - {name: Christmas Eve, date: "12-23", hours: ["09:00-13:00"]}
  bank:
    days:
    - {name: Bank day, date: "2026-03-10"}
schedules:
  follow-the-sun:
    timezone: UTC
    includes: [office, office-new-york]
  office:
    timezone: Europe/London
    holidays: [company, DE-BY]
    rules:
    - {days: mon-fri, start: "09:00", end: "17:00"}
  office-new-york:
    timezone: America/New_York
    holidays: company
    rules:
    - {days: mon-fri, start: "09:00", end: "17:00"}
  out-of-hours:
    timezone: Europe/London
    always_open: true
    excludes: [office]
agreements:
  gold: {schedule: office, target: 99.9, period: month}
  sun: {schedule: follow-the-sun, target: 99, period: month}
  support: {schedule: out-of-hours, target: 99, period: month}
components:
  desk:
    agreement: support
  shop:
    agreement: gold
  site:
    agreement: sun
"""
THINGS = 12
MOMENT = seconds(2026, 3, 2)


def parsed(text: str, stored: Catalogue | None = None) -> Catalogue:
    """Parse a file that may refer to what is stored."""
    names = stored or Catalogue()
    return parse_text(
        text,
        "c.yaml",
        calendars=names.calendars,
        schedules=names.schedules,
        agreements=names.agreements,
    )


def load(text: str, *, prune: bool = False, dry_run: bool = False) -> list[str]:
    """Load a file, and return what is written about it."""
    lines: list[str] = []
    review = Review(lines.append, MOMENT, None)
    stored = None if prune else read_database()
    apply(parsed(text, stored), prune=prune, dry_run=dry_run, listener=review)
    review.end()
    return lines


def replaced(old: str, new: str) -> str:
    assert FILE.count(old) == 1
    return FILE.replace(old, new)


def refusal(text: str, *, prune: bool = False, dry_run: bool = False) -> str:
    """Return why a file is not loaded, after which the database is as before."""
    before = read_database()
    with pytest.raises(CatalogueError) as refused:
        load(text, prune=prune, dry_run=dry_run)
    assert read_database() == before
    return str(refused.value)


def test_a_catalogue_is_stored_and_dumped_as_it_is_written() -> None:
    load(FILE)
    assert read_database() == parsed(FILE)
    dumped = dump(read_database())
    assert sorted(dumped.splitlines()) == sorted(FILE.splitlines())
    assert parsed(dumped) == parsed(FILE)
    for prune in (False, True):
        assert load(dumped, prune=prune) == []


def test_sections_may_come_in_any_order() -> None:
    calendars, rest = FILE.split("schedules:\n")
    assert parsed(f"schedules:\n{rest}{calendars}") == parsed(FILE)


def test_what_people_type_is_loaded_and_dumped_in_the_usual_notation() -> None:
    typed = """\
calendars:
  typed:
    include: GB-ENG
    without: [2026-12-25, 12-26]
    days:
      - {name: Half day, date: 2026-12-24, hours: 9:00-13:00}
      - {name: Old, date: 12-24, last_year: 2030, observed: next_monday}
      - {name: Last, day: last friday, month: dec}
      - {name: Pascha, easter: 1, orthodox: true, first_year: 2027}
"""
    entry = parsed(typed).calendars["typed"]
    assert entry.include == ("GB-ENG",)
    assert entry.without == ("12-26", "2026-12-25")
    assert entry.days == (
        CalendarDay(
            "Half day", date=DayOfYear(2026, 12, 24), hours=((9 * 3600, 13 * 3600),)
        ),
        CalendarDay(
            "Old", date=DayOfYear(None, 12, 24), last_year=2030, observed="next_monday"
        ),
        CalendarDay("Last", nth=LAST, weekday=4, month=12),
        CalendarDay("Pascha", easter=1, orthodox=True, first_year=2027),
    )
    assert dump(parsed(typed)).startswith("""\
calendars:
  typed:
    include: GB-ENG
    without: [12-26, '2026-12-25']
    days:
    - {name: Half day, date: "2026-12-24", hours: ["09:00-13:00"]}
    - {name: Old, date: "12-24", last_year: 2030, observed: next_monday}
    - {name: Last, nth: last, day: fri, month: 12}
    - {name: Pascha, easter: 1, orthodox: true, first_year: 2027}
""")
    assert parsed(dump(parsed(typed))) == parsed(typed)


ODD = ("1", "on", "no", "~", "2026-12-24", "12-24", "a: b", "[x", "#", "'", "-", "ü, x")
"""Names that YAML takes for something else where they are not quoted."""

TEXTS = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1
).filter(lambda text: text == text.strip())


@given(
    st.lists(st.builds(CalendarDay, TEXTS, st.just(DayOfYear(None, 12, 24)))),
    st.frozensets(st.sampled_from(ODD), min_size=1),
)
def test_any_name_survives_a_dump(days: list[CalendarDay], names: set[str]) -> None:
    holidays = tuple(sorted(names))
    catalogue = Catalogue(
        {
            **{name: ScheduleEntry("UTC") for name in names},
            "s": ScheduleEntry("UTC", False, holidays, holidays, holidays),
        },
        calendars={
            **{name: CalendarEntry() for name in names},
            "c": CalendarEntry(holidays, holidays, tuple(days)),
        },
    )
    assert parsed(dump(catalogue)) == catalogue


@pytest.mark.parametrize("text", ["", "[]", '""', '[""]'])
def test_an_empty_list_of_holidays_is_none(text: str) -> None:
    schedule = parsed(f"schedules: {{s: {{timezone: UTC, holidays: {text}}}}}")
    assert schedule.schedules["s"].holidays == ()


FAULTS = {
    # what is wrong: (text, its replacement, what the error says)
    "an unknown calendar": (
        "holidays: [company, DE-BY]",
        "holidays: [compny, DE-BY]",
        "line 19, schedules.office.holidays[0]: There is no calendar 'compny'. Did "
        "you mean company?",
    ),
    "an unknown calendar in a calendar": (
        "[bank, GB-ENG]",
        "[elsewhere, GB-ENG]",
        "line 3, calendars.company.include[0]: There is no calendar 'elsewhere', "
        "neither in the file nor in the database",
    ),
    "an unknown schedule": (
        "excludes: [office]",
        "excludes: [ofice]",
        "line 30, schedules.out-of-hours.excludes[0]: There is no schedule 'ofice'. "
        "Did you mean office?",
    ),
    "a code in lower case": (
        "holidays: [company, DE-BY]",
        "holidays: [company, de-by]",
        "holidays[1]: Holiday calendar 'de-by' is unknown. Codes are upper-case: use "
        "DE-BY.",
    ),
    "a name instead of a code": (
        "holidays: [company, DE-BY]",
        "holidays: [company, Bavaria]",
        "holidays[1]: Holiday calendar 'Bavaria' is unknown. Did you mean DE-BY?",
    ),
    "a code that is none": (
        "[bank, GB-ENG]",
        "[bank, GB-EN]",
        "line 3, calendars.company.include[1]: Holiday calendar 'GB-EN' is unknown. "
        "Did you mean GB-ENG?",
    ),
    "names in one text": (
        "holidays: [company, DE-BY]",
        "holidays: company, DE-BY",
        "schedules.office.holidays: 'company, DE-BY' is not the name of one. Use a "
        "list where several can be named: [company, DE-BY].",
    ),
    "a code and a name in one text": (
        "holidays: [company, DE-BY]",
        "holidays: DE-BY, company",
        "schedules.office.holidays: 'DE-BY, company' is not the name of one.",
    ),
    "Norway as YAML reads it": (
        "holidays: [company, DE-BY]",
        "holidays: [NO]",
        'line 19, schedules.office.holidays[0]: Use a string, not NO: write "NO".',
    ),
    "a calendar called like a code": (
        "  company:",
        "  GB:",
        "line 2, calendars.GB: 'GB' is like the code of a public holiday calendar.",
    ),
    "a calendar in itself": (
        "  bank:\n",
        "  bank:\n    include: [company]\n",
        "line 3, calendars.company.include[0]: The calendars are made of each other: "
        "company -> bank -> company.",
    ),
    "a schedule in itself": (
        "excludes: [office]",
        "excludes: [out-of-hours]",
        "line 30, schedules.out-of-hours.excludes[0]: The schedules are made of each "
        "other: out-of-hours -> out-of-hours.",
    ),
    "a circle of schedules": (
        "    holidays: company\n",
        "    excludes: [follow-the-sun]\n",
        "line 16, schedules.follow-the-sun.includes[1]: The schedules are made of each "
        "other: follow-the-sun -> office-new-york -> follow-the-sun.",
    ),
    "a day left out that nothing has": (
        "[Boxing Day, observed]",
        "[Boxing Dy, observed]",
        "line 4, calendars.company.without[0]: 'Boxing Dy' takes no day away. Did you "
        "mean Boxing Day?",
    ),
    "a date left out that is no holiday": (
        "[Boxing Day, observed]",
        "[2026-12-24]",
        "line 4, calendars.company.without[0]: '2026-12-24' takes no day away. Use a",
    ),
    "a day that does not exist": (
        '"2026-03-10"',
        '"2026-02-30"',
        "line 12, calendars.bank.days[0].date: 2026-02-30 does not exist.",
    ),
    "a day before its month": (
        '"2026-03-10"',
        '"24-12"',
        "days[0].date: 24-12 does not exist. The month comes first: did you mean 12-24",
    ),
    "two ways to give a day": (
        "easter: -2",
        'easter: -2, date: "04-03"',
        "calendars.company.days[2].easter: date and easter are both given.",
    ),
    "no month": (
        "nth: 3, day: mon, month: 3",
        "day: third mon",
        "calendars.company.days[1].month: The value is missing.",
    ),
    "the nth twice": (
        "nth: 3, day: mon",
        "nth: 3, day: third mon",
        "calendars.company.days[1].nth: 'third mon' says it already.",
    ),
    "no name": (
        "{name: Bank day, ",
        "{",
        "line 12, calendars.bank.days[0].name: A value is required",
    ),
    "no hours": (
        'hours: ["09:00-13:00"]',
        "hours: []",
        "calendars.company.days[3].hours: The list is empty.",
    ),
    "hours beyond the column": (
        'hours: ["09:00-13:00"]',
        f"hours: [{', '.join(f'00:{n:02}:01-00:{n:02}:59' for n in range(40))}]",
        "calendars.company.days[3].hours: Ensure this value has at most 255",
    ),
    "a key that days don't have": (
        "easter: -2",
        "eastr: -2",
        "calendars.company.days[2].eastr: Unknown key 'eastr'. Did you mean easter?",
    ),
    "too many entries": (
        "[Boxing Day, observed]",
        f"[{', '.join(map(str, range(101)))}]",
        "line 4, calendars.company.without: The list has 101 entries. Use at most 100.",
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_its_line(fault: tuple[str, str, str]) -> None:
    old, new, said = fault
    assert said in refusal(replaced(old, new))


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_refuses_with_the_same_words() -> None:
    circle = "calendars: {a: {include: [b]}, b: {include: [a]}}"
    said = refusal(circle, dry_run=True)
    assert said.startswith("c.yaml, line 1, calendars.a.include[0]: The calendars are")
    assert said == refusal(circle)


def test_the_codes_have_to_fit_their_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("otel_sla.catalogue.parse.CODES_LENGTH", 8)
    assert refusal("calendars: {c: {include: [DE-BY, GB-ENG]}}") == (
        "c.yaml, line 1, calendars.c.include: The codes have 12 characters together. "
        "Use at most 8, or calendars that include some of them."
    )


DAYS = ", ".join(["{name: x, easter: 1}"] * 300)
TOO_MANY = {
    "500 calendars of 500 days": (
        f"  c%d: {{days: [{', '.join([DAYS, DAYS])}]}}\n",
        "c.yaml, line 2, calendars.c0.days: The calendar has 600 days of its own. Use "
        "at most 366: a day without a year is every year.",
    ),
    "500 calendars of 300 days": (
        f"  c%d: {{days: [{DAYS}]}}\n",
        "c.yaml, line 35, calendars.c33: All calendars together have more than 10,000 "
        "days of their own. Use days without a year, which are every year.",
    ),
    "500 calendars": (
        "  c%d: {include: GB-ENG}\n",
        "c.yaml, line 102, calendars.c100: There are more than 100 calendars. Let "
        "schedules share them, or several calendars include another.",
    ),
}


@pytest.mark.parametrize("many", TOO_MANY.values(), ids=TOO_MANY)
def test_too_much_is_refused_with_one_error(many: tuple[str, str]) -> None:
    line, said = many
    assert refusal("calendars:\n" + "".join(line % n for n in range(500))) == said
    assert not HolidayCalendar.objects.exists()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (
            '" eve"',
            "A name must not begin or end with a space or an invisible character.",
        ),
        ('"New\\nYear"', "A name must be printable text. This one contains U+000A, "),
    ],
)
def test_a_day_has_a_name_that_without_can_say(name: str, why: str) -> None:
    said = refusal(f"calendars: {{c: {{days: [{{name: {name}, easter: 1}}]}}}}")
    assert said.startswith(f"c.yaml, line 1, calendars.c.days[0].name: {why}")


def test_limits_are_those_of_the_file_and_the_database_together() -> None:
    HolidayCalendar.objects.bulk_create(
        HolidayCalendar(name=f"stored {n}") for n in range(99)
    )
    load("calendars: {hundredth: {}}")
    said = refusal("calendars: {one more: {}}")
    assert said.startswith("c.yaml, line 1, calendars.one more: There are more than")
    load("calendars: {one more: {}}", prune=True)


def test_a_file_may_refer_to_what_is_stored_and_further_down() -> None:
    load(FILE)
    load(
        "schedules:\n"
        "  first: {timezone: UTC, includes: [second, office], holidays: [new, bank]}\n"
        "  second: {timezone: UTC}\n"
        "calendars:\n"
        "  new: {include: [newer, company]}\n"
        "  newer: {}\n"
    )
    stored = read_database()
    assert stored.schedules["first"].includes == ("office", "second")
    assert stored.schedules["first"].holidays == ("bank", "new")
    assert stored.calendars["new"].include == ("company", "newer")


def test_a_circle_of_the_file_and_the_database_is_refused() -> None:
    load(FILE)
    assert refusal(
        "schedules:\n  office:\n    timezone: UTC\n    excludes: [follow-the-sun]\n"
    ) == (
        "c.yaml, line 4, schedules.office.excludes[0]: The schedules are made of each "
        "other: office -> follow-the-sun -> office. Take one of them out of another."
    )
    assert "bank -> company -> bank" in refusal("calendars: {bank: {include: company}}")


def test_more_levels_than_can_be_evaluated_are_refused_though_only_stored() -> None:
    chain = "".join(
        f"  s{n}: {{timezone: UTC, includes: [s{n + 1}]}}\n" for n in range(19)
    )
    load(f"schedules:\n{chain}  s19: {{timezone: UTC}}\n")
    said = refusal(
        "schedules: {s19: {timezone: UTC, includes: [s]}, s: {timezone: UTC}}"
    )
    assert said.startswith("database, schedules.s0: More than 20 levels of schedules")


def test_a_broken_schedule_that_is_stored_stops_no_other_change() -> None:
    load(FILE)
    Schedule.objects.filter(name="follow-the-sun").update(timezone="Mars/Base")
    assert "~ schedule office" in load("schedules: {office: {timezone: UTC}}")
    lines = load('calendars: {bank: {days: [{name: x, date: "03-09"}]}}')
    assert lines[3].startswith("    next 90 days: unknown, because it can't be")


def test_what_is_pruned_is_deleted_whatever_refers_to_it() -> None:
    load(FILE)
    load("schedules: {office: {timezone: UTC}}", prune=True)
    assert read_database() == parsed("schedules: {office: {timezone: UTC}}")
    assert not CalendarInclusion.objects.exists()
    assert not ScheduleInclusion.objects.exists()


def test_what_is_pruned_may_be_more_than_a_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(FILE)
    monkeypatch.setattr("otel_sla.database.batches.BATCH", 1)
    load("schedules: {always: {timezone: UTC}}", prune=True)
    assert list(read_database().schedules) == ["always"]


def test_what_is_kept_can_not_refer_to_what_is_pruned() -> None:
    load(FILE)
    text = "schedules: {always: {timezone: UTC, includes: [office]}}"
    stays = parsed(text, read_database())
    with pytest.raises(CatalogueError, match=r"includes\[0\]: There is no schedule"):
        apply(stays, prune=True)
    assert read_database() == parsed(FILE)


def test_rows_stay_the_same_whatever_of_them_changes() -> None:
    load(FILE)
    rows = dict(HolidayCalendar.objects.values_list("name", "pk"))
    day = HolidayCalendar.objects.get(name="company").days.values_list("pk", flat=True)
    kept = list(day)
    load(replaced("2026-03-10", "2026-03-11"))
    assert dict(HolidayCalendar.objects.values_list("name", "pk")) == rows
    assert list(day) == kept


def test_the_number_of_queries_does_not_grow_with_calendars() -> None:
    counts = []
    for number in (2, 20):
        text = "calendars:\n  base: {days: [{name: x, easter: 1}]}\n"
        for n in range(number):
            text += f"  c{n}: {{include: base}}\n"
        text += "schedules:\n  base: {timezone: UTC}\n"
        for n in range(number):
            text += f"  s{n}: {{timezone: UTC, holidays: c{n}, includes: [base]}}\n"
        with CaptureQueriesContext(connection) as loading:
            apply(parsed(text), prune=True)
        with CaptureQueriesContext(connection) as reading:
            read_database()
        counts.append((len(loading), len(reading)))
        apply(parsed("schedules: {base: {timezone: UTC}}"), prune=True)
        Schedule.objects.all().delete()
    assert counts[0] == counts[1]


REVIEWS = {
    # what changes: (text, its replacement, the review)
    "a calendar": (
        '"2026-03-10"}\n',
        '"2026-03-11"}\n    - {name: Picnic, date: "05-22", hours: "12:00-14:00"}\n',
        """\
~ calendar bank
    days: - {name: Bank day, date: "2026-03-10"}
    days: + {name: Bank day, date: "2026-03-11"}
    days: + {name: Picnic, date: "05-22", hours: ["12:00-14:00"]}
    next 90 days: 15 h less, 1 more window; 3 components
Total over the next 90 days: 9 h less, 1 more window; 3 components
""",
    ),
    "what a calendar includes": (
        "    include: [bank, GB-ENG]\n    without: [Boxing Day, observed]\n",
        "    include: DE-BY\n",
        """\
~ calendar company
    include: [bank, GB-ENG] -> DE-BY
    without: [Boxing Day, observed] -> []
    next 90 days: 9 h more, 4 more windows; 3 components
Total over the next 90 days: 9 h more, 4 more windows; 3 components
""",
    ),
    "a schedule that others are made of": (
        'DE-BY]\n    rules:\n    - {days: mon-fri, start: "09:00", end: "17:00"}',
        'DE-BY]\n    rules:\n    - {days: mon-fri, start: "09:00", end: "16:00"}',
        """\
~ schedule office
    rules: - {days: mon-fri, start: "09:00", end: "17:00"}
    rules: + {days: mon-fri, start: "09:00", end: "16:00"}
    next 90 days: 57 h less, same number of windows; 1 component
    out-of-hours: 57 h more, same number of windows; 1 component
Total over the next 90 days: same open time, same number of windows, at other times; \
2 components
""",
    ),
    "what a schedule is made of": (
        "includes: [office, office-new-york]",
        "includes: [office]",
        """\
~ schedule follow-the-sun
    includes: [office, office-new-york] -> [office]
    next 90 days: 288 h less, 2 fewer windows; 1 component
Total over the next 90 days: 288 h less, 2 fewer windows; 1 component
""",
    ),
    "a new calendar": (
        "  bank:\n",
        "  plain: {}\n"
        "  base: {include: [bank, US], days: [{name: x, easter: 1}]}\n"
        "  bank:\n",
        """\
+ calendar plain: {}
+ calendar base: {include: [bank, US]}
    days: + {name: x, easter: 1}
""",
    ),
}


@pytest.mark.parametrize("review", REVIEWS.values(), ids=REVIEWS)
def test_a_review_says_what_changes_in_the_schedules_that_are_made_of_it(
    review: tuple[str, str, str],
) -> None:
    old, new, said = review
    load(FILE)
    assert "\n".join([*load(replaced(old, new)), ""]) == said
