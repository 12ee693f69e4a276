"""Parse the nodes of a catalogue file into validated entries."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model

from ..labels import InvalidLabels, check_labels
from ..language import figure
from ..models import Agreement, Component, HolidayCalendar, Schedule
from ..models import CalendarDay as CalendarDayRow
from ..models import Override as OverrideRow
from ..models import Rule as RuleRow
from ..models.calendars import CODES_LENGTH
from ..schedule import InvalidDefinition, Override, Rule
from ..schedule.attributes import (
    AGREEMENT,
    COMPONENT,
    OVERRIDE,
    RULE,
    SCHEDULE,
    Attribute,
    Table,
)
from ..schedule.calendar_attributes import CALENDAR, CALENDAR_DAY
from ..schedule.calendars import CalendarDay
from ..schedule.calendars.limits import check_days, check_list
from ..schedule.kinds import (
    CALENDARS,
    CODE,
    FLAG,
    HOURS,
    LABELS,
    PERCENTAGE,
    REFERENCE,
    SWITCH,
    TEXT,
    TEXTS,
    Kind,
)
from ..schedule.notation import end_of_days, split_nth
from ..validators import validate_text
from .entries import (
    AgreementEntry,
    CalendarEntry,
    ComponentEntry,
    ScheduleEntry,
    in_order,
)
from .errors import CatalogueError, TooMuch
from .node import Node
from .references import LISTS, Keys, References, refer

T = TypeVar("T")


def check_name(name: str, kind: str = "component") -> None:
    """Validate the name of an entry. Raises ValidationError."""
    model = HolidayCalendar if kind == "calendar" else Component
    model._meta.get_field("name").clean(name, None)


def calendar(node: Node, references: References) -> CalendarEntry:
    """Parse a calendar, and note those it includes. Raises CatalogueError."""
    keys = _keys(node, CALENDAR, "days")
    days = keys["days"].sequence() if "days" in keys else []
    if days:
        limited(keys["days"], lambda: check_days(len(days)))
    values = _values(node, keys, CALENDAR, HolidayCalendar)
    refer("calendar", keys, references)
    return CalendarEntry(**values, days=tuple(map(_day, days)))


def schedule(node: Node, references: References) -> ScheduleEntry:
    """Parse a schedule, and note what it is made of. Raises CatalogueError."""
    keys = _keys(node, SCHEDULE, "rules", "overrides")
    values = _values(node, keys, SCHEDULE, Schedule)
    refer("schedule", keys, references)
    rules = keys["rules"].sequence() if "rules" in keys else []
    return ScheduleEntry(
        **values, rules=tuple(map(_rule, rules)), overrides=_overrides(keys)
    )


def agreement(node: Node, references: References) -> AgreementEntry:
    """Parse an agreement, and note the schedule it refers to. Raises CatalogueError."""
    keys = _keys(node, AGREEMENT)
    values = _values(node, keys, AGREEMENT, Agreement)
    # It may be an entry further down: it is looked up at the end.
    references.note("schedule", values["schedule"], keys["schedule"].place)
    return AgreementEntry(**values)


def component(node: Node, references: References) -> ComponentEntry:
    """Parse a component, and note the agreement it refers to. Raises CatalogueError."""
    keys = _keys(node, COMPONENT, "overrides")
    values = _values(node, keys, COMPONENT, Component)
    references.note("agreement", values["agreement"], keys["agreement"].place)
    return ComponentEntry(**values, overrides=_overrides(keys))


def limited(node: Node, check: Callable[[], None]) -> None:
    """Refuse what the check does, at this place. Raises CatalogueError."""
    try:
        check()
    except InvalidDefinition as error:
        raise TooMuch("refused", *node.place, reason=error.message) from error


def _day(node: Node) -> CalendarDay:
    keys = _keys(node, CALENDAR_DAY)
    _split_nth(keys, "day")
    values = _values(node, keys, CALENDAR_DAY, CalendarDayRow)
    return _defined(CalendarDay, values, node, keys, CALENDAR_DAY)


def _rule(node: Node) -> Rule:
    keys = _keys(node, RULE)
    if "from" in keys and keys.keys().isdisjoint({"every_weeks", "every_days"}):
        raise keys["from"].error("anchor_without_interval")
    _split_nth(keys, "days")
    values = _values(node, keys, RULE, RuleRow)
    # 24:00 is midnight of the day after.
    values["end"], later = values["end"]
    if later:
        values["end_day"] = (values["end_day"] or 0) + later
    return _defined(Rule, values, node, keys, RULE)


def _split_nth(keys: Keys, key: str) -> None:
    """Split `days: first sat` into `days: sat` and `nth: first`."""
    if key not in keys or not keys[key].is_single():
        return
    days = keys[key]
    nth, weekdays = days.parsed(split_nth)
    if not nth:
        return
    if "nth" in keys:
        raise keys["nth"].error("nth_twice", days=days.written())
    keys["nth"], keys[key] = days.saying(nth), days.saying(weekdays)


def _overrides(keys: Keys) -> tuple[Override, ...]:
    found = keys["overrides"].sequence() if "overrides" in keys else []
    return in_order(map(_override, found))


def _override(node: Node) -> Override:
    keys = _keys(node, OVERRIDE)
    values = _values(node, keys, OVERRIDE, OverrideRow)
    start, (end, is_date) = values["start"], values["end"]
    values["end"] = (
        keys["to"].parsed(lambda _: end_of_days(start, end)) if is_date else end
    )
    return _defined(Override, values, node, keys, OVERRIDE)


def _keys(node: Node, table: Table, *others: str) -> Keys:
    return node.mapping([*(attribute.key for attribute in table), *others])


def _values(node: Node, keys: Keys, table: Table, model: type[Model]) -> dict[str, Any]:
    """Return all attributes of a row by name, with defaults for those not given."""
    for attribute in table:
        if attribute.is_required and attribute.key not in keys:
            raise _missing(node, attribute)
    return {
        attribute.name: _value(keys[attribute.key], attribute, model)
        if attribute.key in keys
        else attribute.default
        for attribute in table
    }


def _missing(node: Node, attribute: Attribute) -> CatalogueError:
    key, example = attribute.key, attribute.example
    if attribute.kind is REFERENCE:
        return node.error("reference_missing", key, example=example)
    return node.error("value_missing", key, example=example)


def _value(node: Node, attribute: Attribute, model: type[Model]) -> Any:
    kind = attribute.kind
    if kind.collect:
        return _collected(node, attribute, kind.collect, model)
    if kind.must_be_quoted:
        value = node.text()
    else:
        value = _READ[kind](node) if kind in _READ else node.parsed(kind.parse)
    return _validated(node, attribute, model, value) if kind in _VALIDATED else value


def _collected(
    node: Node,
    attribute: Attribute,
    collect: Callable[[Iterable[Any]], Any],
    model: type[Model],
) -> Any:
    """Return what the items of a list come to, or a single value."""
    kind, items = attribute.kind, node.items()
    if kind in LISTS:
        limited(node, lambda: check_list(attribute.name, len(items)))
    values = collect(_item(one, kind) for one in items)
    if not values and not attribute.is_required and kind not in LISTS:
        raise node.error("empty_set")
    if kind is CALENDARS:
        codes = kind.store(values)
        if len(codes) > CODES_LENGTH:
            count, most = figure(len(codes)), figure(CODES_LENGTH)
            raise node.error("codes_too_long", count=count, most=most)
    elif kind in (HOURS, TEXTS):
        _validated(node, attribute, model, kind.store(values))
    return values


def _item(node: Node, kind: Kind) -> Any:
    return kind.parse(node.text()) if kind.must_be_quoted else node.parsed(kind.parse)


def _labels(node: Node) -> dict[str, str]:
    named = dict(node.named("label"))
    labels = {name: value.text() for name, value in named.items()}
    try:
        check_labels(labels)
    except InvalidLabels as error:
        at_fault = named.get(error.name or "", node)
        raise at_fault.error("refused", reason=str(error)) from error
    return labels


_READ: Mapping[Kind, Callable[[Node], Any]] = {
    FLAG: Node.boolean,
    SWITCH: Node.boolean,
    LABELS: _labels,
}
"""How values are read of kinds for which the text alone is not enough."""

_VALIDATED = {CODE, PERCENTAGE, TEXT}
"""Kinds that the model's field validates. The engine validates the others."""


def _validated(node: Node, attribute: Attribute, model: type[Model], text: str) -> Any:
    field: Any = model._meta.get_field(attribute.name)
    try:
        value = field.clean(text, None)
        validate_text(text)
    except ValidationError as error:
        raise node.error("refused", reason=error.messages[0]) from error
    return value


def _defined(
    build: Callable[..., T],
    values: dict[str, Any],
    node: Node,
    keys: Keys,
    table: Table,
) -> T:
    """Build a row of the values. An error points at the key of the field at fault."""
    try:
        return build(**values)
    except InvalidDefinition as error:
        key = next(one.key for one in table if one.name == error.field)
        if key not in keys:
            raise node.error("refused", key, reason=error.message) from error
        raise keys[key].error("refused", reason=error.message) from error
