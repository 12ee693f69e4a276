"""Bring the database in line with a catalogue, in one transaction."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import transaction

from ..database.batches import BATCH, batches
from ..models import Component
from ..models.locks import lock_definitions
from . import db_write
from .changes import Change, Changes, E, Kind, change, wanted
from .composed import check_composed
from .db_read import (
    edited,
    one_state,
    other_components,
    read_components,
    read_definitions,
)
from .entries import Catalogue, ComponentEntry
from .errors import Faults
from .text_source import Track, untracked


class Listener:
    """Is told what a catalogue changes, in order, while it is applied."""

    def begin(
        self, before: Catalogue, after: Catalogue, others: Iterable[ComponentEntry]
    ) -> None:
        """Take all calendars, schedules and agreements, before and after.

        The components of `after` are the catalogue's; `others` are those of the
        database that it leaves alone.
        """

    def change(self, change: Change) -> None:
        """Take one thing that is created, updated or deleted."""

    def stay(self, entry: ComponentEntry) -> None:
        """Take a component of the catalogue that is in the database as it says."""


def apply(
    catalogue: Catalogue,
    *,
    prune: bool = False,
    dry_run: bool = False,
    track: Track = untracked,
    listener: Listener | None = None,
) -> Changes:
    """Create and update what the catalogue names, and return how much that changed.

    With prune, what it does not name is deleted; with dry_run nothing is written. All
    happens in one transaction, so that a scrape sees the catalogue before or after, and
    an error leaves the database as it was. `track` wraps the batches, for a progress
    bar; the listener is told every change. At most one batch of components is in memory
    if the catalogue's are on disk. Raises CatalogueError where the database lacks what
    the catalogue refers to.
    """
    load = _Load(catalogue, prune, dry_run, track, listener or Listener())
    if dry_run:
        with one_state():
            load.run()
    else:
        with transaction.atomic(using=edited()):
            # Wait for other loads: of two at once, each would skip what it finds
            # unchanged, while the other changes it.
            lock_definitions(edited())
            load.run()
    return load.changes


class _Load:
    def __init__(
        self,
        catalogue: Catalogue,
        prune: bool,
        dry_run: bool,
        track: Track,
        listener: Listener,
    ) -> None:
        self.changes = Changes()
        self._catalogue, self._prune, self._dry_run = catalogue, prune, dry_run
        self._track, self._listener = track, listener

    def run(self) -> None:
        """Write what is referred to first, and delete it last."""
        before, named = read_definitions(), self._catalogue
        calendars = list(self._diff("calendar", before.calendars, named.calendars))
        schedules = list(self._diff("schedule", before.schedules, named.schedules))
        agreements = list(self._diff("agreement", before.agreements, named.agreements))
        stored = Component.objects.using(edited()).count()
        after = Catalogue(
            _after(before.schedules, schedules),
            _after(before.agreements, agreements),
            named.components,
            _after(before.calendars, calendars),
        )
        named.check_borrowed(
            Faults(),
            calendar=after.calendars,
            schedule=after.schedules,
            agreement=after.agreements,
        )
        check_composed(before, named, after)
        others = () if self._prune else other_components(named.components)
        self._listener.begin(before, after, (entry for _, entry in others))
        for one in (*calendars, *schedules, *agreements):
            self._count(one)
        if not self._dry_run:
            db_write.save("calendar", calendars, {})
            db_write.save("schedule", schedules, {})
            db_write.save_links("calendar", calendars)
            db_write.save_links("schedule", schedules)
            if agreements:
                references = {"schedule": db_write.ids("schedule")}
                db_write.save("agreement", agreements, references)
        self._components()
        if not self._dry_run:
            db_write.delete("agreement", _deleted(agreements))
            db_write.delete("schedule", _deleted(schedules))
            db_write.delete("calendar", _deleted(calendars))
        had = len(before.calendars) + len(before.schedules) + len(before.agreements)
        counts = self.changes.counts
        self.changes.unchanged = had + stored - counts["update"] - counts["delete"]

    def _diff(
        self, kind: Kind, had: Mapping[str, E], has: Mapping[str, E]
    ) -> Iterator[Change]:
        for name, named in has.items():
            _, found = self._compared(kind, name, had.get(name), named)
            if found:
                yield found
        if self._prune and not self._catalogue.components_only:
            for name, entry in had.items():
                if name not in has:
                    yield Change("delete", kind, name, before=entry)

    def _compared(
        self, kind: Kind, name: str, before: E | None, named: E
    ) -> tuple[E, Change | None]:
        only = self._catalogue.components_only
        after = wanted(before, named, prune=self._prune, components_only=only)
        return after, change(kind, name, before, after)

    def _count(self, found: Change) -> None:
        self.changes.counts[found.action] += 1
        self._listener.change(found)

    def _components(self) -> None:
        components = self._catalogue.components
        references: db_write.References = {}
        if not self._dry_run:
            references["agreement"] = db_write.ids("agreement")
            # Unlike schedules they are not locked, and may have changed once more.
            self._catalogue.check_borrowed(Faults(), **references)
        what = "comparing" if self._dry_run else "writing"
        number = -(-len(components) // BATCH)
        for names in self._track(batches(components), what, number):
            found = self._batch(names)
            if not self._dry_run:
                db_write.save("component", found, references)
        if self._prune:
            others = other_components(components)
            for batch in self._track(batches(others), "deleting", 0):
                for name, entry in batch:
                    self._count(Change("delete", "component", name, before=entry))
                if not self._dry_run:
                    db_write.delete("component", [name for name, _ in batch])

    def _batch(self, names: list[str]) -> list[Change]:
        had = read_components(names)
        changes = []
        for name in names:
            named = self._catalogue.components[name]
            after, found = self._compared("component", name, had.get(name), named)
            if found:
                self._count(found)
                changes.append(found)
            else:
                self._listener.stay(after)
        return changes


def _after(had: Mapping[str, E], changes: list[Change]) -> dict[str, E]:
    """Return the entries of a kind as they are when the changes are made."""
    after: dict[str, Any] = {**had, **{one.name: one.after for one in changes}}
    return {name: entry for name, entry in after.items() if entry is not None}


def _deleted(changes: list[Change]) -> list[str]:
    return [one.name for one in changes if one.action == "delete"]
