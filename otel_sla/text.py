"""Texts of others on their way to people: what does not print does things. Pure."""

from __future__ import annotations

JOINERS = "\u200c\u200d"
"""They join what would stand apart, in family emoji and in Persian and Indic words."""


def legible(text: str) -> str:
    """Escape what does not print, or would make a terminal do something."""
    return "".join(
        one if _prints(one) else one.encode("unicode_escape").decode() for one in text
    )


def plain(text: str) -> str:
    """Put spaces in the place of what does not print."""
    return "".join(one if _prints(one) else " " for one in text)


def one_line(text: str) -> str:
    """Make it one line that does nothing to a terminal, a log or a page."""
    return " ".join(plain(text).split())


def is_text(text: str) -> bool:
    """Whether every database and the exposition formats can carry the text."""
    if "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def _prints(one: str) -> bool:
    return one.isprintable() or one in JOINERS
