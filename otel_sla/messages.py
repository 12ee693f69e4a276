"""Errors as a code and parameters, and the sentences of labels, names and percentages.

A package keeps its sentences in one table, so that they can be changed without touching
the code that raises them, and marks them for translation. Pure.
"""

import copyreg
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from .language import Sentence, translated
from .language import gettext_noop as _

MESSAGES = {
    "labels_not_json": _("Labels must be a JSON object: %(reason)s"),
    "labels_not_a_mapping": _(
        "Labels must be a mapping of names to strings, not %(value)s."
    ),
    "too_many_labels": _("There are %(count)s labels. Use at most %(most)s."),
    "clashing_labels": _(
        "Label names %(other)r and %(name)r both become %(shown)r in Prometheus. "
        "Rename one of them."
    ),
    "label_name_not_text": _("A label name must be a non-empty string, not %(value)r."),
    "label_name_too_long": _(
        "The label name %(short)s has %(length)s characters. Use at most %(most)s."
    ),
    "label_name_not_encodable": _(
        "The label name %(name)r contains NUL or a lone surrogate. Remove it."
    ),
    "label_name_reserved": _(
        "The label name %(name)r is reserved. Use a name other than %(taken)s "
        "and quantile that does not start with __ or otel_scope_."
    ),
    "label_value_not_text": _(
        "The value of label %(name)r must be a string, not %(value)s. Put it in quotes."
    ),
    "label_value_too_long": _(
        "The value of label %(name)r has %(length)s characters. Use at most %(most)s."
    ),
    "label_value_not_encodable": _(
        "The value of label %(name)r contains NUL or a lone surrogate. Remove it."
    ),
    "not_a_label": _(
        "%(text)r is not a label with its value. Use name:value, for example "
        "team:payments."
    ),
    "label_without_name": _(
        "The value %(value)r has no label name. Give one, or clear the row."
    ),
    "label_given_twice": _("Label %(name)r is given twice. Remove one of the rows."),
    "spaces_around_name": _(
        "A name must not begin or end with a space or an invisible character."
    ),
    "unprintable_name": _(
        "A name must be printable text. This one contains %(code_point)s, "
        "%(character)s."
    ),
    "name_like_a_code": _(
        "%(name)r is like the code of a public holiday calendar. Use a name that does "
        "not begin with two capital letters alone, such as company."
    ),
    "not_encodable": _("The text contains NUL or a lone surrogate. Remove it."),
    "not_a_percentage": _(
        "%(value)r is not a valid percentage. Use a number above 0 and at most 100 "
        "with up to %(decimals)s decimals, for example 99.9."
    ),
}


def lines(texts: Iterable[str]) -> Sentence:
    """Return a sentence of lines, each of which is translated if it is a sentence."""
    numbered = {str(number): text for number, text in enumerate(texts)}
    return Sentence("\n".join(f"%({number})s" for number in numbered), numbered)


class CodedError(ValueError):
    """A refusal: a code, the parameters, and a sentence made of both.

    The sentence is the template of that code in `table`, filled with %, as Django
    fills the message of a ValidationError.
    """

    table: ClassVar[Mapping[str, str]] = MESSAGES
    field: str | None = None
    """The attribute at fault, where the error is about one of several."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    @property
    def template(self) -> str:
        """The sentence before its parameters are filled in."""
        return self.table[self.code]

    @property
    def message(self) -> Sentence:
        """The sentence: what is wrong, and what would be right."""
        return Sentence(self.template, self.params)

    def in_words(self) -> str:
        """Return str() of it in the reader's language."""
        return translated(self)

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses take other arguments than those that an exception keeps.
        return copyreg.__newobj__, (type(self), *self.args), self.__dict__  # type: ignore[attr-defined]

    def __str__(self) -> str:
        return self.message
