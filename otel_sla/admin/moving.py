"""Moving components to another agreement: what it does, and the move itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.contrib.admin.models import CHANGE as CHANGED
from django.contrib.admin.models import LogEntry
from django.db import router, transaction
from django.db.models import QuerySet, prefetch_related_objects
from django.utils.translation import gettext_noop as _

from ..database.batches import BATCH, batches
from ..language import Sentence
from ..language.log_entries import CHANGE
from ..language.log_entries import told as said
from ..models import Agreement, Component, Override
from ..models.definitions import definitions
from ..schedule import Override as Definition
from ..schedule import Schedule
from ..schedule.open_time_change import OUTLOOK, OpenTime, open_time
from .zone_shift import Shifts, rewrite, told_of, zones_of


@dataclass(slots=True)
class Move:
    """The effect of moving the components of one agreement."""

    agreement: Agreement
    count: int = 0
    effect: OpenTime = field(default_factory=OpenTime)
    opening: int = 0
    closing: int = 0

    def add(self, effect: OpenTime, opening: int) -> None:
        """Count one more component, with its effect as _compare() returns it."""
        self.count += 1
        self.effect = self.effect.plus(effect)
        self.opening += opening > 0
        self.closing += opening < 0


def moves(
    components: QuerySet[Component],
    target: Agreement,
    moment: int,
    shifts: Shifts,
    *,
    keep: bool,
) -> list[Move]:
    """Return the effect of moving the components, by their present agreement.

    Components of the target itself are left out. Own overrides that go to another time
    zone are added to the shifts; with `keep` they stay at their instants. The moment is
    in Unix seconds. Raises InvalidDefinition where a schedule can't be evaluated.
    """
    found: dict[int, Move] = {}
    compared: dict[Any, tuple[OpenTime, int]] = {}
    stored = definitions(components.db)
    others = components.exclude(agreement=target).prefetch_related("overrides")
    for component in others.select_related("agreement__schedule"):
        before = component.agreement
        own, after = _own(component, target, shifts, keep=keep)
        key = before.schedule_id, own
        if key not in compared:
            compared[key] = _compare(
                stored.schedule(before.schedule_id, own),
                stored.schedule(target.schedule_id, after),
                moment,
            )
        found.setdefault(before.pk, Move(before)).add(*compared[key])
    return sorted(found.values(), key=lambda one: one.agreement.name)


def _own(
    component: Component, target: Agreement, shifts: Shifts, *, keep: bool
) -> tuple[tuple[Definition, ...], tuple[Definition, ...]]:
    """Return own overrides as they are, and as they would be under the target."""
    overrides = list(component.overrides.all())
    own = tuple(one.definition() for one in overrides)
    before = component.agreement.schedule.timezone
    zones = zones_of(before, target.schedule.timezone) if own else None
    if zones is None:
        return own, own
    shifts.add(overrides, zones, component.name)
    if not keep:
        return own, own
    return own, tuple(one.definition() for one in rewrite(overrides, zones))


def move_all(
    keys: list[int], target: Agreement, user: int, *, keep: bool = True
) -> int:
    """Move the components in one transaction, each with its entry in the log.

    With `keep`, own overrides stay at their instants where the time zone is another.
    Returns how many were moved: deleted ones and those already there don't count.
    """
    count = 0
    with transaction.atomic(using=router.db_for_write(Component)):
        for some in batches(keys):
            batch = Component.objects.filter(pk__in=some).exclude(agreement=target)
            told: dict[tuple[str, ...], list[Component]] = defaultdict(list)
            rows = list(batch.select_for_update().order_by("pk"))
            prefetch_related_objects(rows, "agreement__schedule", "overrides")
            for component in rows:
                params = {
                    "field": Sentence(_("agreement"), {}),
                    "before": component.agreement,
                    "after": target,
                }
                shifted = _shifted(component, target, keep=keep)
                told[Sentence(CHANGE, params), *shifted].append(component)
            moved = Component.objects.filter(pk__in=[one.pk for one in rows])
            count += moved.update(agreement=target)
            for sentences, components in told.items():
                message = [said(*sentences)]
                LogEntry.objects.log_actions(user, components, CHANGED, message)
    return count


def _shifted(
    component: Component, target: Agreement, *, keep: bool
) -> tuple[Sentence, ...]:
    """Take the component's overrides to the target's zone. Returns what to tell."""
    before = component.agreement.schedule.timezone
    overrides = list(component.overrides.all())
    zones = zones_of(before, target.schedule.timezone) if overrides else None
    if zones is None:
        return ()
    if keep:
        rows = rewrite(overrides, zones)
        Override.objects.bulk_update(rows, ["start", "end"], batch_size=BATCH)
    return (told_of(len(overrides), zones, keep=keep),)


def _compare(before: Schedule, after: Schedule, moment: int) -> tuple[OpenTime, int]:
    """Return the effect on open time; and 1 if it opens now, -1 if it closes, or 0."""
    period = moment, moment + OUTLOOK
    is_open, was_open = (one.state(moment).in_window for one in (after, before))
    effect = open_time(after, *period).since(open_time(before, *period))
    return effect, int(is_open) - int(was_open)
