"""Write entries, or parts of them, in the notation of a catalogue."""

from collections.abc import Callable
from typing import Any

from ..schedule import Override, Rule
from ..schedule.attributes import AGREEMENT, COMPONENT, OVERRIDE, RULE, SCHEDULE, Table
from ..schedule.calendar_attributes import CALENDAR, CALENDAR_DAY
from ..schedule.calendars import CalendarDay
from ..schedule.kinds import CLOCK, DAY_OF_YEAR, END, HOURS, Kind
from ..yaml_writer import OneLine, OneLineList, Quoted, to_yaml
from .entries import (
    AgreementEntry,
    CalendarEntry,
    Catalogue,
    ComponentEntry,
    ScheduleEntry,
)


def dump(catalogue: Catalogue) -> str:
    """Write the catalogue as YAML that parses back to the same entries."""
    document = {
        section: {name: written(entry) for name, entry in entries.items()}
        for section, entries in (
            ("calendars", catalogue.calendars),
            ("schedules", catalogue.schedules),
            ("agreements", catalogue.agreements),
            ("components", catalogue.components),
        )
        if entries or section != "calendars"
    }
    return f"{to_yaml(document)}\n"


def written(part: object) -> dict[str, Any]:
    """Return the keys and values of an entry, a rule or an override."""
    return _WRITTEN[type(part)](part)


def inline(value: object) -> str:
    """Write a value as YAML on one line, with unprintable characters escaped."""
    text = to_yaml([value], default_flow_style=True)[1:-1]
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else f"\\U{ord(one):08X}" for one in text)


def _calendar(entry: CalendarEntry) -> dict[str, Any]:
    found = _row(CALENDAR, entry)
    if entry.days:
        found["days"] = [_day(day) for day in entry.days]
    return found


def _day(day: CalendarDay) -> OneLine:
    return OneLine(_row(CALENDAR_DAY, day))


def _schedule(entry: ScheduleEntry) -> dict[str, Any]:
    found = _row(SCHEDULE, entry)
    if entry.rules:
        found["rules"] = [_rule(rule) for rule in entry.rules]
    return found | _overrides(entry)


def _component(entry: ComponentEntry) -> dict[str, Any]:
    found = _row(COMPONENT, entry)
    if entry.labels:
        found["labels"] = OneLine(entry.labels)
    return found | _overrides(entry)


def _agreement(entry: AgreementEntry) -> OneLine:
    return OneLine(_row(AGREEMENT, entry), period=entry.period)


def _rule(rule: Rule) -> OneLine:
    found = OneLine(_row(RULE, rule))
    if rule.anchor is not None and rule.every_days == 1:
        found["every_weeks"] = rule.every_weeks
    if rule.end_day == int(rule.end < rule.start):
        # It is the default, except for 24 hours, where start and end are equal.
        del found["end_day"]
    return found


def _override(override: Override) -> OneLine:
    return OneLine(_row(OVERRIDE, override))


def _overrides(entry: ScheduleEntry | ComponentEntry) -> dict[str, Any]:
    if not entry.overrides:
        return {}
    return {"overrides": list(map(_override, entry.overrides))}


def _row(table: Table, row: object) -> dict[str, Any]:
    """Return the attributes of a row by their keys, without defaults."""
    return {
        one.key: _value(one.kind, getattr(row, one.name))
        for one in table
        if getattr(row, one.name) != one.default
    }


def _value(kind: Kind, value: Any) -> Any:
    written = kind.dump(value)
    quoted = Quoted if kind in _QUOTED else _unchanged
    if isinstance(written, list):
        return OneLineList(map(quoted, written))
    return quoted(written)


def _unchanged(value: Any) -> Any:
    return value


_QUOTED = (CLOCK, DAY_OF_YEAR, END, HOURS)

_WRITTEN: dict[type, Callable[[Any], dict[str, Any]]] = {
    CalendarEntry: _calendar,
    CalendarDay: _day,
    ScheduleEntry: _schedule,
    AgreementEntry: _agreement,
    ComponentEntry: _component,
    Rule: _rule,
    Override: _override,
}
