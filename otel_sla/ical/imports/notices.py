"""Remember between imports which occurrences messages have cancelled or changed."""

from collections.abc import Collection, Iterator
from typing import Any

from ...database.batches import BATCH, batches
from ...models import OccurrenceNotice
from .wanted import Wishes

_COLUMNS = ("sequence", "cancelled")


class Notices:
    """The remembered occurrences of one component or schedule."""

    def __init__(self, owner: dict[str, Any], wishes: Wishes, alias: str) -> None:
        rows = OccurrenceNotice.objects.using(alias).filter(**owner)
        self._owner, self._wishes, self._alias = owner, wishes, alias
        self._rows = {row.uid: row for row in rows}
        self._saved: list[OccurrenceNotice] = []
        self._deleted: list[OccurrenceNotice] = []

    def stands(self, key: str) -> bool:
        """Return whether an earlier message about the occurrence overrules the file.

        It does until the file has a higher SEQUENCE for the occurrence or, where it
        only has the series, for the series.
        """
        row, said = self._rows.get(key), self._wishes.notices.get(key)
        if row is None:
            return False
        if said is not None:
            return row.sequence > said.sequence
        sequence = self._wishes.series.get(_uid(key))
        return sequence is not None and row.sequence >= sequence

    def update(self, refused: Collection[str], *, prune: bool) -> Iterator[str]:
        """Plan what to save; yield the keys that are cancelled for the first time.

        Messages about `refused` occurrences are not remembered.
        """
        for key, event in self._wishes.notices.items():
            row = self._rows.get(key)
            if row is None and _uid(key) not in self._wishes.partial:
                continue
            if key in refused or self.stands(key):
                continue
            if row is None and event.cancelled:
                yield key
            said = {"sequence": event.sequence, "cancelled": event.cancelled}
            if row is None or said != {name: getattr(row, name) for name in _COLUMNS}:
                pk = row.pk if row else None
                self._saved.append(
                    OccurrenceNotice(pk=pk, uid=key, **said, **self._owner)
                )
        self._deleted += [
            row
            for key, row in self._rows.items()
            if key not in self._wishes.notices and self._is_obsolete(key, prune)
        ]

    def write(self) -> None:
        """Save and delete what was planned."""
        rows = OccurrenceNotice.objects.using(self._alias)
        rows.bulk_create([row for row in self._saved if not row.pk], BATCH)
        rows.bulk_update([row for row in self._saved if row.pk], _COLUMNS, BATCH)
        for batch in batches(row.pk for row in self._deleted):
            rows.filter(pk__in=batch).delete()

    def _is_obsolete(self, key: str, prune: bool) -> bool:
        """Return whether the series is cancelled, pruned, or newer than the message."""
        uid = _uid(key)
        if uid in self._wishes.refused or uid in self._wishes.partial:
            return False
        named = uid in self._wishes.named
        return not self.stands(key) if named else prune


def _uid(key: str) -> str:
    return key.partition("#")[0]
