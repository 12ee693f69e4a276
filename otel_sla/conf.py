"""The settings of otel_sla: `OTEL_SLA = {...}` in the site's settings module."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from django.conf import settings as site
from django.core.exceptions import ImproperlyConfigured

from .labels import parse_pair
from .text import is_text

if TYPE_CHECKING:
    from .prometheus.setting import PrometheusSetting

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

    Each raises ImproperlyConfigured for an invalid value.
    """

    @property
    def ENABLED(self) -> bool | None:
        """Whether a process sets up telemetry. Without it /metrics answers 503.

        None: it depends on the process. Commands about the schema and static files,
        tests, and workers of task queues (Celery, django-q and others) set up nothing.
        """
        return self._get("ENABLED", None, _is_bool_or_none, "None, True or False")

    @property
    def BASE_TEMPLATE(self) -> str | None:
        """The name of a template of the site that the pages extend. None: their own.

        It needs the blocks `title`, `extrahead` (in the head) and `content`. The login
        page is not affected.
        """
        must_be = 'None or the name of a template, such as "base.html"'
        return self._get("BASE_TEMPLATE", None, _is_text_or_none, must_be)

    @property
    def CONFIG_FILE(self) -> Path:
        """The OpenTelemetry declarative configuration file.

        Default: the file that the variable OTEL_CONFIG_FILE names (older:
        OTEL_EXPERIMENTAL_CONFIG_FILE), else otel-config.yaml in BASE_DIR, else the one
        in the package, with readers for Prometheus and OTLP that the standard variables
        configure. A file of the site's own needs the extra otel-sla[config].
        """
        if "CONFIG_FILE" in self._all():
            return _path(self._get("CONFIG_FILE", "", _is_path, "a path"))
        for name in CONFIG_FILE_VARIABLES:
            if variable(name):
                return Path(variable(name))
        base = getattr(site, "BASE_DIR", None)
        if not _is_path(base):
            # Not the working directory, which differs between server and commands.
            return SHIPPED_CONFIG_FILE
        own = Path(base) / SHIPPED_CONFIG_FILE.name
        # A link to nowhere was meant to be used, too.
        return own if os.path.lexists(own) else SHIPPED_CONFIG_FILE

    @property
    def DATABASE(self) -> str | None:
        """The alias of the database to read from. None: the site's routers decide.

        The routers decide where to write in either case.
        """
        known = ", ".join(sorted(site.DATABASES))
        must_be = f"None or a name of DATABASES, which has {known}"
        return self._get("DATABASE", None, _is_alias_or_none, must_be)

    @property
    def DIRECT_EXPOSITION(self) -> bool:
        """Whether /metrics writes the service-window families without the SDK.

        False gives the same samples at up to 100 times the CPU, and the HTTP metrics
        of one worker only.
        """
        return self._get("DIRECT_EXPOSITION", True, _is_bool, "True or False")

    @property
    def FAN_IN(self) -> bool | None:
        """Whether a scrape shows the counts of all workers instead of one.

        None: yes, if a known process manager runs several workers.
        """
        return self._get("FAN_IN", None, _is_bool_or_none, "None, True or False")

    @property
    def RUNTIME_DIR(self) -> Path | None:
        """The directory of the workers' files and sockets, created if it is missing.

        Only the site's user may have access. None: a directory in XDG_RUNTIME_DIR, or
        in the system's temporary directory.
        """
        return self._path_or_none("RUNTIME_DIR")

    @property
    def MAX_SNAPSHOT_AGE(self) -> float:
        """The age in seconds up to which the last rows are served while the database
        can't be read. 0: never. Older rows are not served: /metrics answers 503.
        """
        must_be = "a number of seconds, 0 or more"
        return self._get("MAX_SNAPSHOT_AGE", 3_600, _is_age, must_be)

    @property
    def METRICS_TOKENS(self) -> tuple[str, ...]:
        """The tokens that are accepted at /metrics. Blank ones are ignored.

        Error messages never contain them.
        """
        must_be = "a list of strings, such as [os.environ[...]]"
        given = self._get("METRICS_TOKENS", (), _are_strings, must_be, _kind)
        return tuple(one.strip() for one in given if one.strip())

    @property
    def METRICS_TOKEN_FILE(self) -> Path | None:
        """A file of tokens that are accepted at /metrics, one a line. None: no file.

        Keep it outside the checkout. "~" is the home of the user that runs the site.
        """
        return self._path_or_none("METRICS_TOKEN_FILE")

    @property
    def METRICS_MODULE(self) -> str:
        """The name of the module in which an app declares its own rows as metrics."""
        must_be = 'the name of a module, such as "row_metrics"'
        return self._get("METRICS_MODULE", "row_metrics", _is_name, must_be)

    @property
    def PROMETHEUS(self) -> PrometheusSetting | None:
        """Where availability is measured, for SLA reports. None: there are no reports.

        A dict; Prometheus, Thanos, Mimir, Cortex and VictoriaMetrics have the API that
        is used. It needs the extra otel-sla[reports]. Keys:

        - `URL`: the base URL, such as `"http://prometheus:9090"`, without a user.
        - `AVAILABILITY`: the series of availability, 1 or 0 by component; default
          `component:availability:bool`, as the shipped rules record it. A series
          selector, alone or in `max by (component) (...)`.
        - `INTERVAL`: the seconds between two samples; default 60.
        - `MIN_COVERAGE`: the share of service time that has to be measured for a target
          to be judged; default 0.95.
        - `TOKEN_FILE`: a file with a bearer token, or `USER` and `PASSWORD_FILE`. They
          are read at each request.
        - `HEADERS`: a dict of more headers, such as `{"X-Scope-OrgID": "shop"}`.
        - `TIMEOUT`: the seconds that one query may take; default 30.
        - `SAMPLES_FILE`: a file of made-up samples in place of a URL, for a demo.
        """
        # Not at the top: few of the processes that read settings make reports.
        from .prometheus.setting import parse_setting

        return parse_setting(self._all().get("PROMETHEUS"))

    @property
    def PUBLIC_METRICS(self) -> bool:
        """Whether everybody may read /metrics, or only clients with a token."""
        return self._get("PUBLIC_METRICS", False, _is_bool, "True or False")

    @property
    def PUBLIC_REPORTS(self) -> bool:
        """Whether everybody may see the SLA reports, or only users with the permission
        otel_sla.view_issuedreport."""
        return self._get("PUBLIC_REPORTS", False, _is_bool, "True or False")

    @property
    def PUBLIC_STATUS(self) -> bool:
        """Whether everybody may read pages and API, or only logged-in users."""
        return self._get("PUBLIC_STATUS", False, _is_bool, "True or False")

    @property
    def SELECT(self) -> tuple[str, ...]:
        """The labels of the components that this process exports. Empty: all.

        Different labels must all match; several values of one label are alternatives.
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
    def SERVICE_WINDOWS(self) -> bool:
        """Whether the site has service windows, or only metrics of its own rows.

        False leaves out their metrics, pages, API, feeds and admin. /metrics, /healthz
        and /readyz stay, and so do the tables: one of them is used for pushing.
        """
        return self._get("SERVICE_WINDOWS", True, _is_bool, "True or False")

    @property
    def SOURCES(self) -> tuple[str, ...] | None:
        """The names of the sources that this process exports. None: all.

        "service_windows", and those that `manage.py show_metrics` lists. What is not
        exported is not read. Pages, API and feeds are the same whatever is exported.
        """
        must_be = 'None or a list of names, such as ["service_windows", "shop.Disks"]'
        given = self._get("SOURCES", None, _are_names_or_none, must_be)
        return given if given is None else tuple(given)

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
        return _path(self._get(name, "", _is_path, "a path"))

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


def _is_name(given: Any) -> TypeGuard[str]:
    return isinstance(given, str) and given.isidentifier()


def _is_text_or_none(given: Any) -> TypeGuard[str | None]:
    return given is None or (isinstance(given, str) and bool(given.strip()))


def _is_path(given: Any) -> TypeGuard[str | os.PathLike[str]]:
    return isinstance(given, str | os.PathLike)


def _path(given: str | os.PathLike[str]) -> Path:
    """Return the path as messages show it: absolute, with "~" being the home."""
    return Path(os.path.expanduser(given)).absolute()


def _are_strings(given: Any) -> TypeGuard[Sequence[str]]:
    is_list = isinstance(given, list | tuple)
    return is_list and all(isinstance(one, str) for one in given)


def _are_names_or_none(given: Any) -> TypeGuard[Sequence[str] | None]:
    if given is None:
        return True
    return _are_strings(given) and bool(given) and all(map(_is_shown, given))


def _is_shown(name: str) -> bool:
    return is_text(name) and bool(name.strip())


def _kind(given: Any) -> str:
    """Say what is given without showing it: it may be secret."""
    if isinstance(given, list | tuple):
        kinds = sorted({type(one).__name__ for one in given} - {"str"})
        return f"one with a {kinds[0]} in it"
    return f"a {type(given).__name__}"


conf = Settings()


def has_service_windows() -> bool:
    """Return SERVICE_WINDOWS, and True where it is invalid.

    For what is imported before ready() or check_settings reports that.
    """
    with suppress(ImproperlyConfigured):
        return conf.SERVICE_WINDOWS
    return True
