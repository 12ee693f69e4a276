"""Write families as Prometheus reads them, beside what the SDK has of all others.

The stock path takes every observation through the SDK's storage and an object of
prometheus_client's; here the samples of a block are one join of texts that are
kept from scrape to scrape.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.exporter.prometheus._mapping import map_unit, sanitize_full_name
from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from ..bridge.families import Block, Family, Kind
from .single_thread import Aside

_GZIP_LEVEL = 1
_GZIP = re.compile(r"gzip\s*(?:;\s*q=(?P<weight>[0-9.]+)\s*)?", re.IGNORECASE)
_END = b"# EOF\n"
_SDK_LIMIT = 10.0
"""Seconds after which the SDK gives up a collection, once a callback has returned."""


class Unheard(Exception):
    """What the other workers have counted is not known, which has been reported."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a client asked for: the content type, and whether compressed."""

    content_type: str
    gzip: bool

    @property
    def openmetrics(self) -> bool:
        return self.content_type.startswith("application/openmetrics-text")

    @property
    def headers(self) -> dict[str, str]:
        """The headers that describe a body of this format."""
        headers = {"Content-Type": self.content_type, "Vary": "Accept, Accept-Encoding"}
        if self.gzip:
            headers["Content-Encoding"] = "gzip"
        return headers


def negotiate(accept: str, accept_encoding: str) -> Format:
    """Return the format that the request's headers ask for."""
    return Format(_chosen(accept)[1], _accepts_gzip(accept_encoding))


def names(name: str, unit: str, kind: Kind) -> tuple[str, str]:
    """Return the Prometheus names of an instrument's family and of its samples.

    They are those that the stock reader gives them.
    """
    family, suffix = sanitize_full_name(name), map_unit(unit)
    if suffix and not family.endswith(f"_{suffix}"):
        family = f"{family}_{suffix}"
    return family, f"{family}_total" if kind == "counter" else family


def write(
    families: Iterable[Family],
    others: Iterable[Metric],
    form: Format,
    scope: bytes = b"",
) -> bytes:
    """Return the body: the others as prometheus_client writes them, then ours.

    `scope` is what every sample of ours carries besides its own labels.
    """
    encode, _ = _chosen(form.content_type)
    body = encode(_Collected(others))
    out = BytesIO()
    out.write(body.removesuffix(_END) if form.openmetrics else body)
    constant = b"," + scope if scope else b""
    for family in families:
        name, sample = names(family.name, family.unit, family.kind)
        out.write(_head(family, name if form.openmetrics else sample, form))
        for block in family.blocks:
            _write_block(out, sample.encode(), block, constant)
    if form.openmetrics:
        out.write(_END)
    return out.getvalue()


def compress(body: bytes) -> bytes:
    """Return the body as gzip."""
    return gzip.compress(body, _GZIP_LEVEL)


class DirectReader(PrometheusMetricReader):
    """Collects what the SDK has to say when it is asked, and for who asks alone.

    `resource` is that of the provider, for target_info.
    """

    def __init__(self, resource: Resource, **options: Any) -> None:
        self._all = CollectorRegistry(auto_describe=False)
        super().__init__(registry=self._all, **options)
        self._resource = resource
        self._lock = Lock()
        self._collecting = Aside("collecting what callbacks observe")
        self._own: MetricsData | None = None
        # The stock collector would collect by itself; here it translates.
        self._collector._callback = None

    def own(self, seconds: float = _SDK_LIMIT) -> MetricsData | None:
        """Collect what this process has; None where no instrument has been used.

        Raises what the SDK raises, and HeldUp where others' callbacks take longer
        than so many seconds: nothing ends them, and they hold the SDK's own lock.
        """
        return self._collecting.do(self._collect_own, seconds)

    def _collect_own(self) -> MetricsData | None:
        self._own = None
        self.collect()
        return self._own

    def shown(self, collected: MetricsData | None) -> list[Metric]:
        """Return what was collected as Prometheus sees it.

        One at a time: the stock collector has a queue, and gives everything in it.
        """
        nothing = MetricsData([ResourceMetrics(self._resource, [], "")])
        with self._lock:
            self._collector.add_metrics_data(collected or nothing)
            return list(self._all.collect())

    def _receive_metrics(
        self, metrics_data: MetricsData, timeout_millis: float = 0, **kwargs: Any
    ) -> None:
        self._own = metrics_data

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """There is nothing to push: it is asked when it is asked."""
        return True

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """Collect nothing any more."""
        self._collecting.stop()
        super().shutdown(timeout_millis, **kwargs)


class _Collected(Collector):
    """Families that have been collected already, for an encoder."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _head(family: Family, shown: str, form: Format) -> bytes:
    text = family.description.replace("\\", r"\\").replace("\n", r"\n")
    if form.openmetrics:
        text = text.replace('"', r"\"")
    lines = [f"# HELP {shown} {text}", f"# TYPE {shown} {family.kind}"]
    unit = map_unit(family.unit)
    if form.openmetrics and unit:
        lines.append(f"# UNIT {shown} {unit}")
    return "".join(f"{line}\n" for line in lines).encode()


def _write_block(out: BytesIO, sample: bytes, block: Block, constant: bytes) -> None:
    labels, more, value = block
    more += constant
    if labels[0] or more:
        begin, end = b"%b{" % sample, b"%b} %b\n" % (more, repr(value).encode())
    else:
        begin, end = sample, b" %b\n" % repr(value).encode()
    out.write(begin)
    out.write((end + begin).join(labels))
    out.write(end)


def _chosen(accept: str) -> tuple[Callable[[Collector], bytes], str]:
    try:
        return choose_encoder(accept)
    except (TypeError, ValueError):
        # A version that is no number: what everybody reads will do.
        return choose_encoder("")


def _accepts_gzip(header: str) -> bool:
    """Whether the Accept-Encoding header names gzip, and not with a weight of 0."""
    asked = (_GZIP.fullmatch(part.strip()) for part in header.split(","))
    return any(match and (match["weight"] or "1").strip("0.") for match in asked)
