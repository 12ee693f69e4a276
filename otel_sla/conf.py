"""The settings of otel_sla: `OTEL_SLA = {...}` in the site's settings module."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from django.conf import settings as site
from django.core.exceptions import ImproperlyConfigured

from .labels import parse_pair

T = TypeVar("T")

CONFIG_FILE_VARIABLES = ("OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE")

SHIPPED_CONFIG_FILE = Path(__file__).with_name("otel-config.yaml")
"""Used where a site has no configuration file of its own."""


def variable(name: str) -> str:
    """Return the environment variable without surrounding spaces; empty if unset.

    OpenTelemetry treats a variable that is set and empty as unset.
    """
    return os.environ.get(name, "").strip()


class Settings:
    """One property per setting, read when asked so that tests can override it.

    Each raises ImproperlyConfigured where the site gives it an impossible value.
    """

    @property
    def ENABLED(self) -> bool | None:
        """Whether a process sets up telemetry; where it does not, /metrics is 503.

        None: decided by what the process is for. Commands about schema and static
        files, and tests, set up nothing.
        """
        return self._get("ENABLED", None, _is_bool_or_none, "None, True or False")

    @property
    def CONFIG_FILE(self) -> Path:
        """The OpenTelemetry declarative configuration file.

        Without this setting it is the file that the variable OTEL_CONFIG_FILE names
        (or its older name, OTEL_EXPERIMENTAL_CONFIG_FILE), else otel-config.yaml in
        BASE_DIR, else the one that comes with the package: Prometheus and OTLP, by
        the standard variables.
        """
        if "CONFIG_FILE" in self._all():
            return Path(self._get("CONFIG_FILE", "", _is_path, "a path"))
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
        known = ", ".join(sorted(site.DATABASES))
        must_be = f"None or a name of DATABASES, which has {known}"
        return self._get("DATABASE", None, _is_alias_or_none, must_be)

    @property
    def DIRECT_EXPOSITION(self) -> bool:
        """Whether /metrics writes the service-window families itself, past the SDK.

        The samples are the same without it, at up to 100 times the CPU, and with
        the HTTP metrics of one worker only.
        """
        return self._get("DIRECT_EXPOSITION", True, _is_bool, "True or False")

    @property
    def FAN_IN(self) -> bool | None:
        """Whether a scrape shows what all workers have counted, not one.

        None: if a known process manager runs several workers.
        """
        return self._get("FAN_IN", None, _is_bool_or_none, "None, True or False")

    @property
    def RUNTIME_DIR(self) -> Path | None:
        """Where workers meet: a directory of this user's alone, made if need be.

        None: in XDG_RUNTIME_DIR, or in the system's temporary directory.
        """
        return self._path_or_none("RUNTIME_DIR")

    @property
    def MAX_SNAPSHOT_AGE(self) -> float:
        """For how many seconds rows are served that can't be read anew; 0: never.

        Past that, /metrics is 503.
        """
        must_be = "a number of seconds, 0 or more"
        return self._get("MAX_SNAPSHOT_AGE", 3_600, _is_age, must_be)

    @property
    def METRICS_TOKENS(self) -> tuple[str, ...]:
        """The tokens that open /metrics, blank ones left out.

        What is wrong with them is said without saying what they are.
        """
        must_be = "a list of strings, such as [os.environ[...]]"
        given = self._get("METRICS_TOKENS", (), _are_strings, must_be, _kind)
        return tuple(one.strip() for one in given if one.strip())

    @property
    def METRICS_TOKEN_FILE(self) -> Path | None:
        """A file of tokens that open /metrics, one a line. None: no file."""
        return self._path_or_none("METRICS_TOKEN_FILE")

    @property
    def PUBLIC_METRICS(self) -> bool:
        """Whether /metrics is for everybody, or for those with a token."""
        return self._get("PUBLIC_METRICS", False, _is_bool, "True or False")

    @property
    def PUBLIC_STATUS(self) -> bool:
        """Whether pages and the API are for everybody, or for logged-in users."""
        return self._get("PUBLIC_STATUS", False, _is_bool, "True or False")

    @property
    def SELECT(self) -> tuple[str, ...]:
        """The labels of the components that this process exports; none: of all.

        As elsewhere: several values of one label are alternatives; of several labels
        each has to match.
        """
        must_be = 'a list of labels, such as ["team:payments", "team:orders"]'
        pairs = self._get("SELECT", (), _are_strings, must_be)
        try:
            return tuple(map(parse_pair, pairs))
        except ValueError as error:
            raise ImproperlyConfigured(
                f'OTEL_SLA["SELECT"] must be {must_be}: {error}'
            ) from None

    @property
    def unknown(self) -> list[str]:
        """Names in OTEL_SLA that are not settings."""
        return sorted(set(self._all()) - NAMES)

    def _get(
        self,
        name: str,
        default: T,
        is_valid: Callable[[Any], TypeGuard[T]],
        must_be: str,
        shown: Callable[[Any], str] = repr,
    ) -> T:
        given = self._all().get(name, default)
        if not is_valid(given):
            raise ImproperlyConfigured(
                f'OTEL_SLA["{name}"] must be {must_be}, not {shown(given)}'
            )
        return given

    def _path_or_none(self, name: str) -> Path | None:
        if self._all().get(name) is None:
            return None
        return Path(self._get(name, "", _is_path, "a path"))

    def _all(self) -> dict[str, Any]:
        given = getattr(site, "OTEL_SLA", {})
        if not isinstance(given, dict):
            raise ImproperlyConfigured(f"OTEL_SLA must be a dict, not {given!r}")
        return given


NAMES = frozenset(name for name in vars(Settings) if name.isupper())
"""The names of all settings."""


def _is_bool(given: Any) -> TypeGuard[bool]:
    return isinstance(given, bool)


def _is_bool_or_none(given: Any) -> TypeGuard[bool | None]:
    return given is None or isinstance(given, bool)


def _is_age(given: Any) -> TypeGuard[float]:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return is_number and given >= 0


def _is_alias_or_none(given: Any) -> TypeGuard[str | None]:
    return given is None or given in site.DATABASES


def _is_path(given: Any) -> TypeGuard[str | os.PathLike[str]]:
    return isinstance(given, str | os.PathLike)


def _are_strings(given: Any) -> TypeGuard[Sequence[str]]:
    is_list = isinstance(given, list | tuple)
    return is_list and all(isinstance(one, str) for one in given)


def _kind(given: Any) -> str:
    """Say what is given without showing it: it may be secret."""
    if isinstance(given, list | tuple):
        kinds = sorted({type(one).__name__ for one in given} - {"str"})
        return f"one with a {kinds[0]} in it"
    return f"a {type(given).__name__}"


conf = Settings()
