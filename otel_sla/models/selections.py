"""Selections of components as issued reports have them, in the reader's language."""

import re

from ..language import gettext as _
from ..language import gettext_noop

ALL = gettext_noop("all components")
_KINDS = {
    "agreement": gettext_noop("agreement %(name)s"),
    "label": gettext_noop("label %(name)s"),
    "component": gettext_noop("component %(name)s"),
}
_PART = re.compile(
    rf"({'|'.join(_KINDS)}) ('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^,]*)(?:, |$)"
)
"""A part of a selection in writing: its kind and its name, perhaps in quotes."""


def selection_in_words(selection: str) -> str:
    """Return a selection in writing, such as `agreement gold, label team:payments`, in
    the language in use.

    What is not written so is returned as it is; "" is all components.
    """
    if selection in ("", ALL):
        return _(ALL)
    parts = _PART.findall(selection)
    if ", ".join(f"{kind} {name}" for kind, name in parts) != selection:
        return selection
    return ", ".join(_(_KINDS[kind]) % {"name": name} for kind, name in parts)
