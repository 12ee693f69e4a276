"""The `define timeperiod` objects of a file, as lines with their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import NotConvertible

Lines = Iterator[tuple[int, str, str]]
_DEFINE = re.compile(r"define\s+(\w+)\s*(\{?)\s*(\}?)$", re.IGNORECASE)
_INCLUDES = ("include_file=", "include_dir=", "cfg_file=", "cfg_dir=")


@dataclass(slots=True)
class Line:
    """A directive: its first word in lower case, the rest, and the comment after it."""

    number: int
    key: str
    rest: str
    comment: str

    @property
    def text(self) -> str:
        return f"{self.key} {self.rest}".strip()


@dataclass(slots=True)
class TimePeriod:
    """An object as it is written, without what its templates have."""

    number: int
    lines: list[Line] = field(default_factory=list)

    def last(self, key: str) -> Line | None:
        """Return the directive of that name that counts, which is the last one."""
        return next((line for line in reversed(self.lines) if line.key == key), None)

    def value(self, key: str) -> str:
        line = self.last(key)
        return line.rest if line else ""


def read_objects(text: str) -> tuple[list[TimePeriod], list[str]]:
    """Return the time periods of the file, and sentences on files that it includes.

    Raise NotConvertible if it is broken.
    """
    found: list[TimePeriod] = []
    lost: list[str] = []
    lines = _content(text)
    for number, content, _ in lines:
        if content.startswith(_INCLUDES):
            lost.append(f"Line {number}: {content[:60]!r} is not read.")
            continue
        begun = _DEFINE.match(content)
        if not begun:
            raise _broken(
                number, f"{content[:40]!r} is outside of any 'define' with its '{{'."
            )
        kind = begun[1].lower()
        if not begun[3]:
            period = TimePeriod(number)
            _read_object(lines, period, kind, not begun[2])
            if kind == "timeperiod":
                found.append(period)
    return found, lost


def _read_object(lines: Lines, period: TimePeriod, kind: str, waits: bool) -> None:
    """Read to the end of an object; only those of time periods are kept."""
    for number, content, comment in lines:
        if waits and content != "{":
            raise _broken(number, f"'{{' should follow 'define {kind}'.")
        if content == "}":
            return
        if content.startswith("}"):
            raise _broken(number, "A '}' should be alone on its line.")
        if content[:6].lower() == "define" and _DEFINE.match(content):
            raise _broken(
                number,
                f"This begins an object, but the one of line {period.number} "
                "has no '}' yet.",
            )
        if kind == "timeperiod" and not waits:
            key, _, rest = content.partition(" ")
            period.lines.append(Line(number, key.lower(), rest.strip(), comment))
        waits = False
    raise _broken(period.number, "This object has no '}' at its end.")


def _content(text: str) -> Lines:
    """Yield number, content and comment of the lines that have content.

    A line that ends with a backslash goes on in the next one.
    """
    begun, begun_at = "", 0
    for number, line in enumerate(text.replace("\ufeff", "").splitlines(), start=1):
        content, _, comment = line.partition(";")
        content = content.replace("\t", " ").strip()
        if content.startswith("#") and not begun:
            continue
        if content.endswith("\\"):
            begun += content[:-1] + " "
            begun_at = begun_at or number
            continue
        content = (begun + content).strip()
        if content:
            yield begun_at or number, content, comment.strip(" \t#;")
        begun, begun_at = "", 0


def _broken(number: int, reason: str) -> NotConvertible:
    return NotConvertible("broken_file", line=number, reason=reason)
