"""The configuration file that comes with otel_sla: it needs no package to be read.

The schema of OpenTelemetry's files costs a process 0.15 s of CPU when it starts. What
can be wrong in this file comes from the variables that it names.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml
from opentelemetry.sdk.metrics import (
    AlwaysOffExemplarFilter,
    AlwaysOnExemplarFilter,
    ExemplarFilter,
    MeterProvider,
    TraceBasedExemplarFilter,
)
from opentelemetry.sdk.resources import (
    SERVICE_NAME,
    TELEMETRY_SDK_LANGUAGE,
    TELEMETRY_SDK_NAME,
    TELEMETRY_SDK_VERSION,
    Resource,
)
from opentelemetry.sdk.version import __version__ as sdk_version

from .document import Document
from .substitution import substitute

_FILTERS: Mapping[str, Callable[[], ExemplarFilter]] = {
    "always_on": AlwaysOnExemplarFilter,
    "always_off": AlwaysOffExemplarFilter,
    "trace_based": TraceBasedExemplarFilter,
}
_MILLISECONDS = {"type": "integer"}
_EXPORTER = {"properties": {"timeout": _MILLISECONDS}}
_PERIODIC = {
    "interval": _MILLISECONDS,
    "timeout": _MILLISECONDS,
    "exporter": {"properties": {"otlp_http": _EXPORTER, "otlp_grpc": _EXPORTER}},
}
_READER = {"properties": {"periodic": {"properties": _PERIODIC}}}
_PROVIDER = {
    "exemplar_filter": {"enum": list(_FILTERS)},
    "readers": {"items": _READER},
}
# The part of OpenTelemetry's schema about variables of the file that are not text.
_SCHEMA = {"properties": {"meter_provider": {"properties": _PROVIDER}}}


class ShippedDocument(Document):
    """The file that comes with otel_sla, or a copy of it."""

    def check_reader(self, position: int) -> None:
        """Leave it to those who read its options: the file itself is right."""

    def create_resource(self) -> Resource:
        of_sdk = {
            TELEMETRY_SDK_LANGUAGE: "python",
            TELEMETRY_SDK_NAME: "opentelemetry",
            TELEMETRY_SDK_VERSION: sdk_version,
        }
        listed = {name: unquote(one) for name, one in self._attributes_list().items()}
        declared = {one["name"]: one["value"] for one in self._attributes()}
        return Resource({**of_sdk, SERVICE_NAME: "", **listed, **declared})

    def create_provider(self, resource: Resource) -> MeterProvider:
        written = self.content["meter_provider"]["exemplar_filter"]
        if written not in _FILTERS:
            # Worded as the schema's own refusal of a site's own file.
            self._refuse(
                f"{written!r} is not one of {list(_FILTERS)}",
                "meter_provider.exemplar_filter",
            )
        return MeterProvider(resource=resource, exemplar_filter=_FILTERS[written]())


def read(text: str, path: Path) -> ShippedDocument:
    """Return what the file says."""
    written: Any = yaml.safe_load(text)
    return ShippedDocument(path, written, substitute(written, _SCHEMA))
