"""The catalogue of a soak, in the words of a catalogue file, and its history."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Entry = dict[str, Any]
Sections = dict[str, dict[str, Entry]]

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = (
    "UTC",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Auckland",
    "Pacific/Chatham",
)
TARGETS = (95, 99, 99.5, 99.9, 99.95)
COMPONENTS_OF_A_SCHEDULE = 30


class Change(NamedTuple):
    """What an entry becomes; None: it is gone."""

    section: str
    name: str
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Edit:
    """Changes that were committed together, at some instant from before to after."""

    before: float
    after: float
    what: str
    way: str
    failures: int
    changes: tuple[Change, ...]

    def line(self) -> str:
        fields = (self.before, self.after, self.what, self.way, self.failures)
        return json.dumps([*fields, self.changes]) + "\n"

    @classmethod
    def of(cls, line: str) -> Edit:
        before, after, what, way, failures, changes = json.loads(line)
        made = tuple(Change(*change) for change in changes)
        return cls(before, after, what, way, failures, made)


class History:
    """The catalogue after each edit. Entries are shared, and never changed."""

    _KEPT = 200

    def __init__(self, first: Sections, edits: Iterable[Edit]) -> None:
        self.edits = list(edits)
        self._known = {0: first}

    def after(self, number: int) -> Sections:
        """Return the catalogue after so many edits."""
        nearest = max(known for known in self._known if known <= number)
        found = self._known[nearest]
        for edit in self.edits[nearest:number]:
            found = changed(found, edit.changes)
        self._known[number] = found
        if len(self._known) > self._KEPT:
            del self._known[sorted(self._known)[1]]
        return found


def changed(sections: Sections, changes: Iterable[Change]) -> Sections:
    """Return the catalogue with the changes; it itself stays as it is."""
    copies: Sections = {}
    for section, name, entry in changes:
        entries = copies.setdefault(section, dict(sections[section]))
        if entry is None:
            del entries[name]
        else:
            entries[name] = entry
    return {**sections, **copies}


def read_journal(file: Path) -> Iterator[Edit]:
    with file.open() as lines:
        yield from map(Edit.of, lines)


def catalogue(components: int, chance: random.Random, moment: float) -> Sections:
    """A catalogue in which some window opens or closes every few seconds."""
    schedules = {
        f"schedule-{n:03}": _schedule(chance, moment)
        for n in range(max(20, components // COMPONENTS_OF_A_SCHEDULE))
    }
    agreements = {
        name.replace("schedule", "agreement"): {
            "schedule": name,
            "target": chance.choice(TARGETS),
            "period": chance.choice(("month", "week", "7d", "30d")),
        }
        for name in schedules
    }
    names = list(agreements)
    return {
        "schedules": schedules,
        "agreements": agreements,
        "components": {
            f"component-{n:06}": _component(
                chance, names[n % len(names)], schedules, agreements, moment
            )
            for n in range(components)
        },
    }


def _schedule(chance: random.Random, moment: float) -> Entry:
    zone = chance.choice(ZONES)
    kind = chance.random()
    if kind < 0.02:
        return {"timezone": zone, "always_open": True, "overrides": []}
    entry: Entry = {"timezone": zone, "overrides": []}
    if kind < 0.2:
        entry["holidays"] = chance.choice(("US", "GB-ENG", "DE-BY", "JP"))
    if kind < 0.22:
        entry["rules"] = []
    elif kind < 0.4:
        entry["rules"] = [_rule(chance, 0, 20 * 3_600) for _ in range(3)]
    else:
        step = chance.choice((3_600, 3_600, 7_200, 10_800))
        entry["rules"] = [_rule(chance, at, step) for at in range(0, 86_400, step)]
    if kind > 0.7:
        entry["overrides"] = [one_off(chance, zone, moment) for _ in range(2)]
    return entry


def _rule(chance: random.Random, earliest: int, within: int) -> Entry:
    """A rule of odd seconds that begins in so many after the earliest."""
    start = earliest + chance.randrange(within * 3 // 4)
    end = start + chance.randrange(60, within)
    # Half of them on any day, so that the day of a soak is one of theirs.
    days = chance.sample(WEEK, chance.choice((7, 7, 6, 5, 1)))
    return {"days": sorted(days), "start": _clock(start), "end": _clock(end)}


def shifted(chance: random.Random, rule: Entry) -> Entry:
    """The rule at other times of day."""
    start = chance.randrange(86_400)
    end = start + chance.randrange(60, 7_200)
    return {**rule, "start": _clock(start), "end": _clock(end)}


def one_off(chance: random.Random, zone: str, moment: float) -> Entry:
    """An override that begins or ends within minutes of the moment."""
    wall = datetime.fromtimestamp(int(moment), ZoneInfo(zone)).replace(tzinfo=None)
    start = wall + timedelta(seconds=chance.randrange(-300, 300))
    end = start + timedelta(seconds=chance.randrange(10, 600))
    kind = chance.choice(("closed", "open"))
    return {"from": start.isoformat(), "to": end.isoformat(), "kind": kind}


def _component(
    chance: random.Random,
    agreement: str,
    schedules: dict[str, Entry],
    agreements: dict[str, Entry],
    moment: float,
) -> Entry:
    zone = schedules[agreements[agreement]["schedule"]]["timezone"]
    own = [one_off(chance, zone, moment)] if chance.random() < 0.03 else []
    return {
        "agreement": agreement,
        "labels": labels(chance),
        "enabled": chance.random() < 0.97,
        "overrides": own,
    }


def labels(chance: random.Random) -> dict[str, str]:
    return {
        "env": chance.choice(("prod", "test")),
        "region": f"eu-{chance.randrange(7)}",
        "team": f"team-{chance.randrange(20)}",
        "tier": str(chance.randrange(3)),
    }


def _clock(seconds: int) -> str:
    minutes, second = divmod(seconds % 86_400, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
