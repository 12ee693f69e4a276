"""Every line of an exposition, in both formats, as Prometheus documents them."""

from __future__ import annotations

import gzip
import tracemalloc
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pytest
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    generate_latest,
)
from prometheus_client.openmetrics.exposition import (
    generate_latest as generate_openmetrics,
)

from otel_sla.bridge.families import Block, Column, Family, Instrument, families
from otel_sla.bridge.prometheus_names import names
from otel_sla.telemetry import exposition
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate

OPENMETRICS = "application/openmetrics-text;version=1.0.0"


@dataclass(frozen=True, slots=True)
class Observed(Instrument[None]):
    """An instrument with two values, one of them without an attribute."""

    def points(self, snapshot: None) -> Iterable[tuple[float, Mapping[str, str]]]:
        return [(1, {}), (2.5, {"host": 'a"\\\n'})]


GAUGE = Observed("disk.free", "By", 'A "free" \\ part\nof it.')
COUNTER = Observed("disk.reads", "", "Reads.", kind="counter")
UP_DOWN = Observed("disk.queue", "s", "Waiting.", kind="up_down_counter")
HOST = 'host="a\\"\\\\\\n"'


def lines(accept: str, scope: bytes = b"", others: bool = False) -> list[str]:
    registry = CollectorRegistry()
    if others:
        Counter("other", "Others'.", registry=registry).inc(3)
    found = families([GAUGE, COUNTER, UP_DOWN], None)
    body = write(found, registry.collect(), negotiate(accept, ""), scope).decode()
    assert body.endswith("\n")
    return [one for one in body.split("\n")[:-1] if "_created" not in one]


def test_text_names_the_samples_and_has_no_units() -> None:
    assert lines("") == [
        '# HELP disk_free_bytes A "free" \\\\ part\\nof it.',
        "# TYPE disk_free_bytes gauge",
        "disk_free_bytes 1",
        f"disk_free_bytes{{{HOST}}} 2.5",
        "# HELP disk_reads_total Reads.",
        "# TYPE disk_reads_total counter",
        "disk_reads_total 1",
        f"disk_reads_total{{{HOST}}} 2.5",
        "# HELP disk_queue_seconds Waiting.",
        "# TYPE disk_queue_seconds gauge",
        "disk_queue_seconds 1",
        f"disk_queue_seconds{{{HOST}}} 2.5",
    ]


def test_openmetrics_names_the_families_has_units_and_an_end() -> None:
    assert lines(OPENMETRICS) == [
        '# HELP disk_free_bytes A \\"free\\" \\\\ part\\nof it.',
        "# TYPE disk_free_bytes gauge",
        "# UNIT disk_free_bytes bytes",
        "disk_free_bytes 1",
        f"disk_free_bytes{{{HOST}}} 2.5",
        "# HELP disk_reads Reads.",
        "# TYPE disk_reads counter",
        "disk_reads_total 1",
        f"disk_reads_total{{{HOST}}} 2.5",
        "# HELP disk_queue_seconds Waiting.",
        "# TYPE disk_queue_seconds gauge",
        "# UNIT disk_queue_seconds seconds",
        "disk_queue_seconds 1",
        f"disk_queue_seconds{{{HOST}}} 2.5",
        "# EOF",
    ]


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_others_come_first_and_there_is_one_end(accept: str) -> None:
    found = lines(accept, others=True)
    assert found[2] == "other_total 3.0"
    assert found[3:] == lines(accept)
    assert found.count("# EOF") == bool(accept)


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_the_scope_is_a_label_of_every_sample_of_ours(accept: str) -> None:
    samples = [one for one in lines(accept, b'scope="x"') if one[0] != "#"]
    assert samples[:2] == [
        'disk_free_bytes{scope="x"} 1',
        f'disk_free_bytes{{{HOST},scope="x"}} 2.5',
    ]
    assert all('scope="x"}' in one for one in samples)


def test_samples_of_a_block_have_its_value_and_of_a_column_each_its_own() -> None:
    labels = [b'host="a"', b'host="b"']
    block = Block(labels, b',zone="UTC"', 7)
    column = Column([*labels, b""], [1, 2.5, 3])
    alone = [Block([b""], b"", 1e300), Block([b""], b',zone="UTC"', 0)]
    family = Family(GAUGE, [block, column, *alone])
    text = write([family], (), negotiate("", ""), b'scope="x"').decode()
    assert text.splitlines()[2:] == [
        'disk_free_bytes{host="a",zone="UTC",scope="x"} 7',
        'disk_free_bytes{host="b",zone="UTC",scope="x"} 7',
        'disk_free_bytes{host="a",scope="x"} 1',
        'disk_free_bytes{host="b",scope="x"} 2.5',
        'disk_free_bytes{scope="x"} 3',
        'disk_free_bytes{scope="x"} 1e+300',
        'disk_free_bytes{zone="UTC",scope="x"} 0',
    ]
    text = write([Family(GAUGE, alone)], (), negotiate("", "")).decode()
    assert text.splitlines()[2:] == [
        "disk_free_bytes 1e+300",
        'disk_free_bytes{zone="UTC"} 0',
    ]


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_others_are_byte_for_byte_as_prometheus_client_writes_them(accept: str) -> None:
    registry = CollectorRegistry()
    Counter("c", "Counts.", ["of"], registry=registry).labels("x").inc()
    Gauge("g", "", registry=registry).set(1.5)
    Histogram("h", "Spread.", registry=registry).observe(2)
    Info("i", "About.", registry=registry).info({"a": "b"})
    Enum("e", "State.", states=["on", "off"], registry=registry)
    encode = generate_openmetrics if accept else generate_latest
    assert write((), registry.collect(), negotiate(accept, "")) == encode(registry)


@pytest.mark.parametrize("scope", [b"", b'scope="x"'])
@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_a_body_is_the_same_in_pieces_and_compressed(
    accept: str, scope: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = CollectorRegistry()
    Counter("other", "Others'.", registry=registry).inc(3)
    found = []
    for size in (1, 2, 3, 4, 5):
        labels = [b'host="%d"' % number for number in range(size)]
        column = Column([b"", *labels[1:]], range(size))
        found.append(Family(GAUGE, [Block(labels, b',zone="UTC"', 7), column]))
    bodies = [write(found, registry.collect(), negotiate(accept, ""), scope)]
    monkeypatch.setattr(exposition, "_LINES", 2)
    for encoding in ("", "gzip"):
        form = negotiate(accept, encoding)
        body = write(found, registry.collect(), form, scope)
        bodies.append(gzip.decompress(body) if encoding else body)
    assert bodies[0] == bodies[1] == bodies[2]


def test_a_large_body_is_held_once_and_compressed_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exposition, "_LINES", 1_000)
    labels = [b'host="host-%06d",mount="/srv/data"' % one for one in range(10_000)]
    values = array("q", range(10_000))
    found = [Family(GAUGE, [Block(labels, b"", 1), Column(labels, values)])] * 4
    peaks = {}
    for encoding in ("", "gzip"):
        tracemalloc.start()
        try:
            body = write(found, (), negotiate("", encoding), b'scope="x"')
            peaks[encoding] = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        size = len(gzip.decompress(body) if encoding else body)
    assert peaks[""] < 1.3 * size
    assert peaks["gzip"] < 0.25 * size


@pytest.mark.parametrize(
    ("name", "unit", "kind", "expected"),
    [
        ("a.b", "", "gauge", ("a_b", "a_b")),
        ("a.b", "s", "gauge", ("a_b_seconds", "a_b_seconds")),
        ("a.b.seconds", "s", "gauge", ("a_b_seconds", "a_b_seconds")),
        ("a.b", "s", "counter", ("a_b_seconds", "a_b_seconds_total")),
        ("a.b", "", "counter", ("a_b", "a_b_total")),
        ("a.b", "", "up_down_counter", ("a_b", "a_b")),
        ("a.ratio", "1", "gauge", ("a_ratio", "a_ratio")),
    ],
)
def test_names_have_the_unit_once_and_what_a_counter_s_ends_in(
    name: str, unit: str, kind: str, expected: tuple[str, str]
) -> None:
    assert names(name, unit, kind) == expected  # type: ignore[arg-type]
