"""The converter of Icinga 2's time periods against what Icinga 2 does."""

import contextlib
import datetime as dt
import json
import random
import time
from typing import Any

import pytest

from otel_sla.catalogue.load import parse_text
from otel_sla.converters.draft import Converted
from otel_sla.converters.errors import NotConvertible
from otel_sla.converters.icinga2 import convert, lexer, parse
from otel_sla.schedule.definitions import Definitions

from . import oracle
from .files import FILES

_START = int(dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp())


def _catalogue(converted: Converted) -> tuple[Definitions, dict[str, str]]:
    names = {draft.name: f"p{n}" for n, draft in enumerate(converted.drafts)}
    schedules = {}
    for draft in converted.drafts:
        body = {"timezone": "UTC", **draft.body}
        for link in ("includes", "excludes"):
            if link in body:
                body[link] = [names[name] for name in body[link]]
        schedules[names[draft.name]] = body
    text = json.dumps({"schedules": schedules}, default=str)
    return parse_text(text, "x.yaml").definitions, names


def _differences(text: str) -> dict[str, int]:
    """Return the names of the periods that differ in a minute, with how many."""
    converted = convert(text)
    assert converted.lost == []
    assert [draft.lost for draft in converted.drafts if draft.lost] == []
    definitions, names = _catalogue(converted)
    periods = oracle.read(text)
    assert periods
    differences = {}
    for name in periods:
        schedule = definitions.schedule(names[name])
        found = bytearray(oracle.MINUTES)
        for span in schedule.spans(_START, _START + oracle.MINUTES * 60):
            start, end = ((at - _START) // 60 for at in span[:2])
            found[start:end] = b"\x01" * (end - start)
        expected = oracle.minutes(periods, name)
        difference = expected ^ int.from_bytes(found, "big")
        if difference:
            differences[name] = difference.bit_count()
    return differences


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_a_file_is_open_at_the_same_minutes(text: str) -> None:
    assert _differences(text) == {}


def _random_day(chance: random.Random) -> str:
    weekday, month = chance.choice(oracle._WEEK), chance.choice(oracle._YEAR)
    day, later = sorted(chance.sample(range(1, 29), 2))
    stride = chance.choice(["", "", f" / {chance.randint(2, 9)}"])
    first, last = sorted(chance.sample(range(12), 2))
    date = dt.date(2026, 1, 1) + dt.timedelta(chance.randrange(1000))
    until = date + dt.timedelta(chance.randrange(90))
    nth = chance.choice([1, 2, 3, 4, 5, -1, -2])
    counted = "" if first < 2 <= last else stride
    return chance.choice(
        [
            weekday,
            f"{weekday} {nth}",
            f"{weekday} {nth} {month}",
            f"{month} {day}",
            f"day {chance.choice([day, -day])}",
            f"day {day} - {later}{stride}",
            f"{month} {day} - {later}{stride}",
            f"{weekday} 1 - {chance.choice(oracle._WEEK)} {chance.randint(2, 5)}",
            f"{oracle._YEAR[first]} {day} - {oracle._YEAR[last]} {later}{counted}",
            f"{weekday} 3 {oracle._YEAR[first]} - {oracle._YEAR[last]} {day}",
            f"{date}",
            f"{date} - {until}{stride}",
        ]
    )


def _random_hours(chance: random.Random) -> str:
    parts = []
    for _ in range(chance.choice([1, 1, 2])):
        start, end = chance.randrange(96) * 15, chance.randint(1, 96) * 15
        parts.append(f"{start // 60:02}:{start % 60:02}-{end // 60}:{end % 60:02}")
    return chance.choice(["00:00-24:00", ",".join(parts)])


def _random_file(seed: int) -> str:
    chance = random.Random(seed)  # noqa: S311
    text = ""
    names: list[str] = []
    for index in range(chance.randint(1, 4)):
        ranges = ""
        for _ in range(chance.randint(0, 5)):
            ranges += f'    "{_random_day(chance)}" = "{_random_hours(chance)}"\n'
        text += f'object TimePeriod "t{index}" {{\n  ranges = {{\n{ranges}  }}\n'
        for link in ("includes", "excludes"):
            chosen = chance.sample(names, chance.randint(0, min(2, len(names))))
            listed = ", ".join(f'"{name}"' for name in chosen)
            text += f"  {link} = [ {listed} ]\n"
        text += f"  prefer_includes = {chance.choice(['true', 'false'])}\n}}\n"
        names.append(f"t{index}")
    return text


@pytest.mark.parametrize("seed", range(20))
def test_a_random_file_is_open_at_the_same_minutes(seed: int) -> None:
    text = _random_file(seed)
    assert _differences(text) == {}, text


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20, 90))
def test_many_random_files_are_open_at_the_same_minutes(seed: int) -> None:
    text = _random_file(seed)
    assert _differences(text) == {}, text


def _body(text: str) -> dict[str, Any]:
    return convert(text).drafts[-1].body


def test_all_week_is_always_open() -> None:
    assert _body(FILES["always"]) == {"always_open": True}


def test_days_with_the_same_hours_are_one_rule() -> None:
    assert _body(FILES["office hours"]) == {
        "rules": [{"days": "mon-fri", "start": "09:00", "end": "17:00"}]
    }


def test_a_draft_says_where_it_comes_from() -> None:
    draft = convert("\n" + FILES["always"]).drafts[0]
    assert draft.source == "TimePeriod 24x7 (Icinga 2 24x7), line 2"
    assert draft.timezone == ""


def test_includes_that_win_are_said() -> None:
    own, both = convert(FILES["includes win"]).drafts[-2:]
    assert own.body["excludes"] == ["holidays"]
    assert both.body == {"includes": ["one own hours", "workhours", "lunch"]}
    assert "prefer_includes" in both.taken[0]


def test_adding_up_is_said() -> None:
    assert convert(FILES["adds up"]).drafts[0].taken == [
        "Line 4: 'day 1' adds to the weekdays' hours, as when Icinga 2 runs, and does "
        "not replace them."
    ]


def _range(entry: str) -> str:
    ranges = f'ranges = {{\n"sunday" = "1:00-2:00"\n{entry}\n}}'
    return f'object TimePeriod "x" {{\n{ranges}\n}}'


def _statement(statement: str) -> str:
    return _range("").removesuffix("}") + statement + "\n}"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (_range('"monday" = "9-17"'), "Line 4: 'monday' has the times '9-17'"),
        (_range('"monday" = "09:00-25:00"'), "Line 4: 'monday' has the times"),
        (_range('"2026-12-24" = ""'), "opens nothing and closes nothing"),
        (_range('"2026-02-30" = "1:00-2:00"'), "a date that the calendar does not"),
        (_range('"february 30" = "1:00-2:00"'), "a day that its month does not have"),
        (_range('"payday" = "1:00-2:00"'), "is not a date, weekday"),
        (_range('"" = "1:00-2:00"'), "is not a date, weekday"),
        (_range('"day x" = "1:00-2:00"'), "'x' where a number would be"),
        (_range('"monday 9" = "1:00-2:00"'), "counts a weekday that no month has"),
        (_range('"monday 1 mai" = "1:00-2:00"'), "'mai' where a month would be"),
        (_range('"day 1 - 5 / 0" = "1:00-2:00"'), "number from 1 after the /"),
        (_range('"december 20 - january 5" = "1:00-2:00"'), "Split it at New Year"),
        (_range('"day 9 - 5" = "1:00-2:00"'), "never opens it"),
        (_range('"day -1 - -5" = "1:00-2:00"'), "never opens it"),
        (_range('"2026-02-03 - 2026-02-01" = "1:00-2:00"'), "never opens it"),
        (_range('"day -9 - -1 / 2" = "1:00-2:00"'), "from the end of a month"),
        (_range('"day 5 - -2" = "1:00-2:00"'), "which varies"),
        (_range('"2026-01-01 - day 5" = "1:00-2:00"'), "from a date to a day"),
        (_range('"day 1 - may 5" = "1:00-2:00"'), "from a day of every month"),
        (_range('"monday - friday" = "1:00-2:00"'), "a range of weekdays"),
        (_range('"monday 5 may - june 5" = "1:00-2:00"'), "fifth weekday"),
        (
            _range('"monday 2 february - november 8 / 3" = "1:00-2:00"'),
            "leap years differ",
        ),
        (_range('"monday 1 - friday 3 / 2" = "1:00-2:00"'), "Write a rule a year"),
        (_range('"monday" = {{ "1:00-2:00" }}'), 'has { { "1:00-2:00" } } where'),
        (_range('"monday" = hours'), "Line 4: 'monday' has hours where"),
        (_range('"monday" = "1:00" + "-2:00"'), '\'monday\' has "1:00" + "-2:00"'),
        (_range('"monday" = [ "1:00-2:00" ]'), "where a string of times would be"),
        (_range("monday += 5"), "Line 4: 'monday' has monday +="),
        (_range('"monday" = null'), "a value other than a string"),
        (_statement("ranges = Ranges"), "ranges = Ranges is not read"),
        (_statement('ranges["a"]["b"] = "x"'), 'ranges.a.b = "x" is not read'),
        (_statement("ranges[day] = Ranges"), "the statement ranges[ day ] = Ranges"),
        (_statement('ranges["a" + b] = "x"'), 'ranges.a[ + b ] = "x"'),
        (_statement("ranges -= { }"), "ranges -= { ... } is not read"),
        (_statement("includes = other"), "includes = other is not read"),
        (_statement('includes -= [ "a" ]'), "includes -= [ ... ] is not read"),
        (
            _statement('includes = [ "a" ]'),
            "includes has 'a', which is not a TimePeriod",
        ),
        (_statement('excludes = [ "x" + y ]'), 'excludes has "x" + y'),
        (_statement("prefer_includes = !x"), "prefer_includes = ! x is not read"),
        (_statement("prefer_includes = true && x"), "= true & & x is not read"),
        (_statement("includes = [ ] + x"), "includes = [ ... ] + x is not read"),
        (_statement("ranges = { } + x"), "ranges = { ... } + x is not read"),
        (_statement("update = LegacyTimePeriod"), "update = LegacyTimePeriod"),
        (_statement("if (a) { ranges = {} }"), "Line 6: the statement if ( a )"),
        (_statement("for (d in days) {\n}"), "the statement for ( d in days )"),
        (_statement("var a = 1"), "the statement var a = 1"),
        (_statement("import name"), "import name is not a TimePeriod"),
        (_statement('import "nothing"'), "import 'nothing' is not a TimePeriod"),
        (_statement('import "x"'), "import 'x' is a cycle"),
        (_statement('includes = [ "x" ]'), "includes of 'x' is a cycle"),
    ],
)
def test_what_is_not_taken_is_said_and_the_rest_is_taken(text: str, part: str) -> None:
    (draft,) = convert(text).drafts
    assert part in " ".join(draft.lost)
    assert {"days": "sun", "start": "01:00", "end": "02:00"} in draft.body["rules"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('include "conf.d/*.conf"', 'Line 1: include "conf.d/*.conf" is not followed'),
        ("object TimePeriod name { ranges = { } }", "Line 1: object TimePeriod name"),
        ('object TimePeriod "a" + x { }', "TimePeriod a + x { } has a name"),
        ('for (x in y) {\nobject TimePeriod "a" { }\n}', "Line 2: object TimePeriod"),
        ('apply TimePeriod "a" to Host { }', "Line 1: apply TimePeriod"),
        ('object TimePeriod "a" { }\nobject TimePeriod "a" { }', "Line 2: there is a"),
        ("", "There is no TimePeriod object"),
    ],
)
def test_what_is_lost_of_a_file_is_said(text: str, part: str) -> None:
    assert part in " ".join(convert(text).lost)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('\n"abc', 'Line 2: " is not closed'),
        ("/* a", "Line 1: /* is not closed"),
        ("a = {{{ x }}", "{{{ is not closed"),
        ("object Host {", "Line 1: { is not closed"),
        ("}", "Line 1: } closes nothing"),
        ('object TimePeriod "a" {\nranges = {', "Line 2: { is not closed"),
        ('object TimePeriod "a" {\nincludes = [', "Line 2: [ is not closed"),
        ('object TimePeriod "a" {\nx = f(', "Line 2: ( is not closed"),
        ('object TimePeriod "a" {', "Line 1: { is not closed"),
    ],
)
def test_a_broken_file_is_refused_by_line(text: str, part: str) -> None:
    with pytest.raises(NotConvertible) as error:
        convert(text)
    assert part in str(error.value)


def test_a_template_by_default_holds_for_every_object() -> None:
    text = (
        'template TimePeriod "base" default {\nranges = { "monday" = "1:00-2:00" }\n}\n'
        'object TimePeriod "a" ignore_on_error {\n}'
    )
    assert _body(text)["rules"][0]["days"] == "mon"


def test_strings_have_escapes_and_several_lines() -> None:
    text = 'object TimePeriod "a\\"\\142\\n" { display_name = {{{x\ny}}}; foo = 1 }'
    (draft,) = convert(text).drafts
    assert draft.name == 'a"b\n'
    assert draft.lost == [
        "Line 2: foo = 1 is not read. Only what needs no running Icinga 2 is."
    ]


def test_cycles_of_includes_lose_one_link() -> None:
    text = "".join(
        f'object TimePeriod "{a}" {{ includes = [ "{b}" ] }}\n'
        for a, b in [("a", "b"), ("b", "c"), ("c", "a")]
    )
    a, b, c = convert(text).drafts
    assert (a.body, b.body, c.body) == ({"includes": ["b"]}, {"includes": ["c"]}, {})
    assert c.lost == ["Line 3: includes of 'a' is a cycle."]


def _chain(count: int) -> str:
    links = (
        f'template TimePeriod "t{n}" {{ import "t{n - 1}" }}\n' for n in range(1, count)
    )
    return "".join(links) + f'object TimePeriod "a" {{ import "t{count - 1}" }}'


_HOSTILE = {
    "brackets": 'object TimePeriod "a" { includes = ' + "[" * 5_000_000,
    "quotes": '"' * 5_000_001,
    "templates": _chain(14_000),
    "doubling templates": "".join(
        f'template TimePeriod "t{n}" {{ import "t{n - 1}"; import "t{n - 1}" }}\n'
        for n in range(40)
    )
    + 'object TimePeriod "a" { import "t39" }',
    "a chain of includes": "".join(
        f'object TimePeriod "{n}" {{ includes = [ "{n + 1}" ] }}\n'
        for n in range(9_000)
    ),
    "many hours": 'object TimePeriod "a" { ranges = { "monday" = "'
    + "1:00-2:00," * 300_000
    + '1:00-2:00" } }',
    "signs": "+" * 10_000_000,
    "many ranges": 'object TimePeriod "a" { ranges = {\n'
    + "".join(
        f'"{dt.date.fromordinal(n)}" = "1:00-2:00"\n' for n in range(1, 1_000_000, 3)
    )
    + "} }",
}


@pytest.mark.long
@pytest.mark.parametrize("text", _HOSTILE.values(), ids=_HOSTILE)
def test_hostile_files_take_seconds(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(NotConvertible):
        convert(text)
    assert time.process_time() - began < 15


@pytest.mark.parametrize(
    ("key", "taken"),
    [
        ("monday 2 / 3", "has a / without a range, which changes nothing."),
        ("day -2", "counts from the end of the month, as documented."),
    ],
)
def test_what_is_read_differently_is_said(key: str, taken: str) -> None:
    (draft,) = convert(_range(f'"{key}" = "3:00-4:00"')).drafts
    assert taken in draft.taken[0]
    assert draft.lost == []


def test_null_takes_what_templates_say_away() -> None:
    text = _statement("ranges = null\nincludes = null\nexcludes = null")
    (draft,) = convert(text).drafts
    assert (draft.body, draft.lost) == ({}, [])


def test_the_whole_month_is_every_day() -> None:
    assert _body(FILES["every day of the month"]) == {
        "rules": [{"days": "daily", "start": "09:00", "end": "10:00"}]
    }


def test_brackets_too_deep_are_refused() -> None:
    with pytest.raises(NotConvertible, match="Line 2: brackets are more than 1000"):
        convert("\n" + "[" * 5000)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('object TimePeriod "a" { }\n' * 5, 5),
        ('object TimePeriod "a" {\n' + "b = 1\n" * 4 + "}", 5),
        ('object TimePeriod "a" {\nexcludes = [\n' + '"b"\n' * 3 + "] }", 5),
        ('object TimePeriod "a" {\nranges = {\n' + "b = 1\n" * 3 + "} }", 5),
    ],
)
def test_too_many_entries_are_refused_where_they_are(
    text: str, line: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse, "_MOST", 4)
    with pytest.raises(NotConvertible, match=f"Line {line}: .* more than 4 statements"):
        convert(text)


def test_too_many_words_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexer, "_MOST", 5)
    with pytest.raises(NotConvertible, match="Line 2: the file has more than 5 words"):
        convert("a =\nb\n")


def test_the_name_of_own_hours_is_not_one_of_the_file() -> None:
    text = FILES["includes win"] + 'object TimePeriod "one own hours" { }\n'
    names = [draft.name for draft in convert(text).drafts]
    assert names[-3:] == ["one own hours 2", "one", "one own hours"]
