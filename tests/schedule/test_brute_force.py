"""Stored schedules that are made of calendars and of each other, against the oracle.

tests/support/brute_force restates what they mean, minute by minute and without any code
of the package; tests/support/compositions makes them up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import yaml
from django.core.management import call_command

from otel_sla.database.deadline import Deadline
from otel_sla.metrics.snapshot import Evaluated
from otel_sla.metrics.source import Snapshots
from otel_sla.models import Component
from otel_sla.schedule.spans import Span

from ..support.brute_force import OpenMinutes
from ..support.compositions import ABOUT, REACH, composition
from .test_oracles import around, boundaries, clipped

pytestmark = pytest.mark.django_db

AT_ONCE = 25
"""Of three calendars each; a catalogue may have 100."""
often = pytest.mark.parametrize(
    "batches", [2, pytest.param(250, marks=pytest.mark.long)]
)
"""Times 16 dates and 25 catalogues are 800 and 100,000 compositions."""


class Expected(NamedTuple):
    """The spans in which the oracle has a component open, and what it was told."""

    spans: list[Span]
    catalogue: dict[str, Any]

    def told(self) -> str:
        """What to show where the package disagrees."""
        return yaml.safe_dump(self.catalogue, sort_keys=False)


@often
@pytest.mark.parametrize("about", ABOUT, ids=str)
def test_windows_states_and_counts_agree(
    about: date, batches: int, tmp_path: Path
) -> None:
    start = datetime.combine(about, time(), UTC) - timedelta(days=REACH)
    period = start, start + timedelta(days=2 * REACH + 1)
    since, until = (int(at.timestamp()) for at in period)
    rng = Random(f"{about}")
    for _ in range(batches):
        catalogues = [composition(rng, about, f"{n}-") for n in range(AT_ONCE)]
        load(tmp_path / "catalogue.json", catalogues)
        expected = {
            name: Expected(minutes.of_component(name).spans(), catalogue)
            for catalogue in catalogues
            for minutes in [OpenMinutes(catalogue, *period)]
            for name in catalogue["components"]
        }
        windows_agree(expected, since, until)
        states_and_counts_agree(rng, expected, since, until)


def load(path: Path, catalogues: list[dict[str, Any]]) -> None:
    """Load all as one, in place of what was loaded before."""
    merged: dict[str, Any] = {}
    for catalogue in catalogues:
        for section, entries in catalogue.items():
            merged.setdefault(section, {}).update(entries)
    path.write_text(json.dumps(merged))
    call_command("load_catalogue", str(path), prune=True, verbosity=0)


def windows_agree(expected: dict[str, Expected], since: int, until: int) -> None:
    rows = Component.objects.with_schedules()
    assert {row.name for row in rows} == expected.keys()
    for row in rows:
        windows = row.definition().windows(since, until)
        spans, told = expected[row.name].spans, expected[row.name].told
        assert clipped(windows, since, until) == spans, f"{row.name} in:\n{told()}"


def states_and_counts_agree(
    rng: Random, expected: dict[str, Expected], since: int, until: int
) -> None:
    """Scrape at two moments, with what is kept from the first, as servers do."""
    snapshots = Snapshots()
    before: dict[str, tuple[int, int]] = {}
    for moment in sorted(rng.sample(range(since + 1, until), 2)):
        for name, one in evaluated(snapshots, moment):
            spans, told = expected[name].spans, expected[name].told
            starts = [opens for opens, _ in spans if opens > since]
            ends = [closes for _, closes in spans if closes < until]
            seen = [
                at if at is not None and since < at < until else None
                for at in boundaries(one.state)
            ]
            assert (one.state.in_window, *seen) == (
                any(opens <= moment < closes for opens, closes in spans),
                *around(moment, starts, ends),
            ), f"{name} at {moment} in:\n{told()}"
            if name in before:
                earlier, count = before[name]
                grown = length(spans, earlier, moment)
                assert one.figures.open_time - count == grown, f"{name} in:\n{told()}"
            before[name] = moment, one.figures.open_time
    assert before.keys() == expected.keys()


def evaluated(snapshots: Snapshots, moment: int) -> Iterator[tuple[str, Evaluated]]:
    # However loaded the machine is: what is not evaluated by then is refused.
    snapshot = snapshots.take(moment, Deadline(300))
    assert not snapshot.dropped
    for one in snapshot.groups:
        for member in one.group.members:
            yield member.component, one


def length(spans: list[Span], since: int, until: int) -> int:
    """Seconds of the spans between two moments."""
    return sum(closes - opens for opens, closes in clipped(spans, since, until))
