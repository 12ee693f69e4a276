"""What happens to made-up components on each day of a month, read from a YAML file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ..text import one_line
from .source import NotMeasured

_TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")
_LARGEST = 1_000_000
_DAY = 86_400
_KEYS = {"day", "from", "to", "share", "unknown"}


class Event(NamedTuple):
    """A part of a day, from start to before end in seconds of the day in UTC."""

    day: int
    """Of the month."""
    start: int
    end: int
    share: str | None
    """The part that was up, as a sample has it; None: there are no samples."""


class Component(NamedTuple):
    """The events of a component, and since when it has samples, in Unix seconds."""

    in_service: int
    events: tuple[Event, ...]

    def on(self, day: int) -> list[Event]:
        """Return the events of the day that begins at a moment in Unix seconds."""
        number = datetime.fromtimestamp(day, UTC).day
        return [event for event in self.events if event.day == number]


def read_events(path: Path, moment: datetime) -> tuple[str, dict[str, Component]]:
    """Return the text of the file, and its components by name. Raises NotMeasured."""
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_LARGEST)
        given = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = getattr(error, "strerror", None) or one_line(str(error))
        raise NotMeasured("samples_unreadable", path=path, reason=reason) from None
    try:
        return text, {str(name): _component(one, moment) for name, one in given.items()}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = one_line(str(error)) or type(error).__name__
        raise NotMeasured("samples_invalid", path=path, reason=reason) from None


def _component(given: Any, moment: datetime) -> Component:
    in_service = 0
    events = []
    for entry in given:
        if not isinstance(entry, Mapping):
            raise TypeError(f"{entry!r} is not an event")
        if "in_service" in entry:
            in_service = _in_service(entry["in_service"], moment)
        else:
            events.append(_event(entry))
    return Component(in_service, tuple(events))


def _event(entry: Mapping[str, Any]) -> Event:
    if entry.keys() - _KEYS or not {"day", "from", "to"} <= entry.keys():
        raise ValueError(f"{dict(entry)!r} is not an event")
    start, end = _seconds(entry["from"]), _seconds(entry["to"])
    share = None if entry.get("unknown") else str(entry.get("share", 0))
    if not (1 <= entry["day"] <= 31 and start < end):
        raise ValueError(f"{dict(entry)!r} takes no time")
    if share is not None and not 0 <= float(share) <= 1:
        raise ValueError(f"{share} is not a share from 0 to 1")
    return Event(int(entry["day"]), start, end, share)


def _in_service(entry: Mapping[str, Any], moment: datetime) -> int:
    month = moment.year * 12 + moment.month - 1 - int(entry["months_ago"])
    first = datetime(month // 12, month % 12 + 1, int(entry["day"]), tzinfo=UTC)
    return int(first.timestamp()) + _seconds(entry["from"])


def _seconds(given: Any) -> int:
    found = _TIME.fullmatch(str(given))
    seconds = int(found[1]) * 3600 + int(found[2]) * 60 if found else _DAY + 1
    if seconds > _DAY:
        raise ValueError(f"{given!r} is not a time such as 09:30")
    return seconds
