"""Which of two statements about an event, or about an occurrence of it, is newer. Pure.

The state of a component or schedule follows from the newest statement about each event
and each occurrence. So files and messages may come in any order, and again.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


class Revision(NamedTuple):
    """A SEQUENCE and a DTSTAMP, which tell the age of a statement (RFC 5546, 2.1.5)."""

    sequence: int
    stamp: datetime | None = None

    def __str__(self) -> str:
        dated = f" of {self.stamp:%Y-%m-%d %H:%M:%SZ}" if self.stamp else ""
        return f"SEQUENCE {self.sequence}{dated}"

    @property
    def order(self) -> tuple[int, datetime]:
        """What statements about the same are sorted by."""
        return self.sequence, self.stamp or _BEFORE_ALL

    def is_as_new_as(self, other: "Revision") -> bool:
        """Return whether it is, as far as is known without a DTSTAMP."""
        if None in (self.stamp, other.stamp):
            return self.sequence >= other.sequence
        return self.order >= other.order


@dataclass(frozen=True, slots=True)
class Statement:
    """What a calendar says of an event, or of one occurrence.

    uid: as overrides have it. occurrence: empty for the event itself.
    series: the revision of the series in the same calendar, if it is in there.
    kind: that of the overrides; empty if the event becomes none.
    content: see MaintenanceEvent; empty if an earlier release has kept nothing else.
    is_message: whether it came in a message, which may be late, and not in a calendar.
    """

    uid: str
    occurrence: str
    revision: Revision
    cancelled: bool
    series: Revision | None = None
    kind: str = "closed"
    content: str = ""
    is_message: bool = field(default=False, compare=False)

    @property
    def makes_nothing(self) -> bool:
        """Whether no override follows from it."""
        return self.cancelled or not self.kind


def newest(known: Statement | None, said: Statement) -> Statement:
    """Return the newer of two statements about the same.

    Where SEQUENCE and DTSTAMP are equal, a cancellation counts. Else a calendar says
    what is now, and of two messages always the same one counts, whichever comes first.
    """
    if known is None:
        return said
    ranks = [(one.revision.order, one.cancelled) for one in (known, said)]
    if ranks[0] != ranks[1]:
        return max(known, said, key=lambda one: (one.revision.order, one.cancelled))
    series = [one.series.order for one in (known, said) if one.series]
    if len(series) == 2 and series[0] != series[1]:
        return known if series[0] > series[1] else said
    stays = said.is_message and said.content < known.content
    return replace(known if stays else said, series=said.series or known.series)


def counts(single: Statement, series: Statement | None) -> bool:
    """Return whether what was said of an occurrence is true of its series as it is now.

    A newer statement about the series is about all of its occurrences. What came with
    the series is as new as that: programs count the revisions of both separately.
    """
    if series is None:
        return True
    own = single.series or single.revision
    if series.cancelled:
        return not series.revision.is_as_new_as(own)
    return own.is_as_new_as(series.revision)


def is_obsolete(single: Statement, series: Statement) -> bool:
    """Return whether nothing that may come can make it count again."""
    own = max(single.revision.sequence, single.series.sequence if single.series else 0)
    return own < series.revision.sequence


def is_excluded_by(single: Statement, series: Statement) -> bool:
    """Return whether an EXDATE of the series is newer than the changed occurrence."""
    theirs, own = series.revision, single.revision
    if own.stamp and theirs.stamp and own.stamp < theirs.stamp:
        return True
    return not own.is_as_new_as(theirs)


Late = tuple[Statement, Statement]
"""What comes too late to change anything, and the statement that is newer."""


def merged(
    known: dict[str, Statement], said: dict[str, Statement]
) -> tuple[dict[str, Statement], list[Late]]:
    """Return the newest statements about an event, by occurrence, and what is late."""
    whole, late = said.get(""), list[Late]()
    series = newest(known.get(""), whole) if whole else known.get("")
    if whole and series and series.content != whole.content:
        late.append((whole, series))

    def is_over(single: Statement) -> bool:
        return series is not None and is_obsolete(single, series)

    found = {key: one for key, one in known.items() if key and not is_over(one)}
    for key, single in said.items():
        if not key:
            continue
        newer = series
        if not is_over(single):
            newer = found[key] = newest(found.get(key), single)
            if newer.content == single.content and not counts(newer, series):
                newer = series
        # What a calendar itself has as outdated is not late.
        if (
            newer
            and newer.content != single.content
            and not (newer is series and whole)
        ):
            late.append((single, newer))
    return found | ({"": series} if series else {}), late
