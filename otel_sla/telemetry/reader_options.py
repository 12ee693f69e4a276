"""The readers that a configuration can choose: what is scraped, what pushes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

Protocol = Literal["grpc", "http/protobuf"]

_ENCODER = "opentelemetry-exporter-otlp-proto-common"
_NEEDED: Mapping[Protocol, tuple[str, ...]] = {
    "http/protobuf": (_ENCODER, "requests"),
    "grpc": (_ENCODER, "grpcio"),
}
_MODULES = {
    _ENCODER: "opentelemetry.exporter.otlp.proto.common",
    "grpcio": "grpc",
    "requests": "requests",
}


@dataclass(frozen=True, slots=True)
class Pull:
    """The pull reader as the file declares it."""

    target_info: bool
    scope_info: bool
    cardinality_limits: Mapping[type, int]


@dataclass(frozen=True, slots=True)
class Push:
    """An OTLP reader as the file declares it. Times are seconds.

    `timeout` bounds a request, `reading` the reading of rows. `endpoint` is a URL;
    over HTTP the whole one, over gRPC its path means nothing.
    """

    protocol: Protocol
    endpoint: str
    headers: Mapping[str, str]
    compression: str
    ca_file: str | None
    cert_file: str | None
    key_file: str | None
    interval: float
    reading: float
    timeout: float
    max_points: int
    cardinality_limits: Mapping[type, int]

    def missing_packages(self) -> list[str]:
        """Return the packages that pushing needs, and that are not installed."""
        needed = _NEEDED[self.protocol]
        return [name for name in needed if not _is_installed(_MODULES[name])]


@dataclass(frozen=True, slots=True)
class Readers:
    """All readers of the file: at most one of each kind.

    Those for OTLP are checked when they are chosen, so that a fault in one that
    nobody uses stops no site.
    """

    pull: Pull | None
    push: Mapping[Protocol, Callable[[], Push]]


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
