"""Why rows are dropped: the causes, for a metric and for the log."""

from collections import Counter
from collections.abc import Mapping, Sequence
from reprlib import repr as shortened
from typing import Any, NamedTuple

from ...logs import get_logger

logger = get_logger(__name__)

_NAMED = 5


class Cause(NamedTuple):
    """Why a row is dropped: a value of the attribute `reason`, and in words."""

    reason: str
    meant: str


LABELS = Cause("labels", "attributes that can't be labels")
DUPLICATE = Cause("duplicate", "attributes that another row has, too")
VALUE = Cause(
    "value",
    "a value other than a finite number up to 2**53, or a count since a time before "
    "1970 or in the future",
)
NAME = Cause("name", "a name or a unit that no instrument can have")
CLASH = Cause("name", "a name that another instrument has, at least in Prometheus")
UNIT = Cause("name", "another unit than most rows of the name have")
TOO_MANY = Cause("name", "more names than at_most")
SAMPLE = Cause("sample", "something other than a Sample")

Dropped = Mapping[int, Cause]
"""The positions of dropped rows."""


def counted(dropped: Dropped, reasons: Sequence[str]) -> dict[str, int]:
    """Return how many rows are dropped for each of the reasons."""
    return dict.fromkeys(reasons, 0) | Counter(one.reason for one in dropped.values())


class DroppedRows:
    """Logs the rows that are dropped for a cause, once until there are none."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._reported: Mapping[Cause, int] = {}

    def report(self, dropped: Dropped, columns: Sequence[Sequence[Any]]) -> None:
        """Log the causes that are new. `columns` tell the rows apart."""
        found = Counter(dropped.values())
        for cause in found.keys() - self._reported.keys():
            rows = [row for row, why in dropped.items() if why == cause][:_NAMED]
            logger.error(
                "left out of the metrics: %s of %s, because of %s: %s",
                *(found[cause], self._source, cause.meant),
                ", ".join(
                    shortened(tuple(one[row] for one in columns)) for row in rows
                ),
            )
        self._reported = found
