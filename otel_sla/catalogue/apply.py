"""Bring the database in line with a catalogue, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeVar

from django.db import connections, models, router, transaction

from ..models import Agreement, Component, Override, Rule, Schedule
from ..notation import format_numbers, format_weekdays
from ..schedule import Override as OverrideDefinition
from ..schedule import Rule as RuleDefinition
from .dump import read_database
from .entries import AgreementEntry, Catalogue, ComponentEntry, ScheduleEntry

Entry = ScheduleEntry | AgreementEntry | ComponentEntry
Track = Callable[[Sequence[Any], str], Iterable[Any]]
M = TypeVar("M", bound=models.Model)

_BATCH = 1_000
_CHILDREN = {"rules", "overrides"}


@dataclass(frozen=True)
class Change:
    """One thing that differs: what happens to it, and which fields differ."""

    action: Literal["create", "update", "delete"]
    kind: str
    name: str
    before: Entry | None = None
    after: Entry | None = None

    def differing(self) -> list[str]:
        """The names of the fields that differ, in their order."""
        if self.before is None or self.after is None:
            return []
        return [
            one.name
            for one in fields(self.after)
            if getattr(self.before, one.name) != getattr(self.after, one.name)
        ]


@dataclass
class Changes:
    """All that differs between the database and a catalogue."""

    schedules: list[Change] = field(default_factory=list)
    agreements: list[Change] = field(default_factory=list)
    components: list[Change] = field(default_factory=list)
    unchanged: int = 0

    def __iter__(self) -> Any:
        return iter([*self.schedules, *self.agreements, *self.components])

    def count(self, action: str) -> int:
        """How many things are created, updated or deleted."""
        return sum(change.action == action for change in self)


def _untracked(items: Sequence[Any], what: str) -> Iterable[Any]:
    return items


def apply(
    catalogue: Catalogue,
    *,
    prune: bool = False,
    dry_run: bool = False,
    track: Track = _untracked,
) -> Changes:
    """Create and update what the catalogue names, and return what that changed.

    With prune, whatever it does not name is deleted; with dry_run nothing is
    written. All happens in one transaction, so that a scrape sees the catalogue
    before or after, and an error leaves the database as it was. `track` wraps
    the batches that are written, for a progress bar.
    """
    with transaction.atomic():
        _wait_for_other_loads()
        changes = _diff(read_database(), catalogue, prune=prune)
        if not dry_run:
            _write(changes, track)
    return changes


def _wait_for_other_loads() -> None:
    """Lock what every catalogue hangs on until the transaction ends: of two loads
    at once each would leave alone what it found as wanted, and the other changes."""
    list(Schedule.objects.select_for_update().order_by("id").values_list("id"))


def _diff(before: Catalogue, after: Catalogue, *, prune: bool) -> Changes:
    changes = Changes()
    for kind in ("schedule", "agreement", "component"):
        had: dict[str, Entry] = getattr(before, f"{kind}s")
        wanted: dict[str, Entry] = getattr(after, f"{kind}s")
        found: list[Change] = getattr(changes, f"{kind}s")
        for name, entry in wanted.items():
            if name not in had:
                found.append(Change("create", kind, name, after=entry))
            elif had[name] != entry:
                found.append(Change("update", kind, name, had[name], entry))
            else:
                changes.unchanged += 1
        for name in had:
            if name not in wanted and prune:
                found.append(Change("delete", kind, name, before=had[name]))
            elif name not in wanted:
                changes.unchanged += 1
    return changes


def _write(changes: Changes, track: Track) -> None:
    """Schedules first, so that references exist; deletions last, and backwards."""
    _save(Schedule, changes.schedules, {}, track)
    schedules = dict(Schedule.objects.values_list("name", "id"))
    _save(Agreement, changes.agreements, {"schedule": schedules}, track)
    agreements = dict(Agreement.objects.values_list("name", "id"))
    _save(Component, changes.components, {"agreement": agreements}, track)
    _save_children(changes, track)
    for model, found in (
        (Component, changes.components),
        (Agreement, changes.agreements),
        (Schedule, changes.schedules),
    ):
        names = [change.name for change in found if change.action == "delete"]
        for batch in _batches(names, f"deleting {model._meta.verbose_name}s", track):
            model._default_manager.filter(name__in=batch).delete()


def _save(
    model: type[M],
    changes: list[Change],
    references: dict[str, dict[str, int]],
    track: Track,
) -> None:
    """Insert what is new, and upsert by name what differs: far cheaper than an
    UPDATE with a CASE for every row."""
    features = connections[router.db_for_write(model)].features
    by_name = ["name"] if features.supports_update_conflicts_with_target else None
    for action, verb in (("create", "creating"), ("update", "updating")):
        columns = [
            {"name": change.name, **_columns(change.after, references)}
            for change in changes
            if change.action == action
        ]
        what = f"{verb} {model._meta.verbose_name}s"
        for batch in _batches(columns, what, track):
            rows = [model(**values) for values in batch]
            if action == "create":
                model._default_manager.bulk_create(rows)
            else:
                model._default_manager.bulk_create(
                    rows,
                    update_conflicts=True,
                    update_fields=[name for name in batch[0] if name != "name"],
                    unique_fields=by_name,
                )


def _columns(
    entry: Entry | None, references: dict[str, dict[str, int]]
) -> dict[str, Any]:
    assert entry is not None, "a change that saves has its entry"
    values = {
        one.name: getattr(entry, one.name)
        for one in fields(entry)
        if one.name not in _CHILDREN
    }
    for name, ids in references.items():
        values[f"{name}_id"] = ids[values.pop(name)]
    return values


def _save_children(changes: Changes, track: Track) -> None:
    """Replace the rules and overrides of what is new or has others now."""
    rules, overrides = [], []
    for kind, model, found in (
        ("schedule", Schedule, changes.schedules),
        ("component", Component, changes.components),
    ):
        touched = [
            change
            for change in found
            if change.action == "create" or _CHILDREN & set(change.differing())
        ]
        ids = dict(model._default_manager.values_list("name", "id"))
        replaced = [ids[one.name] for one in touched if one.action == "update"]
        for batch in _batches(replaced, "replacing overrides", track):
            Override.objects.filter(**{f"{kind}_id__in": batch}).delete()
            if kind == "schedule":
                Rule.objects.filter(schedule_id__in=batch).delete()
        for change in touched:
            owner = {f"{kind}_id": ids[change.name]}
            entry = change.after
            if isinstance(entry, ScheduleEntry):
                rules += [Rule(**owner, **_rule(one)) for one in entry.rules]
            if not isinstance(entry, AgreementEntry) and entry is not None:
                overrides += [
                    Override(**owner, **_override(one)) for one in entry.overrides
                ]
    for batch in _batches(rules, "creating rules", track):
        Rule.objects.bulk_create(batch)
    for batch in _batches(overrides, "creating overrides", track):
        Override.objects.bulk_create(batch)


def _rule(rule: RuleDefinition) -> dict[str, Any]:
    return {
        **{name: getattr(rule, name) for name in Rule.COLUMNS},
        "weekdays": format_weekdays(rule.weekdays),
        "months": format_numbers(rule.months),
        "days_of_month": format_numbers(rule.days_of_month),
    }


def _override(override: OverrideDefinition) -> dict[str, Any]:
    return {name: getattr(override, name) for name in Override.COLUMNS}


def _batches(items: list[Any], what: str, track: Track) -> Iterable[list[Any]]:
    batches = [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]
    return track(batches, what)
