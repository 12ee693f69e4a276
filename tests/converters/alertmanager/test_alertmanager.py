"""Time intervals of Alertmanager become schedules that mean the same."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from otel_sla.catalogue import parse_text
from otel_sla.converters.alertmanager import convert
from otel_sla.converters.draft import Converted
from otel_sla.converters.errors import NotConvertible
from otel_sla.converters.writer import is_whole, written
from otel_sla.schedule.evaluation import Schedule

from . import oracle
from .cases import CASES, MEANT

START = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
END = int(datetime(2029, 1, 1, tzinfo=UTC).timestamp())
LOCATIONS = ("", "UTC", "Europe/Berlin", "America/New_York", "Australia/Sydney")
PAGE = Path(__file__).parents[3] / "docs" / "from-alertmanager.md"
OFFICE = "name: office\ntime_intervals: [{weekdays: ['monday:friday']}]\n"


def _opened(converted: Converted) -> dict[str, bytes]:
    """Return what is open, minute by minute, by the schedules' names."""
    text = "\n".join(written(converted, zone=""))
    definitions = parse_text(text, "converted.yaml").definitions
    names = [draft.name for draft in converted.drafts]
    return {name: _minutes(definitions.schedule(name)) for name in names}


def _minutes(schedule: Schedule) -> bytes:
    found = bytearray((END - START) // 60)
    for start, end in schedule.spans(START, END):
        first, last = (start - START) // 60, (end - START) // 60
        found[first:last] = b"\1" * (last - first)
    return bytes(found)


def _assert_same(text: str, meant: str) -> None:
    """Compare everywhere; where a sentence says so, but for second passes."""
    converted = convert(text)
    assert is_whole(converted)
    opened = _opened(converted)
    said = [one for draft in converted.drafts for one in draft.taken]
    for name, entries in oracle.intervals(meant).items():
        expected, found = oracle.matching(entries, START, END), opened[name]
        if any("clocks go back" in one for one in said):
            repeated = oracle.second_passes(entries, START, END)
            expected = oracle.either(expected, repeated)
            found = oracle.either(found, repeated)
        assert found == expected, name


@pytest.mark.parametrize("name", CASES)
def test_schedules_are_open_in_the_minutes_that_alertmanager_matches(name: str) -> None:
    _assert_same(CASES[name], MEANT.get(name, CASES[name]))


@pytest.mark.parametrize("seed", range(12))
def test_random_intervals_are_open_in_the_minutes_that_alertmanager_matches(
    seed: int,
) -> None:
    chance = random.Random(seed)  # noqa: S311
    text = json.dumps(
        {
            "time_intervals": [
                {"name": f"i{number}", "time_intervals": _entries(chance)}
                for number in range(2)
            ]
        }
    )
    _assert_same(text, text)


def _entries(chance: random.Random) -> list[oracle.Entry]:
    return [_entry(chance) for _ in range(chance.randint(1, 3))]


def _entry(chance: random.Random) -> oracle.Entry:
    def span(low: int, high: int) -> tuple[int, int]:
        first, last = sorted(chance.choices(range(low, high + 1), k=2))
        return first, last

    def texts(low: int, high: int, names: Callable[[int], str] = str) -> list[str]:
        found = (span(low, high) for _ in range(chance.randint(1, 2)))
        return [f"{names(first)}:{names(last)}" for first, last in found]

    entry: oracle.Entry = {}
    if chance.random() < 0.7:
        start, end = sorted(chance.sample(range(0, 1441, 15), 2))
        entry["times"] = [{"start_time": _clock(start), "end_time": _clock(end)}]
    if chance.random() < 0.5:
        entry["weekdays"] = texts(0, 6, oracle.DAYS.__getitem__)
    if chance.random() < 0.4:
        entry["months"] = texts(1, 12)
    if chance.random() < 0.3:
        entry["years"] = texts(2025, 2029)
    if chance.random() < 0.6:
        first, last = span(1, 28)
        entry["days_of_month"] = [
            chance.choice(
                [f"{first}:{last}", f"{-last}:{-first}", f"{first}:{last - 28 or -1}"]
            )
        ]
    if location := chance.choice(LOCATIONS):
        entry["location"] = location
    # The last is valid only if it does not end before it starts.
    begin, _, until = entry.get("days_of_month", ["1:1"])[0].partition(":")
    if int(begin) > 0 > int(until) and int(begin) > 28 + int(until):
        entry["days_of_month"] = ["5:-3"]
    return entry


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def test_every_range_from_the_start_of_a_month_to_near_its_end_is_exact() -> None:
    ranges = [
        f"{first}:{last}" for last in range(-27, 0) for first in range(1, 29 + last)
    ]
    for one in (*ranges[::17], "1:-27", "27:-1"):
        entry = f"{{days_of_month: ['{one}']}}"
        text = f"time_intervals: [{{name: x, time_intervals: [{entry}]}}]"
        entries = oracle.intervals(text)["x"]
        assert _opened(convert(text))["x"] == oracle.matching(entries, START, END), one


def test_negative_days_and_ranges_take_fewer_lines_than_in_the_file() -> None:
    text = """route:
  receiver: mail
  routes:
    - receiver: pager
      mute_time_intervals:
        - month-end
time_intervals:
  - name: month-end
    time_intervals:
      - times:
          - start_time: '22:00'
            end_time: '24:00'
        weekdays: ['monday:friday']
        days_of_month: ['-3:-1', '1:5']
        months: ['january:march']
      - times:
          - start_time: '00:00'
            end_time: '06:00'
        days_of_month: ['-7:-1']
        years: ['2026:2027']
"""
    _assert_same(text, text)
    lines = "\n".join(written(convert(text), zone="")).splitlines()
    assert len(lines) < len(text.splitlines())


def test_entries_that_differ_in_weekdays_only_are_one_rule() -> None:
    entries = "[{weekdays: [monday]}, {weekdays: ['tuesday:friday']}]"
    text = f"name: x\ntime_intervals: {entries}"
    assert convert(text).drafts[0].body == {
        "rules": [{"days": "mon-fri", "start": "00:00", "end": "24:00"}]
    }


def test_an_interval_in_several_locations_includes_a_schedule_for_each() -> None:
    drafts = convert(CASES["follow the sun"]).drafts
    assert [draft.timezone for draft in drafts[:-1]] == [
        "Europe/London",
        "America/New_York",
        "Australia/Sydney",
        "UTC",
    ]
    assert drafts[-1].body == {"includes": [draft.name for draft in drafts[:-1]]}


def test_a_schedule_of_a_location_takes_no_other_intervals_name() -> None:
    text = """
- name: x
  time_intervals: [{weekdays: [monday]}, {weekdays: [monday], location: Asia/Tokyo}]
- name: x (UTC)
  time_intervals: [{weekdays: [friday]}]
"""
    names = [draft.name for draft in convert(text).drafts]
    assert names == ["x (UTC) 2", "x (Asia/Tokyo)", "x", "x (UTC)"]


@pytest.mark.parametrize(
    "text",
    [
        OFFICE,
        "[{weekdays: ['monday:friday']}]",
        "weekdays: ['monday:friday']",
        f"- {OFFICE.replace('time', '  time')}",
        "alertmanager: {config: {time_intervals: [{"
        + OFFICE.replace("\n", ", ")
        + "}]}}",
        "spec: {muteTimeIntervals: [{name: a, timeIntervals: "
        "[{weekdays: ['monday:friday']}]}]}",
    ],
    ids=["one", "entries", "entry", "list", "values of a chart", "resource"],
)
def test_fragments_and_nested_configurations_are_found(text: str) -> None:
    (draft,) = convert(text).drafts
    assert draft.body["rules"][0]["days"] == "mon-fri"


def test_what_routes_do_with_an_interval_is_said() -> None:
    office, holidays = convert(CASES["whole configuration"]).drafts
    assert office.taken[:2] == [
        "Active in the route to office (line 12).",
        "Muted in the route to pager (line 14).",
    ]
    assert "always_open: true and excludes: holidays." in holidays.taken[1]


def test_a_route_whose_interval_is_not_in_the_file_is_told() -> None:
    (lost,) = convert(f"{OFFICE}---\nroute: {{mute_time_intervals: [gone]}}").lost
    assert lost == "Line 4: the interval gone of a route is not in the file."


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("{weekdays: ['saturday:sunday']}", "its week is from Sunday to Saturday"),
        ("{weekdays: [mon]}", "'mon' are not days of the week"),
        ("{weekdays: ['monday:']}", "'monday:' are not days of the week"),
        ("{weekdays: monday}", "weekdays has to be a list"),
        ("{months: ['11:2']}", "'11:2' are not months"),
        ("{months: [13]}", "'13' are not months"),
        ("{years: [soon]}", "'soon' are not years"),
        ("{days_of_month: ['0']}", "'0' are not days of the month"),
        ("{days_of_month: ['-3:5']}", "'-3:5' are not days of the month"),
        ("{days_of_month: ['28:-2']}", "'28:-2' are not days of the month"),
        ("{days_of_month: [{start: 5, end: 2}]}", "'5:2' are not days of the month"),
        (
            "{times: [{start_time: '22:00', end_time: '06:00'}]}",
            "Write two for a night",
        ),
        ("{times: [{start_time: '9:00', end_time: '17:00'}]}", "'9:00' is not a time"),
        ("{times: [{start_time: '09:00'}]}", "'' is not a time"),
        ("{location: Europe/Berln}", "Europe/Berlin"),
        ("{location: Local}", "location: "),
        ("{time_zone: UTC}", "'time_zone' is not a field"),
        ("monday", "an entry has fields"),
    ],
)
def test_an_entry_that_cannot_be_read_is_told_and_the_others_stay(
    entry: str, reason: str
) -> None:
    text = f"name: x\ntime_intervals:\n- {entry}\n- weekdays: [monday]\n"
    (draft,) = convert(text).drafts
    (lost,) = draft.lost
    assert reason in lost
    assert lost.startswith("Line 3: ")
    assert draft.body["rules"] == [{"days": "mon", "start": "00:00", "end": "24:00"}]


@pytest.mark.parametrize(
    ("interval", "lost"),
    [
        (
            "name: x\n  weekdays: [monday]",
            ["Line 3: weekdays can't be read here."],
        ),
        (
            "name: y\n- months: [may]\n  times: []",
            ["Line 3: months can't be", "Line 4: times can't be"],
        ),
        (
            "name: x\n  time_intervals: {weekdays: [monday]}",
            ["Line 3: time_intervals can't be"],
        ),
        (
            "name: x\n  intervals: [{weekdays: [monday]}]",
            ["Line 3: intervals can't be"],
        ),
    ],
)
def test_times_that_are_not_in_a_list_of_entries_are_told(
    interval: str, lost: list[str]
) -> None:
    draft = convert(f"time_intervals:\n- {interval}\n").drafts[-1]
    found = zip(draft.lost, lost, strict=True)
    assert all(one.startswith(start) for one, start in found)
    assert not any("never open" in one for one in draft.taken)


def test_a_field_of_a_range_that_grafana_ignores_is_told_and_the_times_stay() -> None:
    times = "{start_time: '09:00', end_time: '17:00', location: Asia/Tokyo}"
    (draft,) = convert(f"- times: [{times}]").drafts
    (lost,) = draft.lost
    assert lost.startswith("Line 1: 'location' is not a field of a range of times.")
    assert draft.timezone == "UTC"
    assert draft.body["rules"] == [{"days": "daily", "start": "09:00", "end": "17:00"}]


def _config_map(*lines: str) -> str:
    inside = "\n".join(f"    {line}" for line in lines)
    return f"kind: ConfigMap\ndata:\n  alertmanager.yml: |\n{inside}\n"


def test_a_configuration_that_is_the_text_of_a_field_is_read() -> None:
    inside = ("time_intervals:", "- name: x", "  time_intervals:", "  - months: [may]")
    (draft,) = convert(_config_map(*inside)).drafts
    assert draft.source == "time interval x, line 5"
    assert draft.body["rules"][0]["months"] == "may"
    both = f"{_config_map('{{ if .a }}', *inside)}---\n{OFFICE}"
    converted = convert(both)
    assert [draft.name for draft in converted.drafts] == ["office"]
    (lost,) = converted.lost
    assert lost.startswith("Line 5: This is not valid YAML")
    with pytest.raises(NotConvertible, match="Line 5: This is not valid YAML"):
        convert(_config_map("{{ if .a }}", *inside))


def test_years_from_the_first_or_to_the_last_are_no_limit_there() -> None:
    (draft,) = convert("years: ['1:2026', '2028:9999']").drafts
    assert [sorted(rule) for rule in draft.body["rules"]] == [
        ["days", "end", "start", "valid_to"],
        ["days", "end", "start", "valid_from"],
    ]


def test_an_interval_without_times_is_never_open() -> None:
    (draft,) = convert("time_intervals: [{name: x}]").drafts
    assert draft.body == {}
    assert "never open" in draft.taken[-1]


def _bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no time intervals"),
        ("groups: [{name: rules}]", "no time intervals"),
        ("x" * 10_000_000, "no time intervals"),
        ("a: [", "This is not valid YAML"),
        ("a: \x01", "This is not valid YAML"),
        ("a: \ud800", "not text in UTF-8"),
        ("a: 1\na: 2", "Line 2: 'a' stands here twice."),
        ("a: &a [*a]", "has no value before"),
        ("[" * 100_000, "levels are nested"),
        (_bomb(), "more than 400,000 keys and values"),
        ("years: [" + "2026," * 1_000_000 + "]", "more than 400,000 keys and values"),
    ],
    ids=range(11),
)
def test_a_broken_or_hostile_file_is_refused_with_a_sentence(
    text: str, sentence: str
) -> None:
    with pytest.raises(NotConvertible) as refused:
        convert(text)
    assert sentence in refused.value.message


def test_times_of_too_many_rules_are_told() -> None:
    years = ", ".join(map(str, range(1, 9000, 2)))
    (draft,) = convert(f"years: [{years}]").drafts
    assert draft.lost == ["All of its times: they are more than 1,000 rules."]


def test_a_long_list_of_routes_is_cut_short() -> None:
    routes = ", ".join(["{active_time_intervals: [office]}"] * 9)
    (draft,) = convert(f"{OFFICE}---\nroute: {{routes: [{routes}]}}").drafts
    assert draft.taken[0].endswith("a route (line 4) and 4 more.")


def test_the_page_s_file_becomes_the_catalogue_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = PAGE.read_text()
    file, outside = (one.split("```")[0] for one in page.split("```yaml\n")[1:])
    shown = page.split("```console\n")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    Path("alertmanager.yml").write_text(file)
    out = StringIO()
    call_command("convert_schedules", "alertmanager.yml", stdout=out, stderr=StringIO())
    command = "$ python manage.py convert_schedules alertmanager.yml\n"
    assert command + out.getvalue() == shown
    added = outside.removeprefix("schedules:\n")
    whole = parse_text(out.getvalue() + added, "catalogue.yaml").definitions
    office, muted = whole.schedule("office"), whole.schedule("out-of-hours")
    assert oracle.either(_minutes(office), _minutes(muted)) == b"\1" * len(
        _minutes(muted)
    )
