"""Remember which series were pushed, and find those that have ended."""

from collections.abc import Iterator

from ...bridge.ended_series import ended
from ...bridge.families import RowGroup
from ...bridge.registry import Collection
from .export import Export


class PushedSeries:
    """Remembers the collection pushed last, to end what the next one lacks.

    Not to be shared by threads.
    """

    def __init__(self) -> None:
        self._pushed: tuple[Collection, ...] = ()

    def ended(self, now: Collection) -> Iterator[RowGroup]:
        """Yield the series that may have arrived, and are not in the collection."""
        later: tuple[Collection, ...] = (now,)
        for one in self._pushed:
            yield from ended(one, *later)
            later = (*later, one)

    def note(self, now: Collection, export: Export) -> None:
        """Note what has become of the export of a collection, and of what had ended.

        Of an export that has failed, values may have arrived all the same: its answer
        may be lost, or come too late.
        """
        if export.ends_arrived:
            self._pushed = (now,)
        elif export.values_arrived:
            # The ends alone were refused. They are sent once more, and no more often: a
            # receiver may not know them.
            self._pushed = (now, *self._pushed[:1])

    def forget(self) -> None:
        """Forget what was pushed: another process pushes now, and ends its series."""
        self._pushed = ()
