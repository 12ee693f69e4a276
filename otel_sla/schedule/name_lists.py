"""Lists of holiday calendars, of schedules, and of days' names.

Their order means nothing: they are kept in one order, names before codes, without
repetitions, so that they can be compared. Pure.
"""

import re
from collections.abc import Iterable

_CODE = re.compile(r"[A-Z]{2}([-/].*)?", re.DOTALL)


def is_code(text: str) -> bool:
    """Return whether the text is like a holiday calendar's code: US, GB-ENG, DE/x."""
    return bool(_CODE.fullmatch(text))


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names once each: own names first, then codes, both sorted."""
    return tuple(sorted(set(names), key=lambda name: (is_code(name), name)))


def codes_of(calendars: Iterable[str]) -> tuple[str, ...]:
    """Return the codes among names and codes."""
    return tuple(filter(is_code, calendars))


def names_of(calendars: Iterable[str]) -> tuple[str, ...]:
    """Return the names among names and codes."""
    return tuple(one for one in calendars if not is_code(one))


def parse_codes(text: str) -> tuple[str, ...]:
    """Parse `DE-BY, GB-ENG`, as a column has it; empty text is none."""
    return in_order(text.replace(",", " ").split())


def format_codes(calendars: Iterable[str]) -> str:
    """Write the codes among names and codes the way parse_codes reads them."""
    return ",".join(codes_of(calendars))


def parse_lines(text: str) -> tuple[str, ...]:
    """Parse a list of one text per line."""
    return in_order(filter(None, map(str.strip, text.splitlines())))


def format_lines(texts: Iterable[str]) -> str:
    """Write texts the way parse_lines reads them."""
    return "\n".join(texts)
