"""A site's own configuration file, read by OpenTelemetry's schema of such files.

Schema and models are those of an experimental package that need not be installed; only
this module uses it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

from ..errors import InvalidConfiguration
from .document import Document
from .readers import exporter_of
from .substitution import substitute

_USED_SECTIONS = {"file_format", "disabled", "resource", "meter_provider"}
# Keys before what a reader says: meter_provider, readers, position, pull or periodic.
_READER_DEPTH = 4


@dataclass(frozen=True, slots=True)
class OwnDocument(Document):
    """A file that the site has written. `faults` are those of the schema in readers."""

    faults: Mapping[int, InvalidConfiguration]

    def check_reader(self, position: int) -> None:
        if position in self.faults:
            raise self.faults[position]

    def create_resource(self) -> Resource:
        from opentelemetry.configuration.file import create_resource

        section = self.content.get("resource")
        if not section:
            return create_resource(None)
        settled = {**section, "attributes": self._attributes()}
        return create_resource(self._model(resource=settled).resource)

    def create_provider(self, resource: Resource) -> MeterProvider:
        from opentelemetry.configuration.file import create_meter_provider

        # The readers are otel_sla's own.
        section = {**self.content["meter_provider"], "readers": []}
        model = self._model(meter_provider=section).meter_provider
        return create_meter_provider(model, resource)

    def _model(self, **sections: Any) -> Any:
        from opentelemetry.configuration.file import _loader

        return _loader._dict_to_model(
            {"file_format": self.content["file_format"], **sections}
        )


def read(text: str, path: Path) -> OwnDocument:
    """Return what the file says. Raises InvalidConfiguration.

    A fault in what a reader says waits until that reader is wanted.
    """
    schema = _schema(path)
    root = yaml.compose(text)
    _refuse_unknown_sections(root, schema, path)
    written = yaml.safe_load(text)
    content = substitute(written, schema)
    faults = _faults(content, schema, path)
    if None in faults:
        raise faults[None]
    _refuse_unknown_version(content, path)
    return OwnDocument(
        path,
        written,
        content,
        {at: one for at, one in faults.items() if at is not None},
    )


def _schema(path: Path) -> Mapping[str, Any]:
    """Return the schema. Raises InvalidConfiguration if the package is missing."""
    try:
        from opentelemetry.configuration.file import _loader
    except ImportError as error:
        raise InvalidConfiguration(
            str(path),
            "a configuration file of the site's own needs a package that is not "
            f"installed ({error}): pip install 'otel-sla[config]', or remove the file "
            "to use the one that comes with otel_sla",
        ) from None
    schema: Mapping[str, Any] = _loader._get_schema()
    return schema


def _faults(
    content: Any, schema: Mapping[str, Any], path: Path
) -> Mapping[int | None, InvalidConfiguration]:
    """Return what violates the schema: by the reader in which it does, or None.

    The package's own function validates its schema, too, each time: a tenth of a
    second at the start of every process.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    errors: dict[int | None, list[Any]] = {}
    for error in Draft202012Validator(schema).iter_errors(content):
        at = list(error.absolute_path)
        errors.setdefault(_reader_at(at, content), []).append(error)
    return {at: _refusal(best_match(found), path) for at, found in errors.items()}


def _reader_at(steps: Sequence[str | int], content: Any) -> int | None:
    """Return the position of the reader in whose section a place of the file is."""
    if steps[:2] != ["meter_provider", "readers"] or len(steps) < _READER_DEPTH:
        return None
    position = int(steps[2])
    reader = content["meter_provider"]["readers"][position]
    return position if exporter_of(reader) else None


def _refusal(error: Any, path: Path) -> InvalidConfiguration:
    steps = error.absolute_path
    key = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in steps)
    prefix = "" if key else "Configuration does not match schema: "
    message = f"{prefix}{error.message}"
    return InvalidConfiguration(str(path), message, key.removeprefix("."))


def _refuse_unknown_version(content: dict[str, Any], path: Path) -> None:
    from opentelemetry.configuration import ConfigurationError
    from opentelemetry.configuration.file import _loader

    try:
        _loader._validate_file_format(content)
    except ConfigurationError as error:
        raise InvalidConfiguration(str(path), str(error)) from None


def _refuse_unknown_sections(
    root: yaml.Node | None, schema: Mapping[str, Any], path: Path
) -> None:
    """Refuse keys at the top that the package would ignore."""
    if not isinstance(root, yaml.MappingNode):
        raise InvalidConfiguration(str(path), "must be a mapping with file_format")
    _refuse_duplicates(root, path)
    known = schema["properties"]
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
