"""A real browser: Debian's chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

from .parts import program
from .processes import Server

PASSWORD = "correct horse battery staple"
ADD_USER = f"""
from django.contrib.auth.models import User
User.objects.create_superuser("sam", password={PASSWORD!r})
"""
_TABS = 400
_DIFFER_MOST = ((1400, "light"), (390, "dark"))
LOOKS = [
    pytest.param(
        width,
        theme,
        marks=() if (width, theme) in _DIFFER_MOST else pytest.mark.long,
    )
    for width in (1400, 768, 390)
    for theme in ("light", "dark")
]
"""Widths and themes for @pytest.mark.parametrize(("width", "theme"), LOOKS): those that
differ most. The others are with what takes long."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser without a window."""
    path = program("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visit:
    """A page of a server, and what went wrong on it."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a path of the server; it has to be there."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.ok, f"{path} is {answer.status}"
        return self.page

    def log_in(self) -> None:
        """Log in as the superuser of ADD_USER."""
        self.go("/admin/")
        self.page.fill("[name=username]", "sam")
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(f"{self.base}/admin/")

    def tab_to(self, selector: str, key: str = "Tab") -> None:
        """Move the focus to what the selector finds, by keyboard alone."""
        for _ in range(_TABS):
            self.page.keyboard.press(key)
            if self.page.evaluate(
                "selector => document.activeElement?.matches(selector)", selector
            ):
                return
        pytest.fail(f"{selector} can't be reached with {key}")

    def type_into(self, selector: str, text: str) -> None:
        """Replace what is in a field, by keyboard alone."""
        self.tab_to(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)


@contextmanager
def visiting(browser: Browser, server: Server, **options: Any) -> Iterator[Visit]:
    """Visit the server as a new user; nothing may go wrong, or to another host."""
    context: BrowserContext = browser.new_context(
        **{"viewport": {"width": 1400, "height": 900}, **options}
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    visit = Visit(page, f"http://127.0.0.1:{server.port}")

    def note(message: str, url: str) -> None:
        if not url.endswith("/favicon.ico"):
            visit.faults.append(f"{message} {url}")

    def on_console(said: ConsoleMessage) -> None:
        if said.type == "error":
            note(said.text, said.location["url"])

    def on_request(request: Request) -> None:
        if not request.url.startswith((visit.base, "data:", "file:")):
            note("another host is asked for", request.url)

    page.on("console", on_console)
    page.on("pageerror", lambda error: note(str(error), page.url))
    page.on("request", on_request)
    try:
        yield visit
        assert visit.faults == []
    finally:
        context.close()
