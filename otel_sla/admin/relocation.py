"""A component's form that takes it to a schedule in another time zone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ..database.batches import BATCH
from ..language import Sentence
from ..models import Agreement, Component, Override
from .zone_shift import INSTANTS, Zones, rewrite, told_of, zones_of


class Relocation(NamedTuple):
    """The zones, whether own overrides keep their instants, and those typed now."""

    zones: Zones
    keep: bool
    typed: frozenset[int]
    """Overrides that the form changes: they are in the new zone already."""

    @classmethod
    def of(cls, form: Any, formsets: Iterable[Any]) -> Relocation | None:
        """Return what a valid form does; None if the zone stays the same."""
        agreement = form.cleaned_data.get("agreement")
        agreements = Agreement.objects.select_related("schedule")
        left = agreements.filter(pk=form.initial.get("agreement")).first()
        if agreement is None or left is None:
            return None
        zones = zones_of(left.schedule.timezone, agreement.schedule.timezone)
        if zones is None:
            return None
        keep = form.cleaned_data.get("own_overrides", INSTANTS) == INSTANTS
        return cls(zones, keep, frozenset(typed(formsets)))

    def stay(self, overrides: Iterable[Override]) -> list[Override]:
        """Return those that the form does not change."""
        return [one for one in overrides if one.pk and one.pk not in self.typed]

    def apply(self, component: Component) -> Sentence | None:
        """Rewrite what keeps its instants. Returns a sentence for the history."""
        rows = self.stay(component.overrides.all())
        if not rows:
            return None
        if self.keep:
            rewrite(rows, self.zones)
            Override.objects.bulk_update(rows, ["start", "end"], batch_size=BATCH)
        return told_of(len(rows), self.zones, keep=self.keep)


def typed(formsets: Iterable[Any]) -> Iterable[int]:
    """Yield the ids of the overrides that the forms change or delete."""
    for formset in formsets:
        if formset.model is Override:
            for form in formset.forms:
                if form.has_changed() and form.instance.pk:
                    yield form.instance.pk
