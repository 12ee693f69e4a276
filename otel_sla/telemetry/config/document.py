"""What a configuration file says, and what its resource section comes to."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource

from ..errors import InvalidConfiguration
from .substitution import convert, is_fallback, references

# Types of attributes: in the schema, and in Python.
_TYPES: Mapping[str, tuple[str, tuple[type, ...]]] = {
    "int": ("integer", (int,)),
    "double": ("number", (int, float)),
    "bool": ("boolean", (bool,)),
}


@dataclass(frozen=True, slots=True)
class Document(ABC):
    """A configuration file: as it is written, and with its variables replaced."""

    path: Path
    written: Mapping[str, Any]
    content: Mapping[str, Any]

    @property
    def named(self) -> set[str]:
        """The environment variables that the file names."""
        return set(references(self.written))

    @property
    def is_disabled(self) -> bool:
        return bool(self.content.get("disabled"))

    @property
    def readers(self) -> list[Any]:
        return list((self.content.get("meter_provider") or {}).get("readers") or [])

    @abstractmethod
    def check_reader(self, position: int) -> None:
        """Raise InvalidConfiguration if the reader there violates the schema."""

    @abstractmethod
    def create_resource(self) -> Resource:
        """Return the resource. Raises InvalidConfiguration, or whatever comes up."""

    @abstractmethod
    def create_provider(self, resource: Resource) -> MeterProvider:
        """Return a new provider without readers. Raises as create_resource() does."""

    def _attributes_list(self) -> dict[str, str]:
        """Return the pairs of `attributes_list`, as they are encoded there."""
        listed = {}
        resource = self.content.get("resource") or {}
        for part in (resource.get("attributes_list") or "").split(","):
            name, equals, value = part.partition("=")
            if equals and name.strip():
                listed[name.strip()] = value.strip()
            elif part.strip():
                # The package would leave it out, with a warning.
                self._refuse(
                    f"{part.strip()!r} is not of the form name=value",
                    "resource.attributes_list",
                )
        return listed

    def _attributes(self) -> list[dict[str, Any]]:
        """Return those of `attributes` that override `attributes_list`, with types.

        What the file says without a variable, or a variable that is set, overrides the
        list, as in any declarative configuration. A fallback does not.
        """
        listed = self._attributes_list()
        settled = []
        sections = (one.get("resource") or {} for one in (self.content, self.written))
        attributes = zip(
            *(one.get("attributes") or [] for one in sections), strict=True
        )
        for position, (attribute, as_written) in enumerate(attributes):
            value = attribute.get("value")
            is_listed = listed.get(attribute["name"])
            if value is None or (is_fallback(as_written.get("value")) and is_listed):
                continue
            key = f"resource.attributes[{position}].value"
            settled.append({**attribute, "value": self._typed(attribute, key)})
        return settled

    def _typed(self, attribute: Mapping[str, Any], key: str) -> Any:
        """Return the attribute's value as the type that it declares."""
        value, kind = attribute["value"], str(attribute.get("type"))
        if kind not in _TYPES:
            return value
        name, types = _TYPES[kind]
        converted = convert(value, {name}) if isinstance(value, str) else value
        if type(converted) not in types:
            self._refuse(f"{value!r} is not of type {kind!r}", key)
        return converted

    def _refuse(self, message: str, key: str = "") -> NoReturn:
        raise InvalidConfiguration(str(self.path), message, key)
