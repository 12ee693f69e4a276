"""Bring the database in line with a catalogue, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Protocol, TypeVar

from django.db import transaction

from ..database.consistent_read import one_view
from ..models import Component, Schedule
from . import db_write
from .changes import Change, Changes, Entry, Kind, change, wanted
from .db_read import BATCH, edited, other_components, read_components, read_definitions
from .entries import Catalogue, ComponentEntry
from .text_source import Track, untracked

T = TypeVar("T")


class Listener(Protocol):
    """Is told what a catalogue changes, in order, while it is applied."""

    def begin(
        self, before: Catalogue, after: Catalogue, others: Iterable[ComponentEntry]
    ) -> None:
        """All schedules and agreements, before and after, the catalogue's components
        among `after`; and those of the database that it leaves alone."""

    def change(self, change: Change) -> None:
        """One thing that is created, updated or deleted."""

    def stay(self, entry: ComponentEntry) -> None:
        """A component that the catalogue names and that is as it says."""


class _Nobody:
    def begin(self, *arguments: Any) -> None: ...

    def change(self, change: Change) -> None: ...

    def stay(self, entry: ComponentEntry) -> None: ...


def apply(
    catalogue: Catalogue,
    *,
    prune: bool = False,
    dry_run: bool = False,
    track: Track = untracked,
    listener: Listener | None = None,
) -> Changes:
    """Create and update what the catalogue names, and return how much that changed.

    With prune, whatever it does not name is deleted; with dry_run nothing is
    written. All happens in one transaction, so that a scrape sees the catalogue
    before or after, and an error leaves the database as it was. `track` wraps
    the batches, for a progress bar; the listener is told every change. Never more
    than a batch of components is held, if the catalogue's are on disk. Raises
    CatalogueError where the database lacks what the catalogue refers to.
    """
    load = _Load(catalogue, prune, dry_run, track, listener or _Nobody())
    if dry_run:
        with one_view(edited()):
            load.run()
    else:
        with transaction.atomic(using=edited()):
            _wait_for_other_loads()
            load.run()
    return load.changes


def _wait_for_other_loads() -> None:
    """Lock what every catalogue hangs on until the transaction ends: of two loads
    at once each would leave alone what it found as wanted, and the other changes."""
    list(Schedule.objects.select_for_update().order_by("id").values_list("id"))


class _Load:
    """One catalogue on its way into the database."""

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
        """Schedules first, so that references exist; deletions last, and backwards."""
        before = read_definitions()
        # They were there when the reading of the file began.
        self._catalogue.check_borrowed(
            schedule=before.schedules, agreement=before.agreements
        )
        found = _diff(before, self._catalogue, prune=self._prune)
        stored = Component.objects.using(edited()).count()
        self._listener.begin(
            before, _after(before, self._catalogue, found), self._others()
        )
        for one in found:
            self._count(one)
        self._save("schedule", found)
        self._save("agreement", found)
        self._components()
        self._delete("agreement", found)
        self._delete("schedule", found)
        had = len(before.schedules) + len(before.agreements) + stored
        counts = self.changes.counts
        self.changes.unchanged = had - counts["update"] - counts["delete"]

    def _others(self) -> Iterator[ComponentEntry]:
        """What stays though the catalogue does not name it."""
        if not self._prune:
            for _, entry in other_components(self._catalogue.components):
                yield entry

    def _count(self, found: Change) -> None:
        self.changes.counts[found.action] += 1
        self._listener.change(found)

    def _save(self, kind: Kind, found: list[Change]) -> None:
        if not self._dry_run:
            of_kind = [one for one in found if one.kind == kind]
            refers = kind == "agreement" and of_kind
            references = {"schedule": db_write.ids("schedule")} if refers else {}
            db_write.save(kind, of_kind, references)

    def _delete(self, kind: Kind, found: list[Change]) -> None:
        if not self._dry_run:
            gone = [one for one in found if one.kind == kind and one.action == "delete"]
            db_write.delete(kind, [one.name for one in gone])

    def _components(self) -> None:
        components = self._catalogue.components
        references: db_write.References = {}
        if not self._dry_run:
            references["agreement"] = db_write.ids("agreement")
            # Unlike schedules they are not locked, and may have changed once more.
            self._catalogue.check_borrowed(**references)
        what = "comparing" if self._dry_run else "writing"
        number = -(-len(components) // BATCH)
        for names in self._track(_batches(components), what, number):
            found = self._compared(names)
            if not self._dry_run:
                db_write.save("component", found, references)
        if self._prune:
            self._delete_others()

    def _compared(self, names: list[str]) -> list[Change]:
        had = read_components(names)
        found = []
        for name in names:
            before = had.get(name)
            named = self._catalogue.components[name]
            after = self._wanted(before, named)
            differs = change("component", name, before, after)
            if differs is None:
                self._listener.stay(after)
            else:
                self._count(differs)
                found.append(differs)
        return found

    def _wanted(
        self, before: ComponentEntry | None, named: ComponentEntry
    ) -> ComponentEntry:
        only = self._catalogue.components_only
        return wanted(before, named, prune=self._prune, components_only=only)

    def _delete_others(self) -> None:
        others = other_components(self._catalogue.components)
        for batch in self._track(_batches(others), "deleting", 0):
            for name, entry in batch:
                self._count(Change("delete", "component", name, before=entry))
            if not self._dry_run:
                db_write.delete("component", [name for name, _ in batch])


def _diff(before: Catalogue, named: Catalogue, *, prune: bool) -> list[Change]:
    """What differs of schedules and agreements."""
    found: list[Change] = []
    if named.components_only:
        return found
    for kind in ("schedule", "agreement"):
        had: dict[str, Entry] = getattr(before, f"{kind}s")
        has: dict[str, Entry] = getattr(named, f"{kind}s")
        for name, entry in has.items():
            after = wanted(had.get(name), entry, prune=prune, components_only=False)
            differs = change(kind, name, had.get(name), after)
            found += [differs] if differs else []
        if prune:
            found += [
                Change("delete", kind, name, before=entry)
                for name, entry in had.items()
                if name not in has
            ]
    return found


def _after(before: Catalogue, named: Catalogue, found: list[Change]) -> Catalogue:
    """The catalogue's components, and all schedules and agreements as they will be."""
    kept: dict[str, dict[str, Any]] = {
        "schedule": dict(before.schedules),
        "agreement": dict(before.agreements),
    }
    for one in found:
        if one.after is None:
            del kept[one.kind][one.name]
        else:
            kept[one.kind][one.name] = one.after
    return Catalogue(kept["schedule"], kept["agreement"], named.components)


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(items)
    while batch := list(islice(remaining, BATCH)):
        yield batch
