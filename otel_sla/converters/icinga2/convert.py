"""Drafts of schedules from the TimePeriod objects of a file."""

from __future__ import annotations

from typing import Any

from ..draft import Converted, Draft
from .parse import Entry, Parser
from .periods import Imports, Period
from .rules import Ranges


def convert(text: str) -> Converted:
    """Convert a file of Icinga 2. Raise NotConvertible if it is broken."""
    parsed = Parser(text)
    converted = Converted(lost=parsed.lost)
    imports = Imports(parsed.items)
    periods: dict[str, Period] = {}
    for item in parsed.items:
        if item.kind != "object":
            continue
        if item.name in periods:
            converted.lost.append(
                f"Line {item.line}: there is a TimePeriod {item.name!r} already, in "
                f"line {periods[item.name].line}."
            )
        else:
            periods[item.name] = imports.period(item)
    if not periods:
        converted.lost.append("There is no TimePeriod object in the file.")
    links = {period.name: _links(period, periods) for period in periods.values()}
    _open_cycles(periods, links)
    taken = set(periods)
    for period in periods.values():
        converted.drafts += _drafts(period, links[period.name], taken)
    return converted


Links = dict[str, list[str]]  # names by includes and excludes


def _links(period: Period, periods: dict[str, Period]) -> Links:
    return {
        "includes": _names(period, "includes", period.includes, periods),
        "excludes": _names(period, "excludes", period.excludes, periods),
    }


def _names(
    period: Period, attribute: str, entries: list[Entry], periods: dict[str, Period]
) -> list[str]:
    names: dict[str, None] = {}
    for entry in entries:
        if isinstance(entry.value, str) and entry.value in periods:
            names[entry.value] = None
            continue
        shown = entry.value if isinstance(entry.value, str) else ""
        shown = repr(shown) if shown else getattr(entry.value, "text", "a value")
        period.lost.append(
            f"Line {entry.line}: {attribute} has {shown}, which is not a TimePeriod of "
            "this file."
        )
    return list(names)


def _open_cycles(periods: dict[str, Period], links: dict[str, Links]) -> None:
    """Drop the links that lead back to where they come from."""
    done: set[str] = set()
    for start in periods:
        path = {start: None}
        walk = [(start, iter(_linked(links[start])))]
        while walk and start not in done:
            name, others = walk[-1]
            attribute, other = next(others, ("", ""))
            if not attribute:
                walk.pop()
                path.pop(name)
                done.add(name)
            elif other in path:
                links[name][attribute].remove(other)
                periods[name].lost.append(
                    f"Line {periods[name].line}: {attribute} of {other!r} is a cycle."
                )
            elif other not in done:
                path[other] = None
                walk.append((other, iter(_linked(links[other]))))


def _linked(links: Links) -> list[tuple[str, str]]:
    return [(attribute, name) for attribute in links for name in links[attribute]]


def _drafts(period: Period, links: Links, names: set[str]) -> list[Draft]:
    ranges = Ranges(period)
    shown = f" ({period.display_name})" if period.display_name else ""
    source = f"TimePeriod {period.name}{shown}, line {period.line}"
    lost = period.lost + ranges.lost
    body: dict[str, Any] = {}
    if ranges.always_open:
        body["always_open"] = True
    elif rules := ranges.rules():
        body["rules"] = rules
    named = {attribute: found for attribute, found in links.items() if found}
    helps = period.prefer_includes and len(named) == 2 and bool(body)
    if not helps:
        if period.prefer_includes and len(named) == 2:
            del named["excludes"]  # there are no hours of its own to take from
        draft = Draft(period.name, source, body | named, lost=lost)
        draft.taken = ranges.taken
        return [draft]
    own = f"{period.name} own hours"
    while own in names:
        own += " 2"
    names.add(own)
    first = Draft(own, source, body | {"excludes": links["excludes"]}, lost=lost)
    first.taken = ranges.taken
    second = Draft(period.name, source, {"includes": [own, *links["includes"]]})
    second.taken = [
        "Includes win over excludes (prefer_includes), so that the period's own hours, "
        f"less its excludes, are a schedule of their own: {own!r}."
    ]
    return [first, second]
