"""From the database to entries, and from entries to the text of a catalogue."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import yaml
from django.db import router

from .. import definitions, notation
from ..models import Agreement, Component, Schedule
from ..models import Override as OverrideRow
from ..models import Rule as RuleRow
from ..schedule import LAST, InvalidDefinition, Override, Rule
from ..tables import one_view
from .document import CatalogueError
from .entries import (
    OVERRIDE_FIELDS,
    RULE_FIELDS,
    AgreementEntry,
    Catalogue,
    ComponentEntry,
    ScheduleEntry,
)


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _Quoted(str):
    """A string that keeps its quotes: YAML 1.1 reads 17:00 as a number."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Escape what does not print: in single quotes NEL would be read as a space."""
    quoted = isinstance(text, _Quoted) or not text.isprintable()
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", str(text), style='"' if quoted else None
    )


class _Dumper(yaml.SafeDumper):
    pass


_Dumper.add_representer(
    _Flow,
    lambda dumper, data: dumper.represent_mapping(
        "tag:yaml.org,2002:map", data.items(), flow_style=True
    ),
)
_Dumper.add_representer(_Quoted, _represent_text)
_Dumper.add_representer(str, _represent_text)


def read_database() -> Catalogue:
    """Return the database as a catalogue, in six queries.

    All of one state of the database, except inside atomic(), where that is the
    caller's affair. Raises CatalogueError where a row was written past all
    validation.
    """
    with one_view(router.db_for_read(Component)):
        return _read()


def _read() -> Catalogue:
    rules: dict[int, list[Rule]] = defaultdict(list)
    for schedule_id, *values in RuleRow.objects.order_by("id").values_list(
        "schedule_id", *RuleRow.COLUMNS
    ):
        columns = dict(zip(RuleRow.COLUMNS, values, strict=True))
        try:
            rules[schedule_id].append(definitions.rule(**columns))
        except InvalidDefinition as error:
            raise CatalogueError(
                f"a rule of schedule id {schedule_id} is invalid: {error}", "database"
            ) from error
    of_schedule, of_component = _read_overrides()
    return Catalogue(
        schedules={
            name: ScheduleEntry(
                timezone, always, holidays, tuple(rules[pk]), tuple(of_schedule[pk])
            )
            for pk, name, timezone, always, holidays in Schedule.objects.order_by(
                "name"
            ).values_list("id", "name", "timezone", "always_open", "holidays")
        },
        agreements={
            name: AgreementEntry(schedule, target, period)
            for name, schedule, target, period in Agreement.objects.order_by(
                "name"
            ).values_list("name", "schedule__name", "target", "period")
        },
        components={
            name: ComponentEntry(agreement, labels, enabled, tuple(of_component[pk]))
            for pk, name, agreement, labels, enabled in Component.objects.order_by(
                "name"
            ).values_list("id", "name", "agreement__name", "labels", "enabled")
        },
    )


def _read_overrides() -> tuple[dict[int, list[Override]], dict[int, list[Override]]]:
    of_schedule: dict[int, list[Override]] = defaultdict(list)
    of_component: dict[int, list[Override]] = defaultdict(list)
    rows = OverrideRow.objects.order_by("start", "end", "id").values_list(
        "schedule_id", "component_id", *OverrideRow.COLUMNS
    )
    for schedule_id, component_id, *values in rows:
        try:
            override = Override(*values)
        except InvalidDefinition as error:
            raise CatalogueError(
                f"the override of {values[0]} is invalid: {error}", "database"
            ) from error
        if schedule_id is not None:
            of_schedule[schedule_id].append(override)
        else:
            of_component[component_id].append(override)
    return of_schedule, of_component


def dump(catalogue: Catalogue) -> str:
    """Write the catalogue as YAML that parses back to the same entries."""
    document = {
        "schedules": {
            name: _schedule(entry) for name, entry in catalogue.schedules.items()
        },
        "agreements": {
            name: _Flow(
                schedule=entry.schedule,
                target=_number(f"{entry.target.normalize():f}"),
                period=entry.period,
            )
            for name, entry in catalogue.agreements.items()
        },
        "components": {
            name: _component(entry) for name, entry in catalogue.components.items()
        },
    }
    return yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000
    )


def _schedule(entry: ScheduleEntry) -> dict[str, Any]:
    written: dict[str, Any] = {"timezone": entry.timezone}
    if entry.always_open:
        written["always_open"] = True
    if entry.holidays:
        written["holidays"] = entry.holidays
    if entry.rules:
        written["rules"] = [_rule(rule) for rule in entry.rules]
    if entry.overrides:
        written["overrides"] = [_override(one) for one in entry.overrides]
    return written


def _rule(rule: Rule) -> _Flow:
    written = _Flow()
    for key, field in RULE_FIELDS.items():
        value = getattr(rule, field)
        default = Rule.__dataclass_fields__[field].default
        if value is not None and value not in (default, frozenset()):
            written[key] = value
    if rule.anchor is not None:
        written["every_weeks"] = rule.every_weeks
    written["days"] = notation.format_weekdays(rule.weekdays)
    written["start"] = _Quoted(notation.format_clock(rule.start))
    written["end"] = _Quoted(notation.format_clock(rule.end))
    if rule.end_day == int(rule.end < rule.start):
        # 24 hours keep theirs: an end equal to the start is refused without it.
        del written["end_day"]
    if rule.nth == LAST:
        written["nth"] = "last"
    for key in ("months", "days_of_month"):
        if key in written:
            written[key] = sorted(written[key], key=lambda n: (n < 0, abs(n)))
    return written


def _override(override: Override) -> _Flow:
    written = _Flow()
    for key, field in OVERRIDE_FIELDS.items():
        value = getattr(override, field)
        written[key] = (
            notation.format_reading(value) if field in ("start", "end") else value
        )
    if not override.reason:
        del written["reason"]
    return written


def _component(entry: ComponentEntry) -> dict[str, Any]:
    written: dict[str, Any] = {"agreement": entry.agreement}
    if entry.labels:
        written["labels"] = _Flow(entry.labels)
    if not entry.enabled:
        written["enabled"] = False
    if entry.overrides:
        written["overrides"] = [_override(one) for one in entry.overrides]
    return written


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
