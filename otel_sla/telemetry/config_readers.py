"""Check the readers that otel-config.yaml declares, and return their options.

What would be ignored is refused by its key.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from opentelemetry.configuration import models
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.util.re import parse_env_headers

from .errors import InvalidConfiguration
from .reader_options import Protocol, Pull, Push

_PROTOCOLS: Mapping[str, Protocol] = {
    "otlp_http": "http/protobuf",
    "otlp_grpc": "grpc",
}
_HEADER_NAME = re.compile(r"[a-zA-Z0-9_.-]+")
_PATH = "/v1/metrics"
_DEFAULT_ENDPOINTS: Mapping[Protocol, str] = {
    "http/protobuf": f"http://localhost:4318{_PATH}",
    "grpc": "http://localhost:4317",
}
_COMPRESSIONS = ("none", "gzip")
_DEFAULT_INTERVAL, _DEFAULT_READING, _DEFAULT_TIMEOUT = 60_000, 30_000, 10_000
_DEFAULT_POINTS = 10_000
_LIMITED = {
    "counter": Counter,
    "histogram": Histogram,
    "observable_counter": ObservableCounter,
    "observable_gauge": ObservableGauge,
    "observable_up_down_counter": ObservableUpDownCounter,
    "up_down_counter": UpDownCounter,
}


def read(
    file: models.OpenTelemetryConfiguration, path: Path
) -> tuple[Pull | None, Mapping[Protocol, Callable[[], Push]]]:
    """Return the pull reader that the file declares, and its OTLP readers by protocol.

    Those for OTLP are checked when they are called, so that a fault in one that is not
    chosen stops no site. Raises InvalidConfiguration.
    """
    pull: Pull | None = None
    push: dict[Protocol, Callable[[], Push]] = {}
    readers = file.meter_provider.readers if file.meter_provider else []
    for position, reader in enumerate(readers or []):
        section = _Section(path, f"meter_provider.readers[{position}]")
        if reader.pull is not None:
            if pull is not None:
                section.refuse("would be ignored: one pull reader is served already")
            pull = _pull(reader.pull, section.below("pull"))
        else:
            if reader.periodic is None:
                section.refuse("must be a pull or a periodic reader")
            below = section.below("periodic")
            exporter = reader.periodic.exporter
            declared = (one for one in _PROTOCOLS if getattr(exporter, one) is not None)
            name = next(declared, "")
            if not name:
                below.below("exporter").refuse(
                    f"only {' or '.join(_PROTOCOLS)} can be pushed to"
                )
            protocol = _PROTOCOLS[name]
            if protocol in push:
                section.refuse(
                    f"would be ignored: another reader pushes over {protocol}"
                )
            push[protocol] = partial(_push, reader.periodic, name, below)
    if pull is None and not push:
        raise InvalidConfiguration(
            str(path),
            "needs a reader: pull: {exporter: {prometheus/development: {}}}",
            "meter_provider.readers",
        )
    return pull, push


@dataclass(frozen=True, slots=True)
class _Section:
    """A place in the file, for refusals that name it."""

    path: Path
    key: str

    def below(self, name: str) -> _Section:
        return _Section(self.path, f"{self.key}.{name}")

    def refuse(self, message: str) -> NoReturn:
        raise InvalidConfiguration(str(self.path), message, self.key)

    def refuse_unused(self, section: Any, used: set[str], why: str) -> None:
        for name in section.__dataclass_fields__:
            if name not in used and getattr(section, name) is not None:
                self.below(name).refuse(why)


def _pull(pull: models.PullMetricReader, section: _Section) -> Pull:
    options = pull.exporter.prometheus_development
    exporter = section.below("exporter")
    if options is None:
        exporter.refuse("only prometheus/development can be served")
    why = (
        "has no meaning here and would be ignored: Django serves /metrics on its own "
        "address, with OpenTelemetry's default names and labels"
    )
    section.refuse_unused(pull, {"exporter", "cardinality_limits"}, why)
    used = {"target_info_enabled_development", "scope_info_enabled"}
    exporter.below("prometheus/development").refuse_unused(options, used, why)
    return Pull(
        target_info=options.target_info_enabled_development is not False,
        scope_info=options.scope_info_enabled is not False,
        cardinality_limits=_limits(pull.cardinality_limits),
    )


def _push(periodic: models.PeriodicMetricReader, name: str, section: _Section) -> Push:
    section.refuse_unused(
        periodic,
        {
            "exporter",
            "interval",
            "timeout",
            "max_export_batch_size_development",
            "cardinality_limits",
        },
        "has no meaning here and would be ignored",
    )
    options: Any = getattr(periodic.exporter, name)
    place = section.below("exporter").below(name)
    compression = (options.compression or "none").lower()
    if compression not in _COMPRESSIONS:
        place.below("compression").refuse(
            f"{options.compression!r} is not one of {', '.join(_COMPRESSIONS)}"
        )
    place.refuse_unused(
        options,
        {
            "endpoint",
            "tls",
            "headers",
            "headers_list",
            "compression",
            "timeout",
            *(["encoding"] if _is(options, "encoding", "protobuf") else []),
            *(
                ["temporality_preference"]
                if _is(options, "temporality_preference", "cumulative")
                else []
            ),
        },
        "has no meaning here: otel_sla pushes cumulative values as protobuf, and "
        "histograms with explicit buckets",
    )
    protocol = _PROTOCOLS[name]
    endpoint = _endpoint(options.endpoint, protocol, place.below("endpoint"))
    ca_file, cert_file, key_file = _tls(options.tls, endpoint, place.below("tls"))
    return Push(
        protocol=protocol,
        endpoint=endpoint,
        headers=_headers(options, place),
        compression=compression,
        ca_file=ca_file,
        cert_file=cert_file,
        key_file=key_file,
        interval=_seconds(periodic, "interval", _DEFAULT_INTERVAL, section, 1_000),
        reading=_seconds(periodic, "timeout", _DEFAULT_READING, section),
        timeout=_seconds(options, "timeout", _DEFAULT_TIMEOUT, place),
        max_points=periodic.max_export_batch_size_development or _DEFAULT_POINTS,
        cardinality_limits=_limits(periodic.cardinality_limits),
    )


def _is(options: Any, name: str, value: str) -> bool:
    return getattr(getattr(options, name, None), "value", None) == value


def _endpoint(written: str | None, protocol: Protocol, section: _Section) -> str:
    default = _DEFAULT_ENDPOINTS[protocol]
    endpoint = default if written in (None, "", _PATH) else str(written)
    if endpoint.rstrip("/").endswith(2 * _PATH):
        section.refuse(f"{endpoint!r} has {_PATH} twice: leave it out of the base URL")
    # A base URL from the environment may end in the slash that a path begins with.
    scheme, separator, rest = endpoint.partition("://")
    address = urlsplit(f"{scheme}://{rest.replace('//', '/')}")
    try:
        usable = separator and address.hostname and (address.port or True)
    except ValueError:
        usable = False
    if scheme not in ("http", "https") or not usable:
        section.refuse(f"{endpoint!r} is not a URL such as {default}")
    if "@" in address.netloc:
        # Not quoted: gRPC can't use it, and it would be in every log line.
        section.refuse("must hold no user and password: send them in a header")
    return address.geturl()


def _tls(
    tls: Any, endpoint: str, section: _Section
) -> tuple[str | None, str | None, str | None]:
    if tls is None:
        return None, None, None
    if getattr(tls, "insecure", None) and endpoint.startswith("https:"):
        section.below("insecure").refuse("contradicts the https of the endpoint")
    files = tls.ca_file or None, tls.cert_file or None, tls.key_file or None
    for name, file in zip(("ca_file", "cert_file", "key_file"), files, strict=True):
        if file and not Path(file).is_file():
            section.below(name).refuse(f"{file!r} is not a file")
    if bool(files[1]) != bool(files[2]):
        section.refuse("a client certificate needs both cert_file and key_file")
    return files


def _headers(options: Any, section: _Section) -> Mapping[str, str]:
    written = [one for one in (options.headers_list or "").split(",") if one.strip()]
    headers: dict[str, str] = {}
    for position, one in enumerate(written, 1):
        found = _parsed_header(one)
        if len(found) != 1:
            # Not quoted: it may be the secret itself.
            section.below("headers_list").refuse(
                f"entry {position} of {len(written)} is not of the form name=value and "
                "would be ignored: URL-encode it"
            )
        headers |= found
    single = {one.name: one.value or "" for one in options.headers or []}
    headers |= single
    for name, value in headers.items():
        place = section.below("headers" if name in single else "headers_list")
        if not _HEADER_NAME.fullmatch(name) or name.lower().endswith("-bin"):
            place.refuse(f"{name!r} can't be the name of a header")
        if not (value.isascii() and value.isprintable() and value == value.strip()):
            place.refuse(f"the value of {name!r} can't be sent: use printable ASCII")
    return headers


def _parsed_header(written: str) -> dict[str, str]:
    """Parse a header without the package's log line, which would show it."""
    parser = logging.getLogger("opentelemetry.util.re")
    before, parser.disabled = parser.disabled, True
    try:
        return dict(parse_env_headers(written, liberal=True))
    finally:
        parser.disabled = before


def _seconds(
    options: Any, name: str, default: int, section: _Section, least: int = 100
) -> float:
    milliseconds = getattr(options, name)
    if milliseconds is None:
        milliseconds = default
    if milliseconds < least:
        section.below(name).refuse(
            f"{milliseconds} milliseconds are too few: give {least} or more"
        )
    return float(milliseconds) / 1_000


def _limits(declared_limits: Any) -> dict[type, int]:
    default = getattr(declared_limits, "default", None)
    limits = {
        instrument: getattr(declared_limits, name, None) or default
        for name, instrument in _LIMITED.items()
    }
    return {instrument: limit for instrument, limit in limits.items() if limit}
