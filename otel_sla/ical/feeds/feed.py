"""Build a feed: the windows of the selected components, as one iCalendar file."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from icalendar import Calendar, vDuration, vText

from ...database.deadline import Deadline
from ...database.failures import asking
from ...language import gettext as _
from ...language import ngettext
from ...language import number as written
from ...metrics.snapshot import Snapshot
from ...metrics.units import Unit
from ...models import Revision
from ...schedule import DAY
from ...schedule.utc_offsets import settled
from ...text import plain
from .selection import Selection
from .series import plan
from .vevents import ENGLISH, Span, Subject, Words, revision_lines, spans
from .vtimezone import vtimezone

MAX_COMPONENTS = 1_000
MAX_EVENTS = 50_000
SECONDS = 10.0
"""How long a request evaluates schedules. A server's timeout would lose the results."""

_REFRESH = timedelta(hours=1)
_MARGIN = 30 * DAY
"""Seconds that windows at the ends of the period may last beyond it."""


class TooLarge(ValueError):
    """The feed would hold more than calendar programs can read."""

    def __init__(self, what: str, number: int, most: int) -> None:
        words = {
            "components": _(
                "this feed would hold %(number)s components, more than %(most)s: "
                "subscribe to fewer components, such as "
                "select.ics?label=team:payments"
            ),
            "events": _(
                "this feed would hold %(number)s events, more than %(most)s: subscribe "
                "to fewer components, such as select.ics?label=team:payments"
            ),
        }[what]
        super().__init__(words % {"number": written(number), "most": written(most)})


class NotYet(Exception):
    """One request was too short to evaluate all schedules. The results are cached."""

    def __init__(self, number: int, total: int) -> None:
        super().__init__(
            _("%(number)s of %(total)s components are worked out so far: ask again")
            % {"number": written(number), "total": written(total)}
        )


class Planned(NamedTuple):
    """The events of a schedule, the VTIMEZONE that they need, and a digest of both."""

    spans: list[Span]
    timezone: bytes
    digest: bytes


class Entry(NamedTuple):
    """A component of a feed: its own lines, and the events of its schedule.

    `english` are its lines in English, which are compared to tell whether it has
    changed.
    """

    subject: Subject
    lines: bytes
    english: bytes
    planned: Planned


@dataclass(frozen=True, slots=True)
class Feed:
    """An iCalendar file, its digest, and when it last changed, in Unix seconds."""

    body: bytes
    digest: str
    changed: int


def build(selection: Selection, snapshot: Snapshot) -> Feed:
    """Build the feed of the components selected, as of the snapshot's moment.

    Raises NotSelected, TooLarge, NotYet and django.db.Error.
    """
    chosen = selection.of(snapshot)
    _check(len(chosen), MAX_COMPONENTS, "components")
    period, deadline = period_of(snapshot.moment), Deadline(SECONDS)
    words = Words.in_use()
    entries: list[Entry] = []
    for subject, unit in chosen:
        planned = _planned(unit, *period)
        lines = english = subject.lines()
        if words != ENGLISH:
            lines = subject.lines(words)
        entries.append(Entry(subject, lines, english, planned))
        if deadline.left() < 0 and len(entries) < len(chosen):
            raise NotYet(len(entries), len(chosen))
    _check(sum(len(one.planned.spans) for one in entries), MAX_EVENTS, "events")
    *changed, components_changed = _changed(entries, snapshot)
    head, tail = _calendar(selection, snapshot)
    body = [head, *dict.fromkeys(one.planned.timezone for one in entries)]
    for entry, since in zip(entries, changed, strict=True):
        lines = entry.lines + revision_lines(since)
        body += [
            entry.subject.event(span, lines, words) for span in entry.planned.spans
        ]
    feed = b"".join((*body, tail))
    return Feed(feed, sha256(feed).hexdigest(), max(*changed, components_changed))


def period_of(moment: int) -> tuple[int, int]:
    """Return the start of last year and the end of the year after next, in UTC.

    Whole years, so that a feed changes with its schedules and at New Year, and not
    every day.
    """
    year = datetime.fromtimestamp(moment, UTC).year
    bounds = (datetime(year + ahead, 1, 1, tzinfo=UTC) for ahead in (-1, 3))
    start, end = (int(bound.timestamp()) for bound in bounds)
    return start, end


@lru_cache(maxsize=4 * MAX_COMPONENTS)
def _planned(unit: Unit, start: int, end: int) -> Planned:
    """Cached by unit, which a snapshot keeps as long as its rows are the same."""
    schedule = unit.definition
    clock = settled(schedule.zone.key, start - _MARGIN, end + _MARGIN)
    found = plan(schedule, start, end, clock)
    timezone = b""
    if clock and found.series and schedule.zone.key != "UTC":
        timezone = vtimezone(clock)
    events = spans(found, schedule.zone, start, end)
    content = b"".join((timezone, *(span.lines_in(ENGLISH) for span in events)))
    return Planned(events, timezone, sha256(content).digest())


def _changed(entries: list[Entry], snapshot: Snapshot) -> list[int]:
    """Return when each component last changed, and at the end the set of components."""
    members = sorted(
        member.columns[2:] for group, *_ in snapshot.groups for member in group.members
    )
    contents = {
        f"component\n{one.subject.component}": one.planned.digest + one.english
        for one in entries
    }
    contents["components"] = repr((members, snapshot.dropped)).encode()
    digests = {
        sha256(subject.encode()).hexdigest(): sha256(content).hexdigest()
        for subject, content in contents.items()
    }
    with asking():
        found = Revision.objects.changed(digests, snapshot.moment)
    return [found[subject] for subject in digests]


def _calendar(selection: Selection, snapshot: Snapshot) -> tuple[bytes, bytes]:
    """Return what comes before the events, and what comes after them."""
    chosen, (start, end) = str(selection), period_of(snapshot.moment)
    titled = _("Service windows")
    if chosen:
        titled = _("%(chosen)s: service windows") % {"chosen": plain(chosen)}
    name = vText(titled)
    first, last = (datetime.fromtimestamp(at, UTC).year for at in (start, end - 1))
    about = _("Windows of %(first)s to %(last)s, UTC.") % {"first": first, "last": last}
    dropped = sum(snapshot.dropped.values())
    if dropped:
        words = ngettext(
            "%(count)s component can't be evaluated and is left out.",
            "%(count)s components can't be evaluated and are left out.",
            dropped,
        )
        about += " " + words % {"count": written(dropped)}
    calendar = Calendar()
    for key, value, parameters in (
        ("VERSION", "2.0", {}),
        ("PRODID", "-//otel_sla//service windows//EN", {}),
        ("NAME", name, {}),
        ("X-WR-CALNAME", name, {}),
        ("DESCRIPTION", vText(about), {}),
        ("X-WR-CALDESC", vText(about), {}),
        ("X-PUBLISHED-TTL", vDuration(_REFRESH), {}),
        ("REFRESH-INTERVAL", vDuration(_REFRESH), {"VALUE": "DURATION"}),
    ):
        calendar.add(key, value, parameters)
    tail = b"END:VCALENDAR\r\n"
    return calendar.to_ical().removesuffix(tail), tail


def _check(number: int, most: int, what: str) -> None:
    if number > most:
        raise TooLarge(what, number, most)
