"""Change the overrides of components or schedules to what a calendar file says."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from django.db import router, transaction

from ...database.batches import BATCH, batches
from ...language import Sentence
from ...language import gettext_noop as _
from ...models import Override
from .outcome import Change, Outcome
from .target_import import COLUMNS, Said, Target, TargetImport
from .wanted import Wishes


class PrunedByMessage(ValueError):
    """Pruning by a message would delete all overrides that it is not about."""

    def __init__(self, uid: str) -> None:
        super().__init__(
            Sentence(
                _(
                    "The file is a message about %(uid)r only (RECURRENCE-ID or "
                    "METHOD), so it can't tell which other overrides to delete. Import "
                    "it without deleting what is not in it (--prune)."
                ),
                {"uid": uid},
            )
        )


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
    and `horizon` are in Unix seconds, and those that the wishes were made with. All
    happens in one transaction, and simultaneous imports wait for each other. Raises
    TooManyOverrides, PrunedByMessage and UnusableCalendar.
    """
    if prune and wishes.messages:
        raise PrunedByMessage(min(wishes.messages))
    outcome = Outcome(refusals=list(wishes.refusals), skipped=wishes.skipped)
    said = _of_kind(wishes, kind)
    with transaction.atomic(using=edited()):
        # Wait for other imports: of two at once, each would create what it misses.
        rows: Any = type(targets[0])._default_manager.using(edited())
        wanted = rows.filter(pk__in=[target.pk for target in targets])
        list(wanted.select_for_update().order_by("pk").values_list("pk"))
        for target in targets:
            one = TargetImport(target, wishes, moment, horizon, outcome, edited())
            one.run(said, prune=prune)
            if not dry_run:
                one.stored.write()
        if not dry_run:
            _write(outcome.changes)
    # Targets in one zone have theirs in common.
    outcome.refusals = list(dict.fromkeys(outcome.refusals))
    outcome.older = list(dict.fromkeys(outcome.older))
    return outcome


def _of_kind(wishes: Wishes, kind: str) -> Said:
    return {
        uid: {
            key: replace(one, kind=kind) if one.kind else one
            for key, one in statements.items()
        }
        for uid, statements in wishes.statements.items()
    }


def _write(changes: list[Change]) -> None:
    created, updated, deleted = (
        [change.override for change in changes if change.action == action]
        for action in ("create", "update", "delete")
    )
    Override.objects.bulk_create(created, batch_size=BATCH)
    Override.objects.bulk_update(updated, (*COLUMNS, "created"), batch_size=BATCH)
    for batch in batches(row.pk for row in deleted):
        Override.objects.filter(pk__in=batch).delete()
