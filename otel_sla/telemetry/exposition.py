"""Write families and the SDK's metrics in the exposition formats of Prometheus.

The stock path takes every observation through the SDK's storage and an object of
prometheus_client's; here the samples of a block are one join of texts that are
kept from scrape to scrape.
"""

from collections.abc import Iterable
from gzip import GzipFile
from io import BufferedWriter, BytesIO
from itertools import islice
from types import SimpleNamespace
from typing import Any, BinaryIO

from prometheus_client import Metric, generate_latest
from prometheus_client.openmetrics.exposition import (
    generate_latest as generate_openmetrics,
)

from ..bridge.families import Block, Column, Family, Instrument
from ..bridge.prometheus_names import names, unit_name
from .negotiation import Format

_GZIP_LEVEL = 1
_END = b"# EOF\n"
_TYPES = {"gauge": "gauge", "counter": "counter", "up_down_counter": "gauge"}

# How much of a body is put together before it is written out.
_LINES = 10_000
_BYTES = 2**16


def write(
    families: Iterable[Family],
    others: Iterable[Metric],
    form: Format,
    scope: bytes = b"",
) -> bytes:
    """Return the body: the others as prometheus_client writes them, then ours.

    `scope` is what every sample of ours carries besides its own labels. A body that is
    compressed is written in pieces, and never held uncompressed as a whole.
    """
    body = BytesIO()
    if form.gzip:
        packed = GzipFile(fileobj=body, mode="wb", compresslevel=_GZIP_LEVEL)
        with BufferedWriter(packed, _BYTES) as out:
            _write(out, families, others, form, scope)
    else:
        _write(body, families, others, form, scope)
    return body.getvalue()


def _write(
    out: BinaryIO,
    families: Iterable[Family],
    others: Iterable[Metric],
    form: Format,
    scope: bytes,
) -> None:
    encode = generate_openmetrics if form.openmetrics else generate_latest
    for one in others:
        # All that is asked of a registry.
        registry: Any = SimpleNamespace(collect=lambda one=one: [one])
        out.write(encode(registry).removesuffix(_END))
    constant = b"," + scope if scope else b""
    for instrument, blocks in families:
        name, sample = names(instrument.name, instrument.unit, instrument.kind)
        out.write(_head(instrument, name if form.openmetrics else sample, form))
        for block in blocks:
            if isinstance(block, Block):
                _write_block(out, sample.encode(), block, constant)
            else:
                _write_column(out, sample.encode(), block, scope)
    if form.openmetrics:
        out.write(_END)


def _head(instrument: Instrument[Any], shown: str, form: Format) -> bytes:
    text = instrument.description.replace("\\", r"\\").replace("\n", r"\n")
    if form.openmetrics:
        text = text.replace('"', r"\"")
    lines = [f"# HELP {shown} {text}", f"# TYPE {shown} {_TYPES[instrument.kind]}"]
    unit = unit_name(instrument.unit)
    if form.openmetrics and unit:
        lines.append(f"# UNIT {shown} {unit}")
    return "".join(f"{line}\n" for line in lines).encode()


def _write_block(out: BinaryIO, sample: bytes, block: Block, constant: bytes) -> None:
    labels, more, value = block
    more += constant
    if not labels[0]:
        more = more.removeprefix(b",")
    if labels[0] or more:
        begin, end = b"%b{" % sample, b"%b} %b\n" % (more, repr(value).encode())
    else:
        begin, end = sample, b" %b\n" % repr(value).encode()
    between, start = end + begin, 0
    out.write(begin)
    while len(labels) - start > _LINES:
        out.write(between.join(labels[start : start + _LINES]))
        out.write(between)
        start += _LINES
    out.write(between.join(labels[start:] if start else labels))
    out.write(end)


def _write_column(out: BinaryIO, sample: bytes, column: Column, scope: bytes) -> None:
    labels: Iterable[bytes] = column.labels
    line = b"%b{%%b} %%a\n" % sample
    if scope:
        labels = (b"%b,%b" % (one, scope) if one else scope for one in labels)
    elif not all(labels):
        labels = (b"{%b}" % one if one else b"" for one in labels)
        line = b"%b%%b %%a\n" % sample
    lines = map(line.__mod__, zip(labels, column.values, strict=True))
    while piece := b"".join(islice(lines, _LINES)):
        out.write(piece)
