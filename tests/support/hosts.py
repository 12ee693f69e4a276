"""Sites of others, each new, with the lines that the README has people append."""

from __future__ import annotations

import http.client
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from http.cookies import SimpleCookie
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from django.core.management import call_command

from . import readme
from .databases import directory_of_tests
from .processes import (
    DEADLINE,
    GUNICORN,
    ROOT,
    Answer,
    Server,
    Site,
    components_in,
    make_site,
    sample_components,
)

NAME = "shop.example.com"
"""The name of the host, which the README's ALLOWED_HOSTS has."""

OK = 200

OF_THE_TESTS = """
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
SILENCED_SYSTEM_CHECKS = ["otel_sla.W002"]  # the tests' time zone data may be old
for one in DATABASES.values():
    if one["ENGINE"].endswith("sqlite3"):  # no waiting for the disk
        options = {"init_command": "PRAGMA synchronous=OFF"}
        one["OPTIONS"] = options | one.get("OPTIONS", {})
"""
PREPARE = """
import importlib
import sys

from django.core.management import ManagementUtility

for line in sys.argv[1:]:
    importlib.invalidate_caches()
    ManagementUtility(["manage.py", *line.split()]).execute()

from django.apps import apps

if apps.is_installed("django.contrib.auth"):
    from django.contrib.auth import get_user_model

    users = get_user_model().objects
    users.create_user(username="ada", email="ada@example.com", password="pw")
"""


@dataclass(frozen=True, slots=True)
class Host:
    """What differs from a new project, and what comes out.

    Texts are appended to the files of `startproject`: first those of the site, then the
    README's lines, then what is to come after these.
    """

    name: str
    settings: str = ""
    urls: str = ""
    settings_after: str = ""
    urls_after: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    """Other files by their path in the project."""
    commands: tuple[str, ...] = ()
    """Arguments of manage.py, run before the README's commands."""
    username: str = "ada"
    """What the user enters at the login: a user model may want an address there."""
    has_login_page: bool = False
    """Whether LOGIN_URL works already; if not, the README's page is added."""
    is_new: bool = True
    """Whether the README's settings of a new project in production are added."""
    says: str = ""
    """The one line that `check` prints about otel_sla, or a part of it; "" for none."""
    metrics: int = 200
    """The status of a scrape with the token."""
    page: int = 200
    """The status of the status page after the login."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a site has come to."""

    check: str
    """What `check --database default` has printed."""
    server: Server
    token: str

    def scrape(self, token: str | None = None) -> Answer:
        """Ask for the metrics, with the site's token unless told another."""
        sent = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return self.server.get("/windows/metrics", Host=NAME, **sent)


class Visitor:
    """A browser: follows redirects, keeps cookies, and fills in the login form."""

    def __init__(self, server: Server, username: str, host: str = NAME) -> None:
        self._server, self._username, self._host = server, username, host
        self._cookies: SimpleCookie = SimpleCookie()
        self.url = ""

    def visit(self, url: str) -> Answer:
        """Ask for a page; log in where its answer is the form for that."""
        answer = self._open("GET", url)
        if 'name="password"' not in answer.text:
            return answer
        fields = dict(
            re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)"', answer.text)
        )
        action = re.search(r'<form[^>]* action="(.*?)"', answer.text)
        target = urljoin(self.url, action[1] if action else "")
        return self._open(
            "POST", target, {**fields, "username": self._username, "password": "pw"}
        )

    def _open(self, method: str, url: str, form: Mapping[str, str] = {}) -> Answer:
        for _ in range(5):
            answer, elsewhere = self._ask(method, url, form)
            self.url = url
            if not elsewhere:
                return answer
            method, url, form = "GET", urljoin(url, elsewhere), {}
        pytest.fail(f"redirected again and again, the last time to {url}")

    def _ask(
        self, method: str, url: str, form: Mapping[str, str]
    ) -> tuple[Answer, str]:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._server.port, timeout=DEADLINE
        )
        kept = "; ".join(
            f"{one.key}={one.coded_value}" for one in self._cookies.values()
        )
        sent = {"Host": self._host, "Cookie": kept}
        if form:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            path = urlsplit(url)._replace(scheme="", netloc="").geturl()
            connection.request(method, path, urlencode(form) or None, sent)
            response = connection.getresponse()
            for cookie in response.headers.get_all("Set-Cookie", []):
                self._cookies.load(cookie)
            text = response.read().decode()
            kind = response.headers.get("Content-Type", "")
            location = response.headers.get("Location", "")
            return Answer(response.status, kind, text), location
        finally:
            connection.close()


def try_out(host: Host, directory: Path) -> None:
    """Build the site and look whether it comes to what is expected."""
    with built(host, directory) as seen:
        said = [line for line in seen.check.splitlines() if "(otel_sla." in line]
        assert [host.says in line for line in said] == [True] * bool(host.says), said
        assert seen.scrape("wrong").status in (401, host.metrics)
        scraped = seen.scrape()
        assert scraped.status == host.metrics, scraped.text
        shown = sample_components() if host.metrics == OK else set()
        assert components_in(scraped.text) == shown
        page = Visitor(seen.server, host.username).visit("/windows/")
        assert page.status == host.page, page.text
        assert ("web-shop" in page.text) is (host.page == OK), page.text
        assert "Traceback" not in seen.server.output


@contextmanager
def built(host: Host, directory: Path) -> Iterator[Seen]:
    """Make the site, follow the README, and serve it with gunicorn."""
    site = make_project(host, directory)
    token = make_token(site)
    check = prepare(site, *host.commands)
    with site.serving(*GUNICORN, "shop.wsgi", path="/windows/healthz") as server:
        yield Seen(check, server, token)


def make_project(host: Host, directory: Path) -> Site:
    """Write the project's files into a new directory."""
    project = directory / "shop"
    shutil.copytree(_new_project(), project)
    home = directory / "home"
    home.mkdir()
    for path, text in host.files.items():
        other = project / path
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text(text, "utf-8")
    production = readme.PRODUCTION if host.is_new else ""
    login_page = "" if host.has_login_page else readme.LOGIN_PAGE
    appended = {
        "settings.py": (host.settings, readme.APP, production, host.settings_after),
        "urls.py": (host.urls, readme.INCLUDE, login_page, host.urls_after),
    }
    for name, texts in appended.items():
        with (project / "shop" / name).open("a", encoding="utf-8") as file:
            file.write("\n".join(map(dedent, texts)))
            if name == "settings.py":
                file.write(OF_THE_TESTS)
    site = make_site(
        project, DATABASE_URL="", DJANGO_SETTINGS_MODULE="shop.settings", HOME=str(home)
    )
    return replace(site, start_in=project)


def make_token(site: Site) -> str:
    """Make a token with the README's command; return it."""
    python = str(Path(sys.executable).parent)
    site = site.having(PATH=f"{python}:{site.environment['PATH']}")
    done = site.run("bash", "-c", readme.MAKE_TOKEN)
    assert done.returncode == 0, done.stderr
    file = Path(site.environment["HOME"]) / ".config/shop/metrics-tokens"
    assert file.stat().st_mode & 0o077 == 0
    return file.read_text().strip()


def prepare(site: Site, *commands: str) -> str:
    """Run the README's commands after those, in one process, and add a user, ada.

    Return what `check` prints about otel_sla.
    """
    lines = [
        line.replace(readme.CHECKOUT, str(ROOT)).removeprefix("python manage.py ")
        for line in readme.LOAD.splitlines()
    ]
    lines = [*commands, *lines, "check --database default"]
    done = site.run(sys.executable, "-c", PREPARE, *lines)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stderr


@cache
def _new_project() -> Path:
    """Return what `django-admin startproject shop .` makes, in a directory."""
    directory = directory_of_tests() / "new_project"
    directory.mkdir()
    call_command("startproject", "shop", str(directory), verbosity=0)
    return directory
