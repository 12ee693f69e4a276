"""The settings of otel_sla: `OTEL_SLA = {...}` in the site's settings module."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings as site
from django.core.exceptions import ImproperlyConfigured

from .labels import parse_pair

NAMES = frozenset(
    {
        "CONFIG_FILE",
        "DATABASE",
        "DIRECT_EXPOSITION",
        "ENABLED",
        "FAN_IN",
        "MAX_SNAPSHOT_AGE",
        "METRICS_TOKENS",
        "METRICS_TOKEN_FILE",
        "PUBLIC_METRICS",
        "PUBLIC_STATUS",
        "RUNTIME_DIR",
        "SELECT",
    }
)

CONFIG_FILE_VARIABLES = ("OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE")

SHIPPED_CONFIG_FILE = Path(__file__).with_name("otel-config.yaml")
"""For sites that have none of their own."""


def variable(name: str) -> str:
    """Return the environment variable without surrounding spaces; empty if unset.

    OpenTelemetry treats a variable that is set and empty as unset.
    """
    return os.environ.get(name, "").strip()


class Settings:
    """One property per setting, read when asked so that tests can override it."""

    @property
    def ENABLED(self) -> bool | None:
        """Whether a process sets up telemetry; where it does not, /metrics is 503.

        None: decided by what the process is for. Commands about schema and static
        files, and tests, set up nothing.
        """
        enabled: bool | None = self._get("ENABLED", None)
        if enabled not in (None, True, False):
            raise ImproperlyConfigured(
                f'OTEL_SLA["ENABLED"] must be None, True or False, not {enabled!r}'
            )
        return enabled

    @property
    def CONFIG_FILE(self) -> Path:
        """The OpenTelemetry declarative configuration file.

        Without this setting it is the file that the variable OTEL_CONFIG_FILE names
        (or its older name, OTEL_EXPERIMENTAL_CONFIG_FILE), else otel-config.yaml in
        BASE_DIR, else the one that comes with the package: Prometheus and OTLP, by
        the standard variables.
        """
        if "CONFIG_FILE" in self._all():
            return self._path("CONFIG_FILE", self._all()["CONFIG_FILE"])
        for name in CONFIG_FILE_VARIABLES:
            if variable(name):
                return Path(variable(name))
        own = Path(getattr(site, "BASE_DIR", ".")) / SHIPPED_CONFIG_FILE.name
        # A link to nowhere was meant to be used, too.
        return own if os.path.lexists(own) else SHIPPED_CONFIG_FILE

    @property
    def DATABASE(self) -> str | None:
        """The alias of the database that is read. None: what the site's routers say.

        What is written goes where the routers say either way.
        """
        alias: str | None = self._get("DATABASE", None)
        if alias is not None and alias not in site.DATABASES:
            known = ", ".join(sorted(site.DATABASES))
            raise ImproperlyConfigured(
                'OTEL_SLA["DATABASE"] must be None or a name of DATABASES, which has '
                f"{known}, not {alias!r}"
            )
        return alias

    @property
    def DIRECT_EXPOSITION(self) -> bool:
        """Whether /metrics writes the service-window families itself, past the SDK.

        The samples are the same without it, at up to 100 times the CPU, and with
        the HTTP metrics of one worker only.
        """
        direct = self._get("DIRECT_EXPOSITION", True)
        if not isinstance(direct, bool):
            raise ImproperlyConfigured(
                f'OTEL_SLA["DIRECT_EXPOSITION"] must be True or False, not {direct!r}'
            )
        return direct

    @property
    def FAN_IN(self) -> bool | None:
        """Whether a scrape shows what all workers have counted, not one.

        None: where a process manager that is known runs several.
        """
        fan_in: bool | None = self._get("FAN_IN", None)
        if fan_in not in (None, True, False):
            raise ImproperlyConfigured(
                f'OTEL_SLA["FAN_IN"] must be None, True or False, not {fan_in!r}'
            )
        return fan_in

    @property
    def RUNTIME_DIR(self) -> Path | None:
        """Where workers meet: a directory of this user's alone, made if need be.

        None: in XDG_RUNTIME_DIR, or in the system's temporary directory.
        """
        directory = self._get("RUNTIME_DIR", None)
        return None if directory is None else self._path("RUNTIME_DIR", directory)

    @property
    def MAX_SNAPSHOT_AGE(self) -> float:
        """For how many seconds rows are served that can't be read anew; 0: never.

        Past that, /metrics is 503.
        """
        age = self._get("MAX_SNAPSHOT_AGE", 3_600)
        if isinstance(age, bool) or not isinstance(age, int | float) or not age >= 0:
            raise ImproperlyConfigured(
                'OTEL_SLA["MAX_SNAPSHOT_AGE"] must be a number of seconds, 0 or more, '
                f"not {age!r}"
            )
        return age

    @property
    def METRICS_TOKENS(self) -> tuple[str, ...]:
        """The tokens that open /metrics, blank ones left out.

        What is wrong with them is said without saying what they are.
        """
        given = self._get("METRICS_TOKENS", ())
        if not isinstance(given, list | tuple) or not all(
            isinstance(one, str) for one in given
        ):
            raise ImproperlyConfigured(
                'OTEL_SLA["METRICS_TOKENS"] must be a list of strings, such as '
                f"[os.environ[...]], not {_kind(given)}"
            )
        return tuple(one.strip() for one in given if one.strip())

    @property
    def METRICS_TOKEN_FILE(self) -> Path | None:
        """A file of tokens that open /metrics, one a line; None: there is none."""
        file = self._get("METRICS_TOKEN_FILE", None)
        return None if file is None else self._path("METRICS_TOKEN_FILE", file)

    @property
    def PUBLIC_METRICS(self) -> bool:
        """Whether /metrics is for everybody, or for those with a token."""
        return self._bool("PUBLIC_METRICS")

    @property
    def PUBLIC_STATUS(self) -> bool:
        """Whether pages and the API are for everybody, or for logged-in users."""
        return self._bool("PUBLIC_STATUS")

    @property
    def SELECT(self) -> tuple[str, ...]:
        """The labels of the components that this process exports; none: of all.

        As elsewhere: several values of one label are alternatives; of several labels
        each has to match.
        """
        pairs = self._get("SELECT", ())
        usual = 'must be a list of labels, such as ["team:payments", "team:orders"]'
        if not isinstance(pairs, list | tuple) or not all(
            isinstance(one, str) for one in pairs
        ):
            raise ImproperlyConfigured(f'OTEL_SLA["SELECT"] {usual}, not {pairs!r}')
        try:
            return tuple(map(parse_pair, pairs))
        except ValueError as error:
            raise ImproperlyConfigured(f'OTEL_SLA["SELECT"] {usual}: {error}') from None

    @property
    def unknown(self) -> list[str]:
        """Names in OTEL_SLA that are no settings."""
        return sorted(set(self._all()) - NAMES)

    def _bool(self, name: str) -> bool:
        """A setting that opens what is shut unless it is True."""
        given = self._get(name, False)
        if not isinstance(given, bool):
            raise ImproperlyConfigured(
                f'OTEL_SLA["{name}"] must be True or False, not {given!r}'
            )
        return given

    def _path(self, name: str, given: Any) -> Path:
        try:
            return Path(given)
        except TypeError:
            raise ImproperlyConfigured(
                f'OTEL_SLA["{name}"] must be a path, not {given!r}'
            ) from None

    def _get(self, name: str, default: Any) -> Any:
        return self._all().get(name, default)

    def _all(self) -> dict[str, Any]:
        given = getattr(site, "OTEL_SLA", {})
        if not isinstance(given, dict):
            raise ImproperlyConfigured(f"OTEL_SLA must be a dict, not {given!r}")
        return given


def _kind(given: Any) -> str:
    if isinstance(given, list | tuple):
        kinds = sorted({type(one).__name__ for one in given} - {"str"})
        return f"one with a {kinds[0]} in it"
    return f"a {type(given).__name__}"


conf = Settings()
