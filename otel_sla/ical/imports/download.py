"""Download a calendar from its server, and keep it with its ETag until it changes."""

from __future__ import annotations

import json
import os
from concurrent.futures import Future, wait
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Thread
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from ...database.deadline import Deadline
from ...messages import CodedError
from ...text import one_line
from .ics_text import MAX_BYTES
from .messages import MESSAGES

SECONDS = 30.0
"""How long a download may take, with its redirects."""

MAX_REDIRECTS = 5
_CHUNK = 16_384
_SHOWN = 80
_PORTS = {"http": 80, "https": 443}
_SCHEMES = {"webcal": "https", "webcals": "https"}
"""What calendar programs call the address of a calendar to subscribe to."""


class NotDownloaded(CodedError):
    """A calendar can't be downloaded. The text has the host alone of its address."""

    table = MESSAGES


@dataclass(frozen=True, slots=True)
class Download:
    """A calendar as its server sent it, with what tells the server which one it is."""

    content: bytes
    etag: str
    modified: str

    def conditions(self) -> dict[str, str]:
        """Return the headers that ask for the calendar only if it has changed."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in asked.items() if value}


class Cache:
    """A file with the calendar downloaded last, and FILE.etag with its ETag."""

    def __init__(self, path: Path, url: str) -> None:
        self._path, self._tag = path, path.with_name(f"{path.name}.etag")
        self._url = _digest(url.encode())

    def load(self) -> Download | None:
        """Return what was kept of this address, or None if that is not whole."""
        try:
            content = self._path.read_bytes()
            kept = json.loads(self._tag.read_bytes())
            same = kept["url"] == self._url and kept["content"] == _digest(content)
            found = Download(content, str(kept["etag"]), str(kept["modified"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if same else None

    def save(self, found: Download) -> None:
        """Keep a calendar, readable by this user only. Raises NotDownloaded."""
        about = {
            "url": self._url,
            "content": _digest(found.content),
            "etag": found.etag,
            "modified": found.modified,
        }
        try:
            _replace(self._path, found.content)
            _replace(self._tag, json.dumps(about).encode())
        except OSError as error:
            reason = error.strerror or str(error)
            raise NotDownloaded("not_kept", path=self._path, reason=reason) from error


def host_of(url: str) -> str:
    """Return the scheme and the host of an address: its path may be a secret."""
    parts = _split(url)
    return f"{parts.scheme}://{parts.hostname}"


def download(url: str, kept: Download | None = None) -> Download:
    """Return the calendar at an address; `kept` itself if it has not changed.

    Redirects are followed on the same host only. Raises NotDownloaded, also after
    SECONDS and beyond MAX_BYTES.
    """
    try:
        import requests
    except ImportError as error:
        raise NotDownloaded("requests_missing", reason=error) from error
    parts, host = _split(url), host_of(url)
    deadline = Deadline(SECONDS)
    future: Future[Download] = Future()

    def run() -> None:
        try:
            with requests.Session() as session:
                if parts.username is not None:
                    password = unquote(parts.password or "")
                    session.auth = unquote(parts.username), password
                future.set_result(_fetch(session, parts, kept, deadline))
        except requests.Timeout:
            future.set_exception(_too_slow(host))
        except Exception as error:
            future.set_exception(error)

    # On a thread of its own: of what comes byte by byte, no timeout ends the whole.
    Thread(target=run, name="otel_sla download", daemon=True).start()
    wait([future], SECONDS)
    if not future.done():
        raise _too_slow(host)
    try:
        return future.result()
    except (OSError, ValueError) as error:
        if isinstance(error, NotDownloaded):
            raise
        # Not from the error: its text has the whole address.
        raise NotDownloaded("unreachable", host=host, reason=_why(error)) from None


def _fetch(
    session: Any, parts: SplitResult, kept: Download | None, deadline: Deadline
) -> Download:
    headers = {
        "Accept": "text/calendar",
        # A small file that expands into a large one would have to be measured.
        "Accept-Encoding": "identity",
        "User-Agent": "otel_sla",
        **(kept.conditions() if kept else {}),
    }
    host = f"{parts.scheme}://{parts.hostname}"
    for _ in range(MAX_REDIRECTS + 1):
        with session.get(
            _address(parts),
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=max(deadline.left(), 0.1),
        ) as answer:
            if answer.is_redirect:
                parts = _redirected(parts, answer.headers["Location"])
                continue
            if answer.status_code == 304 and kept:
                return kept
            if answer.status_code != 200:
                said = one_line(f"{answer.status_code} {answer.reason}")[:_SHOWN]
                raise NotDownloaded("refused_by_server", host=host, said=said)
            return Download(
                _body(answer, host, deadline),
                answer.headers.get("ETag", ""),
                answer.headers.get("Last-Modified", ""),
            )
    raise NotDownloaded("too_many_redirects", host=host, most=MAX_REDIRECTS)


def _body(answer: Any, host: str, deadline: Deadline) -> bytes:
    content = bytearray()
    for chunk in answer.iter_content(_CHUNK):
        content += chunk
        if len(content) > MAX_BYTES:
            most = MAX_BYTES // 1_000_000
            raise NotDownloaded("download_too_large", host=host, most=most)
        if deadline.left() < 0:
            # The caller has given up: end the thread, too.
            raise _too_slow(host)
    return bytes(content)


def _too_slow(host: str) -> NotDownloaded:
    return NotDownloaded("download_too_slow", host=host, most=f"{SECONDS:g}")


def _split(url: str) -> SplitResult:
    """Return the parts of an address that can be downloaded. Raises NotDownloaded."""
    try:
        parts = urlsplit(url.strip())
        parts = parts._replace(scheme=_SCHEMES.get(parts.scheme, parts.scheme))
        usable = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        usable = None
    if not usable:
        raise NotDownloaded("not_an_address")
    return parts


def _address(parts: SplitResult) -> str:
    """Return the address without user and password, and without a fragment."""
    server = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=server, fragment="").geturl()


def _redirected(parts: SplitResult, location: str) -> SplitResult:
    """Return where a redirect leads. Raises NotDownloaded if to another host."""
    target = _split(urljoin(_address(parts), location))
    before, after = _server(parts), _server(target)
    upgraded = before[0] == ("http", 80) and after[0] == ("https", 443)
    if before[1] != after[1] or (before[0] != after[0] and not upgraded):
        raise NotDownloaded(
            "redirected_away",
            host=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            to=f"{target.scheme}://{target.netloc.rpartition('@')[2]}",
        )
    return target


def _server(parts: SplitResult) -> tuple[tuple[str, int], str | None]:
    return (parts.scheme, parts.port or _PORTS[parts.scheme]), parts.hostname


def _why(error: Exception) -> str:
    """Say what went wrong, without the address, which requests puts into its errors."""
    outer = next(iter(error.args), None)
    cause = getattr(outer, "reason", None) or next(
        (one for one in getattr(outer, "args", ()) if isinstance(one, Exception)), ""
    )
    return one_line(str(cause).rpartition(": ")[2]) or type(error).__name__


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.close()
            os.replace(file.name, path)
        except OSError:
            os.unlink(file.name)
            raise
