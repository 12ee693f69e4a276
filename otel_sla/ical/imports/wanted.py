"""What a calendar file asks for: its newest statements about events, by UID."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from ...language import gettext, translated
from ...text import one_line
from .effects import SECONDS, Events
from .ics_text import MAX_BYTES, CalendarPart, CalendarText, UnusableCalendar
from .local_time import Untakable
from .maintenance import MaintenanceEvent
from .options import DEFAULTS, Options
from .statements import Revision, Statement, merged
from .vevent import EventReader, identify

_NOT_STATED = frozenset({"ADD", "COUNTER", "DECLINECOUNTER", "REFRESH", "REPLY"})
"""Methods of messages that don't state an event: additions to a series, proposals,
questions and answers (RFC 5546, section 1.4)."""
_MESSAGES = _NOT_STATED | {"CANCEL", "REQUEST"}
"""Methods of messages, which say nothing of any other event. A calendar as a whole has
PUBLISH, or none."""

_MOST_KEPT = 4 * MAX_BYTES
"""Characters: each event is kept with the descriptions of its time zones."""

_LONGEST_UID = 200
_SHOWN = 80


class Refusal(NamedTuple):
    """An event, or one occurrence of it, that can't become overrides, and why."""

    uid: str
    summary: str
    why: str

    def __str__(self) -> str:
        uid, summary = (one_line(text)[:_SHOWN] for text in (self.uid, self.summary))
        why = one_line(translated(self.why))
        event = uid or gettext("an event")
        return f"{event} {summary!r} {why}"


@dataclass
class Wishes:
    """All that a file asks for, by UIDs as overrides keep them.

    statements: what it says last of each event, by occurrence, under an empty key of
    the event itself. named: UIDs in the file.
    messages: UIDs for which the file is a message and not a calendar: it has single
    occurrences, a request or a cancellation, readable or not.
    refused: UIDs of events that can't become overrides.
    skipped: numbers of events that options leave out, by the reason.
    """

    events: Events
    statements: dict[str, dict[str, Statement]] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    def refuse(self, uid: str, summary: str, why: object) -> None:
        """Note that an event, as the file has it, is refused."""
        self.refusals.append(Refusal(uid, summary, str(why)))
        self.refused.add(kept_uid(uid))


def wishes(
    text: CalendarText, moment: int, horizon: int, options: Options = DEFAULTS
) -> Wishes:
    """Work out what the file asks for between two moments, both in Unix seconds.

    Raises UnusableCalendar where that takes too long.
    """
    found = Wishes(Events(text.source, moment, horizon))
    began = time.thread_time()
    for (calendar, key), events in _read(found, text, options, began).items():
        _check(began, text, key)
        try:
            said = _said(found, calendar, key, events, options)
        except UnusableCalendar:
            raise
        except (ValueError, OverflowError) as error:
            found.refuse(events[0].uid, events[0].summary, error)
        else:
            found.statements[key], _ = merged(found.statements.get(key, {}), said)
    if found.events.size() > _MOST_KEPT:
        raise UnusableCalendar(
            "too_much_to_keep", text.source, most=_MOST_KEPT // 1_000_000
        )
    return found


def _read(
    found: Wishes, text: CalendarText, options: Options, began: float
) -> dict[tuple[CalendarPart, str], list[MaintenanceEvent]]:
    """Read the events, by calendar and UID. All of a UID is refused, or nothing."""
    reader, refused = EventReader(options), set[tuple[CalendarPart, str]]()
    read: dict[tuple[CalendarPart, str], list[MaintenanceEvent]] = defaultdict(list)
    whole: set[str] = set()
    for block in text.events:
        uid, summary, is_occurrence = identify(block)
        method = block.calendar.method
        is_message = method in _MESSAGES
        (found.messages if is_occurrence or is_message else whole).add(kept_uid(uid))
        _check(began, text, uid)
        try:
            if method in _NOT_STATED:
                raise Untakable("message", method=method)
            event = reader.read(block)
            read[block.calendar, kept_uid(event.uid)].append(event)
        except Exception as error:
            # Untakable, or an error of the library: only this event is left out.
            found.refuse(uid, summary, error)
            refused.add((block.calendar, kept_uid(uid)))
    found.messages -= whole
    found.named |= {uid for _, uid in read}
    return {key: events for key, events in read.items() if key not in refused}


def _said(
    found: Wishes,
    calendar: CalendarPart,
    uid: str,
    events: list[MaintenanceEvent],
    options: Options,
) -> dict[str, Statement]:
    """Return what one calendar says of an event. Raises Untakable."""
    newest = _newest(events)
    series = newest.get("")
    said = {}
    for key, event in newest.items():
        found.events.keep(event)
        skipped = None if event.cancelled else event.skipped(options)
        said[key] = statement = Statement(
            uid,
            key,
            Revision(event.sequence, event.stamp),
            event.cancelled,
            Revision(series.sequence, series.stamp) if series and key else None,
            "" if skipped else "closed",
            event.content,
            is_message=calendar.method not in ("", "PUBLISH"),
        )
        if skipped:
            found.skipped[skipped] += 1
        elif not event.cancelled:
            found.events.occurrences(statement)
    return said


def _check(began: float, text: CalendarText, uid: str) -> None:
    if time.thread_time() - began > SECONDS:
        raise UnusableCalendar(
            "too_slow", text.source, most=f"{SECONDS:g}", uid=uid[:_SHOWN]
        )


def _newest(events: Iterable[MaintenanceEvent]) -> dict[str, MaintenanceEvent]:
    """Return the latest revision of the event and of each changed occurrence."""
    newest: dict[str, MaintenanceEvent] = {}
    for event in events:
        known = newest.get(event.recurrence_id)
        order = Revision(event.sequence, event.stamp).order
        before = Revision(known.sequence, known.stamp).order if known else None
        if before is None or order > before:
            newest[event.recurrence_id] = event
        elif order == before and (
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
