"""The tokens that are accepted at /metrics: from the settings, and from a file.

The file is read at every request, so that a rotation needs no restart.
"""

import os
import pwd
import re
import stat
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path

from ..conf import conf

SHORTEST = 16
"""A token with fewer characters is weak."""

_LARGEST_FILE = 64 * 1024
_FEWEST_DIFFERENT = 5
# As in RFC 6750. It has no comma: two headers, which servers join by one, are not
# accepted.
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.ASCII | re.IGNORECASE)


class UnusableFile(Exception):
    """The file of tokens can't be read, or has no token."""

    def __init__(self, path: Path, fault: str) -> None:
        super().__init__(f'OTEL_SLA["METRICS_TOKEN_FILE"]: {path} {fault}')


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and where it is configured. Messages name only that."""

    text: str
    where: str

    @property
    def weakness(self) -> str | None:
        """Return what makes the token weak or unusable; None for a good one."""
        if not _BEARER.fullmatch(f"Bearer {self.text}"):
            return "has characters that no Authorization header can carry"
        if len(self.text) < SHORTEST:
            return f"has fewer than {SHORTEST} characters"
        if len(set(self.text)) < _FEWEST_DIFFERENT:
            return f"has fewer than {_FEWEST_DIFFERENT} different characters"
        return None


def are_configured() -> bool:
    """Return whether the settings have a token, or name a file of tokens."""
    return bool(conf.METRICS_TOKENS) or conf.METRICS_TOKEN_FILE is not None


def of_settings() -> list[Token]:
    """Return the tokens of OTEL_SLA["METRICS_TOKENS"]."""
    return [
        Token(text, f'OTEL_SLA["METRICS_TOKENS"], token {number}')
        for number, text in enumerate(conf.METRICS_TOKENS, 1)
    ]


def of_file() -> list[Token]:
    """Return the tokens of the file; none where no file is set. Raises UnusableFile.

    The file is not cached by its modification time, which may not change where it is
    written twice within the clock's resolution. Reading a few lines is cheap.
    """
    path = conf.METRICS_TOKEN_FILE
    if path is None:
        return []
    lines = enumerate(map(str.strip, _read(path).splitlines()), 1)
    found = [
        Token(line, f"{path}, line {number}")
        for number, line in lines
        if line and not line.startswith("#")
    ]
    if not found:
        raise UnusableFile(path, "has no token: write one token a line")
    return found


def presented(authorization: str) -> str | None:
    """Return the token of an Authorization header; None if it has none."""
    found = _BEARER.fullmatch(authorization.strip())
    return found[1] if found else None


def matches(token: str, known: list[Token]) -> bool:
    """Return whether the token is known, in a time that tells nothing about them."""
    digest = _digest(token)
    found = False
    for one in known:
        # Not any(), which stops at the first: the time would tell which it was.
        found |= compare_digest(digest, _digest(one.text))
    return found


def _read(path: Path) -> str:
    try:
        # Opening a pipe would wait for a writer.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnusableFile(path, "is not a regular file")
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        if len(content) > _LARGEST_FILE:
            raise UnusableFile(path, f"has more than {_LARGEST_FILE:,} bytes")
        return content.decode("utf-8-sig")
    except PermissionError as error:
        fault = f"can't be read by the user {_user()}: {error.strerror}"
        raise UnusableFile(path, fault) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UnusableFile(path, f"can't be read: {reason}") from None


def _user() -> str:
    """Return the name of the user that runs this process, or its number."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _digest(text: str) -> bytes:
    return sha256(text.encode(errors="surrogatepass")).digest()
