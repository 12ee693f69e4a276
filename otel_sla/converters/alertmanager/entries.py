"""Read one entry of an interval: all of its fields have to match an instant."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ...schedule.notation import FULL_NAMES, MONTHS
from ...schedule.timezones import UnknownZone, zone
from ...text import one_line
from .finding import ENTRY_FIELDS, snake_fields
from .nodes import Node

Range = tuple[int, int]

WEEKDAYS = [FULL_NAMES[-1], *FULL_NAMES[:-1]]
WHOLE_DAY = (0, 24 * 60)
DEFAULT_LOCATION = "UTC"

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00", re.ASCII)
_TIME_FIELDS = ("start_time", "end_time")
_NUMBER = re.compile(r"-?\d{1,4}", re.ASCII)
_SHORTEST_MONTH = 28


class Refused(ValueError):
    """An entry can't be read: the line, and a sentence."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line, self.reason = line, reason


@dataclass(frozen=True, slots=True)
class Entry:
    """Ranges of which at least one of each field has to match.

    A field without ranges always matches. `times` are minutes of the day without their
    end; all others include theirs. Weekdays count from Sunday, 0. `empty` are the
    fields that are empty lists, `ignored` unknown fields of times with their lines.
    """

    times: tuple[Range, ...]
    weekdays: tuple[Range, ...]
    days_of_month: tuple[Range, ...]
    months: tuple[Range, ...]
    years: tuple[Range, ...]
    location: str
    is_without_location: bool
    empty: tuple[str, ...]
    ignored: tuple[tuple[str, int], ...]


def entry(node: Node) -> Entry:
    """Return the entry of the node. Raises Refused."""
    if not isinstance(node.value, dict) and node.value is not None:
        raise Refused(node.line, "an entry has fields, such as times and weekdays.")
    fields = snake_fields(node)
    for key, value in fields.items():
        if key not in ENTRY_FIELDS:
            raise Refused(
                value.line, f"{_shown(key)} is not a field of time intervals."
            )
    location = fields.get("location")
    return Entry(
        times=united(_ranges(fields, "times", _time_range)),
        weekdays=united(_ranges(fields, "weekdays", _weekdays)),
        days_of_month=_ranges(fields, "days_of_month", _days_of_month),
        months=united(_ranges(fields, "months", _months)),
        years=united(_ranges(fields, "years", _years), gap=1),
        location=_location(location) if location else DEFAULT_LOCATION,
        is_without_location=location is None or not location.text,
        empty=tuple(key for key in ENTRY_FIELDS if _is_empty(fields.get(key))),
        ignored=tuple(_ignored(fields)),
    )


def united(ranges: Iterable[Range], gap: int = 0) -> tuple[Range, ...]:
    """Return ranges in order; those that overlap, or are `gap` apart, are one."""
    found: list[Range] = []
    for start, end in sorted(ranges):
        if found and start <= found[-1][1] + gap:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def _ignored(fields: dict[str, Node]) -> Iterator[tuple[str, int]]:
    for one in fields["times"].items if "times" in fields else []:
        for key, value in snake_fields(one).items():
            if key not in _TIME_FIELDS:
                yield _shown(key), value.line


def _is_empty(node: Node | None) -> bool:
    return node is not None and node.value == []


def _ranges(
    fields: dict[str, Node], key: str, read: Callable[[Node], Range]
) -> tuple[Range, ...]:
    node = fields.get(key)
    if node is None or node.value is None:
        return ()
    if not isinstance(node.value, list):
        raise Refused(node.line, f"{key} has to be a list.")
    return tuple(read(one) for one in node.value)


def _time_range(node: Node) -> Range:
    fields = snake_fields(node)
    start, end = (_minutes(node, fields.get(key)) for key in _TIME_FIELDS)
    if start >= end:
        raise Refused(
            node.line,
            "Alertmanager refuses a range of times that does not end after it starts. "
            "Write two for a night: until 24:00, and from 00:00.",
        )
    return start, end


def _minutes(node: Node, given: Node | None) -> int:
    text = (given.text if given else None) or ""
    if not _TIME.fullmatch(text):
        raise Refused(
            node.line,
            f"{_shown(text)} is not a time. A range has a start_time and an end_time, "
            "such as 09:00.",
        )
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _parts(node: Node) -> tuple[str, str]:
    """Return the two ends of `first:last`, or of the fields start and end."""
    if node.fields:
        first, last = (node.fields.get(key, node).text for key in ("start", "end"))
    else:
        first, colon, last = (node.text or "").lower().partition(":")
        last = last if colon else first
    return first or "", last or ""


def _weekdays(node: Node) -> Range:
    first, last = _parts(node)
    if first not in WEEKDAYS or last not in WEEKDAYS:
        raise _unreadable(node, "days of the week: write sunday or monday:friday")
    found = WEEKDAYS.index(first), WEEKDAYS.index(last)
    if found[0] > found[1]:
        raise Refused(
            node.line,
            f"Alertmanager refuses {_shown(node.text)}, because its week is from "
            "Sunday to Saturday. Write two items.",
        )
    return found


def _months(node: Node) -> Range:
    first, last = (
        MONTHS.index(one) + 1 if one in MONTHS else _number(one) for one in _parts(node)
    )
    return _checked(node, first, last, 12, "months: write 1:3 or december")


def _years(node: Node) -> Range:
    first, last = map(_number, _parts(node))
    return _checked(node, first, last, 9999, "years: write 2026 or 2025:2027")


def _days_of_month(node: Node) -> Range:
    first, last = map(_number, _parts(node))
    right = "days of the month: write 1:5, -1 or -3:-1"
    if not (first and last and -31 <= first <= 31 and -31 <= last <= 31):
        raise _unreadable(node, right)
    counted = (one + _SHORTEST_MONTH if one < 0 else one for one in (first, last))
    if first < 0 < last or next(counted) > next(counted):
        raise _unreadable(node, right)
    return first, last


def _checked(
    node: Node, first: int | None, last: int | None, most: int, right: str
) -> Range:
    if first is None or last is None or not 1 <= first <= last <= most:
        raise _unreadable(node, right)
    return first, last


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _location(node: Node) -> str:
    name = node.text or DEFAULT_LOCATION
    try:
        zone(name)
    except UnknownZone as error:
        raise Refused(node.line, f"location: {error.message}") from error
    return name


def _unreadable(node: Node, right: str) -> Refused:
    text = node.text if node.text is not None else ":".join(_parts(node))
    return Refused(node.line, f"{_shown(text)} are not {right}.")


def _shown(text: str | None) -> str:
    return repr(one_line(text or "")[:60])
