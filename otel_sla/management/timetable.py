"""Windows as tables for a terminal, in the schedule's own zone and in UTC."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.core.management.color import Style
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..language import weekday_and_day
from ..schedule import DAY, Schedule, State, Window
from ..schedule.days import Day, days, reason_closed
from ..schedule.notation import format_clock, format_hours, format_length
from ..schedule.spans import Span, offset_at
from ..schedule.timezones import in_use
from ..text import legible
from .moments import local, utc

BOUNDARIES = ("last_start", "last_end", "next_start", "next_end")
MOST_DAYS = 366
"""Exceptions to the rules are listed for periods up to this length."""

_KINDS = {
    "holiday": gettext_noop("holiday"),
    "closed": gettext_noop("closed"),
    "open": gettext_noop("open"),
}
Cells = tuple[str, ...]


class Timetable:
    """Writes a schedule's times as lines. Moments are Unix seconds."""

    def __init__(self, schedule: Schedule, style: Style) -> None:
        self._schedule = schedule
        self._zone = schedule.zone
        self._style = style

    def state(self, name: str, moment: int, state: State) -> Iterator[str]:
        """Yield the state at a moment and the boundaries around it."""
        style = self._style
        closed = style.WARNING(_("closed"))
        shown = style.SUCCESS(_("open")) if state.in_window else closed
        yield _(
            "%(name)s is %(state)s at %(local)s in %(zone)s (%(utc)s): %(outlook)s"
        ) % {
            "name": name,
            "state": f"{shown}{self._reason(moment, state)}",
            "local": local(moment, self._zone),
            "zone": self._zone,
            "utc": utc(moment),
            "outlook": _outlook(state, moment),
        }
        boundaries = [(name, getattr(state, name)) for name in BOUNDARIES]
        yield from self._table(
            [("", str(self._zone), "UTC", "")],
            [
                (name, local(at, self._zone), utc(at), _distance(at, moment))
                for name, at in boundaries
            ],
        )
        yield _("Time zone data: %(release)s") % {"release": in_use()}

    def period(self, since: int, until: int) -> Iterator[str]:
        """Yield the whole windows that overlap the period, and the exceptions in it."""
        windows = self._schedule.windows(since, until)
        if windows:
            zones = (str(self._zone), "", "UTC", "", "")
            opens, closes = _("opens"), _("closes")
            titles = (opens, closes, opens, closes, _("open for"))
            yield from self._table([zones, titles], map(self._row, windows))
        else:
            yield _("No windows overlap the period in %(zone)s.") % {"zone": self._zone}
        yield from self._exceptions(since, until)

    def _reason(self, moment: int, state: State) -> str:
        try:
            reason = "" if state.in_window else reason_closed(self._schedule, moment)
        except (OverflowError, ValueError):
            # Too near an end of the calendar to walk its days.
            reason = ""
        return f" ({legible(reason)})" if reason else ""

    def _table(self, headings: list[Cells], rows: Iterable[Cells]) -> Iterator[str]:
        body = list(rows)
        widths = [
            max(map(len, column)) for column in zip(*headings, *body, strict=True)
        ]
        for cells in headings:
            yield self._style.MIGRATE_HEADING(_line(cells, widths))
        for cells in body:
            yield _line(cells, widths)

    def _row(self, window: Window) -> Cells:
        start, end = window
        length = _("unbounded")
        if start is not None and end is not None:
            length = f"{format_hours(end - start)}{self._clock_change(start, end)}"
        return (
            *(local(at, self._zone) for at in window),
            *(utc(at) for at in window),
            length,
        )

    def _clock_change(self, start: int, end: int) -> str:
        try:
            moved = offset_at(end, self._zone) - offset_at(start, self._zone)
        except OverflowError:
            return ""
        if not moved:
            return ""
        words = (
            _("clocks forward %(hours)s") if moved > 0 else _("clocks back %(hours)s")
        )
        return ", " + self._style.NOTICE(words % {"hours": format_hours(abs(moved))})

    def _exceptions(self, since: int, until: int) -> Iterator[str]:
        if until - since > MOST_DAYS * DAY:
            yield _("Exceptions to the rules are listed for up to %(days)s days.") % {
                "days": MOST_DAYS
            }
            return
        rows = []
        for day in self._days(since, until):
            for one in day.exceptions:
                spans = [(a, b) for a, b in one.spans if a < until and b > since]
                if spans:
                    title, kind = weekday_and_day(day.date), _(_KINDS[one.kind])
                    times = self._times(day, spans)
                    rows.append((title, kind, times, legible(one.reason)))
        if rows:
            yield ""
            headings = (_("exception"), "", "", _("reason"))
            yield from self._table([headings], rows)

    def _days(self, since: int, until: int) -> list[Day]:
        try:
            first, last = (
                datetime.fromtimestamp(at, self._zone).date()
                for at in (since, until - 1)
            )
            return list(days(self._schedule, first, last))
        except (OverflowError, ValueError):
            # Too near an end of the calendar to walk its days.
            return []

    def _times(self, day: Day, spans: Iterable[Span]) -> str:
        return ", ".join(
            f"{self._clock(start)}-{'24:00' if end == day.end else self._clock(end)}"
            for start, end in spans
        )

    def _clock(self, moment: int) -> str:
        return format_clock(datetime.fromtimestamp(moment, self._zone).time())


def _outlook(state: State, moment: int) -> str:
    if state.in_window:
        if state.next_end is None:
            return _("no closing scheduled")
        length = format_length(state.next_end - moment)
        return _("closes in %(length)s") % {"length": length}
    if state.next_start is None:
        return _("no opening scheduled")
    length = format_length(state.next_start - moment)
    return _("opens in %(length)s") % {"length": length}


def _distance(at: int | None, moment: int) -> str:
    if at is None:
        return ""
    if at == moment:
        return _("now")
    words = _("in %(length)s") if at > moment else _("%(length)s ago")
    return words % {"length": format_length(abs(at - moment))}


def _line(cells: Cells, widths: list[int]) -> str:
    return "  ".join(map(str.ljust, cells, widths)).rstrip()
