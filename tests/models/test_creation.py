"""Since when overrides say what they say: one made after the fact can be told apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from otel_sla.catalogue import apply, parse_text, read_database
from otel_sla.models import Component, Override

from ..ical.test_import_calendar import MOMENT, calendar, event, take
from ..support.make import make_component, utc

pytestmark = pytest.mark.django_db

LONG_AGO = utc(2026, 1, 2, 3, 4, 5)
FIELDS: dict[str, Any] = {
    "start": datetime(2026, 3, 3),
    "end": datetime(2026, 3, 4),
    "kind": "closed",
    "reason": "move",
}


def make_override(**fields: Any) -> Override:
    component = Component.objects.first() or make_component()
    return Override.objects.create(component=component, **{**FIELDS, **fields})


def aged() -> Override:
    """Have every override be from long ago, and return the only one."""
    Override.objects.update(created=LONG_AGO)
    return Override.objects.get()


def is_new(override: Override) -> bool:
    stored = Override.objects.get(pk=override.pk).created
    assert stored is not None
    return bool(stored > datetime.now(UTC) - timedelta(minutes=10))


def test_an_override_has_the_moment_it_was_made() -> None:
    assert is_new(make_override())
    assert make_override(created=LONG_AGO).created == LONG_AGO


@pytest.mark.parametrize(
    ("field", "value", "as_new"),
    [
        ("start", datetime(2026, 3, 2), True),
        ("end", "2026-03-04T00:00:01", True),
        ("kind", "open", True),
        ("reason", "as agreed", False),
        ("start", "2026-03-03T00:00", False),
    ],
)
@pytest.mark.parametrize("only", [False, True])
def test_another_time_or_kind_makes_it_new_and_another_reason_does_not(
    field: str, value: Any, as_new: bool, only: bool
) -> None:
    make_override()
    override = aged()
    setattr(override, field, value)
    override.save(update_fields=[field] if only else None)
    assert is_new(override) == as_new


def test_an_override_of_another_component_is_new() -> None:
    make_override()
    override = aged()
    override.component = make_component("other")
    override.save()
    assert is_new(override)


def test_what_is_not_saved_makes_nothing_new() -> None:
    make_override()
    override = aged()
    override.start, override.reason = datetime(2026, 3, 2), "other"
    override.save(update_fields=["reason"])
    assert not is_new(override)


def test_one_from_before_that_was_known_stays_so() -> None:
    make_override()
    Override.objects.update(created=None)
    override = Override.objects.get()
    override.reason = "as agreed"
    override.save()
    override.refresh_from_db()
    assert override.created is None


CATALOGUE = """\
schedules: {office: {timezone: Europe/London}}
agreements: {gold: {schedule: office, target: 99.9}}
components:
  shop:
    agreement: gold
    overrides:
      - {from: 2026-03-03T00:00, to: 2026-03-04T00:00, kind: closed, reason: move}
"""


@pytest.mark.parametrize(
    ("old", "new", "as_new"),
    [
        ("agreement: gold", "agreement: gold\n    enabled: false", False),
        ("reason: move", "reason: as agreed", False),
        ("from: 2026-03-03", "from: 2026-03-02", True),
        ("kind: closed", "kind: open", True),
    ],
)
def test_a_catalogue_makes_new_what_it_says_anew(
    old: str, new: str, as_new: bool
) -> None:
    apply(parse_text(CATALOGUE, "a.yaml"))
    assert is_new(Override.objects.get())
    before = aged()
    text = CATALOGUE.replace(old, new)
    apply(parse_text(text, "a.yaml"), prune=True)
    after = Override.objects.get()
    assert is_new(after) == as_new
    assert (after.pk == before.pk) == (not as_new)
    assert read_database() == parse_text(text, "a.yaml")


def test_of_several_overrides_of_one_time_each_keeps_its_moment() -> None:
    apply(parse_text(CATALOGUE, "a.yaml"))
    aged()
    line = CATALOGUE.splitlines()[-1]
    lines = [line.replace("move", one) for one in ("first", "second")]
    text = CATALOGUE.replace(line, "\n".join(lines))
    apply(parse_text(text, "a.yaml"))
    assert read_database() == parse_text(text, "a.yaml")
    rows = Override.objects.order_by("created")
    assert [is_new(one) for one in rows] == [False, True]


def imported(day: int, summary: str) -> bytes:
    times = (f"DTSTART:202612{day:02}T030000Z", f"DTEND:202612{day:02}T050000Z")
    return calendar(event(*times, summary=summary))


def test_a_calendar_makes_new_what_it_moves_and_keeps_what_it_renames() -> None:
    make_component()
    take(imported(7, "patching"))
    of_import = datetime.fromtimestamp(MOMENT, UTC)
    assert Override.objects.get().created == of_import
    aged()
    take(imported(7, "patching"))
    take(imported(7, "patches"))
    override = Override.objects.get()
    assert (override.reason, override.created) == ("patches", LONG_AGO)
    take(imported(8, "patches"))
    assert Override.objects.get().created == of_import
