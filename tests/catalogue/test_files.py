"""Catalogue files: what is refused, what is applied, and what is dumped."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_sla.catalogue import (
    AgreementEntry,
    Catalogue,
    CatalogueError,
    ComponentEntry,
    ScheduleEntry,
    db_write,
    dump,
    names_that_stay,
    parse_text,
    read_database,
)
from otel_sla.catalogue.db_overrides import stored
from otel_sla.labels import InvalidLabels, check_labels
from otel_sla.management.commands import load_catalogue
from otel_sla.models import Agreement, Component, Override, Rule, Schedule
from otel_sla.schedule import Override as OverrideDefinition
from otel_sla.schedule import Rule as RuleDefinition
from otel_sla.schedule.attributes import OVERRIDE, Table

from ..support.make import make_agreement, make_component, make_schedule

SAMPLE = Path(__file__).parents[2] / "otel_sla" / "sample_catalogue.yaml"

GOOD = """\
schedules:
  office:
    timezone: Europe/London
    holidays: GB-ENG
    rules:
      - {days: mon-fri, start: "09:00", end: "17:00"}
    overrides:
      - {from: 2026-12-24T12:00, to: 2026-12-24T17:00, kind: closed, reason: Eve}
agreements:
  gold: {schedule: office, target: 99.9, period: month}
components:
  shop:
    agreement: gold
    labels: {team: payments, tier: "1"}
"""

FAULTS: dict[str, tuple[str, str, str]] = {
    # what is wrong: (text, its replacement, what the error says)
    "unknown key": (
        "holidays:",
        "holliday:",
        "line 4, schedules.office.holliday: "
        "Unknown key 'holliday'. Did you mean holidays?",
    ),
    "unknown section": ("components:", "component:", "line 11, component: Unknown key"),
    "unknown zone": (
        "Europe/London",
        "Europe/Londn",
        "line 3, schedules.office.timezone: 'Europe/Londn' "
        "is not an IANA time zone. Did you mean Europe/London?",
    ),
    "unknown calendar": (
        "GB-ENG",
        "XX-ENG",
        "line 4, schedules.office.holidays: Holiday calendar 'XX-ENG' is unknown",
    ),
    "unknown subdivision": ("GB-ENG", "GB-EN", "Did you mean GB-ENG?"),
    "calendar in lower case": ("GB-ENG", "gb-eng", "Codes are upper-case: use GB-ENG"),
    "calendar without its subdivision": (
        "GB-ENG",
        "GB",
        "line 4, schedules.office.holidays: Holiday calendar 'GB' needs a subdivision",
    ),
    "end equal to start": (
        '"17:00"',
        '"09:00"',
        "line 6, schedules.office.rules[0].end: "
        "The end equals the start, 09:00. Use another end, or end_day: 1",
    ),
    "end before start with end_day 0": (
        '"17:00"',
        '"08:00", end_day: 0',
        "rules[0].end: With end_day 0 the end must be after the start",
    ),
    "no such time": ('"17:00"', '"25:00"', "rules[0].end: '25:00' is not a valid time"),
    "no weekday": (
        "days: mon-fri, ",
        "",
        "line 6, schedules.office.rules[0].days: A value is required, for example mon",
    ),
    "empty days": (
        "mon-fri",
        '""',
        "rules[0].days: '' is not a valid list of weekdays",
    ),
    "misspelt weekday": (
        "mon-fri",
        "mon-fry",
        "'mon-fry' is not a valid list of weekdays",
    ),
    "no start": ('start: "09:00", ', "", "rules[0].start: A value is required"),
    "month out of range": (
        '"17:00"',
        '"17:00", months: [0]',
        "rules[0].months: 0 is not a month. Use 1 to 12.",
    ),
    "day out of range": ('"17:00"', '"17:00", days_of_month: [32]', "days_of_month:"),
    "no such nth": (
        '"17:00"',
        '"17:00", nth: 6',
        "nth: '6' is not a valid nth weekday",
    ),
    "nth given twice": (
        'mon-fri, start: "09:00"',
        'last sun, start: "09:00", nth: 2',
        "rules[0].nth: 'last sun' says it already. Remove one of the two.",
    ),
    "a last day that may be included or not": (
        "2026-12-24T17:00",
        "2026-12-31",
        "overrides[0].to: It is not clear whether 2026-12-31 is included. Use "
        "2027-01-01T00:00 if it is, or 2026-12-31T00:00 if not.",
    ),
    "every_weeks without from": (
        '"17:00"',
        '"17:00", every_weeks: 2',
        "rules[0].from: every_weeks needs a date to count from",
    ),
    "from without every_weeks": (
        '"17:00"',
        '"17:00", from: 2026-01-05',
        "rules[0].from: from needs every_weeks",
    ),
    "no such date": ('"17:00"', '"17:00", valid_to: 2026-02-30', "is not a valid date"),
    "not a boolean": (
        '"17:00"',
        '"17:00", on_holidays: maybe',
        "on_holidays: Use true or false",
    ),
    "override that ends first": (
        "2026-12-24T17:00",
        "2026-12-24T11:00",
        "line 8, schedules.office.overrides[0].to: The end must be after the start",
    ),
    "override with an offset": (
        "2026-12-24T17:00",
        "2026-12-24T17:00Z",
        "without a UTC offset",
    ),
    "override with a long uid": (
        "reason: Eve",
        f"reason: Eve, uid: {'x' * 256}",
        "line 8, schedules.office.overrides[0].uid: Use 1 to 255 characters.",
    ),
    "unknown kind": (
        "closed",
        "shut",
        "overrides[0].kind: 'shut' is not a valid kind. Use closed or open.",
    ),
    "dangling schedule": (
        "schedule: office",
        "schedule: offices",
        "line 10, agreements.gold.schedule: There is no schedule 'offices'",
    ),
    "dangling agreement": (
        "agreement: gold",
        "agreement: silver",
        "line 13, components.shop.agreement: There is no agreement 'silver'",
    ),
    "empty zone": (
        "timezone: Europe/London",
        'timezone: ""',
        "line 3, schedules.office.timezone: '' is not an IANA time zone. Use for ",
    ),
    "no agreement": (
        "    agreement: gold\n",
        "",
        "line 12, components.shop.agreement: A value is required: the name of an agree",
    ),
    "target above 100": (
        "99.9",
        "100.1",
        "agreements.gold.target: '100.1' is not a valid percentage",
    ),
    "target of nothing": ("99.9", "0", "'0' is not a valid percentage"),
    "target with five decimals": ("99.9", "99.99999", "with up to 4 decimals"),
    "unknown period": (
        "month}",
        "year}",
        "agreements.gold.period: 'year' is not a valid period",
    ),
    "Duplicate component": (
        "components:\n",
        "components:\n  shop: {agreement: gold}\n",
        "line 13, components.shop: Duplicate component 'shop', first given in line 12",
    ),
    "reserved label": (
        "team:",
        "job:",
        "line 14, components.shop.labels.job: The label name 'job' is reserved",
    ),
    "label reserved once sanitized": ("team:", "otel.scope.x:", "is reserved"),
    "colliding labels": (
        "team: payments",
        "a.b: x, a_b: z",
        "'a.b' and 'a_b' both become 'a_b' in Prometheus",
    ),
    "a label that is a number": (
        '"1"',
        "1",
        'line 14, components.shop.labels.tier: Use a string, not 1: write "1"',
    ),
    "a label that is a boolean": ('"1"', "yes", "Use a string"),
    "a label that is a list": ('"1"', "[1]", "Use a single value, not a list"),
    "rules that are no list": (
        '      - {days: mon-fri, start: "09:00", end: "17:00"}',
        "      nine to five",
        "Use a list",
    ),
    "months that are none": (
        '"17:00"',
        '"17:00", months: []',
        "months: The list is empty",
    ),
    "a tag": ("payments", "!!python/name:os.system payments", "The tag "),
    "broken YAML": ("rules:", "rules: [", "Broken YAML"),
    "a merge of no mapping": (
        "    agreement: gold",
        "    <<: gold",
        "<< can only merge other mappings",
    ),
    "blank name": ("  shop:", '  " shop":', "components. shop: A name must not begin"),
    "empty name": ("  shop:", '  "":', "Use 1 to 200 characters"),
    "long name": ("  shop:", f"  {'x' * 201}:", "Use 1 to 200 characters"),
}


def refusal(text: str, file: str = "catalogue.yaml") -> str:
    with pytest.raises(CatalogueError) as refused:
        parse_text(text, file)
    return str(refused.value)


@pytest.mark.parametrize("target", ["{x: 99.9}", "[99.9]", "!foo 99.9"])
def test_the_place_of_a_fault_is_named_once(target: str) -> None:
    found = refusal(f"agreements: {{gold: {{schedule: x, target: {target}}}}}")
    assert found.count("agreements.gold.target") == 1


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_refused_by_file_line_and_key(fault: str) -> None:
    good, bad, message = FAULTS[fault]
    assert GOOD.count(good) >= 1
    said = refusal(GOOD.replace(good, bad, 1))
    assert said.startswith("catalogue.yaml, line ")
    assert message in said


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null", "{}", "[]", "x"])
def test_a_file_without_any_section_is_refused(text: str) -> None:
    assert refusal(text).startswith("catalogue.yaml")


def test_the_good_catalogue_is_what_it_says() -> None:
    assert parse_text(GOOD, "catalogue.yaml") == Catalogue(
        {
            "office": ScheduleEntry(
                "Europe/London",
                holidays=("GB-ENG",),
                rules=(RuleDefinition(frozenset(range(5)), time(9), time(17)),),
                overrides=(
                    OverrideDefinition(
                        datetime(2026, 12, 24, 12),
                        datetime(2026, 12, 24, 17),
                        "closed",
                        "Eve",
                    ),
                ),
            )
        },
        {"gold": AgreementEntry("office", Decimal("99.9"), "month")},
        {"shop": ComponentEntry("gold", {"team": "payments", "tier": "1"})},
    )


def parsed_rule(text: str) -> RuleDefinition:
    catalogue = parse_text(
        f"schedules: {{s: {{timezone: UTC, rules: [{{{text}}}]}}}}", "catalogue.yaml"
    )
    return catalogue.schedules["s"].rules[0]


def test_a_time_without_quotes_is_read_as_it_is_written() -> None:
    assert parsed_rule("days: mon, start: 09:00, end: 17:00").end == time(17)


@pytest.mark.parametrize(
    ("more", "end_day"), [("", 1), (", end_day: 0", 1), (", end_day: 2", 3)]
)
def test_24_00_is_midnight_of_the_day_after(more: str, end_day: int) -> None:
    rule = parsed_rule(f'days: mon, start: "00:00", end: "24:00"{more}')
    assert (rule.end, rule.end_day) == (time(0), end_day)


def test_all_keys_of_a_rule_are_read() -> None:
    assert parsed_rule(
        "days: [mon-tue, sat], start: '22:00:30', end: '06:00', end_day: 2, nth: last, "
        "months: [3, 6], days_of_month: [1, -1], every_weeks: 2, from: 2026-01-07, "
        "valid_from: 2026-01-01, valid_to: 2026-12-31, on_holidays: true"
    ) == RuleDefinition(
        frozenset({0, 1, 5}),
        time(22, 0, 30),
        time(6),
        end_day=2,
        nth=-1,
        months=frozenset({3, 6}),
        days_of_month=frozenset({1, -1}),
        every_weeks=2,
        anchor=date(2026, 1, 7),
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
        on_holidays=True,
    )


def test_yaml_anchors_and_merge_keys_work() -> None:
    catalogue = parse_text(
        GOOD + "  desk: &desk {agreement: gold, labels: {team: desk}}\n"
        "  door: {<<: *desk, enabled: false}\n",
        "catalogue.yaml",
    )
    assert catalogue.components["door"] == ComponentEntry(
        "gold", {"team": "desk"}, enabled=False
    )


@pytest.mark.parametrize(
    "rule",
    [
        'days: sat, start: "00:00", end: "24:00"',
        'days: sat, start: "09:00", end: "09:00", end_day: 1',
        'days: sat, start: "09:00", end: "08:00", end_day: 2',
        'days: sat, start: "09:00", end: "10:00", every_weeks: 1, from: 2026-01-01',
        'days: sat, start: "09:00", end: "10:00", every_days: 9, from: 2026-01-01',
    ],
)
def test_any_rule_survives_a_dump(rule: str) -> None:
    text = f"schedules: {{s: {{timezone: UTC, rules: [{{{rule}}}]}}}}"
    catalogue = parse_text(text, "catalogue.yaml")
    assert parse_text(dump(catalogue), "dump.yaml") == catalogue


def test_a_mapping_with_merges_can_be_referred_to_again() -> None:
    catalogue = parse_text(
        "schedules:\n"
        "  a: &base {timezone: UTC, always_open: true}\n"
        "  b: &derived {<<: *base, timezone: Europe/London}\n"
        "  c: *derived\n"
        "  d: {<<: [*derived, {holidays: US, timezone: Asia/Tokyo}]}\n",
        "catalogue.yaml",
    ).schedules
    assert catalogue["c"] == catalogue["b"] == ScheduleEntry("Europe/London", True)
    assert catalogue["d"] == ScheduleEntry("Europe/London", True, ("US",))


@pytest.mark.parametrize("names", [("1", "1"), ("on", "on"), ("'1'", "1")])
def test_a_duplicate_is_one_whatever_yaml_makes_of_the_name(
    names: tuple[str, str],
) -> None:
    more = "".join(f"  {name}: {{agreement: gold}}\n" for name in names)
    assert "Duplicate component" in refusal(GOOD + more)


def test_json_is_a_catalogue_too() -> None:
    document = {
        "schedules": {"s": {"timezone": "UTC", "always_open": True}},
        "agreements": {"a": {"schedule": "s", "target": 99}},
        "components": {"c": {"agreement": "a", "labels": {"mood": "😀 \\u00e9"}}},
    }
    text = json.dumps(document, indent="\t")
    catalogue = parse_text(text, "catalogue.json")
    assert catalogue.components["c"].labels == {"mood": "😀 \\u00e9"}
    assert "line 4" in refusal(text.replace('"UTC"', '"UTZ"'), "catalogue.json")
    assert "Broken JSON" in refusal(text[:-1], "catalogue.json")
    assert "Broken JSON" in refusal("9" * 6_000, "catalogue.json")


@pytest.mark.parametrize(
    ("labels", "at_fault"),
    [
        ([], None),
        ({"": "x"}, None),
        ({1: "x"}, None),
        ({"le": "x"}, "le"),
        ({"__name": "x"}, "__name"),
        ({"team": None}, "team"),
        ({"team": "\ud800"}, "team"),
        ({"team": "a\0b"}, "team"),
        ({"\ud800": "x"}, "\ud800"),
        ({"é": "x", "ü": "y"}, "ü"),
        ({"1a": "x", "_a": "y"}, "_a"),
        ({"team": "x" * 1_025}, "team"),
        ({"x" * 201: "y"}, "x" * 201),
        ({f"label{n}": "x" for n in range(65)}, None),
    ],
)
def test_labels_that_would_spoil_a_scrape_are_refused(
    labels: Any, at_fault: str | None
) -> None:
    with pytest.raises(InvalidLabels) as refused:
        check_labels(labels)
    assert refused.value.name == at_fault


def test_labels_may_be_as_many_and_as_long_as_an_operator_needs() -> None:
    check_labels({f"label{n}".ljust(200, "x"): "é" * 1_024 for n in range(64)})


def load(text: str | Path, tmp_path: Path, **options: Any) -> str:
    """Load a catalogue by the command, and return what it prints."""
    file = text
    if isinstance(text, str):
        file = tmp_path / "catalogue.yaml"
        file.write_text(text)
    out = io.StringIO()
    call_command("load_catalogue", str(file), stdout=out, **options)
    return out.getvalue()


def counts() -> dict[str, int]:
    models = (Schedule, Rule, Override, Agreement, Component)
    return {model.__name__: model._default_manager.count() for model in models}


@pytest.mark.django_db
def test_loading_creates_what_the_catalogue_names(tmp_path: Path) -> None:
    said = load(GOOD, tmp_path)
    assert said.splitlines()[-1] == "3 created, 0 updated, 0 deleted, 0 unchanged."
    assert "+ component shop" in said
    assert Component.objects.get().get_labels() == {"team": "payments", "tier": "1"}
    assert read_database() == parse_text(GOOD, "catalogue.yaml")


@pytest.mark.django_db
def test_loading_the_sample_twice_changes_nothing_the_second_time(
    tmp_path: Path,
) -> None:
    load(SAMPLE, tmp_path)
    assert Component.objects.count() >= 40
    assert load(SAMPLE, tmp_path).startswith("0 created, 0 updated, 0 deleted, ")


@pytest.mark.django_db
def test_loading_a_dump_changes_nothing(tmp_path: Path) -> None:
    load(SAMPLE, tmp_path)
    out = io.StringIO()
    call_command("dump_catalogue", stdout=out)
    said = load(out.getvalue(), tmp_path, prune=True)
    assert said.startswith("0 created, 0 updated, 0 deleted, ")


@pytest.mark.django_db
def test_an_edit_updates_that_and_nothing_else(tmp_path: Path) -> None:
    load(GOOD, tmp_path)
    kept = Component.objects.get().pk
    edited = GOOD.replace('"17:00"', '"18:00"').replace("payments", "shops")
    said = load(edited, tmp_path)
    headings = [line for line in said.splitlines() if not line.startswith(" ")]
    assert headings[:2] == ["~ schedule office", "~ component shop"]
    assert headings[-1] == "0 created, 2 updated, 0 deleted, 1 unchanged."
    assert Component.objects.get().pk == kept
    assert Rule.objects.get().end == time(18)
    assert Override.objects.count() == 1
    assert read_database() == parse_text(edited, "catalogue.yaml")


@pytest.mark.django_db
def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    said = load(GOOD, tmp_path, dry_run=True)
    assert "3 created" in said
    assert "a dry run, nothing was applied" in said
    assert set(counts().values()) == {0}


@pytest.mark.django_db
def test_only_prune_deletes_what_the_catalogue_does_not_name(tmp_path: Path) -> None:
    load(GOOD, tmp_path)
    make_component("old", agreement=Agreement.objects.get())
    assert "0 deleted" in load(GOOD, tmp_path)
    assert "1 deleted" in load(GOOD, tmp_path, prune=True)
    assert [component.name for component in Component.objects.all()] == ["shop"]


@pytest.mark.django_db
def test_a_catalogue_may_refer_to_what_the_database_has(tmp_path: Path) -> None:
    load(GOOD, tmp_path)
    more = "components: {desk: {agreement: gold}}"
    load(more, tmp_path)
    with pytest.raises(CommandError, match="no agreement 'gold'"):
        load(more, tmp_path, prune=True)


@pytest.mark.django_db
@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_of_a_faulty_catalogue_is_applied(fault: str, tmp_path: Path) -> None:
    good, bad, _ = FAULTS[fault]
    with pytest.raises(CommandError, match="Nothing was applied"):
        load(GOOD.replace(good, bad, 1), tmp_path)
    assert set(counts().values()) == {0}


@pytest.mark.django_db
def test_a_database_error_half_way_leaves_the_database_as_it_was(
    tmp_path: Path,
) -> None:
    load(GOOD, tmp_path)
    before = read_database()
    edited = GOOD.replace("99.9", "99.5").replace("schedules:\n", NEW_SCHEDULE)
    refused = {"kind": "?", "start": datetime(2026, 1, 1), "end": datetime(2026, 1, 2)}

    def written(table: Table, row: object) -> dict[str, Any]:
        return refused if table is OVERRIDE else stored(table, row)

    with (
        patch("otel_sla.catalogue.db_overrides.stored", written),
        pytest.raises(CommandError, match=r"Database error: .*kind_is_known"),
    ):
        load(edited, tmp_path)
    assert read_database() == before


NEW_SCHEDULE = """\
schedules:
  other:
    timezone: UTC
    overrides: [{from: 2026-01-01T00:00, to: 2026-01-02T00:00, kind: open}]
"""


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "The file can't be read: No such file or directory"),
        (lambda path: path.mkdir(), "The file can't be read: Is a directory"),
        (lambda path: path.write_bytes(b"a\nb\xff"), "line 2: Byte 0xFF is not UTF-8"),
    ],
)
@pytest.mark.django_db
def test_a_file_that_is_none_is_refused_by_name(
    make: Any, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "missing.yaml"
    make(path)
    with pytest.raises(CommandError) as refused:
        load(path, tmp_path)
    assert str(refused.value).startswith(str(path))
    assert message in str(refused.value)


@pytest.mark.parametrize("what", ["renamed", "deleted"])
@pytest.mark.parametrize("options", [{}, {"dry_run": True}, {"check": True}])
@pytest.mark.django_db
def test_what_a_file_refers_to_may_go_while_it_is_read_and_is_named_then(
    what: str, options: dict[str, bool], tmp_path: Path
) -> None:
    agreement = make_agreement("silver", schedule=make_schedule("nights"))
    text = (
        "components: {shop: {agreement: silver}}\n"
        "agreements: {gold: {schedule: nights, target: 99}}\n"
    )

    def known(*arguments: Any, **named: Any) -> Any:
        found = names_that_stay(*arguments, **named)
        if what == "renamed":
            Agreement.objects.update(name="bronze")
            Schedule.objects.update(name="days")
        else:
            agreement.delete()
            Schedule.objects.all().delete()
        return found

    with (
        patch.object(load_catalogue, "names_that_stay", known),
        pytest.raises(CommandError) as refused,
    ):
        load(text, tmp_path, **options)
    first, second, last = str(refused.value).splitlines()
    assert "line 1, components.shop.agreement: There is no agreement 'silver'" in first
    assert "line 2, agreements.gold.schedule: There is no schedule 'nights'" in second
    assert last == "Nothing was applied."
    assert not Component.objects.exists()


@pytest.mark.django_db
def test_an_agreement_that_goes_while_a_file_is_applied_is_named_too(
    tmp_path: Path,
) -> None:
    make_agreement("silver")

    def ids(kind: Any, read: Any = db_write.ids) -> Any:
        Agreement.objects.update(name="bronze")
        return read(kind)

    with (
        patch.object(db_write, "ids", ids),
        pytest.raises(
            CommandError, match=r"line 1, .*: There is no agreement 'silver'"
        ),
    ):
        load("components: {shop: {agreement: silver}}\n", tmp_path)
    assert not Component.objects.exists()


@pytest.mark.django_db
def test_only_the_first_changes_are_listed_unless_asked(tmp_path: Path) -> None:
    assert "more; --verbosity 2 lists all" in load(SAMPLE, tmp_path)
    assert load(SAMPLE, tmp_path, verbosity=0) == ""


names = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9
)
label_values = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@settings(deadline=None)
@given(st.dictionaries(names, st.dictionaries(st.just("team"), label_values)))
def test_any_name_and_label_survives_a_dump(wanted: dict[str, dict[str, str]]) -> None:
    catalogue = Catalogue(
        {"s": ScheduleEntry("UTC")},
        {"a": AgreementEntry("s", Decimal("99.95"))},
        {name: ComponentEntry("a", labels) for name, labels in wanted.items()},
    )
    assert parse_text(dump(catalogue), "dump.yaml") == catalogue


def test_what_people_type_is_loaded_and_dumped_in_the_usual_notation() -> None:
    typed = """\
schedules:
  office:
    timezone: Europe/London
    rules:
      - {days: First Sat, start: 9:00, end: 12:30, months: [december, jan-mar]}
      - {days: mon-fri, start: 8:00, end: "24:00", days_of_month: 1-23}
    overrides:
      - {from: 2026-12-24, to: 2026-12-24, kind: closed}
"""
    usual = """\
schedules:
  office:
    timezone: Europe/London
    rules:
      - {days: sat, start: "09:00", end: "12:30", nth: 1, months: [1, 2, 3, 12]}
      - {days: mon-fri, start: "08:00", end: "24:00", days_of_month: [DAYS]}
    overrides:
      - {from: 2026-12-24T00:00, to: 2026-12-25T00:00, kind: closed}
"""
    days = ", ".join(map(str, range(1, 24)))
    meant = parse_text(usual.replace("DAYS", days), "usual.yaml")
    assert parse_text(typed, "typed.yaml") == meant
    assert parse_text(dump(meant), "dump.yaml") == meant
