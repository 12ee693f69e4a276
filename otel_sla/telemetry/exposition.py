"""Write families and the SDK's metrics in the exposition formats of Prometheus.

The stock path takes every observation through the SDK's storage and an object of
prometheus_client's; here the samples of a block are one join of texts that are
kept from scrape to scrape.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
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

_GZIP_LEVEL = 1
_GZIP = re.compile(r"gzip\s*(?:;\s*q=(?P<weight>[0-9.]+)\s*)?", re.IGNORECASE)
_TEXT = "text/plain; version=0.0.4; charset=utf-8"
_OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_OPENMETRICS_VERSION = re.compile(r"version=1(\.[0-9]+)*")
_END = b"# EOF\n"
_TYPES = {"gauge": "gauge", "counter": "counter", "up_down_counter": "gauge"}

# How much of a body is put together before it is written out.
_LINES = 10_000
_BYTES = 2**16


@dataclass(frozen=True, slots=True)
class Format:
    """What a client asked for: the content type, and whether compressed."""

    content_type: str
    gzip: bool

    @property
    def openmetrics(self) -> bool:
        return self.content_type == _OPENMETRICS

    @property
    def headers(self) -> dict[str, str]:
        """The headers that describe a body of this format."""
        headers = {"Content-Type": self.content_type, "Vary": "Accept, Accept-Encoding"}
        if self.gzip:
            headers["Content-Encoding"] = "gzip"
        return headers


def negotiate(accept: str, accept_encoding: str) -> Format:
    """Return the format that the request's headers ask for.

    Releases of prometheus_client choose differently, and some fail at an odd header.
    """
    asked = (_GZIP.fullmatch(part.strip()) for part in accept_encoding.split(","))
    # Not with a weight of 0.
    gzip = any(match and (match["weight"] or "1").strip("0.") for match in asked)
    openmetrics = any(map(_is_openmetrics, accept.split(",")))
    return Format(_OPENMETRICS if openmetrics else _TEXT, gzip)


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


def _is_openmetrics(accepted: str) -> bool:
    """Return whether one of the types in Accept is OpenMetrics, of any or our version.

    No escaping is told from another: no name needs one.
    """
    kind, *parameters = (part.strip() for part in accepted.split(";"))
    if kind != "application/openmetrics-text":
        return False
    versions = [one for one in parameters if one.startswith("version=")]
    return all(map(_OPENMETRICS_VERSION.fullmatch, versions))
