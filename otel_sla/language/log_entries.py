"""Messages of the admin's log, stored in English and shown in the reader's language.

Django stores a message as a list of items, and translates the names in them. Ours also
have the sentences they were made of, which Django ignores.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.text import capfirst

from . import Sentence, gettext, translated
from . import gettext_noop as _

Item = dict[str, Any]
"""A part of a log entry's message."""

CHANGE = _("%(field)s: %(before)s → %(after)s.")
"""The sentence of a field. It begins with a capital letter."""

_SHOWN = 50
"""Changes of an import that are listed."""
_CHANGED = _("Changed %(what)s.")
_SENTENCES, _IS_CHANGE = "otel_sla_sentences", "otel_sla_is_change"
_ROW = "otel_sla_row"
_OF_DJANGO = ("added", "changed", "deleted")


def changed(*sentences: str) -> Item:
    """Return an item that is shown as `Changed` and the sentences."""
    return {**told(*sentences), _IS_CHANGE: True}


def told(*sentences: str) -> Item:
    """Return an item that is shown as the sentences."""
    text = " ".join(map(_english, sentences))
    stored = [_packed(one) for one in sentences]
    return {"changed": {"fields": [text.removesuffix(".")]}, _SENTENCES: stored}


def told_of_import(calendar: str, changes: Sequence[str]) -> Item:
    """Return the item of an imported calendar, with the first of the changes."""
    rest = len(changes) - _SHOWN
    words = _("And 1 more change.") if rest == 1 else _("And %(count)s more changes.")
    more = Sentence(words, {"count": f"{rest:,}"})
    return told(
        Sentence(_("Imported the calendar %(name)s."), {"name": calendar}),
        *changes[:_SHOWN],
        *([more] if rest > 0 else ()),
    )


def of_row(verb: str, kind: str, row: str) -> Item:
    """Return Django's item for a row of that kind; the verb is `added` or `deleted`."""
    return {verb: {"name": kind, "object": str(row)}, _ROW: _packed(row)}


def in_words(entry: Any) -> str:
    """Return the message of a log entry in the language in use."""
    if not any(key in entry.change_message for key in (_SENTENCES, _ROW)):
        return str(entry.get_change_message())
    try:
        items = json.loads(entry.change_message)
        shown = [_shown(entry, item) for item in items]
    except (LookupError, TypeError, ValueError):
        return str(entry.get_change_message())
    return " ".join(filter(None, shown))


def _shown(entry: Any, item: Item) -> str:
    if _SENTENCES in item:
        sentences = [_translated(_unpacked(one)) for one in item[_SENTENCES]]
        text = " ".join(sentences)
        if item.get(_IS_CHANGE):
            text = gettext(_CHANGED) % {"what": text.removesuffix(".")}
        return text
    verb = next((one for one in _OF_DJANGO if one in item), None)
    if verb is None:
        return ""
    if _ROW in item:
        row = translated(_unpacked(item[_ROW]))
        item = {verb: {**item[verb], "object": row}}
    return str(type(entry)(change_message=json.dumps([item])).get_change_message())


def _english(sentence: str) -> str:
    return capfirst(sentence) if _is_of_a_field(sentence) else str(sentence)


def _translated(sentence: str) -> str:
    text = translated(sentence)
    return capfirst(text) if _is_of_a_field(sentence) else text


def _is_of_a_field(sentence: str) -> bool:
    return isinstance(sentence, Sentence) and sentence.template == CHANGE


def _packed(text: Any) -> Any:
    if not isinstance(text, Sentence):
        return str(text)
    return [text.template, {name: _packed(one) for name, one in text.params.items()}]


def _unpacked(stored: Any) -> str:
    if isinstance(stored, str):
        return stored
    template, params = stored
    given: Mapping[str, str] = {name: _unpacked(one) for name, one in params.items()}
    return Sentence(template, given)
