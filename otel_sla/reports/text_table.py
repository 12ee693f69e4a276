"""A report as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..text import legible, one_line
from .selection import Selection
from .wording import availability, length, moment, percent, span, verdict, zone_named

Document = dict[str, Any]
Row = Sequence[str]
Style = Callable[[str], str]


def as_table(document: Document, heading: Style = str) -> Iterator[str]:
    """Yield the lines of the report. `heading` is how titles are styled."""
    selection = Selection.from_json(document["selection"])
    yield heading(f"SLA report for {document['title']}, {selection}")
    made_at = moment(document["made_at"], zone_named("UTC"))
    yield f"Made {made_at} from {legible(document['source'])}."
    if document["is_made_up"]:
        yield "Made up: these samples are an example, nothing was measured."
    yield ""
    yield from _table(
        ("component", "agreement", "target", "availability", "down", "left", "result"),
        (_summary(document, one) for one in document["components"]),
        heading,
    )
    for title, columns, rows in _sections(document):
        if rows:
            yield ""
            yield heading(title)
            yield from _table(columns, rows, heading)
    for title, sentences in _sentences(document):
        if sentences:
            yield ""
            yield heading(title)
            yield from sentences


def _summary(document: Document, one: Document) -> Row:
    least = document["min_coverage"]
    result = verdict(one, least)
    return (
        legible(one["component"]),
        legible(one["agreement"]),
        percent(one["target"]),
        availability(one, least),
        length(one["down_seconds"]),
        length(one["budget_left_seconds"]),
        f"{result.sign} {result.words}",
    )


def _sections(document: Document) -> Iterator[tuple[str, Row, list[Row]]]:
    components = document["components"]
    times = ("component", "from, to", "down", "reason")
    yield (
        "Outages in service hours",
        times[:3],
        [
            row[:3]
            for one in components
            for row in _outages(one, lambda outage: bool(outage["counted"]))
        ],
    )
    yield (
        "Outages that do not count",
        times,
        [
            row
            for one in components
            for row in _outages(one, lambda outage: not outage["counted"])
        ],
    )
    yield (
        "Exclusions",
        ("component", "from, to", "service hours", "reason", "approved by"),
        [
            (*_span(one, each), length(each["seconds"]), *_said(each))
            for one in components
            for each in one["exclusions"]
        ],
    )
    yield (
        "Maintenance",
        ("component", "from, to", "took out", "of it down", "entered", "reason"),
        [_closed(one, each) for one in components for each in one["maintenance"]],
    )


def _sentences(document: Document) -> Iterator[tuple[str, list[str]]]:
    notes = [one_line(note) for note in document["notes"]]
    notes += [
        f"{legible(one['component'])}: {one_line(note)}"
        for one in document["components"]
        for note in one["notes"]
    ]
    yield "Notes", notes
    yield "Accounting", document["accounting"]


def _outages(one: Document, is_wanted: Callable[[Document], bool]) -> Iterator[Row]:
    for outage in one["outages"]:
        if is_wanted(outage):
            reason = one_line(outage["reason"])
            yield (*_span(one, outage), length(outage["seconds"]), reason)


def _closed(one: Document, each: Document) -> Row:
    entered = "unknown"
    if each["created"]:
        entered = moment(each["created"], zone_named(one["timezone"]))
    return (
        *_span(one, each),
        length(each["took_out_seconds"]),
        length(each["took_out_down_seconds"]),
        f"{entered}, after it began" if each["is_late"] else entered,
        one_line(each["reason"]),
    )


def _span(one: Document, each: Document) -> Row:
    local = zone_named(one["timezone"])
    return legible(one["component"]), span(each["start"], each["end"], local)


def _said(each: Document) -> Row:
    return one_line(each["reason"]), one_line(each["approved_by"])


def _table(titles: Row, rows: Iterable[Row], heading: Style) -> Iterator[str]:
    body = [[cell.replace("\u00a0", " ") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(titles, *body, strict=True)]
    yield heading(_line(titles, widths))
    for row in body:
        yield _line(row, widths)


def _line(cells: Row, widths: Sequence[int]) -> str:
    return "  ".join(map(str.ljust, cells, widths)).rstrip()
