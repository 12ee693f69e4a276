"""Serve a registry as Prometheus reads it: text or OpenMetrics, gzip on request."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from threading import Lock

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

_collecting = Lock()
_GZIP_LEVEL = 1
_GZIP = re.compile(r"gzip\s*(?:;\s*q=(?P<weight>[0-9.]+)\s*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Exposition:
    """A response body, and the headers that describe it."""

    body: bytes
    headers: dict[str, str]


def expose(
    registry: CollectorRegistry, accept: str, accept_encoding: str
) -> Exposition:
    """Collect the registry, in the format and encoding of the request's headers.

    One at a time: collections of a PrometheusMetricReader share a queue, and two
    at once would give one of them nothing and the other everything twice.
    """
    try:
        encode, content_type = choose_encoder(accept)
    except (TypeError, ValueError):
        # A version that is no number: what everybody reads will do.
        encode, content_type = choose_encoder("")
    with _collecting:
        body = encode(registry)
    headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
    if _accepts_gzip(accept_encoding):
        body = gzip.compress(body, _GZIP_LEVEL)
        headers["Content-Encoding"] = "gzip"
    return Exposition(body, headers)


def _accepts_gzip(header: str) -> bool:
    """Whether the Accept-Encoding header names gzip, and not with a weight of 0."""
    asked = (_GZIP.fullmatch(part.strip()) for part in header.split(","))
    return any(match and (match["weight"] or "1").strip("0.") for match in asked)
