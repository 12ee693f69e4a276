"""The components and periods that exclusions apply to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..accounting import Excuse
from ..language import Sentence, day, month
from ..models import Component, Exclusion
from ..reports.wording import span, zone_named
from ..schedule import InvalidDefinition, Schedule
from ..schedule.agreement_period import ROLLING, bounds
from ..schedule.spans import DAY, Span

PERIODS = 3
"""Periods of a component that a preview shows, the latest."""


class Case(NamedTuple):
    """A component in one of its agreement's periods."""

    component: Component
    schedule: Schedule
    start: int
    end: int

    @property
    def title(self) -> str:
        """The period in words: October 2026."""
        kind = self.component.agreement.period
        first = datetime.fromtimestamp(self.start, self.schedule.zone)
        if kind == "month":
            return month(first)
        if kind == "week":
            return _("week from %(day)s") % {"day": day(first)}
        return _("%(days)s days to now") % {"days": ROLLING[kind] // DAY}


def cases_of(
    components: Iterable[Component],
    chosen: Sequence[Exclusion],
    moment: int,
    problems: list[str],
) -> Iterator[Case]:
    """Yield each component in the periods that the exclusions are in.

    Components that can't be evaluated are added to the problems.
    """
    for component in components:
        try:
            schedule = component.definition()
            kind = component.agreement.period
            periods = sorted(
                {
                    period
                    for one in chosen
                    if is_of(one, component)
                    for period in _periods(kind, one, schedule, moment)
                }
            )
        except (InvalidDefinition, ValueError) as error:
            said = gettext_noop("%(component)s can't be evaluated: %(error)s")
            problems.append(Sentence(said, {"component": component, "error": error}))
            continue
        for start, end in periods[-PERIODS:]:
            yield Case(component, schedule, start, end)


def _periods(
    kind: str, exclusion: Exclusion, schedule: Schedule, moment: int
) -> Iterator[Span]:
    """Yield the agreement's periods that the exclusion is in, the latest of them."""
    since, until = seconds(exclusion.start), seconds(exclusion.end)
    if kind in ROLLING:
        yield bounds(kind, moment, schedule)
        return
    start, end = bounds(kind, until - 1, schedule)
    for _number in range(PERIODS):
        yield start, end
        if start <= since:
            return
        start, end = bounds(kind, start - 1, schedule)


def components_of(exclusions: Sequence[Exclusion]) -> list[Component]:
    """Return the components that any of the exclusions applies to, by name."""
    rows = Component.objects.with_schedules()
    keys = [one.component_id for one in exclusions if one.component_id]
    agreements = [one.agreement_id for one in exclusions if one.agreement_id]
    under = Q(agreement__in=agreements, enabled=True)
    return list(rows.filter(Q(pk__in=keys) | under).order_by("name"))


def others_of(exclusion: Exclusion, components: Sequence[Component]) -> list[Exclusion]:
    """Return the other exclusions of the components."""
    agreements = {one.agreement_id for one in components}
    rows = Exclusion.objects.filter(
        Q(component__in=components) | Q(agreement__in=agreements)
    )
    return list(rows.exclude(pk=exclusion.pk) if exclusion.pk else rows)


def is_of(exclusion: Exclusion, component: Component) -> bool:
    """Return whether the exclusion applies to the component."""
    if exclusion.component_id is not None:
        return bool(exclusion.component_id == component.pk)
    return exclusion.agreement_id is not None and bool(
        exclusion.agreement_id == component.agreement_id
    )


def excuse(exclusion: Exclusion) -> Excuse:
    """Return the exclusion as account() takes it."""
    start, end = (seconds(one) * 1000 for one in (exclusion.start, exclusion.end))
    return Excuse(start, end, exclusion.reason)


def zone_name(exclusion: Exclusion) -> str:
    """Return the name of the time zone of the exclusion's schedule."""
    agreement = (
        exclusion.component.agreement if exclusion.component else exclusion.agreement
    )
    return str(agreement.schedule.timezone) if agreement else "UTC"


def spans_in_words(exclusion: Exclusion) -> tuple[str, str]:
    """Return the exclusion's span in local time, and in UTC where that differs."""
    start, end = (one.isoformat() for one in (exclusion.start, exclusion.end))
    name = zone_name(exclusion)
    utc = span(start, end, zone_named("UTC"))
    return span(start, end, zone_named(name)), "" if name == "UTC" else utc


def seconds(moment: datetime) -> int:
    """Return the moment in Unix seconds."""
    return int(moment.timestamp())
