"""What the settings read from the environment. A value that is none stops the site:
a misspelt one must not leave a door open, or a browser with a promise, unnoticed.
One that is empty is as good as unset."""

from __future__ import annotations

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
    """Return whether the variable says so. Raises ImproperlyConfigured."""
    written = text(name).lower()
    if not written:
        return default
    if written not in _ON | _OFF:
        raise ImproperlyConfigured(f"{name} is {written!r}: use 1 or 0")
    return written in _ON


def listed(name: str, default: str = "") -> list[str]:
    """Return what the variable lists, with commas between."""
    entries = text(name, default).split(",")
    return [one.strip() for one in entries if one.strip()]


def seconds(name: str) -> int:
    """Return the variable's number of seconds, 0 without. Raises
    ImproperlyConfigured."""
    written = text(name, "0")
    if not (written.isascii() and written.isdigit()):
        raise ImproperlyConfigured(f"{name} is {written!r}: use a number of seconds")
    return int(written)


def proxy_header(name: str) -> tuple[str, str] | None:
    """Return the header by which a proxy says https, as Django has it.

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
