"""Every sentence in a template is marked for translation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, Token, TokenType

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    file
    for app in ("otel_sla", "sla_site")
    for file in (ROOT / app / "templates").rglob("*.html")
)
SHOWN = frozenset({"alt", "aria-label", "label", "placeholder", "title"})
"""Attributes that people read; those of data-* that hold a sentence are, too."""
UNREAD = frozenset({"code", "script", "style", "svg"})
SAME_EVERYWHERE = re.compile(
    r"\b(?:team:payments|team|UTC|JSON|CSV|PDF|PromQL|SLA|TOKEN|min)\b"
)
"""Names, units and examples that need no translation."""
LITERAL = re.compile(r'(?<!_\()"([^"]*)"')
WRITTEN_OUT = re.compile(r"^(?:include|firstof|with)\b")
WORDS = re.compile(r"[A-Za-z]{2,}")


def tokens(source: str) -> Iterator[Token]:
    """The template's tokens but for comments and what is translated as a block."""
    closing = ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(maxsplit=1)[0] if token.contents.split() else ""
        if token.token_type is TokenType.BLOCK:
            if closing:
                closing = "" if name == closing else closing
                continue
            if name in ("blocktranslate", "blocktrans", "comment"):
                closing = f"end{name}"
                continue
            if token.contents == "block bodyclass":
                closing = "endblock"
                continue
        if not closing and token.token_type is not TokenType.COMMENT:
            yield token


class Read(HTMLParser):
    """What of HTML people read."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [
            value
            for name, value in attrs
            if value and (name in SHOWN or (name.startswith("data-") and " " in value))
        ]
        if tag in UNREAD:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.found.append(data)


def unmarked(source: str) -> list[str]:
    """The texts of a template that no translation can change."""
    html, found = [], []
    for token in tokens(source):
        if token.token_type is TokenType.TEXT:
            html.append(token.contents)
            continue
        shown = token.token_type is TokenType.VAR
        html.append("\x00" if shown else " ")
        literals = LITERAL.findall(token.contents)
        if shown:
            # A date's format is no text, an empty default neither.
            literals = re.findall(
                r'\|(?:default|yesno|pluralize):"([^"]*)"', token.contents
            )
        elif not WRITTEN_OUT.match(token.contents):
            continue
        found += [one for one in literals if shown or " " in one]
    read = Read()
    read.feed("".join(html))
    read.close()
    return [
        " ".join(one.replace("\x00", "…").split())
        for one in (*read.found, *found)
        if WORDS.search(SAME_EVERYWHERE.sub("", one))
    ]


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_every_sentence_of_a_template_is_marked(file: Path) -> None:
    assert unmarked(file.read_text()) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>Open until {{ time }}</p>", ["Open until …"]),
        ('<p title="Close">{% translate "Close" %}</p>', ["Close"]),
        ('<a aria-label="{% translate "Next" %}"></a>', []),
        ("{% blocktranslate %}Open {{ n }}{% endblocktranslate %}{# no text #}", []),
        ("{{ one|default:'–' }}{{ two|default:\"None\" }}", ["None"]),
        ('{{ two|default:_("None") }}<time>{{ day|date:"D Y" }}</time>', []),
        ('{% include "a.html" with none="None found." %}', ["None found."]),
        ("{{ n }} component{{ n|pluralize }}", ["… component…"]),
        ("<code>mon-fri</code> UTC", []),
    ],
)
def test_what_is_not_marked_is_found(source: str, expected: list[str]) -> None:
    assert unmarked(source) == expected
