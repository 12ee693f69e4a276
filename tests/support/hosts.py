"""Sites of others, each new, with the lines that the README has people append."""

from __future__ import annotations

import http.client
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
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
PASSWORD = "a password of the tests"

OF_THE_TESTS = """
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
SILENCED_SYSTEM_CHECKS = ["otel_sla.W002"]  # the tests' time zone data may be old
for one in DATABASES.values():
    if one["ENGINE"].endswith("sqlite3"):  # no waiting for the disk
        options = {"init_command": "PRAGMA synchronous=OFF"}
        one["OPTIONS"] = options | one.get("OPTIONS", {})
"""
PREPARE = f"""
import importlib
import sys

from django.core.management import ManagementUtility

for line in sys.argv[1:]:
    importlib.invalidate_caches()
    ManagementUtility(["manage.py", *line.split()]).execute()

from django.apps import apps

if apps.is_installed("django.contrib.auth"):
    from django.contrib.auth import get_user_model

    get_user_model().objects.create_user(
        username="ada", email="ada@example.com", password={PASSWORD!r}
    )
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
    """Whether the README's login page is left out."""
    has_catalogue: bool = True
    """Whether the README's sample is loaded."""
    is_new: bool = True
    """Whether the README's settings of a new project in production are added."""
    says: str = ""
    """Part of the one message, of `check` or in place of the page; "" for none."""
    metrics: int = 200
    """The status of a scrape with the token."""
    without_token: int = 401
    """The status of a scrape with another token."""
    page: int = 200
    """The status of the status page after the login."""
    answers: Mapping[str, int] = field(default_factory=dict)
    """The statuses of other addresses for somebody who has not logged in."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a site has come to."""

    check: str
    """What `check --database default` has printed."""
    server: Server
    token: str
    database: Path
    """The SQLite file of startproject's settings."""

    def scrape(self, token: str | None = None, **headers: str) -> Answer:
        """Ask for the metrics, with the site's token unless told another."""
        sent = self.token if token is None else token
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Authorization"] = f"Bearer {sent}"
        visitor = Visitor(self.server, **named)
        return visitor.open("GET", "/windows/metrics")

    @property
    def messages(self) -> set[str]:
        """What `check` says about otel_sla, without the hints."""
        return {line for line in self.check.splitlines() if "(otel_sla." in line}


class Visitor:
    """A client that follows redirects, keeps cookies and fills in the login form."""

    def __init__(self, server: Server, host: str = NAME, **headers: str) -> None:
        self.url = "/"
        self._server = server
        self._headers = {"Host": host, **headers}
        self._cookies: SimpleCookie = SimpleCookie()

    def visit(self, url: str, username: str, password: str = PASSWORD) -> Answer:
        """Ask for a page; log in where the answer is a form for that."""
        answer = self.open("GET", url)
        if 'name="password"' not in answer.text:
            return answer
        hidden = r'<input type="hidden" name="(\w+)" value="(.*?)"'
        form = dict(re.findall(hidden, answer.text))
        action = re.search(r'<form[^>]* action="(.*?)"', answer.text)
        return self.open(
            "POST",
            urljoin(self.url, action[1] if action else ""),
            {**form, "username": username, "password": password},
        )

    def open(
        self, method: str, url: str, form: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask, and follow redirects."""
        for _ in range(5):
            self.url = url
            answer, elsewhere = self._ask(method, url, form)
            if not elsewhere:
                return answer
            method, url, form = "GET", urljoin(url, elsewhere), None
        pytest.fail(f"redirected again and again, at last to {url}")

    def _ask(
        self, method: str, url: str, form: Mapping[str, str] | None
    ) -> tuple[Answer, str]:
        """Return the answer, and where it redirects to or ""."""
        kept = [f"{one.key}={one.coded_value}" for one in self._cookies.values()]
        sent = {**self._headers, "Cookie": "; ".join(kept)}
        body = None
        if form is not None:
            body = urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        path = urlsplit(url)._replace(scheme="", netloc="").geturl()
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._server.port, timeout=DEADLINE
        )
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            for cookie in response.headers.get_all("Set-Cookie", []):
                self._cookies.load(cookie)
            kind = response.headers.get("Content-Type", "")
            answer = Answer(response.status, kind, response.read().decode())
            return answer, response.headers.get("Location", "")
        finally:
            connection.close()


def try_out(host: Host, directory: Path, command: Sequence[str] = GUNICORN) -> None:
    """Build the site and see whether it comes to what is expected."""
    with built(host, directory, command) as seen:
        scraped = seen.scrape()
        assert scraped.status == host.metrics, scraped.text
        shown = sample_components() if host.metrics == 200 else set()
        assert components_in(scraped.text) == shown
        assert seen.scrape("of-somebody-else").status == host.without_token
        for address, status in host.answers.items():
            assert Visitor(seen.server).open("GET", address).status == status, address
        page = Visitor(seen.server).visit("/windows/", host.username)
        assert page.status == host.page, page.text
        assert ("web-shop" in page.text) is (host.page == 200), page.text
        said = seen.messages or ({page.text} if page.status != 200 else set())
        assert [host.says in one for one in said] == [True] * bool(host.says), said
        assert "Traceback" not in seen.server.output


@contextmanager
def built(
    host: Host, directory: Path, command: Sequence[str] = GUNICORN
) -> Iterator[Seen]:
    """Make the site, follow the README, and serve its `shop.wsgi` by the command."""
    site = make_project(host, directory)
    token = make_token(site)
    check = prepare(site, *host.commands, loading=host.has_catalogue)
    with site.serving(*command, "shop.wsgi") as server:
        yield Seen(check, server, token, site.start_in / "db.sqlite3")


def make_project(host: Host, directory: Path) -> Site:
    """Write the project's files into a new directory."""
    project = directory / "shop"
    shutil.copytree(_new_project(), project)
    for path, text in host.files.items():
        file = project / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    production = readme.PRODUCTION if host.is_new else ""
    append(
        project / "shop" / "settings.py",
        *(host.settings, readme.APP, production, host.settings_after, OF_THE_TESTS),
    )
    append(
        project / "shop" / "urls.py",
        *(host.urls, readme.INCLUDE),
        *("" if host.has_login_page else readme.LOGIN_PAGE, host.urls_after),
    )
    return site_in(project)


def append(file: Path, *texts: str) -> None:
    """Append texts to a file, without their common indentation."""
    with file.open("a", encoding="utf-8") as opened:
        opened.write("\n".join(map(dedent, texts)))


def site_in(project: Path) -> Site:
    """The project, whose user has a home beside it and this environment's programs."""
    home = project.parent / "home"
    home.mkdir(exist_ok=True)
    site = make_site(
        project, DATABASE_URL="", DJANGO_SETTINGS_MODULE="shop.settings", HOME=str(home)
    )
    programs = f"{Path(sys.executable).parent}:{site.environment['PATH']}"
    return replace(site.having(PATH=programs), start_in=project)


def type_in(site: Site, lines: str, **variables: str) -> str:
    """Run the README's lines in a shell; return what they print."""
    lines = lines.replace(readme.CHECKOUT, str(ROOT))
    done = site.having(**variables).run("bash", "-ec", lines)
    assert done.returncode == 0, f"{lines}{done.stdout}{done.stderr}"
    return f"{done.stdout}{done.stderr}"


def make_token(site: Site) -> str:
    """Make a token with the README's command; return it."""
    type_in(site, readme.MAKE_TOKEN)
    file = Path(site.environment["HOME"]) / ".config/shop/metrics-tokens"
    assert file.stat().st_mode & 0o077 == 0
    return file.read_text("utf-8").strip()


def prepare(site: Site, *commands: str, loading: bool = True) -> str:
    """Run those commands and the README's in one process, and add a user.

    Only with `loading` the one that loads the sample catalogue.

    Return what `check` prints.
    """
    of_readme = readme.LOAD.replace("python manage.py ", "").splitlines()
    lines = [
        *commands,
        *(one for one in of_readme if loading or "load_catalogue" not in one),
        "check --database default",
    ]
    lines = [line.replace(readme.CHECKOUT, str(ROOT)) for line in lines]
    done = site.run(sys.executable, "-c", PREPARE, *lines)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    return done.stderr


@cache
def _new_project() -> Path:
    """Return the directory of what `django-admin startproject shop .` makes."""
    directory = directory_of_tests() / "new_project"
    directory.mkdir()
    call_command("startproject", "shop", str(directory), verbosity=0)
    return directory
