"""Read settings from the environment. An empty variable counts as unset.

An invalid value stops the site: a misspelt one must not make it less secure unnoticed.
"""

import os
import re

from django.core.exceptions import ImproperlyConfigured

_ON = {"1", "true", "yes", "on"}
_OFF = {"0", "false", "no", "off"}
_HEADER = re.compile(r"[A-Za-z0-9-]+", re.ASCII)


def text(name: str, default: str = "") -> str:
    """Return the variable without surrounding spaces; the default if it is empty."""
    return os.environ.get(name, "").strip() or default


def is_on(name: str, *, default: bool = False) -> bool:
    """Return whether the variable is on. Raises ImproperlyConfigured."""
    written = text(name).lower()
    if not written:
        return default
    if written not in _ON | _OFF:
        raise ImproperlyConfigured(f"{name} is {written!r}: use 1 or 0")
    return written in _ON


def listed(name: str, default: str = "") -> list[str]:
    """Return the values of the variable, which are separated by commas."""
    entries = text(name, default).split(",")
    return [one.strip() for one in entries if one.strip()]


def seconds(name: str) -> int:
    """Return the variable's number of seconds, 0 if unset.

    Raises ImproperlyConfigured.
    """
    written = text(name, "0")
    if not (written.isascii() and written.isdigit()):
        raise ImproperlyConfigured(f"{name} is {written!r}: use a number of seconds")
    return int(written)


def proxy_header(name: str) -> tuple[str, str] | None:
    """Return Django's SECURE_PROXY_SSL_HEADER for the header that the variable names.

    Raises ImproperlyConfigured.
    """
    written = text(name)
    if not written:
        return None
    if not _HEADER.fullmatch(written):
        raise ImproperlyConfigured(
            f"{name} is {written!r}: use a header's name, such as X-Forwarded-Proto"
        )
    return f"HTTP_{written.upper().replace('-', '_')}", "https"
