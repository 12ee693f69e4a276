"""Time periods of Nagios as catalogues, compared with their documented meaning."""

from __future__ import annotations

import datetime as dt
import random
import time
from contextlib import suppress

import pytest

from otel_sla.catalogue import parse_text
from otel_sla.converters.detect import detected
from otel_sla.converters.errors import NotConvertible
from otel_sla.converters.nagios import convert
from otel_sla.converters.writer import written

from . import oracle
from .files import FILES, US_HOLIDAYS

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2029, 1, 1)


def minutes_by_day(text: str, names: list[str]) -> dict[str, dict[dt.date, set[int]]]:
    converted = convert(text)
    for draft in converted.drafts:
        assert draft.lost == []
    definitions = parse_text("\n".join(written(converted, "UTC")), "c.yaml").definitions
    found = {}
    start = dt.datetime(FIRST.year, 1, 1, tzinfo=dt.UTC)
    stop = dt.datetime(LAST.year, 1, 1, tzinfo=dt.UTC)
    for name in names:
        days: dict[dt.date, set[int]] = {}
        spans = definitions.schedule(name).spans(
            int(start.timestamp()), int(stop.timestamp())
        )
        for begin, end in spans:
            while begin < end:
                moment = dt.datetime.fromtimestamp(begin, dt.UTC)
                midnight = begin - begin % 86_400
                until = min(end, midnight + 86_400)
                minutes = range((begin - midnight) // 60, (until - midnight) // 60)
                days.setdefault(moment.date(), set()).update(minutes)
                begin = until
        found[name] = days
    return found


def assert_same(text: str, periods: dict[str, oracle.Period]) -> None:
    found = minutes_by_day(text, list(periods))
    for name, period in periods.items():
        day = FIRST
        while day < LAST:
            assert found[name].get(day, set()) == period.minutes(day), (name, day, text)
            day += dt.timedelta(1)


def define(name: str, entries: list[tuple[str, str]], *more: str) -> str:
    lines = [f"  timeperiod_name {name}", *(f"  {line}" for line in more)]
    lines += [f"  {days}\t{times}" for days, times in entries]
    return "\n".join(["define timeperiod{", *lines, "}", ""])


@pytest.mark.parametrize("entries", FILES, ids=lambda entries: entries[-1][0])
def test_a_period_is_open_when_it_is_in_nagios(entries: list[tuple[str, str]]) -> None:
    assert_same(define("p", entries), {"p": oracle.Period(entries)})


RANDOM = (
    "2026-12-24",
    "2027-02-01 - 2027-03-10",
    "2026-01-05 / 3",
    "2026-05-01 - 2027-05-01 / 4",
    "december 24",
    "december 20 - january 3",
    "february 29",
    "june 3 - 20 / 3",
    "may -1",
    "march 1 - may 15",
    "day 1",
    "day -1",
    "day 1 - 15",
    "day 25 - 5",
    "day 3 - -4",
    "day 1 - 28 / 9",
    "thursday 4 november",
    "monday -1 may",
    "friday -2 october",
    "monday 1 march - friday 2 march",
    "monday 2 june - thursday 3 august",
    "monday 1",
    "sunday -1",
    "tuesday -3",
    "monday 2 - thursday 3",
    "monday 1 - friday -1",
    "monday 5",
    "monday 1 - saturday 4 / 2",
)
TIMES = (
    "00:00-24:00",
    "00:00-00:00",
    "09:00-17:00",
    "00:00-09:00,17:00-24:00",
    "10:00-12:00",
)


@pytest.mark.parametrize("seed", range(25))
def test_entries_of_any_kind_take_each_others_place_as_in_nagios(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    week = [
        (day, rng.choice(TIMES))
        for day in rng.sample(oracle.WEEKDAYS, rng.choice([0, 5, 7]))
    ]
    if rng.random() < 0.3:
        week = [(day, "00:00-24:00") for day in oracle.WEEKDAYS]
    picked = rng.sample(RANDOM, rng.randint(1, 6))
    entries = week + [(days, rng.choice(TIMES)) for days in picked]
    assert_same(define("p", entries), {"p": oracle.Period(entries)})


def test_templates_and_excludes_of_the_stock_file() -> None:
    holidays = oracle.Period(US_HOLIDAYS)
    full = [(day, "00:00-24:00") for day in oracle.WEEKDAYS]
    closed = [(days, "00:00-24:00") for days, _ in US_HOLIDAYS]
    text = (
        "# stock\ndefine command {\n  command_name x ; y\n"
        "  command_line $USER1$/x {} \\\n -a\n}\n"
        + define("us-holidays", US_HOLIDAYS, "name us-holidays", "alias U.S. Holidays")
        + define("closed", closed)
        + define("24x7", full)
        + define("sans", full, "use us-holidays")
        + define("minus", full, "exclude closed")
        + define("both", [("monday", "09:00-17:00")], "use hours, us-holidays")
        + define(
            "t",
            [("monday", "01:00-02:00"), ("tuesday", "10:00-11:00")],
            "name hours",
            "register 0",
        )
    )
    both = [("monday", "09:00-17:00"), ("tuesday", "10:00-11:00"), *US_HOLIDAYS]
    periods = {
        "us-holidays": holidays,
        "24x7": oracle.Period(full),
        "sans": oracle.Period(full + US_HOLIDAYS),
        "minus": oracle.Period(full, (oracle.Period(closed),)),
        "both": oracle.Period(both),
    }
    assert_same(text, periods)
    drafts = {draft.name: draft for draft in convert(text).drafts}
    assert drafts["24x7"].body == {"always_open": True}
    assert drafts["minus"].body == {"always_open": True, "excludes": ["closed"]}
    assert "t" not in drafts


def test_the_last_date_of_all_is_closed() -> None:
    week = [(day, "09:00-17:00") for day in oracle.WEEKDAYS]
    text = define("x", [*week, ("9999-12-31", "00:00-00:00")])
    (draft,) = convert(text).drafts
    assert "overrides" not in draft.body
    assert draft.days == [{"name": "9999-12-31", "date": dt.date.max}]


def test_a_catalogue_is_shorter_than_its_original() -> None:
    full = [(day, "00:00-24:00") for day in oracle.WEEKDAYS]
    text = define("h", US_HOLIDAYS, "name h", "register 0") + define(
        "sans", full, "use h"
    )
    shop = [(day, "09:00-18:00") for day in oracle.WEEKDAYS[:6]]
    shop[3], shop[5] = ("thursday", "09:00-20:00"), ("saturday", "10:00-16:00")
    # None in a row.
    dates = ["01-01", "04-03", "04-06", "05-01", "08-15", "10-03", "11-01"]
    dates += ["12-26"]
    shop += [(f"2026-{date}", "00:00-00:00") for date in dates]
    for file in (text, define("shop", shop, "alias Shop")):
        lines = [
            one for draft in written(convert(file), "UTC") for one in draft.split("\n")
        ]
        assert len(lines) < len(file.splitlines()), "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("define timeperiod{\n timeperiod_name x\n", 1, "no '}'"),
        ("define host{\n}\nfoo bar\n", 3, "outside"),
        ("define host{\n define timeperiod{\n}\n", 2, "no '}' yet"),
        ("define host{\n}define timeperiod{\n}\n", 2, "alone on its line"),
        ("define timeperiod\n monday 00:00-24:00\n}\n", 2, "'{' should follow"),
        (define("a", [], "use b") + define("b", [], "use a"), 3, "circle"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(
    text: str, line: int, reason: str
) -> None:
    with pytest.raises(NotConvertible) as caught:
        convert(text)
    assert f"Line {line}:" in str(caught.value)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("monday 25:00-26:00", "is not a range of times"),
        ("monday 17:00-09:00", "is not a range of times"),
        ("easter 00:00-00:00", "is not a day with times"),
        ("monday", "is not a day with times"),
        ("february 1 - march 15 / 3 00:00-24:00", "leap years"),
        ("day 1 - -1 / 2000000 00:00-24:00", "3,650"),
        ("day -5 - 5 00:00-24:00", "begins at the end"),
        ("2026-02-30 00:00-24:00", "no such date"),
        ("monday 1 - friday 1 00:00-24:00", "before it begins"),
        ("day 1 15 00:00-24:00", "is not a day with times"),
        ("monday 32 00:00-24:00", "is not a day with times"),
        ("monday 6 00:00-24:00", "so many weeks"),
        ("monday 2 - friday 6 00:00-24:00", "so many weeks"),
        ("day 1 / 3 00:00-24:00", "is not a day with times"),
        ("day 1 - monday 3 00:00-24:00", "is not a day with times"),
        ("day 25 - 5 / 2 00:00-24:00", "after the end of a month"),
        ("day 30 - 5 00:00-24:00", "day on which it begins"),
        ("day 27 - -3 00:00-24:00", "length of the month"),
        ("day -29 - -1 00:00-24:00", "length of the month"),
        ("june 31 00:00-24:00", "no such date"),
        ("february 29 - march 3 00:00-24:00", "day on which it begins"),
        ("2026-03-01 - 2026-02-01 00:00-24:00", "before it begins"),
        ("monday 1 may - friday 1 june / 2 00:00-24:00", "weekday that moves"),
        ("monday 5 may - friday 1 june 00:00-24:00", "day on which it begins"),
        ("monday -5 - friday -1 00:00-24:00", "day on which it begins"),
        ("monday -3 - friday -1 / 2 00:00-24:00", "weekday that moves"),
        ("december 1 - january -2 / 2 00:00-24:00", "length of the month"),
        ("use nothing", "no template"),
        ("exclude nothing, x", "could be excluded"),
    ],
)
def test_what_a_catalogue_cant_say_is_lost_with_its_line(
    entry: str, reason: str
) -> None:
    text = define("x", [("tuesday", "09:00-10:00")], entry)
    (draft,) = convert(text).drafts
    assert draft.lost[0].startswith("Line 3: ")
    assert reason in draft.lost[0]
    rules = [{"days": "tue", "start": "09:00", "end": "10:00"}]
    assert draft.body == {"rules": rules}


def test_excludes_replace_those_of_templates_unless_a_plus_adds_them() -> None:
    text = (
        define("a", [])
        + define("b", [])
        + define("t", [], "exclude a", "name t")
        + define("inherits", [], "use t")
        + define("replaces", [], "use t", "exclude b")
        + define("adds", [], "use t", "exclude +b")
        + define("has-none", [], "use t", "exclude null")
    )
    drafts = {draft.name: draft.body for draft in convert(text).drafts}
    assert drafts["inherits"] == {"excludes": ["a"]}
    assert drafts["replaces"] == {"excludes": ["b"]}
    assert drafts["adds"] == {"excludes": ["b", "a"]}
    assert drafts["has-none"] == {}


def test_excludes_are_as_deep_as_a_catalogue_takes_them() -> None:
    deep = "".join(
        define(f"p{n}", [("monday", f"{n:02}:00-24:00")], f"exclude p{n + 1}")
        for n in range(20)
    )
    drafts = convert(deep).drafts
    assert [draft.name for draft in drafts if draft.lost] == ["p3", "p19"]
    parse_text("\n".join(written(convert(deep), "UTC")), "c.yaml")


def test_periods_without_a_name_or_with_one_twice_are_lost() -> None:
    text = "define timeperiod{\n}\n" + define("x", []) + define("x", [])
    converted = convert(text)
    assert [draft.name for draft in converted.drafts] == ["x"]
    assert [one[:8] for one in converted.lost] == ["Line 1: ", "Line 6: "]


@pytest.mark.parametrize(
    ("periods", "dates"), [(150, 6), (1, 400)], ids=["calendars", "days"]
)
def test_a_catalogue_has_no_more_calendars_and_days_than_it_may(
    periods: int, dates: int
) -> None:
    first = dt.date(2026, 1, 1)
    days = [(str(first + dt.timedelta(2 * n)), "00:00-09:00") for n in range(dates)]
    week = [("monday", "08:00-10:00")]
    text = "".join(define(f"p{n}", week + days) for n in range(periods))
    last = f"p{periods - 1}"
    assert "&id" not in "\n".join(written(convert(text), "UTC"))
    assert_same(
        text, {"p0": oracle.Period(week + days), last: oracle.Period(week + days)}
    )


def test_comments_name_the_days_and_change_nothing_else() -> None:
    entries = [("monday", "09:00-17:00 # office"), ("July 4", "00:00-00:00 ; Fourth")]
    (draft,) = convert("; head\n" + define("x", entries)).drafts
    assert draft.lost == []
    assert draft.body == {"rules": [{"days": "mon", "start": "09:00", "end": "17:00"}]}
    assert draft.days == [{"name": "Fourth", "date": "07-04"}]


def test_days_in_a_row_that_are_alike_are_one_range() -> None:
    week = [(day, "09:00-18:00") for day in oracle.WEEKDAYS]
    entries = [
        ("october 1", "00:00-00:00 ; Golden Week"),
        ("october 2", "00:00-00:00 ; Golden Week"),
        ("october 3", "00:00-00:00 ; Unity"),
        ("december 24", "09:00-12:00"),
        ("december 25", "00:00-00:00"),
        ("december 26", "00:00-00:00"),
        ("february 28", "00:00-00:00"),
        ("march 1", "00:00-00:00"),
    ]
    text = define("x", week + entries)
    plain = [(days, times.partition(" ;")[0]) for days, times in entries]
    assert_same(text, {"x": oracle.Period(week + plain)})
    (draft,) = convert(text).drafts
    assert draft.days == [
        {"name": "Golden Week", "from": "10-01", "to": "10-02"},
        {"name": "Unity", "date": "10-03"},
        {"name": "december 24", "date": "12-24"},
        {"name": "december 25", "from": "12-25", "to": "12-26"},
        {"name": "february 28", "date": "02-28"},
        {"name": "march 1", "date": "03-01"},
    ]


def test_a_second_line_of_a_weekday_counts_and_is_told() -> None:
    text = define("x", [("monday", "09:00-10:00"), ("monday", "11:00-12:00")])
    (draft,) = convert(text).drafts
    assert draft.body == {"rules": [{"days": "mon", "start": "11:00", "end": "12:00"}]}
    assert draft.taken == [
        "Line 4: 'monday 11:00-12:00' takes the place of a line before it."
    ]


def test_other_files_are_lost_and_kinds_are_in_any_case() -> None:
    text = "include_file=other.cfg\nDefine TimePeriod {\n timeperiod_name x\n}\n"
    assert detected(text) == "nagios"
    converted = convert(text)
    assert [draft.name for draft in converted.drafts] == ["x"]
    assert converted.lost == ["Line 1: 'include_file=other.cfg' is not read."]


def test_periods_that_exclude_each_other_lose_one_exclude() -> None:
    text = (
        define("a", [], "exclude b")
        + define("b", [], "exclude c")
        + define("c", [], "exclude a")
    )
    a, b, c = convert(text).drafts
    assert (a.body, b.body, c.body) == ({"excludes": ["b"]}, {"excludes": ["c"]}, {})
    assert "in turn" in c.lost[0]


@pytest.mark.parametrize(
    "text",
    [
        define("x", [("monday", ",".join(["00:00-00:01"] * 800_000))]),
        define("x", [(f"2026-01-01 / {n}", "00:00-01:00") for n in range(2, 250_000)]),
        "".join(
            define(f"x{n}", [("day 1", "00:00-01:00")], f"exclude x{n + 1}")
            for n in range(4_000)
        ),
        "".join(
            define(f"x{n}", [], f"name x{n}", f"use x{n + 1}") for n in range(10_000)
        ),
        "".join(define(f"x{n}", [], f"exclude x{n - 1}") for n in range(100_000)),
        define(
            "t",
            [(f"2020-01-{n % 28 + 1:02} / {n}", "00:00-01:00") for n in range(2, 900)],
        )
        + "".join(define(f"x{n}", [], "use t") for n in range(100_000)),
        define(
            "x",
            [
                (
                    f"20{n % 30 + 10}-01-01 - 2059-01-{n % 28 + 1:02}",
                    f"00:{n % 60:02}-01:00",
                )
                for n in range(900)
            ],
        ),
        "x" * 10_000_000,
        "define timeperiod{\n" + "- " * 5_000_000 + "\n}",
        "define host{\n" + "a b\n" * 2_000_000 + "}",
    ],
    ids=[
        "ranges",
        "entries",
        "excludes",
        "templates",
        "back",
        "used",
        "long",
        "line",
        "dashes",
        "host",
    ],
)
def test_a_hostile_file_takes_seconds(text: str) -> None:
    began = time.process_time()
    with suppress(NotConvertible):
        convert(text)
    assert time.process_time() - began < 10
