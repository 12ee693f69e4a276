"""Open time of schedules, and how a change of them changes it. Pure."""

from __future__ import annotations

from typing import NamedTuple

from ..language import gettext as _
from ..language import ngettext, number
from .evaluation import Schedule
from .spans import DAY

OUTLOOK = 90 * DAY
"""Seconds: the period over which people are shown what a change does."""


class OpenTime(NamedTuple):
    """Open time within a period, or its change: the difference, after minus before.

    `seconds` and `windows` are counts. `times` is a hash of the opening times: for a
    change, 0 if they are the same as before.
    """

    seconds: int = 0
    windows: int = 0
    times: int = 0

    def plus(self, other: OpenTime, times: int = 1) -> OpenTime:
        """Return the sum with the other, multiplied by `times`."""
        return OpenTime(
            self.seconds + times * other.seconds,
            self.windows + times * other.windows,
            self.times | other.times,
        )

    def since(self, before: OpenTime) -> OpenTime:
        """Return the change from the open time before."""
        return OpenTime(
            self.seconds - before.seconds,
            self.windows - before.windows,
            self.times ^ before.times,
        )

    def __str__(self) -> str:
        """Describe a change: `16 h less, 2 fewer windows`."""
        if not any(self):
            return _("no difference")
        if not self.seconds and not self.windows:
            return _("same open time, same number of windows, at other times")
        return f"{_change_of_time(self.seconds)}, {_change_of_number(self.windows)}"


def _change_of_time(seconds: int) -> str:
    if not seconds:
        return _("same open time")
    words = _("%(hours)s more") if seconds > 0 else _("%(hours)s less")
    return words % {"hours": hours(abs(seconds))}


def _change_of_number(windows: int) -> str:
    if not windows:
        return _("same number of windows")
    count = abs(windows)
    if windows > 0:
        words = ngettext("%(count)s more window", "%(count)s more windows", count)
    else:
        words = ngettext("%(count)s fewer window", "%(count)s fewer windows", count)
    return words % {"count": number(count)}


def hours(seconds: int) -> str:
    """Write seconds as hours with up to two decimals: `16 h`, `1.75 h`.

    Less than half a minute is written in seconds.
    """
    if abs(seconds) < 30:
        return f"{seconds} s"
    return number(f"{seconds / 3600:.2f}".rstrip("0").rstrip(".")) + " h"


def open_time(schedule: Schedule, start: int, end: int) -> OpenTime:
    """Return the open time within [start, end), both in Unix seconds."""
    spans = schedule.spans(start, end)
    seconds = sum(closes - opens for opens, closes in spans)
    return OpenTime(seconds, len(spans), hash(tuple(spans)) if spans else 0)
