"""Overrides that move to other instants when a schedule's or agreement's zone changes.

An agreement's does when it gets a schedule in another zone. The overrides keep their
local times.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from ..models import Agreement, Override, Schedule
from .relocation import typed
from .zone_shift import Shift, Zones, shift_of, zones_of

SHOWN = 10


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """Overrides that move to other instants: those shown, and how many there are."""

    zones: Zones
    shown: list[Shift]
    count: int

    @property
    def hidden(self) -> int:
        """How many are not shown."""
        return self.count - len(self.shown)


def of_agreement(form: Any, moment: int) -> ZoneChange | None:
    """Return what a valid form of an agreement moves; None if the zone stays."""
    row: Agreement = form.instance
    if row.pk is None:
        return None
    stored = Agreement.objects.select_related("schedule").get(pk=row.pk)
    rows = Override.objects.filter(component__agreement=row.pk)
    return _change(rows, stored.schedule.timezone, row.schedule.timezone, moment)


def of_schedule(form: Any, formsets: Iterable[Any], moment: int) -> ZoneChange | None:
    """Return what valid forms of a schedule move; None if the zone stays.

    Overrides that the forms change are in the new zone already.
    """
    row: Schedule = form.instance
    if row.pk is None:
        return None
    stored = Schedule.objects.get(pk=row.pk)
    its = Q(schedule=row.pk) | Q(component__agreement__schedule=row.pk)
    rows = Override.objects.filter(its).exclude(pk__in=list(typed(formsets)))
    return _change(rows, stored.timezone, row.timezone, moment)


def _change(
    rows: QuerySet[Override], before: str, after: str, moment: int
) -> ZoneChange | None:
    zones = zones_of(before, after)
    if zones is None:
        return None
    # Those that are over are counted, and not shown. A day more is shown: `end` is a
    # local time.
    since = datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
    shown: list[Shift] = []
    count = 0
    ordered = rows.select_related("component").order_by("start", "pk")
    for override in ordered.iterator():
        shift = shift_of(
            override, zones, str(override.component or gettext("this schedule"))
        )
        if shift.moved == shift.instants:
            continue
        count += 1
        is_over = override.end < since - timedelta(days=1)
        if not is_over and len(shown) < SHOWN:
            shown.append(shift)
    return ZoneChange(zones, shown, count) if count else None
