"""The secrets that a server of measurements asks for, read from their files."""

from __future__ import annotations

import re
import stat
from base64 import b64encode
from pathlib import Path
from typing import NamedTuple

from ..language import Sentence
from ..language import gettext_noop as _
from ..prometheus.setting import PrometheusSetting
from .source import NotMeasured

_LARGEST_FILE = 64 * 1024
_SENDABLE = re.compile(r"[\x21-\x7e]+")


class Credentials(NamedTuple):
    """An Authorization header, "" for none, and what must never be shown."""

    header: str
    secrets: tuple[str, ...]

    def hidden_in(self, text: str) -> str:
        """Return the text without the secrets, in case a server repeats them."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text

    def __repr__(self) -> str:
        return "Credentials(...)"


def read_credentials(setting: PrometheusSetting) -> Credentials:
    """Return what the files hold now, so that a rotation needs no restart.

    Raises NotMeasured.
    """
    if setting.token_file is not None:
        key, path = "TOKEN_FILE", setting.token_file
        token = _first_line(key, path)
        if not _SENDABLE.fullmatch(token):
            raise NotMeasured("secret_unsendable", key=key, path=path)
        return Credentials(f"Bearer {token}", (token,))
    if setting.password_file is not None:
        password = _first_line("PASSWORD_FILE", setting.password_file)
        both = b64encode(f"{setting.user}:{password}".encode()).decode()
        return Credentials(f"Basic {both}", (password, both))
    return Credentials("", ())


def _first_line(key: str, path: Path) -> str:
    try:
        # Opening a pipe would wait for a writer.
        if not stat.S_ISREG(path.stat().st_mode):
            kind = Sentence(_("it is not a regular file"), {})
            raise NotMeasured("secret_unreadable", key=key, path=path, reason=kind)
        with path.open("rb") as file:
            text = file.read(_LARGEST_FILE).decode("utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotMeasured(
            "secret_unreadable", key=key, path=path, reason=reason
        ) from None
    except UnicodeDecodeError:
        kind = Sentence(_("it is not UTF-8 text"), {})
        raise NotMeasured(
            "secret_unreadable", key=key, path=path, reason=kind
        ) from None
    lines = filter(None, map(str.strip, text.splitlines()))
    found = next(lines, "")
    if not found:
        raise NotMeasured("secret_missing", key=key, path=path)
    return found
