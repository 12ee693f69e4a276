"""Example values of the schemas of an OpenAPI file."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_KNOWN: Mapping[tuple[str, str], Any] = {
    ("", "agreement"): "gold",
    ("", "always_open"): False,
    ("", "allowed"): 662.4,
    ("", "days"): "mon-fri",
    ("", "dropped"): 0,
    ("", "end"): "17:00",
    ("", "excludes"): [],
    ("", "from"): "2026-12-24T12:00",
    ("", "holidays"): "london",
    ("", "hours"): 24,
    ("", "include"): ["GB-ENG"],
    ("", "included_by"): [],
    ("", "includes"): [],
    ("", "labels"): {"team": "payments"},
    ("", "loc"): ["query", "at"],
    ("", "msg"): "'noon' is not a valid date and time.",
    ("", "name"): "web-shop",
    ("", "next"): None,
    ("", "period"): "month",
    ("", "previous"): None,
    ("", "reason"): "Christmas Eve",
    ("", "schedule"): "office-london",
    ("", "scheduled"): 662_400,
    ("", "schedules"): ["office-london"],
    ("", "start"): "09:00",
    ("", "target"): 99.9,
    ("", "timezone"): "Europe/London",
    ("", "to"): "2026-12-24T18:00",
    ("", "unknown"): "exclude",
    ("", "without"): [],
    ("Agreement", "name"): "gold",
    ("Calendar", "name"): "london",
    ("CalendarDay", "name"): "Christmas Eve",
    ("CalendarWhole", "name"): "london",
    ("DayOff", "hours"): ["09:00-13:00"],
    ("DayOff", "name"): "Christmas Eve",
    ("Promise", "name"): "gold",
    ("Schedule", "name"): "office-london",
    ("ScheduleWhole", "name"): "office-london",
}
"""Of a schema, or of any: what a property of the sample catalogue says."""

_MOMENTS = {
    "start": "2026-12-24T09:00:00Z",
    "end": "2026-12-24T17:00:00Z",
    "last_start": "2026-12-23T09:00:00Z",
    "last_end": "2026-12-23T17:00:00Z",
    "next_start": "2026-12-24T09:00:00Z",
    "next_end": "2026-12-24T13:00:00Z",
}
_FORMATS = {"date": "2026-12-24", "time": "09:00"}
_TYPES = {
    "string": "text",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}
_DEEPEST = 16


def example(
    schema: Schema, schemas: Schema, name: str = "", owner: str = "", depth: int = 0
) -> Any:
    """Return a value of the schema, for the property of that name of its owner.

    Only required properties are given. `schemas` are those that references name.
    """
    if "$ref" in schema:
        owner = named(schema)
        return example(schemas[owner], schemas, name, owner, depth + 1)
    given = _given(schema)
    if given is not None:
        return given
    options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    known = _KNOWN.get((owner, name), _KNOWN.get(("", name), ...))
    if any(_fits(known, one) for one in options or (schema,)):
        return known
    if options:
        return example(options[0], schemas, name, owner, depth)
    if "properties" in schema:
        required = schema.get("required", ())
        return {
            one: example(of, schemas, one, owner, depth + 1)
            for one, of in schema["properties"].items()
            if one in required
        }
    if schema.get("type") == "array" and "items" in schema and depth <= _DEEPEST:
        return [example(schema["items"], schemas, name, owner, depth + 1)]
    if schema.get("format") == "date-time":
        return _MOMENTS.get(name, "2026-12-24T12:00:00Z")
    return _FORMATS.get(schema.get("format", "")) or _TYPES.get(
        schema.get("type", "object")
    )


def _given(schema: Schema) -> Any:
    """Return the example or the constant that the schema has itself, or None."""
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    return next(iter(schema.get("examples") or schema.get("enum") or ()), None)


def _fits(value: Any, schema: Schema) -> bool:
    """Return whether the value is of the schema's type, and no moment or object."""
    if "format" in schema or "$ref" in schema or "properties" in schema:
        return False
    kind = schema.get("type", "")
    if kind == "number":
        return isinstance(value, int | float)
    return kind in _TYPES and type(value) is type(_TYPES[kind])


def named(schema: Schema) -> str:
    """Return the name of the schema that a reference refers to."""
    return str(schema["$ref"]).rpartition("/")[2]
