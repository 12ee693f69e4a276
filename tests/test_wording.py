"""Prose is plain English: the phrases below are gone from code, pages and documents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WRITTEN = ("*.py", "*.html", "*.js", "*.md", "*.yml", "*.yaml", "*.json")
FOLDERS = ("otel_sla", "sla_site", "docs", "deploy")
PHRASES = (
    # what was said: a pattern, so that a line break may be in it
    r"no end in ten years",
    r"does not open in ten years",
    r"component is like that",
    r"Times in:",
    r"Outage that (it |the target )?allows",
    r"\bmended\b",
    r"Against what is saved",
    r"as many windows",
    r"Not itself in",
    r"Only on some days, on holidays",
    r"\d, nth \d",
    r"it is not shown again",
    r"the log of the site says why",
    r"this one is old",
    r"nobody waits",
    r"[Oo]thers' work\b",
    r"[Tt]exts of others",
    r"what does not print does",
    r"Say what happens again and again",
    r"What of a ModelAdmin",
    r"[Cc]oming from the collector",
    r"past all validation",
    r"\b[Ww]hoever\b",
    # "There is no", "which is no longer" and "is no more than" are English.
    r"(?<![Hh]ere\s)\b(is|are) no\b(?! (longer|more|fewer|less|later|earlier|other)\b)",
    r"\bnames no(ne)?\b",
    r"for want of",
)


def texts() -> Iterator[tuple[Path, str]]:
    yield ROOT / "README.md", (ROOT / "README.md").read_text()
    for folder in FOLDERS:
        for pattern in WRITTEN:
            for file in (ROOT / folder).rglob(pattern):
                # What a migration says has been applied, and stays.
                if "migrations" not in file.parts:
                    yield file, file.read_text()


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_riddle_is_said_in_plain_english(phrase: str) -> None:
    # A line break, with the sign of a comment after it, is a space.
    pattern = re.compile(phrase.replace(" ", r"(?:\s+(?:#\s+)?)"))
    found = [
        f"{file.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: "
        + " ".join(text[match.start() - 40 : match.end() + 40].split())
        for file, text in texts()
        for match in pattern.finditer(text)
    ]
    assert not found, "\n".join(found)
