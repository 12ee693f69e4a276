"""From a catalogue file to entries, checked through and through."""

from __future__ import annotations

from collections.abc import Callable, Container
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError

from .. import notation
from ..labels import InvalidLabels, check_labels, is_text
from ..models import Agreement
from ..models.schedules import NAME_LENGTH
from ..schedule import InvalidDefinition, Override, Rule
from ..validators import validate_calendar, validate_name, validate_timezone
from .document import CatalogueError, Node, compose
from .entries import (
    OVERRIDE_FIELDS,
    RULE_FIELDS,
    AgreementEntry,
    Catalogue,
    ComponentEntry,
    ScheduleEntry,
)

T = TypeVar("T")

_SECTIONS = ("schedules", "agreements", "components")
_MAX_REASON = 255


def parse_file(
    path: Path,
    *,
    schedules: Container[str] = frozenset(),
    agreements: Container[str] = frozenset(),
) -> Catalogue:
    """Read a catalogue, YAML or JSON. Raises CatalogueError; nothing is written.

    `schedules` and `agreements` are names that need not be in the file to be
    referred to, because the database has them and will keep them.
    """
    try:
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise CatalogueError(f"can't be read: {error.strerror}", str(path)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CatalogueError("is no UTF-8 text", str(path), line) from error
    except ValueError as error:
        raise CatalogueError(f"can't be read: {error}", repr(str(path))) from error
    return parse_text(text, str(path), schedules=schedules, agreements=agreements)


def parse_text(
    text: str,
    file: str,
    *,
    schedules: Container[str] = frozenset(),
    agreements: Container[str] = frozenset(),
) -> Catalogue:
    """Parse the text of a catalogue that is called `file`, as parse_file does."""
    root = compose(text, file)
    sections = root.mapping(_SECTIONS)
    if not any(name in _SECTIONS for name, _ in root.named("key")):
        raise root.error(f"holds none of {', '.join(_SECTIONS)}")
    found_schedules = _entries(sections.get("schedules"), "schedule", _schedule)
    found_agreements = _entries(
        sections.get("agreements"),
        "agreement",
        lambda node: _agreement(node, (found_schedules, schedules)),
    )
    found_components = _entries(
        sections.get("components"),
        "component",
        lambda node: _component(node, (found_agreements, agreements)),
    )
    return Catalogue(found_schedules, found_agreements, found_components)


def _entries(
    section: Node | None, what: str, parse: Callable[[Node], T]
) -> dict[str, T]:
    if section is None:
        return {}
    entries = {}
    for name, node in section.named(what):
        _check(node, validate_name, name)
        if not 0 < len(name) <= NAME_LENGTH:
            raise node.error(f"a name has 1 to {NAME_LENGTH} characters")
        entries[name] = parse(node)
    return entries


def _schedule(node: Node) -> ScheduleEntry:
    keys = node.mapping(("timezone", "always_open", "holidays", "rules", "overrides"))
    timezone = _required(node, keys, "timezone", "such as Europe/London or UTC")
    _check(timezone, validate_timezone, timezone.text())
    holidays = keys["holidays"].text() if "holidays" in keys else ""
    if holidays:
        _check(keys["holidays"], validate_calendar, holidays)
    rules = keys["rules"].sequence() if "rules" in keys else []
    return ScheduleEntry(
        timezone=timezone.text(),
        always_open=keys["always_open"].boolean() if "always_open" in keys else False,
        holidays=holidays,
        rules=tuple(_rule(rule) for rule in rules),
        overrides=_overrides(keys),
    )


def _rule(node: Node) -> Rule:
    keys = node.mapping(RULE_FIELDS)
    if "from" in keys and "every_weeks" not in keys:
        raise keys["from"].error(
            "anchors every_weeks, which is missing; for the first day on which the "
            "rule is valid use valid_from"
        )
    start = _required(node, keys, "start", 'such as "09:00"')
    end = _required(node, keys, "end", 'such as "17:00"')
    days = _required(node, keys, "days", "such as mon-fri: no weekday is given")
    values: dict[str, Any] = {
        "weekdays": frozenset().union(
            *(item.parsed(notation.parse_weekdays) for item in days.items())
        ),
        "start": start.parsed(notation.parse_clock),
    }
    values["end"], values["end_day"] = _end(end, keys.get("end_day"))
    for key in ("months", "days_of_month"):
        if key in keys:
            values[key] = frozenset(item.integer() for item in keys[key].items())
            if not values[key]:
                raise keys[key].error("names none: leave the key out for all of them")
    if "nth" in keys:
        values["nth"] = keys["nth"].parsed(notation.parse_nth)
    if "every_weeks" in keys:
        values["every_weeks"] = keys["every_weeks"].integer()
    for key in ("from", "valid_from", "valid_to"):
        if key in keys:
            values[RULE_FIELDS[key]] = keys[key].parsed(notation.parse_date)
    if "on_holidays" in keys:
        values["on_holidays"] = keys["on_holidays"].boolean()
    return _defined(node, keys, RULE_FIELDS, lambda: Rule(**values))


def _end(end: Node, end_day: Node | None) -> tuple[Any, int | None]:
    """The end of a rule; 24:00 is 00:00 of the day after."""
    days = end_day.integer() if end_day else None
    if end.written() == "24:00":
        return notation.parse_clock("00:00"), (days or 0) + 1
    return end.parsed(notation.parse_clock), days


def _overrides(keys: dict[str, Node]) -> tuple[Override, ...]:
    found = keys["overrides"].sequence() if "overrides" in keys else []
    return tuple(sorted(map(_override, found), key=lambda one: (one.start, one.end)))


def _override(node: Node) -> Override:
    keys = node.mapping(OVERRIDE_FIELDS)
    start = _required(node, keys, "from", "such as 2026-12-24T12:00")
    end = _required(node, keys, "to", "such as 2026-12-24T17:00")
    kind: Any = _required(node, keys, "kind", "closed or open").written()
    reason = keys["reason"].written() if "reason" in keys else ""
    if len(reason) > _MAX_REASON or not is_text(reason):
        raise keys["reason"].error(f"must be text of up to {_MAX_REASON} characters")
    opens = start.parsed(notation.parse_reading)
    closes = end.parsed(notation.parse_reading)
    return _defined(
        node, keys, OVERRIDE_FIELDS, lambda: Override(opens, closes, kind, reason)
    )


def _agreement(node: Node, known: tuple[Container[str], ...]) -> AgreementEntry:
    keys = node.mapping(("schedule", "target", "period"))
    schedule = _reference(node, keys, "schedule", known)
    target = _required(node, keys, "target", "a percentage such as 99.9")
    period = keys["period"].written() if "period" in keys else Agreement.Period.MONTH
    if period not in Agreement.Period.values:
        raise keys["period"].error(
            f"unknown period {period!r}: use {', '.join(Agreement.Period.values)}"
        )
    return AgreementEntry(schedule, _target(target), str(period))


def _target(node: Node) -> Decimal:
    field = Agreement._meta.get_field("target")
    try:
        target: Decimal = field.clean(node.written(), None)
    except ValidationError:
        raise node.error(
            f"must be a percentage above 0, at most 100, with up to "
            f"{field.decimal_places} decimals, such as 99.9, not {node.written()!r}"
        ) from None
    return target


def _component(node: Node, known: tuple[Container[str], ...]) -> ComponentEntry:
    keys = node.mapping(("agreement", "labels", "enabled", "overrides"))
    return ComponentEntry(
        agreement=_reference(node, keys, "agreement", known),
        labels=_labels(keys["labels"]) if "labels" in keys else {},
        enabled=keys["enabled"].boolean() if "enabled" in keys else True,
        overrides=_overrides(keys),
    )


def _labels(node: Node) -> dict[str, str]:
    named = dict(node.named("label"))
    labels = {name: value.text() for name, value in named.items()}
    try:
        check_labels(labels)
    except InvalidLabels as error:
        raise named.get(error.name or "", node).error(str(error)) from error
    return labels


def _required(node: Node, keys: dict[str, Node], key: str, example: str) -> Node:
    if key not in keys:
        raise node.error(f"is missing: give one, {example}", key)
    return keys[key]


def _reference(
    node: Node, keys: dict[str, Node], kind: str, known: tuple[Container[str], ...]
) -> str:
    reference = _required(node, keys, kind, f"the name of a {kind}")
    name = reference.written()
    if not any(name in names for names in known):
        raise reference.error(
            f"no {kind} {name!r}: the file has none of this name, and neither has the "
            "database, or it would not after --prune"
        )
    return name


def _check(node: Node, validate: Callable[[str], None], text: str) -> None:
    try:
        validate(text)
    except ValidationError as error:
        raise node.error(error.messages[0]) from error


def _defined(
    node: Node, keys: dict[str, Node], fields: dict[str, str], build: Callable[[], T]
) -> T:
    """What is built of the keys; its error points at the key of the field at fault."""
    try:
        return build()
    except InvalidDefinition as error:
        key = next(key for key, field in fields.items() if field == error.field)
        if key not in keys:
            raise node.error(error.message, key) from error
        raise keys[key].error(error.message) from error
