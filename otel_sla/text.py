"""Make untrusted text safe to display, and write moments as text. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches

JOINERS = "\u200c\u200d"
"""Zero-width characters that family emoji and Persian and Indic words need."""


def legible(text: str) -> str:
    """Return the text with unprintable characters and terminal controls escaped."""
    return "".join(
        one if _prints(one) else one.encode("unicode_escape").decode() for one in text
    )


def plain(text: str) -> str:
    """Return the text with a space for each unprintable character."""
    return "".join(one if _prints(one) else " " for one in text)


def one_line(text: str) -> str:
    """Return the text as one line that is safe in a terminal, a log or a page."""
    return " ".join(plain(text).split())


def suggestion(
    name: str,
    known: Iterable[str],
    template: str = ": did you mean {}?",
    cutoff: float = 0.6,
) -> str:
    """Return the template with the known name that is closest, or "" if none is close.

    `cutoff` is how alike they have to be: from 0 for anything to 1 for the same.
    """
    close = get_close_matches(name, list(known), n=1, cutoff=cutoff)
    return template.format(*close) if close else ""


def is_text(text: str) -> bool:
    """Return whether every database and exposition format can hold the text."""
    if "\0" in text:
        return False
    try:
        return text.isascii() or bool(text.encode())
    except UnicodeEncodeError:
        return False


def iso_utc(moment: int | None) -> str | None:
    """Write a moment, in Unix seconds, as ISO 8601 in UTC: 2026-03-29T01:00:00Z."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def _prints(one: str) -> bool:
    return one.isprintable() or one in JOINERS
