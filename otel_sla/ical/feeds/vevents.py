"""Write a plan's events as iCalendar lines, and what a component adds to them.

An event consists of a schedule's lines and a component's lines: the library writes each
once, however many components share the schedule.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from icalendar import Event, vRecur

from ...language import gettext as _
from ...language import gettext_noop
from ...schedule import Window
from ...text import plain
from .series import Plan, Series

_NAMESPACE = uuid5(NAMESPACE_URL, "otel_sla")
_SEQUENCE_SINCE = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
_UNTIL = "%Y%m%dT%H%M%SZ"


class Words(NamedTuple):
    """The texts of events, as templates in one language."""

    summary: str = gettext_noop("%(component)s: service window")
    description: str = gettext_noop(
        "Agreement %(agreement)s, schedule %(schedule)s (%(timezone)s)"
    )
    cut_off: str = gettext_noop(
        "The window lasts longer than this calendar, and is cut off at its ends."
    )

    @classmethod
    def in_use(cls) -> "Words":
        """Return the words in the reader's language."""
        return cls(*map(_, ENGLISH))

    def cut_off_lines(self) -> bytes:
        """Return the lines of an event that is cut off at the calendar's ends."""
        event = Event()
        event.add("COMMENT", self.cut_off)
        return lines_of(event)


ENGLISH = Words()
"""Texts that are compared to tell whether an event has changed."""


class Span(NamedTuple):
    """The lines of an event that say when it is.

    `key` identifies it among the schedule's events, and stays the same as long as the
    event does. An event that is cut off has a comment that says so.
    """

    key: str
    lines: bytes
    is_cut_off: bool = False

    def lines_in(self, words: Words) -> bytes:
        """Return the lines, with the comment of an event that is cut off."""
        return self.lines + (words.cut_off_lines() if self.is_cut_off else b"")


@dataclass(frozen=True, slots=True)
class Subject:
    """The component of an event, and what people want to know about it."""

    component: str
    agreement: str
    schedule: str
    timezone: str
    labels: Mapping[str, str]

    def lines(self, words: Words = ENGLISH) -> bytes:
        """Return the lines that all events of the component have."""
        event = Event()
        component = plain(self.component)
        event.add("SUMMARY", words.summary % {"component": component})
        about = words.description % {
            "agreement": self.agreement,
            "schedule": self.schedule,
            "timezone": self.timezone,
        }
        event.add("DESCRIPTION", plain(about))
        if self.labels:
            labels = [plain(f"{name}:{value}") for name, value in self.labels.items()]
            event.add("CATEGORIES", labels)
        event.add("TRANSP", "TRANSPARENT")
        return lines_of(event)

    def event(self, span: Span, lines: bytes, words: Words = ENGLISH) -> bytes:
        """Return an event of the component, with these lines besides the span's."""
        # By name, so that it is the same on every replica and after a reload.
        uid = uuid5(_NAMESPACE, f"{self.component}\n{span.key}")
        return b"BEGIN:VEVENT\r\nUID:%s\r\n%s%sEND:VEVENT\r\n" % (
            str(uid).encode(),
            span.lines_in(words),
            lines,
        )


@lru_cache(maxsize=1_024)
def revision_lines(changed: int) -> bytes:
    """Return the lines that say when an event last changed, in Unix seconds.

    The SEQUENCE counts seconds, so that it rises with every change and never falls.
    """
    moment = datetime.fromtimestamp(changed, UTC)
    event = Event()
    event.add("DTSTAMP", moment)
    event.add("LAST-MODIFIED", moment)
    event.add("SEQUENCE", max(changed - _SEQUENCE_SINCE, 0))
    return lines_of(event)


def spans(plan: Plan, zone: ZoneInfo, start: int, end: int) -> list[Span]:
    """Return the events of a plan for [start, end), which is in Unix seconds."""
    alike: Counter[str] = Counter()
    found = []
    for series in plan.series:
        # Not by its pattern: the same hours on other days change the event.
        key = f"{series.first.time()} {series.length}"
        found.append(Span(f"{key} {alike[key]}", _recurring(series, zone)))
        alike[key] += 1
    found += [
        Span(f"from {window.start}", _single(window, start, end), None in window)
        for window in plan.singles
    ]
    return found


def _recurring(series: Series, zone: ZoneInfo) -> bytes:
    first = series.first.replace(tzinfo=zone)
    until = series.last.replace(tzinfo=zone).astimezone(UTC)
    rule = f"{series.pattern};UNTIL={until.strftime(_UNTIL)}"
    event = Event()
    event.add("DTSTART", first)
    event.add("DTEND", first + timedelta(seconds=series.length))
    event.add("RRULE", vRecur.from_ical(rule))
    for excluded in series.excluded:
        # A line each: some programs read only the first value of a list.
        event.add("EXDATE", excluded.replace(tzinfo=zone))
    return lines_of(event)


def _single(window: Window, start: int, end: int) -> bytes:
    """Return a window as one event in UTC, cut to the period if it is unbounded."""
    event = Event()
    opens = start if window.start is None else window.start
    closes = end if window.end is None else window.end
    event.add("DTSTART", datetime.fromtimestamp(opens, UTC))
    event.add("DTEND", datetime.fromtimestamp(closes, UTC))
    return lines_of(event)


def lines_of(event: Event) -> bytes:
    """Return the lines of an event between BEGIN and END."""
    lines = bytes(event.to_ical())
    return lines.removeprefix(b"BEGIN:VEVENT\r\n").removesuffix(b"END:VEVENT\r\n")
