"""Every page of the admin is German: none has one of a few English words."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from otel_sla.admin.registration import MODEL_ADMINS

from .test_german import GERMAN, rows

pytestmark = pytest.mark.django_db
ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|with|from|to|when|closed|open|opens|closes|schedule|"
    r"component|agreement|override|holiday|calendar|window|rule|reason|kind|enabled|"
    r"target|period|Mon|Tue|Wed|Thu|Sun|December|Home|History|Preview)s?\b",
    re.IGNORECASE,
)
SERIES = re.compile(r"\w+\{[^}]*\}")
SHOWN = ("title", "aria-label", "placeholder", "value")


class Read(HTMLParser):
    """What people read of a page, without code and metrics."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._skipped: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("code", "pre", "script", "style", "datalist"):
            self._skipped.append(tag)
        is_button = given.get("type") in ("submit", "button")
        names = SHOWN if is_button else SHOWN[:-1]
        self.found += [given.get(name) or "" for name in names]

    def handle_endtag(self, tag: str) -> None:
        if self._skipped and self._skipped[-1] == tag:
            self._skipped.pop()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.found.append(data)


def english(client: Client, page: str) -> list[str]:
    answer = client.get(page, headers=GERMAN)
    assert answer.status_code == 200, page
    found = Read(answer.content.decode()).found
    read = (SERIES.sub("", one) for one in found)
    return [" ".join(one.split()) for one in read if ENGLISH.search(one)]


def test_no_page_of_the_admin_has_an_english_word(admin_client: Client) -> None:
    there = rows()
    found: dict[str, list[str]] = {}
    for model in MODEL_ADMINS:
        name = model._meta.model_name
        pages = [reverse(f"admin:otel_sla_{name}_changelist")]
        if name in there:
            pages.append(reverse(f"admin:otel_sla_{name}_add"))
            pages += [
                reverse(f"admin:otel_sla_{name}_{page}", args=[there[name].pk])
                for page in ("change", "history", "delete")
            ]
        found |= {
            page: words for page in pages if (words := english(admin_client, page))
        }
    row = there["component"]
    upload = reverse("admin:otel_sla_component_calendar", args=[row.pk])
    found |= {upload: words} if (words := english(admin_client, upload)) else {}
    assert found == {}
