"""A report as tables for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ..language import gettext as _
from ..models.selections import selection_in_words
from ..text import legible, one_line
from .accounting_words import accounting_of
from .notes_in_words import note_in_words, reason_in_words, source_in_words
from .selection import Selection
from .wording import (
    availability,
    length,
    moment,
    percent,
    span,
    title,
    verdict,
    zone_named,
)

Document = dict[str, Any]
Row = Sequence[str]
Style = Callable[[str], str]


def as_table(document: Document, heading: Style = str) -> Iterator[str]:
    """Yield the lines of the report. `heading` is how titles are styled."""
    selection = Selection.from_json(document["selection"])
    yield heading(
        _("SLA report for %(title)s, %(selection)s")
        % {"title": title(document), "selection": selection_in_words(str(selection))}
    )
    yield _("Made %(made_at)s from %(source)s.") % {
        "made_at": moment(document["made_at"], zone_named("UTC")),
        "source": legible(source_in_words(document["source"])),
    }
    if document["is_made_up"]:
        yield _("Made up: these samples are an example, nothing was measured.")
    yield ""
    yield from _table(
        (
            *(_("component"), _("agreement"), _("target"), _("availability")),
            *(_("down"), _("left"), _("result")),
        ),
        (_summary(document, one) for one in document["components"]),
        heading,
    )
    for name, columns, rows in _sections(document):
        if rows:
            yield ""
            yield heading(name)
            yield from _table(columns, rows, heading)
    for name, sentences in _sentences(document):
        if sentences:
            yield ""
            yield heading(name)
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
    times = (_("component"), _("from, to"), _("down"), _("reason"))
    yield (
        _("Outages in service hours"),
        times[:3],
        [
            row[:3]
            for one in components
            for row in _outages(one, lambda outage: bool(outage["counted"]))
        ],
    )
    yield (
        _("Outages that do not count"),
        times,
        [
            row
            for one in components
            for row in _outages(one, lambda outage: not outage["counted"])
        ],
    )
    yield (
        _("Exclusions"),
        (
            *(_("component"), _("from, to"), _("service hours")),
            *(_("reason"), _("approved by")),
        ),
        [
            (*_span(one, each), length(each["seconds"]), *_said(each))
            for one in components
            for each in one["exclusions"]
        ],
    )
    yield (
        _("Maintenance"),
        (
            *(_("component"), _("from, to"), _("took out")),
            *(_("of it down"), _("entered"), _("reason")),
        ),
        [_closed(one, each) for one in components for each in one["maintenance"]],
    )


def _sentences(document: Document) -> Iterator[tuple[str, list[str]]]:
    notes = [one_line(note_in_words(note)) for note in document["notes"]]
    notes += [
        f"{legible(one['component'])}: {one_line(note_in_words(note))}"
        for one in document["components"]
        for note in one["notes"]
    ]
    yield _("Notes"), notes
    yield _("Accounting"), accounting_of(document)


def _outages(one: Document, is_wanted: Callable[[Document], bool]) -> Iterator[Row]:
    for outage in one["outages"]:
        if is_wanted(outage):
            reason = one_line(reason_in_words(outage["reason"]))
            yield (*_span(one, outage), length(outage["seconds"]), reason)


def _closed(one: Document, each: Document) -> Row:
    entered = _("unknown")
    if each["created"]:
        entered = moment(each["created"], zone_named(one["timezone"]))
    if each["is_late"]:
        entered = _("%(entered)s, after it began") % {"entered": entered}
    return (
        *_span(one, each),
        length(each["took_out_seconds"]),
        length(each["took_out_down_seconds"]),
        entered,
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
