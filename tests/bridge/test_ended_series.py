"""Which series have ended: those that the next scrape lacks, and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import PropertyMock, patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families as parse_text

from otel_sla.bridge import discovery
from otel_sla.bridge.ended_series import ended
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.prometheus_names import names
from otel_sla.bridge.registry import Collection, Registry
from otel_sla.labels import exposed
from otel_sla.metrics.components import ExposedComponent
from otel_sla.metrics.groups import Grouping
from otel_sla.metrics.rows import Tables
from otel_sla.metrics.snapshot import Evaluated, Snapshot
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate

from ..shop.models import Kind, Order, Reading
from ..telemetry.test_exposition import NOON, collection_of, tables
from .test_rows_all_ways_out import (
    KINDS,
    NOW,
    ROWS,
    SAMPLES,
    Orders,
    Sensors,
    things,
    yielded,
)

Series = tuple[str, frozenset[tuple[str, str]]]


def scraped(collection: Collection) -> set[Series]:
    """The series that a scrape shows."""
    families = collection.families(counters=True)
    text = write(families, (), negotiate("", "")).decode()
    return {
        (one.name, frozenset(one.labels.items()))
        for family in parse_text(text)
        for one in family.samples
    }


def said_to_end(before: Collection, *after: Collection) -> list[Series]:
    found = []
    for rows, values, _ in ended(before, *after):
        for row in rows:
            for instrument, more, _ in values:
                shown = exposed({**row.attributes, **more}, key="")
                labels = frozenset(one for one in shown.items() if one[1])
                _, name = names(instrument.name, instrument.unit, instrument.kind)
                found.append((name, labels))
    return found


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_components_that_change_end_the_series_that_the_next_scrape_lacks(
    data: st.DataObject,
) -> None:
    before, other = data.draw(tables()), data.draw(tables())
    kept = [one for one in before.components if data.draw(st.booleans())]
    names_kept = {one[2] for one in kept}
    new = [
        (pk + 100, *rest) for pk, *rest in other.components if rest[1] not in names_kept
    ]
    after = replace(
        other if data.draw(st.booleans()) else before, components=[*kept, *new]
    )
    old = Grouping(before)
    first, second = map(observed, (old, Grouping(after, old)))
    found = said_to_end(first, second)
    assert len(found) == len(set(found))
    assert set(found) == scraped(first) - scraped(second)


def observed(grouping: Grouping) -> Collection:
    evaluated = (Evaluated.at(one, NOON) for one in grouping.groups)
    return collection_of(Snapshot(NOON, tuple(evaluated)))


@pytest.mark.django_db
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(states=st.lists(st.tuples(ROWS, KINDS, SAMPLES), min_size=3, max_size=3))
def test_rows_of_any_source_end_the_series_that_later_scrapes_lack(
    states: list[tuple[list[dict[str, Any]], list[Any], list[Any]]],
) -> None:
    sources = Registry()
    for one in (Sensors, things, Orders):
        sources.register(LastGood(discovery.source_of(one)))
    collections = []
    for rows, kinds, samples in states:
        yielded[:] = samples
        Order.objects.all().delete()
        Kind.objects.all().delete()
        Order.objects.bulk_create(Order(**one) for one in rows)
        for metric, unit, values in kinds:
            kind = Kind.objects.create(metric=metric, unit=unit)
            Reading.objects.bulk_create(
                Reading(kind=kind, sensor=sensor, value=value)
                for sensor, value in values
            )
        collections.append(sources.collect(NOW))
    first, *later = collections
    found = said_to_end(first, *later)
    assert len(found) == len(set(found))
    assert set(found) == scraped(first).difference(*map(scraped, later))


def test_attributes_are_made_of_rows_that_have_ended_and_of_no_others() -> None:
    rows = Tables(
        [(1, "never", "UTC", "0", "")],
        [],
        [],
        [(1, 1, "gold", "99.9", "month")],
        [(pk, 1, f"shop-{pk}", "{}") for pk in range(100)],
    )
    before = Grouping(rows)
    after = Grouping(replace(rows, components=rows.components[:-1]), before)
    with patch.object(ExposedComponent, "attributes", PropertyMock()) as asked:
        (one,) = ended(observed(before), observed(after))
        assert not asked.called
    assert [row.attributes for row in one.rows] == [{"component": "shop-99"}]
