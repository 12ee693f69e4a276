"""What a catalogue leaves in the database, and how much it says that it has changed.

The edits of FILE are literal, and so is how much each of them changes.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

from otel_sla.catalogue import apply, parse_text, read_database
from otel_sla.models import Component, Override, Rule, Schedule

pytestmark = pytest.mark.django_db

FILE = """\
schedules:
  office:
    timezone: Europe/London
    holidays: GB-ENG
    rules:
      - {days: mon-fri, start: "09:00", end: "17:00"}
      - {days: sat, start: "10:00", end: "12:00"}
    overrides:
      - {from: 2026-03-03T00:00, to: 2026-03-04T00:00, kind: closed, reason: move}
      - {from: 2026-03-03T00:00, to: 2026-03-04T00:00, kind: closed, reason: move}
  always: {timezone: UTC, always_open: true}
  spare: {timezone: UTC}
agreements:
  gold: {schedule: office, target: 99.9, period: week}
  none: {schedule: spare, target: 95}
components:
  shop: {agreement: gold, labels: {team: payments, tier: "1"}}
  till:
    agreement: gold
    enabled: false
    overrides:
      - {from: 2026-03-05T00:00, to: 2026-03-06T00:00, kind: open}
      - {from: 2026-03-05T00:00, to: 2026-03-06T00:00, kind: open}
      - {from: 2026-03-07T00:00, to: 2026-03-08T00:00, kind: closed}
  desk: {agreement: none}
"""
THINGS = 8
CLOSED = (
    "      - {from: 2026-03-03T00:00, to: 2026-03-04T00:00, kind: closed, reason: move}"
)
OPEN = "      - {from: 2026-03-05T00:00, to: 2026-03-06T00:00, kind: open}"
WEEK = '      - {days: mon-fri, start: "09:00", end: "17:00"}'
SATURDAY = '      - {days: sat, start: "10:00", end: "12:00"}'


class Edit(NamedTuple):
    """What is written in place of what, and how much that creates, updates, deletes."""

    old: str
    new: str
    counts: tuple[int, int, int]


EDITS = {
    "nothing": Edit("", "", (0, 0, 0)),
    "a zone": Edit("Europe/London", "Europe/Paris", (0, 1, 0)),
    "holidays": Edit("    holidays: GB-ENG\n", "", (0, 1, 0)),
    "how unknown time counts": Edit(
        "target: 95}", "target: 95, unknown: down}", (0, 1, 0)
    ),
    "always open no more": Edit("always_open: true", "always_open: false", (0, 1, 0)),
    "rules in another order": Edit(
        f"{WEEK}\n{SATURDAY}", f"{SATURDAY}\n{WEEK}", (0, 1, 0)
    ),
    "one rule less": Edit(f"{SATURDAY}\n", "", (0, 1, 0)),
    "the same rule twice": Edit(SATURDAY, f"{SATURDAY}\n{SATURDAY}", (0, 1, 0)),
    "one of two equal overrides of a schedule": Edit(
        f"{CLOSED}\n{CLOSED}", CLOSED, (0, 1, 0)
    ),
    "one of two equal overrides of a component": Edit(
        f"{OPEN}\n{OPEN}", OPEN, (0, 1, 0)
    ),
    "one more of two equal overrides": Edit(
        f"{OPEN}\n{OPEN}", f"{OPEN}\n{OPEN}\n{OPEN}", (0, 1, 0)
    ),
    "both of two equal overrides": Edit(f"{OPEN}\n{OPEN}\n", "", (0, 1, 0)),
    "another kind of override": Edit(
        f"{OPEN}\n{OPEN}", f"{OPEN}\n{OPEN.replace('open', 'closed')}", (0, 1, 0)
    ),
    "a target": Edit("target: 99.9", "target: 99.95", (0, 1, 0)),
    "a period": Edit("period: week", "period: 7d", (0, 1, 0)),
    "another schedule": Edit("schedule: spare", "schedule: always", (0, 1, 0)),
    "another agreement": Edit(
        "desk: {agreement: none", "desk: {agreement: gold", (0, 1, 0)
    ),
    "a label": Edit("team: payments", "team: shops", (0, 1, 0)),
    "no label": Edit(', labels: {team: payments, tier: "1"}', "", (0, 1, 0)),
    "enabled": Edit("    enabled: false\n", "", (0, 1, 0)),
    "a new component": Edit("  desk:", "  door: {agreement: gold}\n  desk:", (1, 0, 0)),
    "a component less": Edit("  desk: {agreement: none}\n", "", (0, 0, 1)),
    "a component by another name": Edit("  desk:", "  door:", (1, 0, 1)),
    "a schedule by another name": Edit("spare", "other", (1, 1, 1)),
    "an agreement by another name": Edit("none", "bronze", (1, 1, 1)),
}


def edited(edit: Edit) -> str:
    assert edit.old in FILE
    return FILE.replace(edit.old, edit.new) if edit.old else FILE


@pytest.fixture(autouse=True)
def before() -> None:
    assert apply(parse_text(FILE, "before.yaml")).count("create") == THINGS


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_with_prune_the_database_is_as_the_file_says(edit: Edit) -> None:
    after = parse_text(edited(edit), "after.yaml")
    planned = apply(after, prune=True, dry_run=True)
    assert read_database() == parse_text(FILE, "before.yaml")
    created, updated, deleted = edit.counts
    for changes in (planned, apply(after, prune=True)):
        assert changes.counts == {
            action: number
            for action, number in zip(
                ("create", "update", "delete"), edit.counts, strict=True
            )
            if number
        }
        assert changes.unchanged == THINGS - updated - deleted
    assert read_database() == after
    again = apply(after, prune=True)
    assert not again
    assert again.unchanged == THINGS + created - deleted


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_without_prune_nothing_goes_that_the_file_does_not_name(edit: Edit) -> None:
    had = read_database()
    after = parse_text(edited(edit), "after.yaml")
    changes = apply(after)
    created, updated, _ = edit.counts
    assert (changes.count("create"), changes.count("delete")) == (created, 0)
    assert changes.unchanged == THINGS - updated
    has = read_database()
    assert has.schedules == {**had.schedules, **after.schedules}
    assert has.agreements == {**had.agreements, **after.agreements}
    assert has.components == {**had.components, **dict(after.components)}


def test_a_component_keeps_its_row_whatever_of_it_changes() -> None:
    rows = dict(Component.objects.values_list("name", "pk"))
    schedules = dict(Schedule.objects.values_list("name", "pk"))
    text = FILE.replace("payments", "shops").replace("Europe/London", "Europe/Paris")
    apply(parse_text(text, "after.yaml"), prune=True)
    assert dict(Component.objects.values_list("name", "pk")) == rows
    assert dict(Schedule.objects.values_list("name", "pk")) == schedules


def test_what_does_not_differ_is_not_written_anew() -> None:
    """Another process may have added an override meanwhile, which stays."""
    rules = set(Rule.objects.values_list("pk", flat=True))
    overrides = set(Override.objects.values_list("pk", flat=True))
    text = FILE.replace(f"{OPEN}\n{OPEN}", OPEN).replace(f"{CLOSED}\n{CLOSED}", CLOSED)
    apply(parse_text(text, "after.yaml"))
    assert set(Rule.objects.values_list("pk", flat=True)) == rules
    left = set(Override.objects.values_list("pk", flat=True))
    assert left < overrides
    assert len(overrides - left) == 2
