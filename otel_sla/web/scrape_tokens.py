"""The tokens that open /metrics: from the settings, and from a file.

The file is read anew at every request, so that a rotation needs no restart.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path

from ..conf import conf

SHORTEST = 16
"""Characters that a token has at least, or it is weak."""

_LARGEST_FILE = 64 * 1024
_FEWEST_DIFFERENT = 5
# What RFC 6750 has a client send. A comma is none of it: two headers, which servers
# join by one, are no token.
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.ASCII | re.IGNORECASE)


class UnusableFile(Exception):
    """The file of tokens can't be read, or has none."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f'OTEL_SLA["METRICS_TOKEN_FILE"]: {path} {fault}')


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and where it is written; it is no part of what is said of it."""

    text: str
    where: str

    @property
    def weakness(self) -> str | None:
        """Say why it is no good token; None if it is one."""
        if not _BEARER.fullmatch(f"Bearer {self.text}"):
            return "has characters that no Authorization header can carry"
        if len(self.text) < SHORTEST:
            return f"has fewer than {SHORTEST} characters"
        if len(set(self.text)) < _FEWEST_DIFFERENT:
            return f"has fewer than {_FEWEST_DIFFERENT} different characters"
        return None


def are_configured() -> bool:
    """Whether the site has named any token, or a file of them."""
    return bool(conf.METRICS_TOKENS) or conf.METRICS_TOKEN_FILE is not None


def of_settings() -> list[Token]:
    """Return the tokens of OTEL_SLA["METRICS_TOKENS"]."""
    return [
        Token(text, f'OTEL_SLA["METRICS_TOKENS"], token {number}')
        for number, text in enumerate(conf.METRICS_TOKENS, 1)
    ]


def of_file() -> list[Token]:
    """Return the tokens of the file; none where there is no file. Raises UnusableFile.

    A file that has changed in the time a clock can't tell apart is not told apart by
    its modification time either: reading the few lines is cheap enough.
    """
    path = conf.METRICS_TOKEN_FILE
    if path is None:
        return []
    found = list(_lines(path, _read(path)))
    if not found:
        raise UnusableFile(path, "has no token: write one a line")
    return found


def presented(authorization: str) -> str | None:
    """Return the token of an Authorization header; None if it has none."""
    found = _BEARER.fullmatch(authorization.strip())
    return found[1] if found else None


def matches(token: str, known: list[Token]) -> bool:
    """Whether it is one of them. Takes the same time whichever it is, or resembles."""
    digest = _digest(token)
    found = False
    for one in known:
        # To the end: to stop at the first would tell which it was.
        found |= compare_digest(digest, _digest(one.text))
    return found


def _read(path: Path) -> str:
    try:
        # To open a pipe would wait for whoever writes into it.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnusableFile(path, "is no file")
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        if len(content) > _LARGEST_FILE:
            raise UnusableFile(path, f"has more than {_LARGEST_FILE:,} bytes")
        return content.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise UnusableFile(path, f"can't be read: {reason}") from None


def _lines(path: Path, text: str) -> Iterator[Token]:
    for number, line in enumerate(text.splitlines(), 1):
        written = line.strip()
        if written and not written.startswith("#"):
            yield Token(written, f"{path}, line {number}")


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()
