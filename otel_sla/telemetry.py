"""Set up the MeterProvider of this process, once, and only where it is wanted.

Setting up runs no query, starts no thread and opens no port, so a process that
the guards below miss comes to no harm.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

from django.core.management import ManagementUtility
from opentelemetry import metrics
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.metrics import MeterProvider

from . import __version__, configuration, gauges
from .conf import conf
from .configuration import InvalidConfiguration
from .exposition import DirectReader
from .labels import series
from .scrapes import Scrapes

_SCOPE = {"otel_scope_name": "otel_sla", "otel_scope_version": __version__}
"""Our instrumentation scope, as the stock reader labels its series."""

METRICS_PATH = r"/metrics(\?|$)"

IDLE_COMMANDS = frozenset(
    {
        "check",
        "collectstatic",
        "compilemessages",
        "createcachetable",
        "dbshell",
        "diffsettings",
        "dumpdata",
        "findstatic",
        "flush",
        "help",
        "inspectdb",
        "loaddata",
        "makemessages",
        "makemigrations",
        "migrate",
        "optimizemigration",
        "sendtestemail",
        "showmigrations",
        "sqlflush",
        "sqlmigrate",
        "sqlsequencereset",
        "squashmigrations",
        "startapp",
        "startproject",
        "test",
        "testserver",
        "version",
    }
)
"""Commands about the schema, static files, sources and tests: nothing to measure."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What was set up: the provider, and what answers scrapes if anything does.

    `scrapes` is None where there is nothing to serve; `reason` says why.
    """

    provider: metrics.MeterProvider | None = None
    scrapes: Scrapes | None = None
    reason: str = ""


_active = Telemetry(reason="otel_sla has not been set up: is it in INSTALLED_APPS?")


def active() -> Telemetry:
    """Return what was set up in this process."""
    return _active


def set_up() -> None:
    """Set up what this process needs. For AppConfig.ready.

    Raises InvalidConfiguration, except in a management command, where the system
    checks report the same and end the command without a traceback.
    """
    global _active
    reason = idle_reason()
    if reason:
        _active = Telemetry(reason=reason)
        return
    try:
        _active = create(configuration.load(conf.CONFIG_FILE))
    except InvalidConfiguration as error:
        _active = Telemetry(reason=str(error))
        if running_command() is None:
            raise
        return
    if _active.provider is not None:
        instrument_django(_active.provider)


def configuration_fault() -> str | None:
    """Say what is wrong with the configuration file; None if nothing, or unused."""
    if conf.ENABLED is False:
        return None
    try:
        configuration.load(conf.CONFIG_FILE).create_provider().shutdown()
    except InvalidConfiguration as error:
        return str(error)
    return None


def create(chosen: configuration.Configuration) -> Telemetry:
    """Create the instruments, on the provider that is set already or on a new one."""
    if chosen.disabled:
        return Telemetry(reason="OpenTelemetry is disabled by its configuration")
    provider = metrics.get_meter_provider()
    if not isinstance(provider, MeterProvider):
        metrics.set_meter_provider(chosen.create_provider())
        # Another library's provider that is no SDK one stays; this returns it then.
        provider = metrics.get_meter_provider()
    return install(provider, chosen)


def install(
    provider: metrics.MeterProvider, chosen: configuration.Configuration
) -> Telemetry:
    """Create the instruments on the provider, and attach the pull reader to it."""
    gauges.register(provider.get_meter("otel_sla", __version__))
    if chosen.pull is None:
        return Telemetry(provider, reason="OTEL_METRICS_EXPORTER chooses no prometheus")
    if not isinstance(provider, MeterProvider):
        return Telemetry(
            provider,
            reason=f"the MeterProvider that was set already, {provider!r}, is not one "
            "of the OpenTelemetry SDK and takes no reader",
        )
    reader = DirectReader(
        # No public way leads to a provider's resource.
        provider._sdk_config.resource,
        disable_target_info=not chosen.pull.target_info,
        scope_info_enabled=chosen.pull.scope_info,
        cardinality_limits=dict(chosen.pull.cardinality_limits),
    )
    provider.add_metric_reader(reader)
    scope = _SCOPE if chosen.pull.scope_info else {}
    scrapes = Scrapes(reader, direct=conf.DIRECT_EXPOSITION, scope=series(scope))
    return Telemetry(provider, scrapes)


def instrument_django(provider: metrics.MeterProvider) -> None:
    """Measure HTTP requests, by the stable semantic conventions, scrapes excluded.

    The old conventions would label series with the Host header, which is whatever
    a client sends.
    """
    instrumentor = DjangoInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        return
    conventions = os.environ.get("OTEL_SEMCONV_STABILITY_OPT_IN", "")
    if "http" not in conventions:
        os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = f"http,{conventions}".strip(",")
    excluded = os.environ.get(
        "OTEL_PYTHON_DJANGO_EXCLUDED_URLS", os.environ.get("OTEL_PYTHON_EXCLUDED_URLS")
    )
    instrumentor.instrument(
        meter_provider=provider,
        excluded_urls=",".join(filter(None, (excluded, METRICS_PATH))),
    )


def idle_reason() -> str:
    """Say why this process sets up nothing; empty if it should set up."""
    if conf.ENABLED is False:
        return 'OTEL_SLA["ENABLED"] is False'
    if conf.ENABLED is True:
        return ""
    command = running_command()
    if command in IDLE_COMMANDS:
        return f"the command {command} measures nothing"
    if under_test_runner():
        return 'tests measure nothing unless OTEL_SLA["ENABLED"] is True'
    return ""


def running_command() -> str | None:
    """Return the management command this process was started for, None if none.

    Found on the stack, where it is whatever the script is called: ready() runs
    inside ManagementUtility.execute.
    """
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code is ManagementUtility.execute.__code__:
            arguments = frame.f_locals["self"].argv
            return next((str(one) for one in arguments[1:2]), "help")
        frame = frame.f_back  # type: ignore[assignment]
    return None


def under_test_runner() -> bool:
    """Whether pytest or unittest runs this process.

    Not read from the environment, which a server started by a test inherits.
    """
    program = sys.modules.get("__main__")
    return "_pytest.main" in sys.modules or (
        getattr(program, "__package__", None) == "unittest"
    )
