"""From the nodes of a catalogue file to entries, checked through and through."""

from __future__ import annotations

from collections.abc import Callable, Container
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError

from ..labels import InvalidLabels, check_labels
from ..models import Agreement, Component
from ..models import Override as OverrideRow
from ..schedule import InvalidDefinition, Override, Rule, notation
from ..validators import validate_calendar, validate_text, validate_timezone
from .entries import (
    OVERRIDE_FIELDS,
    RULE_FIELDS,
    AgreementEntry,
    ComponentEntry,
    ScheduleEntry,
    in_order,
)
from .errors import CatalogueError
from .node import Node

T = TypeVar("T")

_NAME = Component._meta.get_field("name")
_REASON = OverrideRow._meta.get_field("reason")
_TARGET = Agreement._meta.get_field("target")


class References:
    """The names that entries refer to, each with the first place where one does."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str, str], CatalogueError] = {}

    def note(
        self, kind: str, name: str, refused: Callable[[str], CatalogueError]
    ) -> None:
        """Keep a name of that kind, and how a fault at this place is made."""
        if (kind, name) not in self._noted:
            self._noted[kind, name] = refused(
                f"no {kind} {name!r}: the file has none of this name, and neither has "
                "the database (or it would not, after --prune)"
            )

    def outside(self, kind: str, known: Container[str]) -> dict[str, CatalogueError]:
        """The names that are not among the known, each with its fault."""
        return {
            name: fault
            for (noted, name), fault in self._noted.items()
            if noted == kind and name not in known
        }


def check_name(name: str) -> None:
    """Refuse what can't be the name of an entry. Raises ValidationError."""
    _NAME.clean(name, None)


def schedule(node: Node) -> ScheduleEntry:
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
    """When a window ends, and how many days after its start."""
    clock, later = end.parsed(notation.parse_end)
    days = end_day.integer() if end_day else None
    return clock, (days or 0) + later if later else days


def _overrides(keys: dict[str, Node]) -> tuple[Override, ...]:
    found = keys["overrides"].sequence() if "overrides" in keys else []
    return in_order(map(_override, found))


def _override(node: Node) -> Override:
    keys = node.mapping(OVERRIDE_FIELDS)
    start = _required(node, keys, "from", "such as 2026-12-24T12:00")
    end = _required(node, keys, "to", "such as 2026-12-24T17:00")
    kind: Any = _required(node, keys, "kind", "closed or open").written()
    texts = {key: keys[key].written() for key in ("reason", "uid") if key in keys}
    for key, text in texts.items():
        _check(keys[key], _check_line, text)
    opens = start.parsed(notation.parse_reading)
    closes = end.parsed(notation.parse_reading)
    return _defined(
        node, keys, OVERRIDE_FIELDS, lambda: Override(opens, closes, kind, **texts)
    )


def agreement(node: Node, references: References) -> AgreementEntry:
    keys = node.mapping(("schedule", "target", "period"))
    of = _reference(node, keys, "schedule", references)
    target = _required(node, keys, "target", "a percentage such as 99.9")
    period = keys["period"].written() if "period" in keys else Agreement.Period.MONTH
    if period not in Agreement.Period.values:
        raise keys["period"].error(
            f"unknown period {period!r}: use {', '.join(Agreement.Period.values)}"
        )
    return AgreementEntry(of, _target(target), str(period))


def _target(node: Node) -> Decimal:
    try:
        target: Decimal = _TARGET.clean(node.written(), None)
    except ValidationError as error:
        raise node.error(error.messages[0]) from None
    return target


def component(node: Node, references: References) -> ComponentEntry:
    keys = node.mapping(("agreement", "labels", "enabled", "overrides"))
    return ComponentEntry(
        agreement=_reference(node, keys, "agreement", references),
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
    node: Node, keys: dict[str, Node], kind: str, references: References
) -> str:
    """A name that may be of an entry further down: it is looked up at the end."""
    reference = _required(node, keys, kind, f"the name of a {kind}")
    references.note(kind, name := reference.written(), reference.error)
    return name


def _check_line(text: str) -> None:
    _REASON.clean(text, None)
    validate_text(text)


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
