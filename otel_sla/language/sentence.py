"""English text that keeps what it was made of, so that it can be translated later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from html import escape
from typing import Any, Self

from .language import gettext, in_english, number


class Sentence(str):
    """A sentence in English, made of a template and its parameters.

    It is an ordinary str for logs and JSON. In a template of Django's and in
    format_html() it is shown in the reader's language. str() keeps it; slices, joins
    and f-strings are plain English text.
    """

    template: str
    params: Mapping[str, Any]

    def __new__(cls, template: str, params: Mapping[str, Any]) -> Self:
        sentence = super().__new__(cls, template % params)
        sentence.template, sentence.params = template, params
        return sentence

    def __getnewargs__(self) -> tuple[Any, ...]:
        return self.template, self.params

    def __str__(self) -> str:
        return self

    def __html__(self) -> str:
        return escape(translated(self))


class Phrase(Sentence):
    """A value in English that is written anew in the reader's language, such as a date.

    `write` writes it in the language in use. Where template and parameters are stored,
    as in the admin's log, it stays English.
    """

    write: Callable[[], str]

    def __new__(cls, write: Callable[[], str]) -> Self:
        with in_english():
            text = write()
        phrase = super().__new__(cls, "%(text)s", {"text": text})
        phrase.write = write
        return phrase

    def __getnewargs__(self) -> tuple[Any, ...]:
        return (self.write,)


def figure(value: int | Decimal) -> Phrase:
    """Return a number as a phrase, for sentences: `10,000`, `10.000`."""
    return Phrase(partial(number, value))


def translated(text: object) -> str:
    """Return a text in the language in use, if it is a sentence; others as they are.

    Parameters that are sentences, or errors about one, are translated, too. Where a
    translation has other parameters than the sentence, it is English.
    """
    text = str(text)
    if isinstance(text, Phrase):
        return text.write()
    if not isinstance(text, Sentence):
        return text
    params = {
        name: translated(value) if isinstance(value, (Sentence, Exception)) else value
        for name, value in text.params.items()
    }
    try:
        return gettext(text.template) % params
    except (LookupError, TypeError, ValueError):
        # A host's own translation. Django's {% blocktranslate %} does the same.
        return text.template % params
