"""The direct exposition says what the stock reader says, in both formats."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parse_text

from otel_sla.bridge import self_metrics
from otel_sla.bridge.registry import Collection, Part
from otel_sla.metrics.groups import Grouping
from otel_sla.metrics.rows import Tables
from otel_sla.metrics.snapshot import Evaluated, Snapshot
from otel_sla.metrics.source import snapshots
from otel_sla.telemetry import callbacks
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import Format, negotiate

from ..support.make import seconds

FORMATS = {
    "text": ("text/plain", parse_text),
    "OpenMetrics": ("application/openmetrics-text;version=1.0.0", parse_openmetrics),
}
NOON = seconds(2026, 3, 27, 12)

in_both_formats = pytest.mark.parametrize("name", FORMATS)

# Everything a label may hold, the characters that mean something in the formats often.
CHARACTERS = st.one_of(
    st.sampled_from('\\n\n"{},= #\r\t\x85\u2028é'),
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
)
TEXT = st.text(CHARACTERS, max_size=12)
NAME = st.text(CHARACTERS, min_size=1, max_size=12)
LABEL = st.one_of(
    st.sampled_from(["team", "a.b", "é", "ü", "1st", "agreement", "timezone"]),
    NAME.map(lambda text: f"x{text}"),
    st.sampled_from(["a_b", "job", "__name__", "otel_scope_name", "", "1"]),
)
RULE = (
    "mon-fri",
    "09:00:00",
    "17:00:00",
    None,
    "open",
    None,
    "",
    "",
    "1",
    "1",
    None,
    None,
    None,
    "0",
)


@st.composite
def tables(draw: st.DrawFn) -> Tables:
    """A catalogue of office hours, 24x7 and never, as the database has it as text."""
    count = st.integers(1, 3)
    schedules = [
        (pk, draw(NAME), zone, always, "")
        for pk, zone, always in (
            (1, "Europe/London", "0"),
            (2, "UTC", "1"),
            (3, "Asia/Kathmandu", "0"),
        )
    ]
    labels = st.dictionaries(LABEL, TEXT, max_size=5)
    names = draw(st.lists(NAME, max_size=8))
    return Tables(
        schedules,
        [(1, *RULE)],
        [
            (None, pk, "2026-03-27 11:00:00", "2026-03-27 13:00:00", "closed", "")
            for pk in draw(st.sets(st.integers(1, 8), max_size=3))
        ],
        [(pk, draw(count), draw(NAME), "99.9", "month") for pk in (1, 2, 3)],
        [
            (pk, draw(count), name, json.dumps(draw(labels)))
            for pk, name in enumerate(names, 1)
        ],
    )


def snapshot_of(rows: Tables) -> Snapshot:
    grouping = Grouping(rows)
    return Snapshot(
        NOON,
        tuple(Evaluated.at(one, NOON) for one in grouping.groups),
        read_at=NOON - 5,
        duration=0.0625,
    )


def collection_of(snapshot: Snapshot) -> Collection:
    return Collection((Part(snapshots.source, snapshot),))


def direct(snapshot: Snapshot, form: Format) -> str:
    return write(collection_of(snapshot).families(counters=True), (), form).decode()


def stock(snapshot: Snapshot, accept: str) -> str:
    registry = CollectorRegistry(auto_describe=False)
    provider = MeterProvider(
        [
            PrometheusMetricReader(
                disable_target_info=True, scope_info_enabled=False, registry=registry
            )
        ],
        shutdown_on_exit=False,
    )
    callbacks.register(provider.get_meter("otel_sla"))
    try:
        with callbacks.serving(collection_of(snapshot)), warnings.catch_warnings():
            encode, _ = choose_encoder(accept)
            return encode(registry).decode()
    finally:
        provider.shutdown()


def meaning(families: Iterable[Any]) -> tuple[dict[Any, float], dict[str, Any]]:
    """All samples by name and labels, an empty label being none; and the families."""
    samples: dict[Any, float] = {}
    described = {}
    for family in families:
        described[family.name] = (family.type, family.unit, family.documentation)
        for sample in family.samples:
            labels = frozenset(pair for pair in sample.labels.items() if pair[1])
            assert (sample.name, labels) not in samples, "twice"
            samples[sample.name, labels] = sample.value
    return samples, described


@in_both_formats
def test_the_direct_exposition_says_what_the_stock_reader_says(name: str) -> None:
    accept, parse = FORMATS[name]

    @settings(max_examples=300, deadline=None)
    @given(tables())
    def agree(rows: Tables) -> None:
        self_metrics.collection_errors.add(self_metrics.READ)
        snapshot = snapshot_of(rows)
        ours, described = meaning(parse(direct(snapshot, negotiate(accept, ""))))
        theirs, families = meaning(parse(stock(snapshot, accept)))
        assert ours == theirs
        assert {one: described[one] for one in families} == families

    agree()
