"""Read otel-config.yaml: an OpenTelemetry declarative configuration file.

The configuration package is experimental; this module and declared.py are all that
know it.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from opentelemetry.configuration import ConfigurationError, load_config_file, models
from opentelemetry.configuration.file import create_meter_provider, create_resource
from opentelemetry.sdk.metrics import MeterProvider

from . import declared
from .invalid import InvalidConfiguration
from .readers import Pull, Push, Readers

EXPORTERS = ("prometheus", "otlp", "none")
PROTOCOLS = ("http/protobuf", "grpc")
_PROTOCOL_VARIABLES = (
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
)
_STEPS = re.compile(r"[^.\[\]]+")
_VARIABLE = re.compile(r"\$\{(?:env:)?(\w+)")
_USED_SECTIONS = {
    "file_format",
    "disabled",
    "log_level",
    "resource",
    "meter_provider",
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the file and the environment ask for."""

    path: Path
    disabled: bool
    pull: Pull | None
    push: Push | None
    _declared: models.OpenTelemetryConfiguration

    def create_provider(self) -> MeterProvider:
        """Return a new provider with the file's resource and views, and no reader.

        Raises InvalidConfiguration.
        """
        section = self._declared.meter_provider
        key = "resource"
        try:
            resource = create_resource(self._declared.resource)
            key = "meter_provider"
            return create_meter_provider(
                replace(section, readers=[]) if section else None, resource
            )
        except Exception as error:
            # The package raises whatever comes up, bare Exception among it.
            raise InvalidConfiguration(str(self.path), str(error), key) from None


def chosen_exporters() -> list[str]:
    """Return what OTEL_METRICS_EXPORTER chooses. Raises InvalidConfiguration."""
    written = os.environ.get("OTEL_METRICS_EXPORTER", "") or "prometheus"
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


def load(path: Path, exporters: Sequence[str] | None = None) -> Configuration:
    """Read the file and choose its readers. Raises InvalidConfiguration.

    `exporters` takes the place of what OTEL_METRICS_EXPORTER chooses.
    """
    try:
        return _load(path, exporters)
    except InvalidConfiguration as error:
        variables = _variables_at(error.key, path)
        if not variables:
            raise
        message = f"{error.message} (set by {', '.join(variables)})"
        raise InvalidConfiguration(error.source, message, error.key) from None


def _load(path: Path, exporters: Sequence[str] | None) -> Configuration:
    file = _load_file(path)
    _refuse_odd_attributes(file, path)
    declared_readers = declared.read(file, path)
    chosen = chosen_exporters() if exporters is None else exporters
    if "prometheus" in chosen and declared_readers.pull is None:
        raise _undeclared(path, "pull: {exporter: {prometheus/development: {}}}")
    sdk_disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return Configuration(
        path=path,
        disabled=bool(file.disabled) or sdk_disabled,
        pull=declared_readers.pull if "prometheus" in chosen else None,
        push=_chosen_push(declared_readers, path) if "otlp" in chosen else None,
        _declared=file,
    )


def _variables_at(key: str, path: Path) -> list[str]:
    """Return the environment's variables that a value of the file is made of."""
    if not key:
        return []
    node: yaml.Node | None = _compose(path)
    for part in _STEPS.findall(key):
        if isinstance(node, yaml.SequenceNode) and part.isdigit():
            node = node.value[int(part)]
        elif isinstance(node, yaml.MappingNode):
            node = next(
                (value for name, value in node.value if name.value == part), None
            )
        else:
            return []
    written = node.value if isinstance(node, yaml.ScalarNode) else ""
    return [name for name in _VARIABLE.findall(written) if name in os.environ]


def _refuse_odd_attributes(file: models.OpenTelemetryConfiguration, path: Path) -> None:
    """What is not of the form name=value the package leaves out, with a warning."""
    listed = (file.resource and file.resource.attributes_list) or ""
    for part in listed.split(","):
        name, equals, _ = part.partition("=")
        if part.strip() and not (equals and name.strip()):
            raise InvalidConfiguration(
                str(path),
                f"{part.strip()!r} is not of the form name=value",
                "resource.attributes_list",
            )


def _chosen_push(declared_readers: Readers, path: Path) -> Push:
    """The OTLP reader of the protocol that the environment names, or the first."""
    _refuse_unread_variables(path)
    for variable in _PROTOCOL_VARIABLES:
        written = os.environ.get(variable, "").strip().lower()
        if written and written not in PROTOCOLS:
            raise InvalidConfiguration(
                variable, f"unknown protocol {written!r}: use {' or '.join(PROTOCOLS)}"
            )
        for protocol, push in declared_readers.push.items():
            if protocol == written:
                return push()
        if written:
            raise _undeclared(path, f"an OTLP reader for {variable}={written}")
    for push in declared_readers.push.values():
        return push()
    raise _undeclared(path, "periodic: {exporter: {otlp_http: {}}}")


def _refuse_unread_variables(path: Path) -> None:
    """A variable of the standard that the file does not name would do nothing."""
    text = path.read_text("utf-8-sig")
    for name in sorted(os.environ):
        if (
            name.startswith("OTEL_EXPORTER_OTLP_METRICS_")
            and name not in _PROTOCOL_VARIABLES
            and name not in text
        ):
            general = name.replace("_METRICS", "")
            raise InvalidConfiguration(
                name, f"would be ignored: name it in {path}, or set {general}"
            )


def _undeclared(path: Path, what: str) -> InvalidConfiguration:
    return InvalidConfiguration(
        str(path),
        f"is asked to use a reader it lacks: {what}",
        "meter_provider.readers",
    )


def _load_file(path: Path) -> models.OpenTelemetryConfiguration:
    _refuse_unknown_sections(path)
    try:
        with _quiet_loader():
            return load_config_file(path)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, error) from None
    except ConfigurationError as error:
        # A schema violation has the way to the key; the package's text buries it.
        cause: Any = error.__cause__
        key = _key(getattr(cause, "absolute_path", ()))
        message = getattr(cause, "message", None) if key else None
        raise InvalidConfiguration(str(path), message or str(error), key) from None


def _refuse_unknown_sections(path: Path) -> None:
    """The package passes over unknown keys at the top without a word."""
    root = _compose(path)
    if not isinstance(root, yaml.MappingNode):
        raise InvalidConfiguration(str(path), "must be a mapping with file_format")
    _refuse_duplicates(root, path)
    known = {
        name.replace("_development", "/development")
        for name in models.OpenTelemetryConfiguration.__dataclass_fields__
    }
    for key, _ in root.value:
        name = str(key.value)
        if name not in known:
            raise InvalidConfiguration(
                str(path), f"unknown key: known are {', '.join(sorted(known))}", name
            )
        if name not in _USED_SECTIONS:
            raise InvalidConfiguration(
                str(path),
                "otel_sla sets up metrics only and would ignore this section: remove "
                "it, or let opentelemetry-instrument set up the whole SDK",
                name,
            )


def _compose(path: Path) -> yaml.Node | None:
    """Return the file's nodes, with the variables as they are written."""
    try:
        root: yaml.Node | None = yaml.compose(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise _unreadable(path, error) from None
    return root


def _refuse_duplicates(node: yaml.Node, path: Path, within: str = "") -> None:
    """Of two alike the package takes the last without a word."""
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            _refuse_duplicates(item, path, f"{within}[{position}]")
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            name = f"{within}.{key.value}" if within else str(key.value)
            if not isinstance(key, yaml.ScalarNode) or name in seen:
                line = key.start_mark.line + 1
                raise InvalidConfiguration(
                    str(path), f"line {line}: a second one, or no plain key", name
                )
            seen.add(name)
            _refuse_duplicates(value, path, name)


def _unreadable(path: Path, error: Exception) -> InvalidConfiguration:
    if isinstance(error, FileNotFoundError):
        return InvalidConfiguration(
            str(path),
            'does not exist: name another in OTEL_SLA["CONFIG_FILE"], or leave that '
            "out for the one that comes with otel_sla",
        )
    if isinstance(error, OSError):
        return InvalidConfiguration(str(path), f"can't be read: {error.strerror}")
    return InvalidConfiguration(str(path), f"is no YAML: {error}")


def _key(path: Any) -> str:
    key = ""
    for part in path:
        key += f"[{part}]" if isinstance(part, int) else f".{part}" if key else part
    return key


@contextmanager
def _quiet_loader() -> Iterator[None]:
    """The loader logs, with a traceback, what it also raises."""
    loader = logging.getLogger("opentelemetry.configuration.file._loader")
    before, loader.disabled = loader.disabled, True
    try:
        yield
    finally:
        loader.disabled = before
