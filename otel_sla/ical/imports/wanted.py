"""What a calendar file asks for: the occurrences that become overrides, by UID."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from ...database.deadline import Deadline
from ...text import one_line
from .ics_text import CalendarText, UnusableCalendar
from .local_time import Untakable
from .maintenance import MaintenanceEvent
from .occurrences import Occurrence, occurrences
from .options import DEFAULTS, Options
from .recurrence_ids import occurrence_key
from .vevent import EventReader, identify

SECONDS = 10.0
"""How long the events of a file may take to work out."""

_NOT_STATED = frozenset({"ADD", "COUNTER", "DECLINECOUNTER", "REFRESH", "REPLY"})
"""Methods of messages that don't state an event: additions to a series, proposals,
questions and answers (RFC 5546, section 1.4)."""

_LONGEST_UID = 200
_SHOWN = 80


class Refusal(NamedTuple):
    """An event, or one occurrence of it, that can't become overrides, and why."""

    uid: str
    summary: str
    why: str

    def __str__(self) -> str:
        uid, summary = (one_line(text)[:_SHOWN] for text in (self.uid, self.summary))
        return f"{uid or 'an event'} {summary!r} {one_line(self.why)}"


class Wanted(NamedTuple):
    """An occurrence, the key by which later imports find it, and its title."""

    key: str
    uid: str
    summary: str
    occurrence: Occurrence


@dataclass
class Wishes:
    """All that a file asks for, by UIDs as overrides keep them.

    named: UIDs in the file; one without occurrences is cancelled, or has ended.
    partial: UIDs of which the file has only single occurrences, and says nothing about
    the others (RFC 5546, sections 3.2.2 and 3.2.5).
    messages: UIDs for which the file is a message and not a calendar: it has single
    occurrences or a cancellation, readable or not.
    series: the SEQUENCE of each event that the file has as a whole.
    notices: events with a RECURRENCE-ID, by the keys of their occurrences.
    refused: UIDs of events that can't become overrides.
    """

    wanted: list[Wanted] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    partial: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    series: dict[str, int] = field(default_factory=dict)
    notices: dict[str, MaintenanceEvent] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)


def wishes(
    text: CalendarText, moment: int, horizon: int, options: Options = DEFAULTS
) -> Wishes:
    """Work out what the file asks for between two moments, both in Unix seconds.

    Raises UnusableCalendar where that takes too long.
    """
    found = Wishes()
    reader, deadline = EventReader(options), Deadline(SECONDS)
    by_uid: dict[str, list[MaintenanceEvent]] = defaultdict(list)
    whole: set[str] = set()
    for block in text.events:
        uid, summary, is_occurrence = identify(block)
        method = block.calendar.method
        is_message = method == "CANCEL" or method in _NOT_STATED
        (found.messages if is_occurrence or is_message else whole).add(kept_uid(uid))
        _check(deadline, text, uid)
        try:
            if method in _NOT_STATED:
                raise Untakable("message", method=method)
            event = reader.read(block)
            by_uid[event.uid].append(event)
        except Exception as error:
            # Untakable, or an error of the library: only this event is left out.
            found.refusals.append(Refusal(uid, summary, str(error)))
            found.refused.add(kept_uid(uid))
    found.messages -= whole
    for uid, events in by_uid.items():
        _check(deadline, text, uid)
        key = kept_uid(uid)
        found.named.add(key)
        if key in found.refused:
            continue
        try:
            _add(found, key, _newest(events), (moment, horizon))
        except (ValueError, OverflowError) as error:
            found.refusals.append(Refusal(uid, events[0].summary, str(error)))
            found.refused.add(key)
    return found


def _check(deadline: Deadline, text: CalendarText, uid: str) -> None:
    if deadline.left() < 0:
        raise UnusableCalendar(
            "too_slow", text.source, most=f"{SECONDS:g}", uid=uid[:_SHOWN]
        )


def _add(
    found: Wishes,
    uid: str,
    newest: dict[str, MaintenanceEvent],
    period: tuple[int, int],
) -> None:
    """Add the occurrences of an event, with the changes to single ones of them."""
    master = newest.pop("", None)
    since, until = (
        datetime.fromtimestamp(at, UTC).replace(tzinfo=None) for at in period
    )
    if master is not None and master.cancelled:
        return
    kept: dict[str, tuple[str, Occurrence]] = {}
    if master is not None:
        newest = {occurrence_key(master, one): one for one in newest.values()}
        first = occurrences(master, since, until)
        kept = {one.key: (master.summary, one) for one in first}
    for key, changed in newest.items():
        kept.pop(key, None)
        if not changed.cancelled:
            for one in occurrences(changed, since, until):
                kept[key] = changed.summary, one
    found.wanted += [
        Wanted(_key(uid, key), uid, summary, one)
        for key, (summary, one) in kept.items()
    ]
    found.notices |= {_key(uid, key): changed for key, changed in newest.items()}
    if master is None:
        found.partial.add(uid)
    else:
        found.series[uid] = master.sequence


def _key(uid: str, occurrence: str) -> str:
    return f"{uid}#{occurrence}" if occurrence else uid


def _newest(events: Iterable[MaintenanceEvent]) -> dict[str, MaintenanceEvent]:
    """Return the latest revision of the event and of each changed occurrence."""
    newest: dict[str, MaintenanceEvent] = {}
    for event in events:
        known = newest.get(event.recurrence_id)
        if known is None or event.sequence > known.sequence:
            newest[event.recurrence_id] = event
        elif event.sequence == known.sequence and (
            # Equal instants of two zones recur differently.
            event != known or event.start.tzinfo is not known.start.tzinfo
        ):
            raise Untakable("repeated_in_file")
    return newest


def kept_uid(uid: str) -> str:
    """Return the UID as overrides keep it.

    One that is too long, not text, or like that of an occurrence is kept as its digest.
    """
    if len(uid) <= _LONGEST_UID and uid.isprintable() and "#" not in uid:
        return uid
    return f"sha256:{sha256(uid.encode(errors='surrogatepass')).hexdigest()}"
