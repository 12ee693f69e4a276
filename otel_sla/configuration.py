"""Read otel-config.yaml: an OpenTelemetry declarative configuration file.

The configuration package is experimental; this module is all that knows it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ImproperlyConfigured
from opentelemetry.configuration import ConfigurationError, load_config_file
from opentelemetry.configuration import models as declared
from opentelemetry.configuration.file import create_meter_provider, create_resource
from opentelemetry.sdk.metrics import (
    Counter,
    Histogram,
    MeterProvider,
    ObservableCounter,
    ObservableGauge,
    ObservableUpDownCounter,
    UpDownCounter,
)

EXPORTERS = ("prometheus", "none")
_USED_SECTIONS = {
    "file_format",
    "disabled",
    "log_level",
    "resource",
    "meter_provider",
}
_LIMITED = {
    "counter": Counter,
    "histogram": Histogram,
    "observable_counter": ObservableCounter,
    "observable_gauge": ObservableGauge,
    "observable_up_down_counter": ObservableUpDownCounter,
    "up_down_counter": UpDownCounter,
}


class InvalidConfiguration(ImproperlyConfigured):
    """The configuration can't be used. Names the file, or the variable, and the key."""

    def __init__(self, source: str, message: str, key: str = "") -> None:
        super().__init__(": ".join(filter(None, (source, key, message))))


@dataclass(frozen=True, slots=True)
class Pull:
    """The pull reader as the file declares it."""

    target_info: bool
    scope_info: bool
    cardinality_limits: Mapping[type, int]


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the file and the environment ask for."""

    path: Path
    disabled: bool
    pull: Pull | None
    _declared: declared.OpenTelemetryConfiguration

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


def load(path: Path) -> Configuration:
    """Read the file and choose its readers. Raises InvalidConfiguration."""
    file = _load_file(path)
    pull = _pull(file, path)
    sdk_disabled = os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return Configuration(
        path=path,
        disabled=bool(file.disabled) or sdk_disabled,
        pull=pull if "prometheus" in chosen_exporters() else None,
        _declared=file,
    )


def _load_file(path: Path) -> declared.OpenTelemetryConfiguration:
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
    try:
        root = yaml.compose(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise _unreadable(path, error) from None
    if not isinstance(root, yaml.MappingNode):
        raise InvalidConfiguration(str(path), "must be a mapping with file_format")
    _refuse_duplicates(root, path)
    known = {
        name.replace("_development", "/development")
        for name in declared.OpenTelemetryConfiguration.__dataclass_fields__
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
            'does not exist: create it, or name another in OTEL_SLA["CONFIG_FILE"]',
        )
    if isinstance(error, OSError):
        return InvalidConfiguration(str(path), f"can't be read: {error.strerror}")
    return InvalidConfiguration(str(path), f"is no YAML: {error}")


def _pull(file: declared.OpenTelemetryConfiguration, path: Path) -> Pull:
    readers = file.meter_provider.readers if file.meter_provider else []
    if not readers:
        raise InvalidConfiguration(
            str(path),
            "needs a reader: pull: {exporter: {prometheus/development: {}}}",
            "meter_provider.readers",
        )
    for position, reader in enumerate(readers):
        if reader.pull is None or position:
            raise InvalidConfiguration(
                str(path),
                "would be ignored: otel_sla serves one pull reader and starts no "
                "other; remove it, or attach it to a MeterProvider of the site's own",
                f"meter_provider.readers[{position}]",
            )
    return _served(readers[0].pull, path)


def _served(pull: Any, path: Path) -> Pull:
    key = "meter_provider.readers[0].pull"
    options = pull.exporter.prometheus_development
    if options is None:
        raise InvalidConfiguration(
            str(path), "only prometheus/development can be served", f"{key}.exporter"
        )
    _refuse_ignored(pull, {"exporter", "cardinality_limits"}, path, key)
    used = {"target_info_enabled_development", "scope_info_enabled"}
    _refuse_ignored(options, used, path, f"{key}.exporter.prometheus/development")
    return Pull(
        target_info=options.target_info_enabled_development is not False,
        scope_info=options.scope_info_enabled is not False,
        cardinality_limits=_limits(pull.cardinality_limits),
    )


def _refuse_ignored(section: Any, used: set[str], path: Path, key: str) -> None:
    for name in section.__dataclass_fields__:
        if name not in used and getattr(section, name) is not None:
            raise InvalidConfiguration(
                str(path),
                "has no meaning here and would be ignored: Django serves /metrics on "
                "its own address, with OpenTelemetry's default names and labels",
                f"{key}.{name}",
            )


def _limits(declared_limits: Any) -> dict[type, int]:
    default = getattr(declared_limits, "default", None)
    limits = {
        instrument: getattr(declared_limits, name, None) or default
        for name, instrument in _LIMITED.items()
    }
    return {instrument: limit for instrument, limit in limits.items() if limit}


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
