"""OpenTelemetry's environment variables: what they choose, and which are refused.

What otel-config.yaml names is read there. Here are the variables that no file can
name, and those that would otherwise be ignored without a word.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from ...conf import SHIPPED_CONFIG_FILE, variable
from ...logs import get_logger
from ..errors import InvalidConfiguration

logger = get_logger(__name__)

EXPORTERS = ("prometheus", "otlp", "none")
PROTOCOLS = ("http/protobuf", "grpc")
_OF_METRICS = "OTEL_EXPORTER_OTLP_METRICS_"
_PROTOCOL_VARIABLES = (f"{_OF_METRICS}PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OF_PUSHING = ("OTEL_METRIC_EXPORT_INTERVAL", "OTEL_METRIC_EXPORT_TIMEOUT")
_OF_THE_PROVIDER = ("OTEL_METRICS_EXEMPLAR_FILTER",)
# Applies to endpoints without a scheme, which no reader of ours has.
_MOOT = (f"{_OF_METRICS}INSECURE",)


@dataclass(frozen=True, slots=True)
class _Limited:
    """A variable with few values that otel_sla can honour, or none.

    `only_for` is the exporter it concerns; None: the provider.
    """

    name: str
    reason: str
    accepted: tuple[str, ...] = ()
    only_for: str | None = None


_DETECTORS = "list resource detectors under resource.detection/development in"
_ADDRESS = "remove it, because Django serves /metrics on its own address"
_CREDENTIALS = "send the credentials as one of the exporter's headers, named in"
_LIMITED = (
    _Limited(
        f"{_OF_METRICS}TEMPORALITY_PREFERENCE",
        "otel_sla pushes cumulative values only",
        ("cumulative",),
        "otlp",
    ),
    _Limited(
        f"{_OF_METRICS}DEFAULT_HISTOGRAM_AGGREGATION",
        "otel_sla pushes histograms with explicit buckets only",
        ("explicit_bucket_histogram",),
        "otlp",
    ),
    *(
        _Limited(
            f"OTEL_PYTHON_EXPORTER_OTLP_{protocol}_{signal}CREDENTIAL_PROVIDER",
            _CREDENTIALS,
            only_for="otlp",
        )
        for protocol in ("HTTP", "GRPC")
        for signal in ("", "METRICS_")
    ),
    _Limited("OTEL_EXPORTER_PROMETHEUS_HOST", _ADDRESS, only_for="prometheus"),
    _Limited("OTEL_EXPORTER_PROMETHEUS_PORT", _ADDRESS, only_for="prometheus"),
    _Limited("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", _DETECTORS, ("otel",)),
    _Limited("OTEL_RESOURCE_DETECTORS", _DETECTORS, ("otel",)),
    _Limited(
        "OTEL_PYTHON_METER_CONFIGURATOR",
        "write meter_provider.meter_configurator/development in",
    ),
)


def chosen_exporters() -> list[str]:
    """Return what OTEL_METRICS_EXPORTER chooses. Raises InvalidConfiguration."""
    written = variable("OTEL_METRICS_EXPORTER") or "prometheus"
    chosen = [part.strip().lower() for part in written.split(",")]
    for name in chosen:
        if name not in EXPORTERS:
            raise InvalidConfiguration(
                "OTEL_METRICS_EXPORTER",
                f"unknown exporter {name!r}: use {' or '.join(EXPORTERS)}",
            )
    if "none" in chosen:
        if len(chosen) > 1:
            raise InvalidConfiguration(
                "OTEL_METRICS_EXPORTER", "none can't be combined with another exporter"
            )
        return []
    return chosen


def chosen_protocol() -> tuple[str, str]:
    """Return the OTLP protocol that is asked for, and the variable that asks for it.

    Both are empty if none does. Raises InvalidConfiguration.
    """
    for name in _PROTOCOL_VARIABLES:
        written = variable(name).lower()
        if written and written not in PROTOCOLS:
            raise InvalidConfiguration(
                name, f"unknown protocol {written!r}: use {' or '.join(PROTOCOLS)}"
            )
        if written:
            return written, name
    return "", ""


def is_sdk_disabled() -> bool:
    """Return whether OTEL_SDK_DISABLED is true; warn if it is not false either."""
    written = variable("OTEL_SDK_DISABLED").lower()
    if written not in ("", "true", "false"):
        logger.warning("OTEL_SDK_DISABLED is %r, which means false: use true", written)
    return written == "true"


def refuse_ignored(
    path: Path, named: Collection[str], exporters: Collection[str], *, provider: bool
) -> None:
    """Refuse each variable about metrics that would have no effect.

    `named` are those that the file names; `provider` says whether the MeterProvider
    will be ours. Raises InvalidConfiguration.
    """
    file = str(path)
    if path == SHIPPED_CONFIG_FILE:
        file = 'a file of your own, OTEL_SLA["CONFIG_FILE"]'
    for one in _LIMITED:
        concerned = one.only_for in exporters if one.only_for else provider
        written = variable(one.name)
        ignored = written and written.lower() not in one.accepted
        if concerned and ignored and one.name not in named:
            where = f" {file}" if one.reason.endswith(" in") else ""
            accepted = "".join(f"use {each}, or unset it: " for each in one.accepted)
            raise InvalidConfiguration(
                one.name, f"{written!r} has no effect: {accepted}{one.reason}{where}"
            )
    known = {*named, *_PROTOCOL_VARIABLES, *_MOOT, *(one.name for one in _LIMITED)}
    for name in sorted(os.environ):
        pushing = name.startswith(_OF_METRICS) or name in _OF_PUSHING
        concerned = pushing and "otlp" in exporters
        if name in _OF_THE_PROVIDER:
            concerned = provider
        if concerned and name not in known and variable(name):
            general = name.replace("_METRICS", "")
            instead = f"set {general}, or " if general in named else ""
            raise InvalidConfiguration(
                name, f"would be ignored: {instead}name it in {file}"
            )
