"""Check the readers that otel-config.yaml declares, and return their options.

What would be ignored is refused by its key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)

from ..errors import InvalidConfiguration
from .document import Document
from .exporter import endpoint_of, headers_of, tls_files
from .reader_options import Protocol, Pull, Push
from .section import Section

_PROTOCOLS: Mapping[str, Protocol] = {
    "otlp_http": "http/protobuf",
    "otlp_grpc": "grpc",
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
        section = Section(document.path, key, reader)
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


def _pull(section: Section, check: Callable[[], None]) -> Pull:
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


def _push(section: Section, name: str, check: Callable[[], None]) -> Push:
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
    endpoint = endpoint_of(
        options.get("endpoint"), protocol, exporter.below("endpoint")
    )
    ca_file, cert_file, key_file = tls_files(exporter.below("tls"), endpoint)
    return Push(
        protocol=protocol,
        endpoint=endpoint,
        headers=headers_of(exporter),
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


def _seconds(section: Section, name: str, default: int, *, least: int = 100) -> float:
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


def _limits(section: Section) -> dict[type, int]:
    written = section.below("cardinality_limits").options
    limits = {
        instrument: written.get(name) or written.get("default")
        for name, instrument in _LIMITED.items()
    }
    return {instrument: limit for instrument, limit in limits.items() if limit}
