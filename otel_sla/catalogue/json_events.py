"""Read JSON as the events that the YAML parser gives, for the same composer."""

import json
import re
from collections.abc import Iterator

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
_CLOSING = {"{": "}", "[": "]"}
_FIRST = {"}": "a name or }", "]": "a value or ]"}
_STARTS = {"{": yaml.MappingStartEvent, "[": yaml.SequenceStartEvent}
_ENDS = {"}": yaml.MappingEndEvent, "]": yaml.SequenceEndEvent}

_Token = tuple[str, str, int]
"""Its kind, its text and its line."""


def json_events(source: Source) -> Iterator[yaml.NodeEvent | yaml.CollectionEndEvent]:
    """Yield the events of the document's nodes. Raises CatalogueError.

    It keeps what may come next and the brackets that are open, and does not recurse.
    """
    within: list[str] = []
    expected = "a value"
    for kind, text, line in _tokens(source):
        mark = yaml.Mark(source.file, 0, line - 1, 0, None, 0)
        if text in _CLOSING and "value" in expected:
            within.append(_CLOSING[text])
            expected = _FIRST[within[-1]]
            yield _STARTS[text](None, None, True, mark, mark)
        elif within and text == within[-1] and text in expected:
            within.pop()
            expected = _after(within)
            yield _ENDS[text](mark, mark)
        elif text == expected == ":":
            expected = "a value"
        elif text == "," and text in expected:
            expected = "a name" if within[-1] == "}" else "a value"
        elif kind == "string" and expected.startswith("a name"):
            expected = ":"
            yield _scalar(kind, text, mark, source)
        elif kind not in ("mark", "end") and "value" in expected:
            expected = _after(within)
            yield _scalar(kind, text, mark, source)
        elif kind != "end" or expected != "the end":
            found = repr(text) if text else "the end"
            raise _broken(f"{found} where {expected} belongs", source, line)


def _after(within: list[str]) -> str:
    return f", or {within[-1]}" if within else "the end"


def _scalar(kind: str, text: str, mark: yaml.Mark, source: Source) -> yaml.ScalarEvent:
    if kind == "string":
        try:
            kind, text = "str", json.loads(text)
        except json.JSONDecodeError as error:
            raise _broken(error.msg, source, mark.line + 1) from error
    elif kind == "float" and len(text) > _LONGEST_NUMBER:
        raise _broken(f"a number of {len(text)} digits", source, mark.line + 1)
    elif kind == "float" and _INTEGER.fullmatch(text):
        kind = "int"
    return yaml.ScalarEvent(None, f"tag:yaml.org,2002:{kind}", _PLAIN, text, mark, mark)


def _tokens(source: Source) -> Iterator[_Token]:
    """Split the text into tokens, without keeping more of it than a token is long."""
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
            yield "end", "", line
            return
        yield found.lastgroup or "", found[0], line
        at = found.end()


def _broken(reason: str, source: Source, line: int) -> CatalogueError:
    return CatalogueError("broken_json", source.file, line, reason=reason)
