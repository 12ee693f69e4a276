"""Replace ${VARIABLE:-fallback} in a configuration file by environment variables.

The file's schema decides what a substituted value becomes, not how the value looks:
it stays text where text is allowed, so that a version 1.10 is not the number 1.1.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...conf import variable

_REFERENCE = re.compile(r"\$\$|\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
_BOOLEANS = {"true": True, "false": False}

Schema = Mapping[str, Any]


def references(written: Any) -> Iterator[str]:
    """Yield the variables that a value of the file, or anything below it, names."""
    if isinstance(written, dict):
        written = list(written.values())
    if isinstance(written, list):
        for one in written:
            yield from references(one)
    elif isinstance(written, str):
        yield from (found[1] for found in _REFERENCE.finditer(written) if found[1])


def is_fallback(written: Any) -> bool:
    """Return whether a value is a single reference whose variable is unset."""
    found = _REFERENCE.fullmatch(written) if isinstance(written, str) else None
    return bool(found and found[1] and not variable(found[1]))


def substitute(written: Any, schema: Schema, place: Schema | None = None) -> Any:
    """Return the file's content with every reference replaced.

    `place` is the part of the schema that describes `written`. A value that does not
    fit there stays text, which the schema then refuses.
    """
    place = _resolve(schema if place is None else place, schema)
    if isinstance(written, dict):
        known = place.get("properties", {})
        return {
            key: substitute(value, schema, known.get(key, {}))
            for key, value in written.items()
        }
    if isinstance(written, list):
        items = place.get("items", {})
        return [substitute(one, schema, items) for one in written]
    if not isinstance(written, str) or "$" not in written:
        return written
    text = _REFERENCE.sub(_value, written)
    if not text and _REFERENCE.fullmatch(written):
        return None
    if written == text:
        return text
    # OpenTelemetry's variables may be in capitals where the choice is of few words.
    folded = text.strip().lower()
    if folded in place.get("enum", ()):
        return folded
    return convert(text, _types(place, schema))


def convert(text: str, types: set[str]) -> Any:
    """Return text as the type of the schema that it is written for, or unchanged."""
    if not types or "string" in types:
        return text
    text = text.strip()
    if "integer" in types and _INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and _NUMBER.fullmatch(text):
        return float(text)
    return _BOOLEANS.get(text.lower(), text) if "boolean" in types else text


def _value(found: re.Match[str]) -> str:
    if found[1] is None:
        return "$"
    return variable(found[1]) or found[2] or ""


def _resolve(place: Schema, schema: Schema) -> Schema:
    if "$ref" not in place:
        return place
    resolved: Schema = schema["$defs"][place["$ref"].rsplit("/", 1)[-1]]
    return resolved


def _types(place: Schema, schema: Schema) -> set[str]:
    types = place.get("type", [])
    found = {types} if isinstance(types, str) else set(types)
    for one in place.get("oneOf", ()):
        found |= _types(_resolve(one, schema), schema)
    return found
