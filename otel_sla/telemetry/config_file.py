"""Read otel-config.yaml: an OpenTelemetry declarative configuration file.

The configuration package is experimental; only this module and config_readers.py use
it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from opentelemetry.configuration import ConfigurationError, models
from opentelemetry.configuration.file import (
    _loader,
    create_meter_provider,
    create_resource,
)
from opentelemetry.metrics import get_meter_provider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

from ..conf import CONFIG_FILE_VARIABLES, variable
from . import config_readers
from .config_substitution import convert, is_fallback, references, substitute
from .errors import InvalidConfiguration
from .reader_options import Protocol, Pull, Push
from .standard_variables import (
    chosen_exporters,
    chosen_protocol,
    is_sdk_disabled,
    refuse_ignored,
)

_STEPS = re.compile(r"[^.\[\]]+")
# Types of attributes: in the schema, and in Python.
_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "int": ("integer", (int,)),
    "double": ("number", (int, float)),
    "bool": ("boolean", (bool,)),
}

_USED_SECTIONS = {
    "file_format",
    "disabled",
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

    def create_resource(self) -> Resource:
        """Return the resource that the file declares. Raises InvalidConfiguration."""
        with self._refusals_of("resource"):
            return create_resource(self._declared.resource)

    def create_provider(self, resource: Resource | None = None) -> MeterProvider:
        """Return a new provider with the file's views and no reader.

        `resource` is what create_resource() has returned, if it is needed elsewhere.
        Raises InvalidConfiguration.
        """
        section = self._declared.meter_provider
        if resource is None:
            resource = self.create_resource()
        with self._refusals_of("meter_provider"):
            return create_meter_provider(
                replace(section, readers=[]) if section else None, resource
            )

    @contextmanager
    def _refusals_of(self, key: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # The package raises whatever comes up, bare Exception among it.
            raise InvalidConfiguration(str(self.path), str(error), key) from None


def load(path: Path, exporters: Sequence[str] | None = None) -> Configuration:
    """Read the file and choose its readers. Raises InvalidConfiguration.

    `exporters` takes the place of what OTEL_METRICS_EXPORTER chooses.
    """
    try:
        return _load(path, exporters)
    except InvalidConfiguration as error:
        notes = [f"set by {name}" for name in _variables_at(error.key, path)]
        notes += [
            f"{name} names this file"
            for name in CONFIG_FILE_VARIABLES
            if variable(name) == error.source
        ]
        if not notes:
            raise
        message = f"{error.message} ({', '.join(notes)})"
        raise InvalidConfiguration(error.source, message, error.key) from None


def _load(path: Path, exporters: Sequence[str] | None) -> Configuration:
    file, named = _load_file(path)
    pull, pushes = config_readers.read(file, path)
    chosen = chosen_exporters() if exporters is None else exporters
    disabled = bool(file.disabled) or is_sdk_disabled()
    if not disabled:
        # A provider that is set already has read the variables about it itself.
        ours = not isinstance(get_meter_provider(), MeterProvider)
        refuse_ignored(path, named, chosen, provider=ours)
    if "prometheus" in chosen and pull is None:
        raise _undeclared(path, "pull: {exporter: {prometheus/development: {}}}")
    return Configuration(
        path=path,
        disabled=disabled,
        pull=pull if "prometheus" in chosen else None,
        push=_chosen_push(pushes, path) if "otlp" in chosen else None,
        _declared=file,
    )


def _variables_at(key: str, path: Path) -> list[str]:
    """Return the environment variables that a value of the file is made of."""
    if not key:
        return []
    node: Any = yaml.compose(path.read_text("utf-8-sig"))
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
    return [name for name in references(written) if variable(name)]


def _chosen_push(pushes: Mapping[Protocol, Callable[[], Push]], path: Path) -> Push:
    written, name = chosen_protocol()
    for protocol, push in pushes.items():
        if written in ("", protocol):
            return push()
    if written:
        raise _undeclared(path, f"an OTLP reader for {name}={written}")
    raise _undeclared(path, "periodic: {exporter: {otlp_http: {}}}")


def _undeclared(path: Path, what: str) -> InvalidConfiguration:
    return InvalidConfiguration(
        str(path),
        f"is asked to use a reader it lacks: {what}",
        "meter_provider.readers",
    )


def _load_file(path: Path) -> tuple[models.OpenTelemetryConfiguration, set[str]]:
    """Return what the file says, and the variables that it names."""
    try:
        text = path.read_text("utf-8-sig")
        _refuse_unknown_sections(yaml.compose(text), path)
        written = yaml.safe_load(text)
        content = substitute(written, _loader._get_schema())
    except FileNotFoundError:
        raise InvalidConfiguration(
            str(path),
            'does not exist: name another in OTEL_SLA["CONFIG_FILE"], or leave that '
            "out for the one that comes with otel_sla",
        ) from None
    except OSError as error:
        message = f"can't be read: {error.strerror}"
        raise InvalidConfiguration(str(path), message) from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise InvalidConfiguration(str(path), f"is not valid YAML: {error}") from None
    try:
        _validate(content, path)
        _loader._validate_file_format(content)
        if content.get("resource"):
            _settle_attributes(content["resource"], written["resource"], path)
        return _loader._dict_to_model(content), set(references(written))
    except (ConfigurationError, TypeError, ValueError) as error:
        raise InvalidConfiguration(str(path), str(error)) from None


def _validate(content: dict[str, Any], path: Path) -> None:
    """Raise InvalidConfiguration where the content violates the schema.

    The package's own function validates its schema, too, each time: a tenth of a
    second at the start of every process.
    """
    validator = Draft202012Validator(_loader._get_schema())
    error = best_match(validator.iter_errors(content))
    if error is not None:
        steps = error.absolute_path
        key = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in steps)
        prefix = "" if key else "Configuration does not match schema: "
        message = f"{prefix}{error.message}"
        raise InvalidConfiguration(str(path), message, key.removeprefix("."))


def _settle_attributes(
    resource: dict[str, Any], written: dict[str, Any], path: Path
) -> None:
    """Let `attributes_list` override the fallbacks of `attributes`, and apply types.

    What the file says without a variable, or a variable that is set, overrides the
    list, as in any declarative configuration.
    """
    listed = {}
    for part in (resource.get("attributes_list") or "").split(","):
        name, equals, value = part.partition("=")
        if part.strip() and not (equals and name.strip()):
            # The package would leave it out, with a warning.
            raise InvalidConfiguration(
                str(path),
                f"{part.strip()!r} is not of the form name=value",
                "resource.attributes_list",
            )
        listed[name.strip()] = value.strip()
    settled = []
    attributes = zip(
        resource.get("attributes") or [], written.get("attributes") or [], strict=True
    )
    for position, (attribute, as_written) in enumerate(attributes):
        if is_fallback(as_written.get("value")) and listed.get(attribute["name"]):
            continue
        key = f"resource.attributes[{position}].value"
        settled.append({**attribute, "value": _typed(attribute, path, key)})
    resource["attributes"] = settled


def _typed(attribute: dict[str, Any], path: Path, key: str) -> Any:
    """Return the attribute's value as the type that it declares."""
    value, kind = attribute.get("value"), str(attribute.get("type"))
    if value is None or kind not in _TYPES:
        return value
    name, types = _TYPES[kind]
    converted = convert(value, {name}) if isinstance(value, str) else value
    if type(converted) not in types:
        raise InvalidConfiguration(str(path), f"{value!r} is not of type {kind!r}", key)
    return converted


def _refuse_unknown_sections(root: yaml.Node | None, path: Path) -> None:
    """Refuse keys at the top that the package would ignore."""
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
                'it, or name a file without it in OTEL_SLA["CONFIG_FILE"]',
                name,
            )


def _refuse_duplicates(node: yaml.Node, path: Path, within: str = "") -> None:
    """Refuse keys that are there twice, of which the package would take the last."""
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
