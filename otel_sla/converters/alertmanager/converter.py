"""Convert the time intervals of a file to drafts of schedules."""

from collections.abc import Iterable, Iterator

from ..draft import Converted, Draft
from ..errors import NotConvertible
from .clocks import repeated
from .entries import DEFAULT_LOCATION, WHOLE_DAY, Entry, Refused, entry
from .finding import Found, Interval, Use, found_in
from .nodes import documents
from .rules import MAX_RULES, TooMany, body_of, clock

_MOST_ROUTES = 5


def convert(text: str) -> Converted:
    """Convert a configuration of Alertmanager or Grafana, or a part of one.

    Raises NotConvertible if it is not valid YAML or JSON, or has no intervals.
    """
    found = found_in(documents(text))
    if not found.intervals:
        if found.broken:
            raise found.broken[0]
        raise NotConvertible(
            "broken_file",
            line=1,
            reason="The file has no time intervals. They stand in time_intervals, "
            "mute_time_intervals or muteTimes.",
        )
    names = {interval.name for interval in found.intervals}
    uses: dict[str, list[Use]] = {}
    for use in found.uses:
        uses.setdefault(use.name, []).append(use)
    broken = [error.message for error in found.broken]
    converted = Converted(lost=[*broken, *_undefined(found, names)])
    for interval in found.intervals:
        here = uses.get(interval.name, [])
        converted.drafts.extend(_drafts(interval, here, names))
    return converted


def _undefined(found: Found, names: set[str]) -> Iterator[str]:
    for use in found.uses:
        if use.name not in names:
            yield (
                f"Line {use.line}: the interval {use.name} of {_route(use)} is not in "
                "the file."
            )


def _drafts(interval: Interval, uses: list[Use], names: set[str]) -> list[Draft]:
    """Return the draft of an interval after those that it includes."""
    kind = "mute time interval" if interval.is_mute else "time interval"
    source = f"{kind} {interval.name}, line {interval.line}"
    draft = Draft(interval.name, source, timezone=DEFAULT_LOCATION)
    by_location = _read(interval, draft)
    draft.taken.extend(_meaning(interval, uses))
    drafts = []
    for location, entries in by_location.items():
        part = draft
        if len(by_location) > 1:
            part = Draft(_free(f"{interval.name} ({location})", names), source)
            drafts.append(part)
        part.timezone = location
        _fill(part, entries)
    if drafts:
        draft.timezone = drafts[0].timezone
        draft.body = {"includes": [part.name for part in drafts]}
        draft.taken.append("Each location has a schedule of its own, included here.")
    if not interval.entries and not interval.misplaced:
        draft.taken.append("It has no times, so it is never open.")
    return [*drafts, draft]


def _read(interval: Interval, draft: Draft) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for key, line in interval.misplaced.items():
        draft.lost.append(
            f"Line {line}: {key} can't be read here. An interval has its times in a "
            "list, time_intervals."
        )
    for node in interval.entries:
        try:
            one = entry(node)
        except Refused as error:
            draft.lost.append(
                f"Line {error.line}: {error.reason} The whole entry that begins in "
                f"line {node.line} is left out."
            )
            continue
        for key, line in one.ignored:
            draft.lost.append(
                f"Line {line}: {key} is not a field of a range of times. Grafana "
                "ignores it, and Alertmanager refuses the file."
            )
        if one.empty:
            draft.taken.append(
                f"Line {node.line}: an empty list ({', '.join(one.empty)}) always "
                "matches, as Alertmanager documents it; in some of its versions, never."
            )
        found.setdefault(one.location, []).append(one)
    return found


def _fill(draft: Draft, entries: list[Entry]) -> None:
    try:
        draft.body = body_of(entries)
    except TooMany:
        draft.lost.append(f"All of its times: they are more than {MAX_RULES:,} rules.")
        return
    if any(one.is_without_location for one in entries):
        draft.taken.append("Times without a location are in UTC.")
    for start, end in repeated(draft.timezone):
        if any(_is_within(start, end, one) for one in entries):
            draft.taken.append(
                f"When clocks go back, Alertmanager matches times from {clock(start)} "
                f"to {clock(end)} twice. In a schedule they mean the first time."
            )


def _is_within(start: int, end: int, one: Entry) -> bool:
    """Return whether a boundary of the entry's times is in the repeated time."""
    times = one.times or (WHOLE_DAY,)
    return any(start < edge < end for pair in times for edge in pair)


def _meaning(interval: Interval, uses: list[Use]) -> Iterator[str]:
    muted = [use for use in uses if use.how == "muted"]
    active = [use for use in uses if use.how == "active"]
    if active:
        yield f"Active in {_routes(active)}."
    if muted:
        yield f"Muted in {_routes(muted)}."
    if not uses and not interval.is_mute:
        yield "The file does not say whether routes are muted or active then."
    if muted or (interval.is_mute and not active):
        yield (
            "A mute interval is the opposite of a service window: for the time "
            "outside it, write a schedule with always_open: true and excludes: "
            f"{interval.name}."
        )


def _routes(uses: Iterable[Use]) -> str:
    every = [f"{_route(use)} (line {use.line})" for use in uses]
    more = len(every) - _MOST_ROUTES
    return ", ".join(every[:_MOST_ROUTES]) + (f" and {more} more" if more > 0 else "")


def _route(use: Use) -> str:
    return f"the route to {use.receiver}" if use.receiver else "a route"


def _free(name: str, names: set[str]) -> str:
    """Return the name, with a number if it is taken, and take it."""
    free, number = name, 1
    while free in names:
        number += 1
        free = f"{name} {number}"
    names.add(free)
    return free
