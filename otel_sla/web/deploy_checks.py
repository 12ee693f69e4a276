"""System checks of `check --deploy`: who may read what, and how strong tokens are."""

import stat
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.core.checks import Warning
from django.core.exceptions import ImproperlyConfigured

from ..conf import conf
from . import scrape_tokens

_MAKE_ONE = "python -c 'import secrets; print(secrets.token_urlsafe(32))'"


def check_access(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """Return otel_sla.W005 to W010: doors that are open, and tokens that are weak."""
    found: list[Warning] = []
    for check in (_public, _no_token, _weak_tokens, _token_file):
        # Settings that can't be used are reported once: by otel_sla.E001.
        with suppress(ImproperlyConfigured):
            found += check()
    return found


def _public() -> Iterator[Warning]:
    if conf.PUBLIC_METRICS:
        yield Warning(
            f"Everybody may read the metrics, and with them {_in_metrics()}.",
            hint='Leave OTEL_SLA["PUBLIC_METRICS"] out, and have Prometheus send a '
            'token of OTEL_SLA["METRICS_TOKEN_FILE"]. Silence this check if the web '
            "server decides who may scrape.",
            id="otel_sla.W005",
        )
    if conf.PUBLIC_STATUS and conf.SERVICE_WINDOWS:
        yield Warning(
            "Everybody may read the pages and the API, including the reasons of "
            "overrides.",
            hint='Leave OTEL_SLA["PUBLIC_STATUS"] out to keep them for users who have '
            "logged in. Silence this check if they are meant for everybody.",
            id="otel_sla.W006",
        )
    if conf.PUBLIC_REPORTS and conf.SERVICE_WINDOWS and conf.PROMETHEUS:
        yield Warning(
            "Everybody may see the SLA reports, including outages and who issued them.",
            hint='Leave OTEL_SLA["PUBLIC_REPORTS"] out to keep them for users with the '
            "permission otel_sla.view_issuedreport. Silence this check if they are "
            "meant for everybody.",
            id="otel_sla.W006",
        )


def _in_metrics() -> str:
    if conf.SERVICE_WINDOWS:
        return "the names, labels and windows of all components"
    return "what the site's apps export of their rows"


def _no_token() -> Iterator[Warning]:
    if conf.ENABLED is False or conf.PUBLIC_METRICS or scrape_tokens.are_configured():
        return
    yield Warning(
        "Nobody may read the metrics outside debug mode: no token is configured.",
        hint=f"Make one, {_MAKE_ONE}, write it into a file, and name that in "
        'OTEL_SLA["METRICS_TOKEN_FILE"].',
        id="otel_sla.W007",
    )


def _weak_tokens() -> Iterator[Warning]:
    known = scrape_tokens.of_settings()
    with suppress(scrape_tokens.UnusableFile):
        known += scrape_tokens.of_file()
    for one in known:
        if one.weakness:
            yield Warning(
                f"{one.where} {one.weakness}.",
                hint=f"Make a random one: {_MAKE_ONE}",
                id="otel_sla.W008",
            )


def _token_file() -> Iterator[Warning]:
    path = conf.METRICS_TOKEN_FILE
    if path is None:
        return
    try:
        scrape_tokens.of_file()
        mode = stat.S_IMODE(path.stat().st_mode)
    except (scrape_tokens.UnusableFile, OSError) as error:
        yield Warning(
            f"{error}. No token of it is accepted.",
            hint="Write one token a line into it, and let the user that runs the site "
            "read it.",
            id="otel_sla.W010",
        )
        return
    if mode & stat.S_IRWXO:
        yield Warning(
            f'OTEL_SLA["METRICS_TOKEN_FILE"]: every user of this machine can read or '
            f"write {path} (mode {mode:04o}).",
            hint=f"chmod o= {path}",
            id="otel_sla.W009",
        )
