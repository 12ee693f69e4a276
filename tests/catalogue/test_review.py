"""What load_catalogue writes about changes, before or instead of making them."""

from __future__ import annotations

import io
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from otel_sla.catalogue import (
    Catalogue,
    Review,
    apply,
    dump,
    parse_text,
    read_database,
)
from otel_sla.catalogue.db_read import read_definitions
from otel_sla.models import Agreement, Component, Override, Rule, Schedule
from otel_sla.schedule.open_time_change import OpenTime, open_time

from ..support.make import seconds
from ..support.processes import make_site

pytestmark = pytest.mark.django_db

MOMENT = seconds(2026, 3, 2)
"""A Monday; the 90 days from it end on Sunday, 31 May."""

BEFORE = """\
schedules:
  office:
    timezone: UTC
    rules: [{days: mon-fri, start: "09:00", end: "17:00"}]
    overrides:
      - {from: 2026-03-03T00:00, to: 2026-03-04T00:00, kind: closed, reason: b}
  nights: {timezone: UTC, rules: [{days: daily, start: "22:00", end: "06:00"}]}
agreements:
  gold: {schedule: office, target: 99.9}
  silver: {schedule: office, target: 99}
components:
  shop: {agreement: gold, labels: {team: payments, tier: "1"}}
  desk: {agreement: silver}
  door: {agreement: gold, enabled: false}
  till:
    agreement: gold
    overrides: [{from: 2026-03-05T00:00, to: 2026-03-06T00:00, kind: closed}]
"""


def reviewed(text: str, *, prune: bool = False, listed: int | None = None) -> list[str]:
    """Return what is written about a catalogue, without applying it."""
    lines: list[str] = []
    review = Review(lines.append, MOMENT, listed)
    known = read_database()
    catalogue = parse_text(
        text,
        "catalogue.yaml",
        schedules=() if prune else known.schedules,
        agreements=() if prune else known.agreements,
    )
    apply(catalogue, dry_run=True, prune=prune, listener=review)
    review.end()
    assert read_database() == known
    return lines


CHANGES: dict[str, tuple[list[tuple[str, str]], str]] = {
    # what changes: (texts and their replacements, the review)
    "nothing": ([], ""),
    "rules": (
        [('"17:00"}]', '"16:00"}, {days: sat, start: "10:00", end: "14:00"}]')],
        """\
~ schedule office
    rules: - {days: mon-fri, start: "09:00", end: "17:00"}
    rules: + {days: mon-fri, start: "09:00", end: "16:00"}
    rules: + {days: sat, start: "10:00", end: "14:00"}
    next 90 days: 12 h less, 13 more windows; 3 components
Total over the next 90 days: 35 h less, 39 more windows; 3 components
""",
    ),
    "the zone and holidays": (
        [
            (
                "office:\n    timezone: UTC",
                "office:\n    timezone: Europe/London\n    holidays: GB-ENG",
            )
        ],
        """\
~ schedule office
    timezone: UTC -> Europe/London
    holidays: [] -> GB-ENG
    next 90 days: 32 h less, 4 fewer windows; 3 components
Total over the next 90 days: 96 h less, 12 fewer windows; 3 components
""",
    ),
    "an override of a schedule": (
        [("2026-03-03T00:00", "2026-03-02T00:00"), ("reason: b", "reason: 'a: b'")],
        """\
~ schedule office
    overrides: - {from: '2026-03-03T00:00', to: '2026-03-04T00:00', kind: closed, reason: b}
    overrides: + {from: '2026-03-02T00:00', to: '2026-03-04T00:00', kind: closed, reason: 'a: b'}
    next 90 days: 8 h less, 1 fewer window; 3 components
Total over the next 90 days: 24 h less, 3 fewer windows; 3 components
""",
    ),
    "a schedule that no component is under": (
        [
            ('"06:00"}]', '"06:00"}, {days: sat, start: "10:00", end: "14:00"}]'),
        ],
        """\
~ schedule nights
    rules: + {days: sat, start: "10:00", end: "14:00"}
    next 90 days: 52 h more, 13 more windows; 0 components
""",
    ),
    "an agreement": (
        [
            (
                "silver: {schedule: office, target: 99}",
                "silver: {schedule: nights, target: 99.5, period: 7d}",
            )
        ],
        """\
~ agreement silver
    schedule: office -> nights
    target: 99 -> 99.5
    period: month -> 7d
    next 90 days: 208 h more, 27 more windows; 1 component
Total over the next 90 days: 208 h more, 27 more windows; 1 component
""",
    ),
    "a target alone": (
        [("99.9", "99.95")],
        "~ agreement gold\n    target: 99.9 -> 99.95\n",
    ),
    "labels": (
        [('{team: payments, tier: "1"}', '{team: shops, area: "2"}')],
        """\
~ component shop
    labels.team: payments -> shops
    labels: - {tier: '1'}
    labels: + {area: '2'}
""",
    ),
    "a component that moves": (
        [
            ("gold: {schedule: office", "gold: {schedule: nights"),
            ("till:\n    agreement: gold", "till:\n    agreement: silver"),
        ],
        """\
~ agreement gold
    schedule: office -> nights
    next 90 days: 208 h more, 27 more windows; 1 component
~ component till
    agreement: gold -> silver
    next 90 days: no difference
Total over the next 90 days: 208 h more, 27 more windows; 1 component
""",
    ),
    "a component's override, and being enabled": (
        [("2026-03-05T00:00", "2026-03-04T12:00"), ("enabled: false", "enabled: true")],
        """\
~ component door
    enabled: false -> true
~ component till
    overrides: - {from: '2026-03-05T00:00', to: '2026-03-06T00:00', kind: closed}
    overrides: + {from: '2026-03-04T12:00', to: '2026-03-06T00:00', kind: closed}
    next 90 days: 5 h less, same number of windows
Total over the next 90 days: 5 h less, same number of windows; 1 component
""",
    ),
    "a component that is switched on, and one that is switched off": (
        [
            (
                "door: {agreement: gold, enabled: false}",
                "door: {agreement: gold, overrides: [{from: 2026-03-05T00:00, "
                "to: 2026-03-06T00:00, kind: closed}]}",
            ),
            (
                "desk: {agreement: silver}",
                "desk: {agreement: silver, enabled: false, overrides: "
                "[{from: 2026-03-05T00:00, to: 2026-03-06T00:00, kind: closed}]}",
            ),
        ],
        """\
~ component desk
    enabled: true -> false
    overrides: + {from: '2026-03-05T00:00', to: '2026-03-06T00:00', kind: closed}
    next 90 days: no difference
~ component door
    enabled: false -> true
    overrides: + {from: '2026-03-05T00:00', to: '2026-03-06T00:00', kind: closed}
    next 90 days: no difference
""",
    ),
    "what is added": (
        [
            (
                "agreements:\n",
                "  lunch: {timezone: UTC, rules: [{days: mon, start: '12:00', end: '13:00'}]}\nagreements:\n  lunch: {schedule: lunch, target: 50}\n",
            ),
            (
                "components:\n",
                'components:\n  canteen: {agreement: lunch, labels: {hot: "yes"}, overrides: [{from: 2026-04-01T12:00, to: 2026-04-01T13:00, kind: open}]}\n',
            ),
        ],
        """\
+ schedule lunch: {timezone: UTC}
    rules: + {days: mon, start: "12:00", end: "13:00"}
    next 90 days: 13 h more, 13 more windows
+ agreement lunch: {schedule: lunch, target: 50, period: month}
+ component canteen: {agreement: lunch, labels: {hot: 'yes'}}
    overrides: + {from: '2026-04-01T12:00', to: '2026-04-01T13:00', kind: open}
""",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_review_says_what_changes_and_what_that_does(what: str) -> None:
    apply(parse_text(BEFORE, "before.yaml"))
    replacements, expected = CHANGES[what]
    text = BEFORE
    for old, new in replacements:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    assert "".join(f"{line}\n" for line in reviewed(text)) == expected


ZONES: dict[str, tuple[str, str, str]] = {
    # what changes: (a text and its replacement, the line)
    "a schedule's zone": (
        "office:\n    timezone: UTC",
        "office:\n    timezone: Asia/Tokyo",
        "Time zone, UTC to Asia/Tokyo: 2 overrides keep their local times, and so move "
        "to other instants (1 of schedules, 1 of components)",
    ),
    "an agreement's schedule": (
        "gold: {schedule: office",
        "gold: {schedule: tokyo",
        "Time zone, UTC to Asia/Tokyo: 1 override keeps its local times, and so moves "
        "to other instants (1 of components)",
    ),
    "a component's agreement": (
        "till:\n    agreement: gold",
        "till:\n    agreement: east",
        "Time zone, UTC to Asia/Tokyo: 1 override keeps its local times, and so moves "
        "to other instants (1 of components)",
    ),
}
EAST = BEFORE.replace(
    "agreements:\n",
    "  tokyo: {timezone: Asia/Tokyo}\nagreements:\n  east: {schedule: tokyo, target: 9}\n",
)


@pytest.mark.parametrize("what", ZONES)
def test_overrides_that_move_with_their_zone_are_a_line(what: str) -> None:
    apply(parse_text(EAST, "before.yaml"))
    old, new, line = ZONES[what]
    assert EAST.count(old) == 1
    said = reviewed(EAST.replace(old, new))
    assert [one for one in said if one.startswith("Time zone")] == [line]


def test_overrides_of_components_that_the_file_does_not_name_move_too() -> None:
    apply(parse_text(BEFORE, "before.yaml"))
    schedules, _ = BEFORE.split("agreements:")
    said = reviewed(schedules.replace("UTC\n", "Asia/Tokyo\n"), listed=1)
    assert "(1 of schedules, 1 of components)" in said[-2], said


def test_overrides_rewritten_for_the_new_zone_are_not_named() -> None:
    apply(parse_text(EAST, "before.yaml"))
    moved = EAST.replace("till:\n    agreement: gold", "till:\n    agreement: east")
    for day in (5, 6):
        moved = moved.replace(f"2026-03-0{day}T00", f"2026-03-0{day}T09")
    assert not any(line.startswith("Time zone") for line in reviewed(moved))


def test_rules_in_another_order_are_no_other_rules() -> None:
    rules = [
        '{days: mon, start: "09:00", end: "10:00"}',
        '{days: tue, start: "11:00", end: "12:00"}',
    ]
    text = "schedules: {s: {timezone: UTC, rules: [%s, %s]}}"
    apply(parse_text(text % (rules[0], rules[1]), "before.yaml"))
    assert reviewed(text % (rules[1], rules[0])) == [
        "~ schedule s",
        "    rules: the same in another order",
        "    next 90 days: no difference; 0 components",
    ]


def test_components_that_the_file_does_not_name_count_where_they_stay() -> None:
    apply(parse_text(BEFORE, "before.yaml"))
    schedules, _ = BEFORE.split("agreements:")
    said = reviewed(schedules.replace('"17:00"', '"18:00"'))
    assert said[-2:] == [
        "    next 90 days: 64 h more, same number of windows; 3 components",
        "Total over the next 90 days: 191 h more, same number of windows; 3 components",
    ]


def test_what_pruning_deletes_is_said() -> None:
    apply(parse_text(BEFORE, "before.yaml"))
    text = BEFORE.replace("  desk: {agreement: silver}\n", "").replace(
        "  silver: {schedule: office, target: 99}\n", ""
    )
    assert reviewed(text, prune=True) == [
        "- agreement silver: {schedule: office, target: 99, period: month}",
        "- component desk: {agreement: silver}",
    ]


def test_a_schedule_that_could_not_be_evaluated_says_so() -> None:
    apply(parse_text(BEFORE, "before.yaml"))
    Schedule.objects.filter(name="office").update(timezone="Mars/Base")
    said = reviewed(BEFORE)
    assert said[1] == "    timezone: Mars/Base -> UTC"
    assert said[2].startswith(
        "    next 90 days: unknown, because it can't be evaluated"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BEFORE.split("agreements:")[0].replace('"17:00"', '"18:00"'), "; 2 comp"),
        ("components: {desk: {agreement: gold}}\n", "    next 90 days: unknown, bec"),
    ],
)
def test_an_agreement_that_is_renamed_during_a_load_does_not_end_it(
    text: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(parse_text(BEFORE, "before.yaml"))

    def renamed(read: Any = read_definitions) -> Any:
        found = read()
        Agreement.objects.filter(name="silver").update(name="bronze")
        return found

    module = sys.modules["otel_sla.catalogue.apply"]
    monkeypatch.setattr(module, "read_definitions", renamed)
    lines: list[str] = []
    catalogue = parse_text(text, "after.yaml", agreements={"gold"})
    apply(catalogue, listener=Review(lines.append, MOMENT))
    assert any(said in line for line in lines), lines


def test_what_does_not_print_is_escaped_in_a_review() -> None:
    apply(parse_text(BEFORE, "before.yaml"))
    (said,) = reviewed(BEFORE.replace("payments", '"pay\\u202E\\u0007"'))[1:]
    assert said == '    labels.team: payments -> "pay\\U0000202E\\a"'


def test_a_long_review_is_cut_and_counts_the_rest() -> None:
    said = reviewed(BEFORE, listed=5)
    assert said[:5] == reviewed(BEFORE)[:5]
    assert said[5:] == ["    ...", "... and 6 more; --verbosity 2 lists all"]


def test_one_definition_is_evaluated_once_for_all_components(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    more = "".join(f"  c{n}: {{agreement: gold}}\n" for n in range(2_000))
    apply(parse_text(BEFORE + more, "before.yaml"))
    evaluated = []

    def counted(*arguments: Any) -> OpenTime:
        evaluated.append(arguments)
        return open_time(*arguments)

    monkeypatch.setattr("otel_sla.catalogue.open_hours.open_time", counted)
    said = reviewed((BEFORE + more).replace('"17:00"', '"18:00"'))
    assert said[-1].endswith("; 2,003 components")
    assert len(evaluated) == 4  # the schedule, and the till's own, before and after


def check(file: Path, **options: Any) -> str:
    out = io.StringIO()
    call_command("load_catalogue", str(file), check=True, stdout=out, **options)
    return out.getvalue()


def test_a_check_fails_on_drift_and_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.yaml"
    file.write_text(BEFORE)
    with pytest.raises(CommandError, match="and the database differ") as refused:
        check(file)
    assert refused.value.returncode == 1
    assert not Schedule.objects.exists()
    apply(parse_text(BEFORE, "before.yaml"))
    assert check(file).endswith(f"The database is the same as {file}.\n")
    Component.objects.create(name="more", agreement=Agreement.objects.all()[0])
    assert "9 unchanged" in check(file)
    with pytest.raises(CommandError):
        check(file, prune=True)
    assert check(file, verbosity=0) == ""


def test_a_check_ends_with_status_1_on_drift_and_0_without(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    site.manage("migrate", "-v", "0")
    file = str(site.write("catalogue.yaml", BEFORE))
    run = ("manage.py", "load_catalogue", file)
    manage = (sys.executable, *run)
    drifted = site.run(*manage, "--check")
    assert (drifted.returncode, drifted.stdout.count("+ component")) == (1, 4)
    assert "and the database differ" in drifted.stderr
    assert site.run(*manage, "--dry-run").returncode == 0
    both = site.run(*manage, "--dry-run", "--check")
    assert "not allowed with argument" in both.stderr
    site.manage(*run[1:])
    assert site.run(*manage, "--check", "--prune").returncode == 0


IMPORTED = {
    "start": datetime(2026, 4, 1),
    "end": datetime(2026, 4, 2),
    "kind": "closed",
    "reason": "imported",
    "uid": "a@example.com",
}


@pytest.fixture
def imported() -> Catalogue:
    """Make overrides imported from a calendar, of a schedule and of a component."""
    apply(parse_text(BEFORE, "before.yaml"))
    office, till = (
        Schedule.objects.get(name="office"),
        Component.objects.get(name="till"),
    )
    Override.objects.create(schedule=office, **IMPORTED)
    Override.objects.create(component=till, **IMPORTED)
    Override.objects.create(
        component=till, **{**IMPORTED, "start": datetime(2026, 4, 1, 9)}
    )
    return read_database()


def test_overrides_of_a_calendar_stay_though_the_file_has_none(
    imported: Catalogue,
) -> None:
    assert reviewed(BEFORE) == []
    edited = BEFORE.replace("reason: b", "reason: bd")
    assert not apply(parse_text(BEFORE, "before.yaml"))
    ids = set(Override.objects.exclude(uid="").values_list("pk", flat=True))
    apply(parse_text(edited, "edited.yaml"))
    assert set(Override.objects.exclude(uid="").values_list("pk", flat=True)) == ids
    assert Override.objects.filter(reason="bd").count() == 1


def test_pruning_deletes_overrides_of_a_calendar_and_says_so(
    imported: Catalogue,
) -> None:
    said = reviewed(BEFORE, prune=True)
    assert (
        said.count(
            "    overrides: - {from: '2026-04-01T00:00', to: '2026-04-02T00:00', "
            "kind: closed, reason: imported, uid: a@example.com}"
        )
        == 2
    )
    apply(parse_text(BEFORE, "before.yaml"), prune=True)
    assert not Override.objects.exclude(uid="").exists()


def test_a_dump_brings_overrides_of_a_calendar_to_what_is_not_there_yet(
    imported: Catalogue,
) -> None:
    dumped = dump(imported)
    assert dumped.count("uid: a@example.com") == 3
    Component.objects.all().delete()
    Agreement.objects.all().delete()
    Schedule.objects.all().delete()
    apply(parse_text(dumped, "dump.yaml"))
    assert read_database() == imported
    assert reviewed(dumped) == reviewed(dumped, prune=True) == []


def test_what_a_file_says_of_overrides_of_a_calendar_counts_with_prune_only(
    imported: Catalogue,
) -> None:
    edited = dump(imported).replace("reason: imported", "reason: edited", 1)
    assert reviewed(edited) == []
    apply(parse_text(edited, "edited.yaml"))
    assert read_database() == imported
    apply(parse_text(edited, "edited.yaml"), prune=True)
    reasons = Override.objects.exclude(uid="").values_list("reason", flat=True)
    assert sorted(reasons) == ["edited", "imported", "imported"]


def test_what_is_unchanged_keeps_its_rows() -> None:
    apply(parse_text(BEFORE, "before.yaml"))
    rows = [
        set(model._default_manager.values_list("pk", flat=True))
        for model in (Rule, Override)
    ]
    more = "overrides: [{from: 2026-03-06T00:00, to: 2026-03-07T00:00, kind: closed}, "
    apply(
        parse_text(
            BEFORE.replace("overrides: [{from: 2026-03-05", more + "{from: 2026-03-05"),
            "b.yaml",
        )
    )
    assert rows[0] == set(Rule.objects.values_list("pk", flat=True))
    assert rows[1] < set(Override.objects.values_list("pk", flat=True))
