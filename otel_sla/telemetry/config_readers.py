"""Check the readers that otel-config.yaml declares, and return their options.

What would be ignored is refused by its key.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)
from opentelemetry.util.re import parse_env_headers

from .config_document import Document
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
_BATCH = "max_export_batch_size/development"
# Options that may say what is done anyway.
_AS_IT_IS = {"encoding": "protobuf", "temporality_preference": "cumulative"}
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


def exporter_of(reader: Any) -> str:
    """Return what a reader of the file is, "pull" or a key of its OTLP exporter.

    Empty if it is neither. The reader need not be valid.
    """
    match reader:
        case {"pull": _}:
            return "pull"
        case {"periodic": {"exporter": dict(exporter)}}:
            return next((name for name in _PROTOCOLS if name in exporter), "")
    return ""


def read(
    document: Document,
) -> tuple[Callable[[], Pull] | None, Mapping[Protocol, Callable[[], Push]]]:
    """Return the pull reader that the file declares, and its OTLP readers by protocol.

    Each is checked when it is called, so that a fault in one that is not chosen stops
    no site. Raises InvalidConfiguration.
    """
    pull: Callable[[], Pull] | None = None
    push: dict[Protocol, Callable[[], Push]] = {}
    for position, reader in enumerate(document.readers):
        key = f"meter_provider.readers[{position}]"
        section = _Section(document.path, key, reader)
        check = partial(document.check_reader, position)
        name = exporter_of(reader)
        if name == "pull":
            if pull is not None:
                section.refuse("would be ignored: one pull reader is served already")
            pull = partial(_pull, section.below("pull"), check)
        elif name:
            protocol = _PROTOCOLS[name]
            if protocol in push:
                section.refuse(
                    f"would be ignored: another reader pushes over {protocol}"
                )
            push[protocol] = partial(_push, section.below("periodic"), name, check)
        else:
            section.below("periodic").below("exporter").refuse(
                f"only {' or '.join(_PROTOCOLS)} can be pushed to"
            )
    if pull is None and not push:
        raise InvalidConfiguration(
            str(document.path),
            "needs a reader: pull: {exporter: {prometheus/development: {}}}",
            "meter_provider.readers",
        )
    return pull, push


@dataclass(frozen=True, slots=True)
class _Section:
    """A section of the file, with its place for refusals that name it."""

    path: Path
    key: str
    options: Mapping[str, Any]

    def below(self, name: str) -> _Section:
        """Return the section of that name, which is empty where there is none."""
        options = self.options.get(name)
        if not isinstance(options, dict):
            options = {}
        return _Section(self.path, f"{self.key}.{name}", options)

    def refuse(self, message: str) -> NoReturn:
        raise InvalidConfiguration(str(self.path), message, self.key)

    def refuse_unused(self, used: Collection[str], why: str) -> None:
        for name, value in self.options.items():
            if name not in used and value is not None:
                self.below(name).refuse(why)


def _pull(section: _Section, check: Callable[[], None]) -> Pull:
    check()
    exporter = section.below("exporter")
    if "prometheus/development" not in exporter.options:
        exporter.refuse("only prometheus/development can be served")
    why = (
        "has no meaning here and would be ignored: Django serves /metrics on its own "
        "address, with OpenTelemetry's default names and labels"
    )
    section.refuse_unused({"exporter", "cardinality_limits"}, why)
    options = exporter.below("prometheus/development")
    target_info, scope_info = "target_info_enabled/development", "scope_info_enabled"
    options.refuse_unused({target_info, scope_info}, why)
    return Pull(
        target_info=options.options.get(target_info) is not False,
        scope_info=options.options.get(scope_info) is not False,
        cardinality_limits=_limits(section),
    )


def _push(section: _Section, name: str, check: Callable[[], None]) -> Push:
    check()
    section.refuse_unused(
        {"exporter", "interval", "timeout", _BATCH, "cardinality_limits"},
        "has no meaning here and would be ignored",
    )
    exporter = section.below("exporter").below(name)
    options = exporter.options
    compression = (options.get("compression") or "none").lower()
    if compression not in _COMPRESSIONS:
        exporter.below("compression").refuse(
            f"{options['compression']!r} is not one of {', '.join(_COMPRESSIONS)}"
        )
    exporter.refuse_unused(
        {
            *("endpoint", "tls", "headers", "headers_list", "compression", "timeout"),
            *(key for key, done in _AS_IT_IS.items() if options.get(key) == done),
        },
        "has no meaning here: otel_sla pushes cumulative values as protobuf, and "
        "histograms with explicit buckets",
    )
    protocol = _PROTOCOLS[name]
    endpoint = _endpoint(options.get("endpoint"), protocol, exporter.below("endpoint"))
    ca_file, cert_file, key_file = _tls(exporter.below("tls"), endpoint)
    return Push(
        protocol=protocol,
        endpoint=endpoint,
        headers=_headers(exporter),
        compression=compression,
        ca_file=ca_file,
        cert_file=cert_file,
        key_file=key_file,
        interval=_seconds(section, "interval", _DEFAULT_INTERVAL, least=1_000),
        reading=_seconds(section, "timeout", _DEFAULT_READING),
        timeout=_seconds(exporter, "timeout", _DEFAULT_TIMEOUT),
        max_points=section.options.get(_BATCH) or _DEFAULT_POINTS,
        cardinality_limits=_limits(section),
        key=exporter.key,
    )


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


def _tls(section: _Section, endpoint: str) -> tuple[str | None, str | None, str | None]:
    options = section.options
    if options.get("insecure") and endpoint.startswith("https:"):
        section.below("insecure").refuse("contradicts the https of the endpoint")
    ca_file, cert_file, key_file = (
        options.get(name) or None for name in ("ca_file", "cert_file", "key_file")
    )
    if bool(cert_file) != bool(key_file):
        section.refuse("a client certificate needs both cert_file and key_file")
    return ca_file, cert_file, key_file


def _headers(section: _Section) -> Mapping[str, str]:
    listed = section.options.get("headers_list") or ""
    written = [one for one in listed.split(",") if one.strip()]
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
    pairs = section.options.get("headers") or []
    single = {one["name"]: one["value"] or "" for one in pairs}
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


def _seconds(section: _Section, name: str, default: int, *, least: int = 100) -> float:
    milliseconds = section.options.get(name)
    if milliseconds is None:
        milliseconds = default
    place = section.below(name)
    if isinstance(milliseconds, str):
        # In the words of the schema, by which a site's own file is refused.
        place.refuse(f"{milliseconds!r} is not of type 'integer', 'null'")
    if milliseconds < least:
        place.refuse(f"{milliseconds} milliseconds are too few: give {least} or more")
    return float(milliseconds) / 1_000


def _limits(section: _Section) -> dict[type, int]:
    written = section.below("cardinality_limits").options
    limits = {
        instrument: written.get(name) or written.get("default")
        for name, instrument in _LIMITED.items()
    }
    return {instrument: limit for instrument, limit in limits.items() if limit}
