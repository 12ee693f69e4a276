"""The rules of schedules restated, minute by minute, without the package's own code.

An oracle: it shares no line with otel_sla.schedule, and prefers what is plainly right
to what is fast. It takes a catalogue as YAML gives it, a mapping of plain values, and
understands only catalogues that are valid.

`notation` reads weekdays, months and clock times, `calendars` says which dates are off
or have hours of their own, and `minutes` says in which minutes a schedule is open.
"""

from .calendars import Calendars
from .minutes import Minutes, OpenMinutes

__all__ = ["Calendars", "Minutes", "OpenMinutes"]
