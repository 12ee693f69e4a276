"""Which periods exclude which, without circles."""

from __future__ import annotations

from collections.abc import Mapping

from ..draft import Draft
from .entries import Entries, listed

MAX_EXCLUDES = 100
MAX_DEPTH = 15

Drafts = Mapping[str, tuple[Draft, Entries]]


def excluded_periods(drafts: Drafts) -> dict[str, list[str]]:
    """Return the names that each period excludes, if it excludes any.

    Leave out, and say so, those that are unknown, that exclude the period in turn, or
    that are too many or too deep for a catalogue.
    """
    found: dict[str, list[str]] = {}
    depth: dict[str, int] = {}
    for start in drafts:
        path = {start: _wanted(*drafts[start], drafts)} if start not in depth else {}
        while path:
            name = next(reversed(path))
            if not path[name]:
                del path[name]
                below = [depth[other] for other in found.get(name, ())]
                depth[name] = max(below, default=-1) + 1
                continue
            number, other = path[name][0]
            if other not in path and other not in depth:
                path[other] = _wanted(*drafts[other], drafts)
                continue
            path[name].pop(0)
            if reason := _refusal(other in path, depth.get(other, 0)):
                draft = drafts[name][0]
                draft.lost.append(
                    f"Line {number}: {other[:60]!r} is not excluded: {reason}."
                )
            else:
                found.setdefault(name, []).append(other)
    return found


def _refusal(in_circle: bool, depth: int) -> str:
    if in_circle:
        return "it excludes this period in turn"
    if depth >= MAX_DEPTH:
        return f"excludes are nested more than {MAX_DEPTH} deep"
    return ""


def _wanted(draft: Draft, entries: Entries, drafts: Drafts) -> list[tuple[int, str]]:
    wanted: list[tuple[int, str]] = []
    for number, other in listed(entries.excludes):
        if other not in drafts:
            draft.lost.append(
                f"Line {number}: there is no time period {other[:60]!r} in the file "
                "that could be excluded."
            )
        elif len(wanted) == MAX_EXCLUDES:
            draft.lost.append(
                f"Line {number}: only the first {MAX_EXCLUDES} periods are excluded."
            )
            break
        else:
            wanted.append((number, other))
    return wanted
