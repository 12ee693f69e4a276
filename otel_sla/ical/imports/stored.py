"""Load and save what calendars said of the events of a component or schedule."""

from collections.abc import Collection
from typing import Any

from ...database.batches import BATCH, batches
from ...models import CalendarStatement
from .statements import Revision, Statement

_COLUMNS = (
    "uid",
    "occurrence",
    "cancelled",
    "kind",
    "content",
    "sequence",
    "stamp",
    "series_sequence",
    "series_stamp",
)


class Stored:
    """The statements that are stored of one component or schedule."""

    def __init__(
        self, owner: dict[str, Any], uids: Collection[str], alias: str
    ) -> None:
        """Load those about some events. Nothing is written before `write`."""
        self._owner, self._alias = owner, alias
        self._known: dict[str, dict[str, tuple[int, Statement]]] = {}
        self._new: list[Statement] = []
        self._old: list[int] = []
        for batch in batches(uids):
            found = self._rows().filter(uid__in=batch).values_list("pk", *_COLUMNS)
            for pk, *values in found:
                statement = _statement(*values)
                by_occurrence = self._known.setdefault(statement.uid, {})
                by_occurrence[statement.occurrence] = pk, statement

    def about(self, uid: str) -> dict[str, Statement]:
        """Return what is known of an event, by occurrence."""
        return {key: one for key, (_, one) in self._known.get(uid, {}).items()}

    def keep(self, uid: str, statements: dict[str, Statement]) -> None:
        """Plan to store these about an event, in place of what is known of it."""
        known = self._known.get(uid, {})
        for key, one in statements.items():
            if key not in known or known[key][1] != one:
                self._new.append(one)
        self._old += [
            pk for key, (pk, one) in known.items() if statements.get(key) != one
        ]

    def forget_others(self, uids: Collection[str]) -> None:
        """Plan to delete all about other events than these."""
        found = self._rows().values_list("pk", "uid")
        self._old += [pk for pk, uid in found if uid not in uids]

    def write(self) -> None:
        """Save and delete what was planned."""
        for pks in batches(self._old):
            self._rows().filter(pk__in=pks).delete()
        for statements in batches(self._new):
            CalendarStatement.objects.using(self._alias).bulk_create(
                [self._row(one) for one in statements], BATCH
            )

    def _row(self, statement: Statement) -> CalendarStatement:
        series = statement.series
        return CalendarStatement(
            **self._owner,
            uid=statement.uid,
            occurrence=statement.occurrence,
            cancelled=statement.cancelled,
            kind=statement.kind,
            content=statement.content,
            sequence=statement.revision.sequence,
            stamp=statement.revision.stamp,
            series_sequence=series.sequence if series else None,
            series_stamp=series.stamp if series else None,
        )

    def _rows(self) -> Any:
        return CalendarStatement.objects.using(self._alias).filter(**self._owner)


def _statement(
    uid: str,
    occurrence: str,
    cancelled: bool,
    kind: str,
    content: str,
    sequence: int,
    stamp: Any,
    series_sequence: int | None,
    series_stamp: Any,
) -> Statement:
    series = None
    if series_sequence is not None:
        series = Revision(series_sequence, series_stamp)
    return Statement(
        uid,
        occurrence,
        Revision(sequence, stamp),
        cancelled,
        series,
        kind,
        content,
    )
