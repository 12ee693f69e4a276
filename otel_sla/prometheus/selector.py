"""Series selectors of PromQL, as a setting may give them. Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple

_LABEL = r"[a-zA-Z_][a-zA-Z0-9_]*"
_STRING = r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|`[^`]*`'
_MATCHER = rf"{_LABEL}\s*(?:=~|!~|!=|=)\s*(?:{_STRING})"
_SELECTOR = re.compile(
    r"(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)\s*"
    rf"(?:\{{\s*(?P<matchers>{_MATCHER}(?:\s*,\s*{_MATCHER})*\s*,?)?\s*\}})?"
)
_MERGED = re.compile(
    r"max\s*(?:by\s*\(\s*component\s*,?\s*\)\s*\((?P<before>.*)\)"
    r"|\((?P<after>.*)\)\s*by\s*\(\s*component\s*,?\s*\))",
    re.DOTALL,
)
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


class Selector(NamedTuple):
    """A metric's name and the matchers of its labels."""

    name: str
    matchers: str = ""

    def of(self, components: Iterable[str]) -> str:
        """Return the selector of the series of these components."""
        pattern = "|".join(map(quoted_for_re2, components))
        own = self.matchers.strip().rstrip(",")
        both = ",".join(filter(None, (own, f"component=~{quoted(pattern)}")))
        return f"{self.name}{{{both}}}"

    def __str__(self) -> str:
        return f"{self.name}{{{self.matchers}}}" if self.matchers else self.name


def parse_selector(text: str) -> Selector | None:
    """Return the selector that is in the text, alone or in `max by (component) (...)`.

    None for any other expression.
    """
    text = text.strip()
    merged = _MERGED.fullmatch(text)
    if merged:
        text = (merged["before"] or merged["after"] or "").strip()
    found = _SELECTOR.fullmatch(text)
    if found is None or "__name__" in (found["matchers"] or ""):
        return None
    return Selector(found["name"], (found["matchers"] or "").strip())


def quoted(text: str) -> str:
    """Return the text as a string of PromQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def quoted_for_re2(text: str) -> str:
    """Return a regular expression of RE2 that matches the text alone."""
    return _SPECIAL.sub(r"\\\g<0>", text)
