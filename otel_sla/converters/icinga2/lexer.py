"""The tokens of a file of Icinga 2's configuration language."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import NotConvertible

_TOKEN = re.compile(
    r"""
    (?P<blank>[^\S\n]+|//[^\n]*|\#[^\n]*|/\*[\s\S]*?\*/)
    |(?P<end>[\n;])
    |(?P<word>[^\W\d]\w*)
    |(?P<raw>\{\{\{[\s\S]*?\}\}\})
    |(?P<text>"[^"\\\n]*(?:\\[\s\S][^"\\\n]*)*")
    |(?P<open>/\*|"|\{\{\{)
    |(?P<number>\d[\w.]*)
    |(?P<sign>[-+*/=!<>&|]=|=>|[\s\S])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\([0-7]{1,3}|[\s\S])")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_MOST = 3_000_000  # tokens, comments and blanks
_CLOSED_BY = {"/*": "*/", '"': '" on the same line', "{{{": "}}}"}


class Token(NamedTuple):
    """`kind` is word, text (a string, without its quotes), number, sign or end."""

    kind: str
    text: str
    line: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens, then end without end.

    Raise NotConvertible if one is open or they are too many.
    """
    line = 1
    for count, found in enumerate(_TOKEN.finditer(text)):
        if count == _MOST:
            reason = (
                f"the file has more than {_MOST:,} words and signs. Convert only the "
                "part that has its time periods."
            )
            raise NotConvertible("broken_file", line=line, reason=reason)
        kind, shown = str(found.lastgroup), found.group()
        if kind == "open":
            reason = f"{shown} is not closed. Close it with {_CLOSED_BY[shown]}."
            raise NotConvertible("broken_file", line=line, reason=reason)
        if kind == "raw":
            yield Token("text", shown[3:-3], line)
        elif kind == "text":
            yield Token("text", _ESCAPE.sub(_character, shown[1:-1]), line)
        elif kind != "blank":
            yield Token(kind, shown, line)
        line += shown.count("\n")
    while True:
        yield Token("", "", line)


def _character(found: re.Match[str]) -> str:
    escaped = found[1]
    if escaped[0] in "01234567":
        return chr(int(escaped, 8))
    return _ESCAPED.get(escaped, escaped)
