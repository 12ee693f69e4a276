"""What a converter makes of a file, before it is written as a catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Draft:
    """A schedule in the notation of a catalogue, and what became of its original.

    `name` is that of the file, and so are the names in `includes` and `excludes` of the
    `body`. `days` are those of a calendar of its own, which cancel or limit windows.
    `timezone` is empty where the file has none. `source` says where it stands. `taken`
    are sentences about what was read in a way that readers may not expect, `lost` about
    what could not be said.
    """

    name: str
    source: str
    body: dict[str, Any] = field(default_factory=dict)
    days: list[dict[str, Any]] = field(default_factory=list)
    timezone: str = ""
    taken: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Converted:
    """All drafts of a file, in its order, and what of the rest of it was lost."""

    drafts: list[Draft] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
