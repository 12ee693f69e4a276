"""Several days on one time axis: bars as paths, marks of hours, the moment. Pure.

Places on the axis are thousandths of a day, counted from the first day's midnight. All
days are equally wide, also those of 23 or 25 hours.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..language import number
from .preview import Cell
from .spans import DAY, to_unix

_SATURDAY = 5
_WIDTH = 1000
_STEPS = {1: 3, 7: 6}
"""Hours between marks, by the number of days; others have none within a day."""


@dataclass(frozen=True, slots=True)
class Mark:
    """An hour of a day, in percent of the day and in thousandths of the axis."""

    percent: str
    x: int
    hour: str


@dataclass(frozen=True, slots=True)
class Column:
    """A day of the axis. `clocks` is its length, if that is not 24 hours."""

    date: date
    x: int
    marks: tuple[Mark, ...]
    clocks: str
    is_today: bool
    is_weekend: bool


def columns(
    days: Sequence[date], moment: int, zone: ZoneInfo | None
) -> tuple[Column, ...]:
    """Return the days of an axis in a zone, at the moment, in Unix seconds.

    Without a zone, every row has its own, and days are those of UTC.
    """
    clock = zone or ZoneInfo("UTC")
    today = datetime.fromtimestamp(moment, clock).date()
    step = _STEPS.get(len(days), 0)
    return tuple(
        _column(day, number * _WIDTH, step, clock, day == today)
        for number, day in enumerate(days)
    )


def _column(day: date, x: int, step: int, zone: ZoneInfo, is_today: bool) -> Column:
    start, end = _bounds(day, zone)
    length = (end - start) / 3600
    return Column(
        day,
        x,
        tuple(_marks(day, x, step, zone)),
        f"{number(f'{length:g}')} h" if length not in (0, 24) else "",
        is_today,
        day.weekday() >= _SATURDAY,
    )


def _marks(day: date, x: int, step: int, zone: ZoneInfo) -> Iterator[Mark]:
    start, end = _bounds(day, zone)
    if start == end:
        # The zone has skipped the date.
        return
    for hour in range(step, 24, step) if step else ():
        at = to_unix(day.toordinal() * DAY + hour * 3600, zone)
        part = (at - start) / (end - start)
        yield Mark(f"{part * 100:.4g}%", x + round(part * _WIDTH), f"{hour:02}")


def _bounds(day: date, zone: ZoneInfo) -> tuple[int, int]:
    start, end = (
        to_unix(one.toordinal() * DAY, zone) for one in (day, day + timedelta(days=1))
    )
    return start, end


def now_on(days: Sequence[date], moment: int, zone: ZoneInfo) -> int | None:
    """Return where the moment, in Unix seconds, is on the axis; None if it is not."""
    today = datetime.fromtimestamp(moment, UTC).astimezone(zone).date()
    if today not in days:
        return None
    start, end = _bounds(today, zone)
    return days.index(today) * _WIDTH + (moment - start) * _WIDTH // (end - start)


def paths(cells: Iterable[Cell | None]) -> dict[str, str]:
    """Return the bars of the cells, one a day, as paths of SVG by their kind.

    They are 1 high. None is a date that the zone has skipped.
    """
    found: dict[str, str] = {}
    for place, cell in enumerate(cells):
        for bar in cell.bars if cell else ():
            x = place * _WIDTH + bar.x
            path = f"M{x} 0h{bar.width}v1h-{bar.width}z"
            found[bar.kind] = found.get(bar.kind, "") + path
    return found
