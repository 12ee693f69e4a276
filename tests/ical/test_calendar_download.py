"""Calendars are downloaded from one host, within a time and a size, once a change."""

from __future__ import annotations

import http.server
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from otel_sla.ical.imports import download as module
from otel_sla.ical.imports.download import Cache, NotDownloaded, download, host_of

BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@dataclass
class Web:
    """A server, what it answers by path, and the requests it got."""

    port: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/x.ics", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def heard(self, name: str) -> list[str | None]:
        return [headers.get(name) for _, headers in self.asked]


class _Handler(http.server.BaseHTTPRequestHandler):
    web: Web

    def do_GET(self) -> None:
        self.web.asked.append((self.path, dict(self.headers)))
        status, headers, body = self.web.answers[self.path.partition("?")[0]]
        if headers.get("ETag", "none") == self.headers.get("If-None-Match"):
            status, body = 304, b""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if "drip" not in self.path:
            self.wfile.write(body)
            return
        while not self.web.stopped.wait(0.05):
            try:
                self.wfile.write(body)
            except OSError:
                return

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    found = Web()
    handler = type("Handler", (_Handler,), {"web": found})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        found.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        found.stopped.set()
        server.shutdown()
        thread.join()


def refusal(url: str) -> NotDownloaded:
    with pytest.raises(NotDownloaded) as error:
        download(url)
    return error.value


def test_an_unchanged_calendar_is_not_sent_again(web: Web, tmp_path: Path) -> None:
    web.answers["/x.ics"] = 200, {"ETag": '"1"'}, BODY
    cache = Cache(tmp_path / "changes.ics", web.url())
    assert cache.load() is None
    first = download(web.url())
    cache.save(first)
    kept = cache.load()
    assert kept == first
    assert (tmp_path / "changes.ics").read_bytes() == BODY
    assert download(web.url(), kept) is kept
    web.answers["/x.ics"] = 200, {"ETag": '"2"'}, BODY * 2
    assert download(web.url(), kept).content == BODY * 2
    assert web.heard("If-None-Match") == [None, '"1"', '"1"']


@pytest.mark.parametrize("spoilt", ["changes.ics", "changes.ics.etag"])
def test_what_is_not_kept_whole_is_downloaded_anew(
    spoilt: str, web: Web, tmp_path: Path
) -> None:
    web.answers["/x.ics"] = (
        200,
        {"Last-Modified": "Sun, 29 Nov 2026 09:00:00 GMT"},
        BODY,
    )
    cache = Cache(tmp_path / "changes.ics", web.url())
    cache.save(download(web.url()))
    other = Cache(tmp_path / "changes.ics", web.url("/another.ics"))
    assert other.load() is None
    assert cache.load() is not None
    (tmp_path / spoilt).write_bytes(b"{}")
    assert cache.load() is None


def test_a_calendar_that_can_not_be_kept_says_so(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "missing" / "x.ics", "https://example.com/")
    with pytest.raises(NotDownloaded, match="No such file or directory"):
        cache.save(module.Download(BODY, "", ""))


def test_a_kept_calendar_is_for_its_user_only(tmp_path: Path) -> None:
    Cache(tmp_path / "x.ics", "u").save(module.Download(BODY, "", ""))
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"x.ics": 0o600, "x.ics.etag": 0o600}


def test_redirects_are_followed_within_the_host_only(web: Web) -> None:
    web.answers["/x.ics"] = 200, {}, BODY
    web.answers["/old"] = 301, {"Location": "/x.ics"}, b""
    web.answers["/away"] = 302, {"Location": web.url(host="localhost")}, b""
    web.answers["/port"] = 302, {"Location": "http://127.0.0.1:1/x.ics"}, b""
    web.answers["/file"] = 302, {"Location": "file:///etc/passwd"}, b""
    web.answers["/round"] = 302, {"Location": "/round"}, b""
    assert download(web.url("/old")).content == BODY
    away, port = (str(refusal(web.url(path))) for path in ("/away", "/port"))
    assert away.startswith(f"{web.url('')} redirects to {web.url('', 'localhost')}.")
    assert port.startswith(f"{web.url('')} redirects to http://127.0.0.1:1.")
    assert refusal(web.url("/file")).code == "not_an_address"
    assert refusal(web.url("/round")).code == "too_many_redirects"


@pytest.mark.parametrize(
    ("before", "after", "followed"),
    [
        ("http://a/x", "https://a/y", True),
        ("https://a/x", "https://a:443/y", True),
        ("https://a/x", "//a/y", True),
        ("https://a/x", "http://a/y", False),
        ("https://a/x", "https://a:8443/y", False),
        ("http://a:8080/x", "https://a/y", False),
        ("https://a/x", "https://u:p@b/y", False),
        ("https://a/x", "https://a@b/y", False),
        ("https://a/x", "https://a.b/y", False),
    ],
)
def test_a_redirect_may_only_become_safer(
    before: str, after: str, followed: bool
) -> None:
    parts = module._split(before)
    if followed:
        assert module._redirected(parts, after).path == "/y"
    else:
        with pytest.raises(NotDownloaded):
            module._redirected(parts, after)


def test_credentials_go_to_the_host_and_into_no_message(web: Web) -> None:
    web.answers["/x.ics"] = 200, {}, BODY
    web.answers["/old"] = 301, {"Location": "/x.ics"}, b""
    web.answers["/secret-token"] = 404, {}, b""
    with_user = web.url("/old").replace("//", "//ops:p%40ss@")
    assert download(with_user).content == BODY
    assert web.heard("Authorization") == ["Basic b3BzOnBAc3M="] * 2
    said = str(refusal(web.url("/secret-token?key=secret")))
    assert "secret" not in said
    assert said.startswith("http://127.0.0.1 answered 404 Not Found")
    closed = "http://ops:secret@127.0.0.1:1/secret-token?key=secret"
    error = refusal(closed)
    assert (
        str(error)
        == "http://127.0.0.1 can't be reached: [Errno 111] Connection refused"
    )
    assert (error.__cause__, error.__suppress_context__) == (None, True)


def test_a_password_may_be_in_netrc(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ops password p@ss\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    web.answers["/x.ics"] = 200, {}, BODY
    download(web.url())
    assert web.heard("Authorization") == ["Basic b3BzOnBAc3M="]


def test_what_never_ends_ends_in_time(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.5)
    web.answers["/drip"] = 200, {}, b"x"
    began = time.monotonic()
    assert refusal(web.url("/drip")).code == "download_too_slow"
    assert time.monotonic() - began < 5


def test_what_is_too_large_is_not_read_to_its_end(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 50_000)
    web.answers["/drip"] = 200, {}, b"x" * 20_000
    assert refusal(web.url("/drip")).code == "download_too_large"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.ics",
        "/etc/passwd",
        "file:///etc/passwd",
        "ftp://a/x",
        "https://",
        "http://[a",
    ],
)
def test_only_addresses_of_the_web_are_taken(url: str) -> None:
    assert refusal(url).code == "not_an_address"


def test_the_address_of_a_subscription_is_one() -> None:
    assert host_of("webcal://Calendar.example.com/x") == "https://calendar.example.com"


def test_without_requests_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    assert "Install otel-sla[calendars]." in str(refusal("https://example.com/"))
