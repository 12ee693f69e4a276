"""The setting PROMETHEUS: where availability is measured, checked key by key."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from ..language import Sentence, figure
from ..language import gettext_noop as _
from ..text import suggestion
from .selector import Selector, parse_selector

SAMPLE_AVAILABILITY = Path(__file__).parent.with_name("sample_availability.yaml")
"""Made-up samples of the components of the sample catalogue: for SAMPLES_FILE."""

HOUR = 3_600
RECORDED = "component:availability:bool"
"""What the shipped rules record availability as."""

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie")
_LONGEST_TIMEOUT = 3_600


@dataclass(frozen=True, slots=True)
class PrometheusSetting:
    """The keys of the setting, with their defaults. Never shows what is secret."""

    url: str
    """The base URL without a slash at its end; "" where SAMPLES_FILE is set."""
    availability: Selector = field(default=Selector(RECORDED))
    interval: int = 60
    min_coverage: Fraction = Fraction(95, 100)
    timeout: float = 30.0
    token_file: Path | None = None
    user: str = ""
    password_file: Path | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    samples_file: Path | None = None

    @property
    def server(self) -> str:
        """The scheme, host and port of the URL: its path may be secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def parse_setting(given: Any) -> PrometheusSetting | None:
    """Return the setting; None if it is None. Raises ImproperlyConfigured, which names
    the key and what would be right, and never shows a header or a password."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        must_be = _(
            'OTEL_SLA["PROMETHEUS"] must be None or a dict, such as '
            '{"URL": "http://prometheus:9090"}, not a %(type)s'
        )
        raise ImproperlyConfigured(Sentence(must_be, {"type": type(given).__name__}))
    for key in given:
        if key not in _PARSERS:
            raise ImproperlyConfigured(_unknown(key))
    _check_combination(given)
    parsed = {
        key.lower(): _PARSERS[key](key, value)
        for key, value in given.items()
        if value is not None
    }
    return PrometheusSetting(**{"url": "", **parsed})


def _unknown(key: Any) -> Sentence:
    if meant := suggestion(str(key).upper(), _PARSERS, "{}"):
        return Sentence(
            _(
                'OTEL_SLA["PROMETHEUS"] has the unknown key %(key)r: did you mean '
                "%(meant)s?"
            ),
            {"key": key, "meant": meant},
        )
    return Sentence(
        _('OTEL_SLA["PROMETHEUS"] has the unknown key %(key)r. Known are %(known)s.'),
        {"key": key, "known": ", ".join(_PARSERS)},
    )


def _check_combination(given: Mapping[str, Any]) -> None:
    has = {key for key, value in given.items() if value is not None}
    if not has & {"URL", "SAMPLES_FILE"}:
        raise _wrong("URL", _('must be set, such as "http://prometheus:9090"'))
    if {"URL", "SAMPLES_FILE"} <= has:
        raise _wrong(
            "SAMPLES_FILE", _("is for made-up samples in place of a URL: remove one")
        )
    if {"TOKEN_FILE", "USER"} <= has:
        raise _wrong("TOKEN_FILE", _("can't be used with USER: remove one of them"))
    for one, other in (("USER", "PASSWORD_FILE"), ("PASSWORD_FILE", "USER")):
        if one in has and other not in has:
            raise _wrong(one, _("needs %(other)s as well"), other=other)


def _url(key: str, given: Any) -> str:
    must_be = _('must be an http or https URL, such as "http://prometheus:9090"')
    if not isinstance(given, str):
        raise _wrong_type(key, must_be, given)
    try:
        parts = urlsplit(given.strip())
        is_http = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_plain = given.isprintable() and " " not in given.strip()
        usable = is_http and is_plain and parts.port != 0
    except ValueError:
        usable = False
    # Not shown where it is wrong: it may have a password in it all the same.
    if not usable:
        raise _wrong(key, must_be)
    if "@" in parts.netloc:
        raise _wrong(key, _("must not have a user in it: use USER and PASSWORD_FILE"))
    if parts.query or parts.fragment:
        raise _wrong(key, _("must not have ? or # in it: end it with the path"))
    path = parts.path.rstrip("/").removesuffix("/api/v1")
    return parts._replace(path=path).geturl()


def _file(key: str, given: Any) -> Path:
    if not isinstance(given, str | os.PathLike) or not str(given).strip():
        raise _wrong_type(key, _("must be a path"), given)
    return Path(os.path.expanduser(given)).absolute()


def _user(key: str, given: Any) -> str:
    if not isinstance(given, str) or not given or ":" in given:
        raise _wrong(key, _("must be a name without a colon"))
    return given


def _headers(key: str, given: Any) -> tuple[tuple[str, str], ...]:
    must_be = _('must be a dict of strings, such as {"X-Scope-OrgID": "shop"}')
    if not isinstance(given, Mapping):
        raise _wrong_type(key, must_be, given)
    for name, value in given.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise _wrong(key, must_be)
        if not _HEADER.fullmatch(name):
            has = _("has %(name)r, which is not the name of a header")
            raise _wrong(key, has, name=name)
        if name.lower() in _SECRET_HEADERS:
            must_not = _(
                "must not have %(name)s: use TOKEN_FILE, or USER and PASSWORD_FILE"
            )
            raise _wrong(key, must_not, name=name)
        if not (value.isascii() and value.isprintable()):
            has = _("has a value for %(name)s that is not printable ASCII")
            raise _wrong(key, has, name=name)
    return tuple(given.items())


def _timeout(key: str, given: Any) -> float:
    if not _is_number(given) or not 0 < given <= _LONGEST_TIMEOUT:
        must_be = _(
            "must be a number of seconds above 0 and at most %(most)s, not %(given)r"
        )
        raise _wrong(key, must_be, most=figure(_LONGEST_TIMEOUT), given=given)
    return float(given)


def _availability(key: str, given: Any) -> Selector:
    selector = parse_selector(given) if isinstance(given, str) else None
    if selector is None:
        raise _wrong(
            key,
            _(
                "must be a series selector, such as "
                "'probe_success{job=\"blackbox\"}', alone or in max by (component) "
                "(...), not %(given)r. Record any other expression by a rule as "
                "%(recorded)s, and give that name"
            ),
            given=given,
            recorded=RECORDED,
        )
    return selector


def _interval(key: str, given: Any) -> int:
    is_whole = isinstance(given, int) and not isinstance(given, bool)
    if not is_whole or given < 1 or HOUR % given:
        must_be = _(
            "must be a whole number of seconds that divides an hour, such as 60, not "
            "%(given)r"
        )
        raise _wrong(key, must_be, given=given)
    return int(given)


def _coverage(key: str, given: Any) -> Fraction:
    if not _is_number(given) or not 0 <= given <= 1:
        must_be = _("must be a share from 0 to 1, such as 0.95, not %(given)r")
        raise _wrong(key, must_be, given=given)
    return Fraction(str(given))


def _is_number(given: Any) -> bool:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return is_number and isfinite(given)


def _wrong_type(key: str, must_be: str, given: Any) -> ImproperlyConfigured:
    values = {"must_be": Sentence(must_be, {}), "type": type(given).__name__}
    return _wrong(key, _("%(must_be)s, not a %(type)s"), **values)


def _wrong(key: str, fault: str, **values: Any) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        Sentence(
            _('OTEL_SLA["PROMETHEUS"]["%(key)s"] %(fault)s'),
            {"key": key, "fault": Sentence(fault, values)},
        )
    )


_PARSERS: Mapping[str, Callable[[str, Any], Any]] = {
    "URL": _url,
    "TOKEN_FILE": _file,
    "USER": _user,
    "PASSWORD_FILE": _file,
    "HEADERS": _headers,
    "TIMEOUT": _timeout,
    "AVAILABILITY": _availability,
    "INTERVAL": _interval,
    "MIN_COVERAGE": _coverage,
    "SAMPLES_FILE": _file,
}
