"""JSON as the stream of events that YAML is: the same composer takes both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import yaml

from .errors import CatalogueError
from .text_source import Source

_TOKEN = re.compile(
    r"""(?P<mark>[{}\[\]:,])
    |(?P<string>"[^"\\\x00-\x1f]*(?:\\.[^"\\\x00-\x1f]*)*")
    |(?P<float>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)
    |(?P<bool>true|false)
    |(?P<null>null)""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\r\n]*")
_GOES_ON = re.compile(r"[-+.eE0-9]*\Z")
_INTEGER = re.compile(r"-?[0-9]+")
_LONGEST_NUMBER = 100
_LONGEST_STRING = 700_000
_PLAIN = (False, False)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def json_events(source: Source) -> Iterator[yaml.NodeEvent | yaml.CollectionEndEvent]:
    """Yield the events of the document's nodes. Raises CatalogueError.

    What may come next is all the state there is, besides the kinds of brackets that
    are open: nothing recurses.
    """
    within: list[str] = []
    expected = "a value"
    for token in _tokens(source):
        mark = yaml.Mark(source.file, 0, token.line - 1, 0, None, 0)
        if token.kind == "mark" and token.text in "{[" and "value" in expected:
            within.append("}" if token.text == "{" else "]")
            expected = "a name or }" if token.text == "{" else "a value or ]"
            yield _start(token.text, mark)
        elif within and token.text == within[-1] and token.text in expected:
            closed = within.pop()
            end = yaml.MappingEndEvent if closed == "}" else yaml.SequenceEndEvent
            expected = _after(within)
            yield end(mark, mark)
        elif token.text == ":" and expected == ":":
            expected = "a value"
        elif token.text == "," and token.text in expected:
            expected = "a name" if within[-1] == "}" else "a value"
        elif token.kind == "string" and expected.startswith("a name"):
            expected = ":"
            yield _scalar(token, mark, source)
        elif token.kind not in ("mark", "end") and "value" in expected:
            expected = _after(within)
            yield _scalar(token, mark, source)
        elif token.kind != "end" or expected != "the end":
            found = repr(token.text) if token.text else "the end"
            raise _broken(f"{found} where {expected} belongs", source, token.line)


def _after(within: list[str]) -> str:
    return f", or {within[-1]}" if within else "the end"


def _start(text: str, mark: yaml.Mark) -> yaml.NodeEvent:
    start = yaml.MappingStartEvent if text == "{" else yaml.SequenceStartEvent
    return start(None, None, True, mark, mark)


def _scalar(token: _Token, mark: yaml.Mark, source: Source) -> yaml.ScalarEvent:
    kind, value = token.kind, token.text
    if kind == "string":
        kind, value = "str", _string(token, source)
    elif kind == "float" and len(value) > _LONGEST_NUMBER:
        raise _broken(f"a number of {len(value)} digits", source, token.line)
    elif kind == "float" and _INTEGER.fullmatch(value):
        kind = "int"
    return yaml.ScalarEvent(
        None, f"tag:yaml.org,2002:{kind}", _PLAIN, value, mark, mark
    )


def _string(token: _Token, source: Source) -> str:
    try:
        return str(json.loads(token.text))
    except json.JSONDecodeError as error:
        raise _broken(error.msg, source, token.line) from error


def _tokens(source: Source) -> Iterator[_Token]:
    """Split the text, of which no more is kept than a token is long."""
    left, at, line, more = "", 0, 1, True
    while True:
        space = _SPACE.match(left, at)
        begins = space.end() if space else at
        found = _TOKEN.match(left, begins)
        # What touches the end of the block may go on in the next, as 1.5 does after 1.
        if more and (found is None or _GOES_ON.match(left, found.end())):
            if len(left) - begins > _LONGEST_STRING:
                raise _broken("a value without an end", source, line)
            block = source.read()
            left, at, more = left[at:] + block, 0, bool(block)
            continue
        line += left.count("\n", at, begins)
        if found is None:
            if begins < len(left):
                raise _broken(f"{left[begins]!r} begins no value", source, line)
            yield _Token("end", "", line)
            return
        yield _Token(found.lastgroup or "", found[0], line)
        at = found.end()


def _broken(reason: str, source: Source, line: int) -> CatalogueError:
    return CatalogueError(f"broken JSON: {reason}", source.file, line)
