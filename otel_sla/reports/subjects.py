"""The components of a report with their schedules and exclusions, from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from ..database.consistent_read import one_view
from ..database.failures import asking, is_of_the_process
from ..labels import presentable
from ..models import Agreement, Component, Exclusion, Override
from ..schedule import Override as OverrideDefinition
from ..schedule import Schedule
from ..schedule.spans import Span, local_seconds, to_unix
from .selection import Selection, choose


class Excluded(NamedTuple):
    """An exclusion. Moments are Unix seconds."""

    start: int
    end: int
    reason: str
    approved_by: str
    created: int


class Closing(NamedTuple):
    """A closed override of a component or its schedule. Moments are Unix seconds.

    `created` is None where the override is older than the moments that are kept.
    """

    start: int
    end: int
    reason: str
    created: int | None
    definition: OverrideDefinition

    @property
    def is_late(self) -> bool:
        """Whether it was entered after it had begun."""
        return self.created is not None and self.created > self.start


@dataclass(frozen=True, slots=True)
class Subject:
    """A component as a report sees it.

    `fault` says why its schedule can't be evaluated; `definition` is then None.
    """

    name: str
    labels: Mapping[str, str]
    agreement: str
    agreement_period: str
    target: Decimal
    unknown: str
    schedule: str
    timezone: str
    definition: Schedule | None
    fault: str = ""
    enabled: bool = True
    exclusions: tuple[Excluded, ...] = ()
    closings: tuple[Closing, ...] = ()

    def without(self, closing: Closing, start: int, end: int) -> list[Span]:
        """Return what would be open within [start, end) without that override."""
        if self.definition is None:
            return []
        layers = tuple(
            tuple(one for one in layer if one != closing.definition)
            for layer in self.definition.overrides
        )
        return replace(self.definition, overrides=layers).spans(start, end)


class Subjects(NamedTuple):
    """The components of a report by name, the disabled ones that are left out, and the
    names of all components that there are."""

    chosen: list[Subject]
    disabled: list[str]
    every_name: frozenset[str]


def read(alias: str, selection: Selection) -> Subjects:
    """Return what the report is about, in a constant number of queries.

    Raises ReportRefused, and django.db.Error.
    """
    with asking(), one_view(alias):
        every = list(Component.objects.using(alias).with_schedules())
        names = Agreement.objects.using(alias).values_list("name", flat=True)
        agreements = list(names)
        exclusions = _exclusions(alias)
        closings = _closings(alias)
    chosen, disabled = choose(every, agreements, selection)
    subjects = [_subject(one, exclusions, closings) for one in chosen]
    return Subjects(subjects, disabled, frozenset(one.name for one in every))


def _subject(
    component: Component,
    exclusions: Mapping[tuple[str, int], list[Excluded]],
    closings: Mapping[int, list[Override]],
) -> Subject:
    agreement = component.agreement
    schedule = agreement.schedule
    subject = Subject(
        component.name,
        presentable(component.labels),
        agreement.name,
        agreement.period,
        Decimal(agreement.target),
        agreement.unknown,
        schedule.name,
        schedule.timezone,
        None,
        enabled=component.enabled,
        exclusions=tuple(
            sorted(
                exclusions.get(("component", component.pk), [])
                + exclusions.get(("agreement", agreement.pk), [])
            )
        ),
    )
    try:
        definition = component.definition()
        own = [one for one in component.overrides.all() if one.kind == "closed"]
        rows = (*closings.get(schedule.pk, ()), *own)
        found = _definite(rows, definition)
    except Exception as error:
        # Whatever a row raises that was written without validation.
        if is_of_the_process(error):
            raise
        return replace(subject, fault=str(error))
    return replace(subject, definition=definition, closings=found)


def _definite(rows: Iterable[Override], schedule: Schedule) -> tuple[Closing, ...]:
    found = []
    for row in rows:
        definition = row.definition()
        start, end = (
            to_unix(local_seconds(reading), schedule.zone)
            for reading in (definition.start, definition.end)
        )
        created = None if row.created is None else int(row.created.timestamp())
        found.append(Closing(start, end, row.reason, created, definition))
    return tuple(sorted(found, key=lambda one: one[:3]))


def _exclusions(alias: str) -> dict[tuple[str, int], list[Excluded]]:
    """Return the exclusions by the kind and key of the row that they apply to."""
    found: dict[tuple[str, int], list[Excluded]] = defaultdict(list)
    rows = Exclusion.objects.using(alias).filter(
        Q(component__isnull=False) | Q(agreement__isnull=False)
    )
    for row in rows:
        moments = [int(one.timestamp()) for one in (row.start, row.end, row.created)]
        start, end, created = moments
        one = Excluded(start, end, row.reason, row.approved_by, created)
        if row.component_id is not None:
            found["component", row.component_id].append(one)
        elif row.agreement_id is not None:
            found["agreement", row.agreement_id].append(one)
    return found


def _closings(alias: str) -> dict[int, list[Override]]:
    """Return the closed overrides of each schedule by its key."""
    found: dict[int, list[Override]] = defaultdict(list)
    rows = Override.objects.using(alias)
    for row in rows.filter(schedule__isnull=False, kind=Override.Kind.CLOSED):
        if row.schedule_id is not None:
            found[row.schedule_id].append(row)
    return found
