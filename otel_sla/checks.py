"""System checks: what is wrong with the site's configuration, and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from . import telemetry
from .conf import NAMES, conf


def check_settings(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.E001: a setting has an impossible value. W001: a name is unknown."""
    try:
        unknown = conf.unknown
        _ = conf.ENABLED
    except ImproperlyConfigured as error:
        return [Error(str(error), id="otel_sla.E001")]
    return [
        Warning(
            f'OTEL_SLA["{name}"] is no setting of otel_sla.',
            hint=_meant(name),
            id="otel_sla.W001",
        )
        for name in unknown
    ]


def check_configuration(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.E002: the OpenTelemetry configuration file can't be used."""
    fault = telemetry.configuration_fault()
    if fault is None:
        return []
    return [
        Error(
            fault,
            hint='OTEL_SLA["CONFIG_FILE"] names the file; OTEL_SLA["ENABLED"] = False '
            "runs the site without metrics.",
            id="otel_sla.E002",
        )
    ]


def _meant(name: str) -> str:
    close = get_close_matches(name.upper(), NAMES, n=1)
    known = ", ".join(sorted(NAMES))
    return f"Did you mean {close[0]}?" if close else f"Known are {known}."
