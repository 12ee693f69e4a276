"""What a calendar file asks for: by UID, the occurrences that overrides are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from ...database.deadline import Deadline
from ...text import one_line
from .file_timezones import FileZones
from .ics_text import CalendarText, UnusableCalendar
from .local_time import Untakable
from .occurrences import Occurrence, occurrences, utc
from .vevent import MaintenanceEvent, identify, read_event

SECONDS = 10.0
"""How long the events of a file may take to work out."""

_NOT_STATED = frozenset({"ADD", "COUNTER", "DECLINECOUNTER", "REFRESH", "REPLY"})
"""Methods of messages that don't say how an event is: additions to a series that is
elsewhere, proposals, questions and answers (RFC 5546, section 1.4)."""

_LONGEST_UID = 200
_SHOWN = 80


class Refusal(NamedTuple):
    """An event, or one occurrence of it, that could not be taken, and why."""

    uid: str
    summary: str
    why: str

    def __str__(self) -> str:
        uid, summary = (one_line(text)[:_SHOWN] for text in (self.uid, self.summary))
        return f"{uid or 'an event'} {summary!r} {one_line(self.why)}"


class Wanted(NamedTuple):
    """An occurrence, known again by its key, and what it is called."""

    key: str
    uid: str
    summary: str
    occurrence: Occurrence


class Notice(NamedTuple):
    """What an event with a RECURRENCE-ID says of its occurrence."""

    sequence: int
    cancelled: bool


@dataclass
class Wishes:
    """All that a file asks for, by UIDs as overrides keep them.

    A UID in `named` that has no occurrence has been cancelled, or is over. `series` has
    the SEQUENCE of each event that is in the file as a whole. Of a UID in `partial` the
    file has single occurrences only and says nothing about the others (RFC 5546,
    sections 3.2.2 and 3.2.5). `notices` are by the keys of occurrences. `messages` are
    the UIDs for which the file is no calendar: single occurrences or cancellations,
    whether they can be read or not.
    """

    wanted: list[Wanted] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    partial: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    series: dict[str, int] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)


def wishes(text: CalendarText, moment: int, horizon: int) -> Wishes:
    """Work out what the file asks for between two moments, both in Unix seconds.

    Raises UnusableCalendar where that takes too long.
    """
    found = Wishes()
    zones, deadline = FileZones(text.zones), Deadline(SECONDS)
    cancelled = text.method == "CANCEL"
    by_uid: dict[str, list[MaintenanceEvent]] = defaultdict(list)
    whole: set[str] = set()
    is_message = cancelled or text.method in _NOT_STATED
    for block in text.events:
        uid, summary, is_occurrence = identify(block)
        (found.messages if is_occurrence or is_message else whole).add(kept_uid(uid))
        _check(deadline, text, uid)
        try:
            if text.method in _NOT_STATED:
                raise Untakable(
                    f"is in a message with METHOD:{text.method}: export the calendar"
                )
            event = read_event(block, zones, cancelled=cancelled)
            by_uid[event.uid].append(event)
        except Exception as error:
            # Untakable, or whatever the library makes of what it does not expect: it
            # costs its own event, and no other.
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
            text.source,
            f"its events take more than {SECONDS:g} s to work out: "
            f"export a shorter period; {uid[:_SHOWN]!r} was next",
        )


def _add(
    found: Wishes,
    uid: str,
    newest: dict[str, MaintenanceEvent],
    period: tuple[int, int],
) -> None:
    """Add what the event and the changes to single occurrences of it come to."""
    master, since, until = newest.pop("", None), *map(utc, period)
    if master is not None and master.cancelled:
        return
    kept: dict[str, tuple[str, Occurrence]] = {}
    if master is not None:
        for one in occurrences(master, since, until):
            kept[one.key] = master.summary, one
    for key, changed in newest.items():
        kept.pop(key, None)
        if not changed.cancelled:
            for one in occurrences(changed, since, until):
                kept[key] = changed.summary, one
    for key, (summary, one) in kept.items():
        found.wanted.append(Wanted(_key(uid, key), uid, summary, one))
    for key, changed in newest.items():
        notice = Notice(changed.sequence, changed.cancelled)
        found.notices[_key(uid, key)] = notice
    if master is None:
        found.partial.add(uid)
    else:
        found.series[uid] = master.sequence


def _key(uid: str, occurrence: str) -> str:
    return f"{uid}#{occurrence}" if occurrence else uid


def _newest(events: Iterable[MaintenanceEvent]) -> dict[str, MaintenanceEvent]:
    """The latest revision of the event, and of each occurrence that was changed."""
    newest: dict[str, MaintenanceEvent] = {}
    for event in events:
        known = newest.get(event.recurrence_id)
        if known is None or event.sequence > known.sequence:
            newest[event.recurrence_id] = event
        elif event.sequence == known.sequence and _differ(event, known):
            raise Untakable(
                "is in the file more than once, and no SEQUENCE tells which is newer"
            )
    return newest


def _differ(one: MaintenanceEvent, other: MaintenanceEvent) -> bool:
    """Whether two revisions differ; equal instants of two zones recur differently."""
    return one != other or one.start.tzinfo is not other.start.tzinfo


def kept_uid(uid: str) -> str:
    """The UID as overrides keep it: one that is too long, or not text, by its digest.

    So is one that looks like an occurrence of another.
    """
    if len(uid) <= _LONGEST_UID and uid.isprintable() and "#" not in uid:
        return uid
    return f"sha256:{sha256(uid.encode(errors='surrogatepass')).hexdigest()}"
