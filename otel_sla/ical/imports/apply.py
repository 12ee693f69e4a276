"""Change the overrides of components or schedules to what a calendar file says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from django.db import router, transaction

from ...database.batches import BATCH, batches
from ...models import Component, Override, Schedule
from ...schedule.timezones import zone
from ...text import one_line
from .local_time import on_schedule_clock
from .notices import Notices
from .wanted import Refusal, Wishes

MAX_OVERRIDES = 10_000
_REASON = 255
_COLUMNS = ("start", "end", "kind", "reason")
Target = Schedule | Component
Action = Literal["create", "update", "delete"]


class TooManyOverrides(ValueError):
    """A file asks for more overrides than one schedule can be evaluated with."""

    def __init__(self, target: Target, number: int) -> None:
        super().__init__(
            f"{target} would have {number:,} overrides from it, more than "
            f"{MAX_OVERRIDES:,}: give a shorter --horizon, or write what repeats as a "
            "rule"
        )


class PrunedByMessage(ValueError):
    """`--prune` with a message: it would delete everything that it is not about."""

    def __init__(self, uid: str) -> None:
        super().__init__(
            f"--prune needs a whole calendar, and the file is a message about {uid!r} "
            "only (RECURRENCE-ID or METHOD). Import it without --prune."
        )


class Change(NamedTuple):
    """What happens to an override, with its target and the target's time zone."""

    action: Action
    target: str
    timezone: str
    override: Override


@dataclass
class Outcome:
    """What an import did, or would do.

    `vanished` are deletions that only `--prune` makes. `unchanged` and `past` count
    overrides, and `noted` cancelled occurrences that have no override yet: their series
    will be imported without them.
    """

    changes: list[Change] = field(default_factory=list)
    vanished: list[Change] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unchanged: int = 0
    past: int = 0
    noted: int = 0

    def count(self, action: str) -> int:
        """How many overrides are created, updated or deleted."""
        return sum(change.action == action for change in self.changes)


def edited() -> str:
    """Return the alias of the database that calendars are imported into.

    Targets and what they have are read from it: a replica that a site's routers read
    from may not have yet what the import before has written.
    """
    return router.db_for_write(Override)


def apply(
    wishes: Wishes,
    targets: Sequence[Target],
    *,
    moment: int,
    horizon: int,
    kind: Literal["closed", "open"] = "closed",
    prune: bool = False,
    dry_run: bool = False,
) -> Outcome:
    """Create, update and delete imported overrides, and return what that changed.

    What has ended by `moment` stays as it is, because it has been reported on. `moment`
    and `horizon` are in Unix seconds. All happens in one transaction, and simultaneous
    imports wait for each other. Raises TooManyOverrides and PrunedByMessage.
    """
    if prune and wishes.messages:
        raise PrunedByMessage(min(wishes.messages))
    outcome = Outcome(refusals=list(wishes.refusals))
    with transaction.atomic(using=edited()):
        # Wait for other imports: of two at once, each would create what it misses.
        rows: Any = type(targets[0])._default_manager.using(edited())
        wanted = rows.filter(pk__in=[target.pk for target in targets])
        list(wanted.select_for_update().order_by("pk").values_list("pk"))
        imports = [_Import(one, wishes, moment, horizon, outcome) for one in targets]
        for one in imports:
            one.run(kind, prune)
        if not dry_run:
            _write(outcome.changes)
            for one in imports:
                one.notices.write()
    # Targets in one zone have theirs in common.
    outcome.refusals = list(dict.fromkeys(outcome.refusals))
    return outcome


class _Import:
    def __init__(
        self, target: Target, wishes: Wishes, moment: int, horizon: int, to: Outcome
    ) -> None:
        schedule = target if isinstance(target, Schedule) else target.agreement.schedule
        self.target, self.wishes, self.outcome = target, wishes, to
        # By its id: Django refuses references to rows of another database, and reads
        # those that refer to a row from wherever routers send readers.
        self.owner = {f"{target._meta.model_name}_id": target.pk}
        self.timezone, self.zone = schedule.timezone, zone(schedule.timezone)
        self.now, self.until = (
            datetime.fromtimestamp(at, self.zone).replace(tzinfo=None)
            for at in (moment, horizon)
        )
        self.kept: set[str] = set()
        self.notices = Notices(self.owner, wishes, edited())

    def run(self, kind: str, prune: bool) -> None:
        rows_of_it = Override.objects.using(edited()).filter(**self.owner)
        imported = rows_of_it.exclude(uid="").order_by("id")
        # What is over stays, also of an event that is put off: it was reported on.
        rows = [row for row in imported if row.end > self.now]
        known = {row.uid: row for row in rows}
        wanted = {row.uid: row for row in self._wanted(kind)}
        if len(wanted) > MAX_OVERRIDES:
            raise TooManyOverrides(self.target, len(wanted))
        for uid, row in wanted.items():
            if not self.notices.stands(uid):
                self._compare(known.get(uid), row)
        for row in rows:
            stands = self.notices.stands(row.uid)
            if row is not known[row.uid] and (stands or row.uid in wanted):
                # A second row of one UID would outlive the event.
                self._note("delete", row)
            elif stands:
                self.outcome.unchanged += 1
            elif row.uid not in wanted and row.uid not in self.kept:
                self._drop(row, prune)
        cancelled = self.notices.update(self.kept, prune=prune)
        self.outcome.noted += sum(key not in known for key in cancelled)

    def _wanted(self, kind: str) -> Iterator[Override]:
        for key, uid, summary, occurrence in self.wishes.wanted:
            try:
                start, end = on_schedule_clock(
                    occurrence.start, occurrence.end, self.zone
                )
            except (ValueError, OverflowError) as error:
                # Untakable, or beyond the years of the schedule's clock.
                self.outcome.refusals.append(Refusal(uid, summary, str(error)))
                self.kept.add(key)
                continue
            if end <= self.now:
                self.outcome.past += 1
            elif (
                occurrence.key
                and uid not in self.wishes.partial
                and self.until <= start
            ):
                # Not of a message about one occurrence: no later import has it.
                self.kept.add(key)
            else:
                reason = one_line(summary)
                if len(reason) > _REASON:
                    reason = reason[: _REASON - 1] + "…"
                yield Override(
                    **self.owner,
                    start=start,
                    end=end,
                    kind=kind,
                    reason=reason,
                    uid=key,
                )

    def _compare(self, known: Override | None, row: Override) -> None:
        if known is None:
            self._note("create", row)
        elif any(getattr(known, name) != getattr(row, name) for name in _COLUMNS):
            row.pk = known.pk
            self._note("update", row)
        else:
            self.outcome.unchanged += 1

    def _drop(self, row: Override, prune: bool) -> None:
        """Delete an override that the file no longer asks for, if it may."""
        uid, occurrence = row.uid.partition("#")[::2]
        if uid in self.wishes.partial:
            if row.uid in self.wishes.notices:
                self._note("delete", row)
            return
        if uid in self.wishes.refused or (occurrence and row.start >= self.until):
            return
        if uid in self.wishes.named or prune:
            self._note("delete", row)
        else:
            self.outcome.vanished.append(self._change("delete", row))

    def _note(self, action: Action, row: Override) -> None:
        self.outcome.changes.append(self._change(action, row))

    def _change(self, action: Action, row: Override) -> Change:
        return Change(action, str(self.target), self.timezone, row)


def _write(changes: list[Change]) -> None:
    created, updated, deleted = (
        [change.override for change in changes if change.action == action]
        for action in ("create", "update", "delete")
    )
    Override.objects.bulk_create(created, batch_size=BATCH)
    Override.objects.bulk_update(updated, _COLUMNS, batch_size=BATCH)
    for batch in batches(row.pk for row in deleted):
        Override.objects.filter(pk__in=batch).delete()
