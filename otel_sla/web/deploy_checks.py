"""System checks of `check --deploy`: who is let in that perhaps should not be."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.core.checks import CheckMessage, Warning
from django.core.exceptions import ImproperlyConfigured

from ..conf import conf
from . import scrape_tokens

Check = Callable[..., Sequence[CheckMessage]]

_MAKE_ONE = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"


def _of_usable_settings(check: Check) -> Check:
    """What is wrong with the settings themselves is said once: otel_sla.E001."""

    @wraps(check)
    def checked(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
        try:
            return check(app_configs, **kwargs)
        except ImproperlyConfigured:
            return []

    return checked


@_of_usable_settings
def check_public_metrics(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.W005: everybody may scrape."""
    if not conf.PUBLIC_METRICS:
        return []
    return [
        Warning(
            "Everybody may read the metrics, and with them the names, labels and "
            "windows of all components.",
            hint='Leave OTEL_SLA["PUBLIC_METRICS"] out, and have Prometheus send a '
            'token of OTEL_SLA["METRICS_TOKEN_FILE"]; or silence this where the web '
            "server decides who may scrape.",
            id="otel_sla.W005",
        )
    ]


@_of_usable_settings
def check_public_status(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.W006: everybody may read the pages and the API."""
    if not conf.PUBLIC_STATUS:
        return []
    return [
        Warning(
            "Everybody may read the pages and the API, the reasons of overrides "
            "included.",
            hint='Leave OTEL_SLA["PUBLIC_STATUS"] out, so that they are for users who '
            "have logged in; or silence this where they are meant for everybody.",
            id="otel_sla.W006",
        )
    ]


@_of_usable_settings
def check_tokens_are_there(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.W007: nobody may scrape."""
    if conf.ENABLED is False or conf.PUBLIC_METRICS or scrape_tokens.are_configured():
        return []
    return [
        Warning(
            "Nobody may read the metrics outside debug mode: there is no token.",
            hint=f"Make one, {_MAKE_ONE}, write it into a file, and name that in "
            'OTEL_SLA["METRICS_TOKEN_FILE"].',
            id="otel_sla.W007",
        )
    ]


@_of_usable_settings
def check_tokens_are_strong(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.W008: a token can be guessed, or can't be sent."""
    try:
        known = scrape_tokens.of_settings() + scrape_tokens.of_file()
    except scrape_tokens.UnusableFile:
        known = scrape_tokens.of_settings()
    return [
        Warning(
            f"{one.where} {one.weakness}.",
            hint=f"Make a random one: {_MAKE_ONE}",
            id="otel_sla.W008",
        )
        for one in known
        if one.weakness
    ]


@_of_usable_settings
def check_token_file(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.W009: others can read the file. W010: it can't be used."""
    path = conf.METRICS_TOKEN_FILE
    if path is None:
        return []
    try:
        scrape_tokens.of_file()
        mode = stat.S_IMODE(path.stat().st_mode)
    except (scrape_tokens.UnusableFile, OSError) as error:
        return [
            Warning(
                f"{error}. Nobody is let in by it.",
                hint="Write a token a line into it, and let the user that runs the "
                "site read it.",
                id="otel_sla.W010",
            )
        ]
    if not mode & stat.S_IRWXO:
        return []
    return [
        Warning(
            f'OTEL_SLA["METRICS_TOKEN_FILE"]: every user of this machine can read or '
            f"write {path} (mode {mode:04o}).",
            hint=f"chmod o= {path}",
            id="otel_sla.W009",
        )
    ]


CHECKS: tuple[Check, ...] = (
    check_public_metrics,
    check_public_status,
    check_tokens_are_there,
    check_tokens_are_strong,
    check_token_file,
)
