"""The endpoints and schemas of an OpenAPI file, as the page about them shows them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from .examples import Schema, example, named

_FORMATS = {"date": "date", "date-time": "date and time"}
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "maxItems": "at most {} times",
}
_UNSAID = {"minLength": 1}
"""Limits that are not shown."""


class Part(NamedTuple):
    """A part of a type in words; `schema` is the name of one that it is, or empty."""

    text: str
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter of an endpoint or a property of a schema."""

    name: str
    type: tuple[Part, ...]
    is_required: bool
    description: str
    notes: tuple[str, ...]
    where: str = ""


class Response(NamedTuple):
    status: str
    description: str
    type: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation, with the request and the answer of an example."""

    id: str
    method: str
    path: str
    description: str
    fields: tuple[Field, ...]
    body: tuple[Part, ...]
    responses: tuple[Response, ...]
    request: str
    answer: str


class Described(NamedTuple):
    """A schema: its name, what it is, its properties, and one of it as JSON."""

    name: str
    description: str
    fields: tuple[Field, ...]
    example: str


def groups(document: Schema, host: str) -> dict[str, list[Endpoint]]:
    """Return the endpoints by their tag, in the file's order.

    Examples of requests go to `host`, such as https://sla.example.com.
    """
    found: dict[str, list[Endpoint]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = next(iter(operation.get("tags", ())), "other")
            endpoint = _endpoint(document, host, path, method, operation)
            found.setdefault(tag, []).append(endpoint)
    return found


def described(document: Schema) -> Iterator[Described]:
    """Yield the schemas by name."""
    schemas = document["components"]["schemas"]
    for name, schema in sorted(schemas.items()):
        yield Described(
            name,
            schema.get("description", ""),
            tuple(
                _field(one, of, one in schema.get("required", ()))
                for one, of in schema.get("properties", {}).items()
            ),
            _json(example(schema, schemas)),
        )


def _endpoint(
    document: Schema, host: str, path: str, method: str, operation: Schema
) -> Endpoint:
    schemas = document["components"]["schemas"]
    parameters = operation.get("parameters", ())
    responses = operation["responses"]
    body = _content(operation.get("requestBody", {}))
    success: Schema = next((of for code, of in responses.items() if code[0] == "2"), {})
    answer = _content(success)
    address = _address(document, host, path, parameters)
    return Endpoint(
        operation["operationId"],
        method.upper(),
        path,
        operation.get("description", ""),
        tuple(
            _field(one["name"], one["schema"], one.get("required", False), one["in"])
            for one in parameters
        ),
        tuple(_type(body)) if body else (),
        tuple(
            Response(code, of.get("description", ""), tuple(_type(_content(of))))
            for code, of in responses.items()
        ),
        _curl(method, address, _json(example(body, schemas)) if body else ""),
        _json(example(answer, schemas)) if answer else "",
    )


def _content(holder: Schema) -> Schema:
    """Return the schema of a body of JSON; empty if there is none."""
    content: Mapping[str, Any] = holder.get("content", {})
    return dict(content.get("application/json", {}).get("schema", {}))


def _address(document: Schema, host: str, path: str, parameters: Any) -> str:
    """Return an address with what is required in it, by the parameters' examples."""
    schemas = document["components"]["schemas"]
    query = []
    for one in parameters:
        value = one.get("example", example(one["schema"], schemas, one["name"]))
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", _name_for(path, value))
        elif one.get("required"):
            query.append((one["name"], value))
    asked = f"?{urlencode(query, doseq=True)}" if query else ""
    return f"{host}{document['servers'][0]['url']}{path}{asked}"


def _name_for(path: str, value: Any) -> str:
    """Return the name of one of the sample catalogue's, of the kind of the path."""
    names = {"schedules": "office-london", "calendars": "london"}
    return names.get(path.split("/")[1], str(value))


def _curl(method: str, address: str, body: str) -> str:
    if method == "get":
        return f"curl '{address}'"
    return f"curl -X {method.upper()} '{address}'" + f" -d '{body}'" * bool(body)


def _field(name: str, schema: Schema, is_required: bool, where: str = "") -> Field:
    return Field(
        name,
        tuple(_type(schema)),
        is_required,
        schema.get("description", ""),
        tuple(_notes(schema)),
        where,
    )


def _notes(schema: Schema) -> Iterator[str]:
    default = schema.get("default")
    if default not in (None, [], ""):
        yield f"default {_value(default)}"
    options = (schema, *schema.get("anyOf", ()))
    for limit, words in _LIMITS.items():
        for one in options:
            if limit in one and one[limit] != _UNSAID.get(limit):
                yield words.format(f"{one[limit]:,}")
                break
    if "example" in schema:
        yield f"for example {_value(schema['example'])}"


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value) if isinstance(value, str) else json.dumps(value)


def _type(schema: Schema) -> Iterator[Part]:
    """Yield the type in words: `list of`, `Window`; `text`, ` or `, `null`."""
    if not schema:
        return
    if "$ref" in schema:
        yield Part(named(schema), named(schema))
    elif options := schema.get("anyOf") or schema.get("oneOf"):
        for number, one in enumerate(options):
            if number:
                yield Part(" or ")
            yield from _type(one)
    elif "allOf" in schema:
        yield from _type(schema["allOf"][0])
    elif "enum" in schema:
        yield Part(" or ".join(map(str, schema["enum"])))
    elif "const" in schema:
        yield Part(str(schema["const"]))
    elif schema.get("type") == "array":
        yield Part("list of ")
        yield from _type(schema.get("items") or {"type": "any"})
    else:
        kind = schema.get("type", "any")
        words = "text" if kind == "string" else kind
        yield Part(_FORMATS.get(schema.get("format", ""), words))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
