"""Leave out instruments whose names are data where others have the names already.

Which ones depends on the names only, so that every worker leaves out the same.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

from ..logs import get_logger
from .families import Instrument
from .instrument_names import taken_by
from .interface import Snapshot, Source

logger = get_logger(__name__)

Taken = Mapping[Hashable, str]
"""What taken_by() returns for instruments, and the name of the one that has it."""


def taken(instruments: Iterable[Instrument[Any]]) -> dict[Hashable, str]:
    """Return what no other instrument may have, by the names of these."""
    return {
        shown: one.name
        for one in instruments
        for shown in taken_by(one.name, one.unit, one.kind)
    }


class NameClashes:
    """Leaves out instruments, and logs each once while it is left out."""

    def __init__(self) -> None:
        self._reported: dict[str, frozenset[str]] = {}

    def resolved(
        self, snapshots: Mapping[Source[Any, Any], Snapshot], already: Taken
    ) -> dict[Source[Any, Any], Snapshot]:
        """Return the snapshots without instruments whose names are data and clash with
        `already`, or with an instrument of an earlier snapshot."""
        names, found = dict(already), dict(snapshots)
        for source, snapshot in snapshots.items():
            clashing: dict[str, str] = {}
            for one in source.instruments_of(snapshot):
                shown = taken_by(one.name, one.unit, one.kind)
                if other := shown & names.keys():
                    clashing[one.name] = names[min(other, key=str)]
                else:
                    names |= dict.fromkeys(shown, one.name)
            if clashing:
                found[source] = source.without(snapshot, frozenset(clashing))
            self._report(source.name, clashing)
        return found

    def _report(self, source: str, clashing: Mapping[str, str]) -> None:
        new = clashing.keys() - self._reported.get(source, frozenset())
        self._reported[source] = frozenset(clashing)
        if new:
            logger.error(
                "left out of the metrics: %s of %s, because another instrument has the "
                "name, at least in Prometheus: %s",
                ", ".join(sorted(new)),
                source,
                ", ".join(sorted({clashing[one] for one in new})),
            )
