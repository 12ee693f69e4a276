"""The sentences of a document, which are English, in the language of the reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache

from ..accounting.stretches import REASONS
from ..language import day, gettext, number
from ..schedule.messages import MESSAGES as OF_SCHEDULES
from .note_messages import AND_MORE, NOTES, OUTCOMES, PERIOD, PERIODS, SOURCES
from .source_messages import MESSAGES as OF_SOURCES

_PARAM = re.compile(r"%(?:\((\w+)\)[sr]|(%))")
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)( .*)")


def note_in_words(note: str) -> str:
    """Return a note in the language in use; one of no known template as it is."""
    return _in_words(note, _NOTES)


def reason_in_words(reason: str) -> str:
    """Return why an outage does not count in the language in use."""
    return _in_words(reason, REASONS)


def source_in_words(name: str) -> str:
    """Return the name of a source in the language in use."""
    return _in_words(name, _SOURCES)


def _in_words(text: str, templates: Iterable[str]) -> str:
    for template in templates:
        if found := _pattern(template).fullmatch(text):
            params = found.groupdict()
            return gettext(template) % {
                name: _WRITERS.get(name, str)(value) for name, value in params.items()
            }
    return text


@cache
def _pattern(template: str) -> re.Pattern[str]:
    """Return the pattern of what a template may have become."""
    pattern, end, known = "", 0, set[str]()
    for param in _PARAM.finditer(template):
        name = param[1]
        pattern += re.escape(template[end : param.start()])
        if name is None:
            pattern += "%"
        else:
            pattern += f"(?P={name})" if name in known else f"(?P<{name}>.*?)"
            known.add(name)
        end = param.end()
    return re.compile(pattern + re.escape(template[end:]), re.DOTALL)


def _figures(text: str) -> str:
    """Write the numbers of a length or a percentage as the language does."""
    return _FIGURE.sub(lambda found: number(found[0].replace(",", "")), text)


def _moment(text: str) -> str:
    """Write `2026-10-02 07:12 UTC` as the language does."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return text
    return day(datetime.fromisoformat(found[1])) + found[2]


def _outcome(text: str) -> str:
    shown = _in_words(text, OUTCOMES.values())
    return _figures(text) if shown == text else shown


def _error(text: str) -> str:
    return _in_words(text, _ERRORS)


def _names(text: str) -> str:
    return _in_words(text, (AND_MORE,))


def _period(text: str) -> str:
    return _in_words(text, (*PERIODS.values(), PERIOD))


_NOTES = tuple(NOTES.values())
_SOURCES = tuple(SOURCES.values())
_ERRORS = tuple(
    template
    for template in (*OF_SOURCES.values(), *OF_SCHEDULES.values())
    if template != "%(reason)s"
)
_WRITERS: Mapping[str, Callable[[str], str]] = {
    "at": _moment,
    "achieved": _outcome,
    "error": _error,
    "names": _names,
    "outcome": _outcome,
    "period": _period,
    **dict.fromkeys(
        (
            *("count", "down", "least", "length", "missed", "recorded"),
            *("share", "today", "without"),
        ),
        _figures,
    ),
}
"""How parameters are written, by their names; others are written as they are."""
