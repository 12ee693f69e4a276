"""Set up the MeterProvider of this process, once, when start.py says so.

Setting up runs no query, starts no thread and opens no port, so it harms no process
that process_role should have kept from it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

# Before all that imports them.
from . import packages  # noqa: F401

# isort: split
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from .. import __version__
from ..conf import conf
from ..labels import series
from ..logs import get_logger
from . import callbacks, config, process_role, sdk_probe, start
from .config.reader_options import Pull
from .errors import InvalidConfiguration
from .host_provider import names_of_others, pushes_by_itself, resource_of
from .scrape import Scrapes
from .sdk_reader import CollectingReader, DirectReader, StockReader

if TYPE_CHECKING:
    from .otlp.pusher import Pusher
    from .otlp.unable import UnablePusher
    from .workers import Workers

logger = get_logger(__name__)

_SCOPE = InstrumentationScope("otel_sla", __version__)
# The same as the stock reader labels its series.
_SCOPE_LABELS = {"otel_scope_name": "otel_sla", "otel_scope_version": __version__}


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What was set up: the provider, what answers scrapes, and what pushes.

    `scrapes` is None where there is nothing to serve; `reason` says why.
    """

    provider: metrics.MeterProvider | None = None
    scrapes: Scrapes | None = None
    pusher: Pusher | UnablePusher | None = None
    workers: Workers | None = None
    reason: str = ""


STOCK_READER = (
    "OpenTelemetry's own Prometheus reader serves everything, so that scrapes take "
    "more time and memory, and each shows the HTTP metrics of one worker only"
)
ASKED_EVERY_SECOND = (
    "where there are several workers, callbacks of observable instruments are called "
    "once a second in each, and not only for scrapes"
)
ROWS_ONLY = "the rows and otel_sla's own counters are pushed, and nothing else"

_active: Telemetry | None = None
_is_setting_up = False


def active() -> Telemetry:
    """Return what was set up in this process. Where that was put off, set it up now."""
    if _active is None and not start.reason:
        with start.lock:
            # Setting up may lead here: an app's module may ask for a meter.
            if _active is None and not _is_setting_up:
                set_up()
    return _active or Telemetry(reason=start.reason or "otel_sla is being set up")


def set_up() -> None:
    """Set up what this process needs.

    Raises ImproperlyConfigured, except in a management command, where the system
    checks report the same and end the command without a traceback.
    """
    global _active, _is_setting_up
    _is_setting_up = True
    try:
        _active = create(config.load(conf.CONFIG_FILE))
    except ImproperlyConfigured as error:
        _active = Telemetry(reason=str(error))
        if process_role.running_command() is None:
            raise
    finally:
        _is_setting_up = False


def configuration_fault(*, pushing: bool = True) -> str | None:
    """Say what is wrong with the configuration; None if nothing, or unused.

    Without `pushing`, what concerns nothing else is not looked at.
    """
    if conf.ENABLED is False:
        return None
    try:
        config.load(conf.CONFIG_FILE).check(pushing=pushing)
    except InvalidConfiguration as error:
        return str(error)
    return None


def fan_in_fault() -> str | None:
    """Say why workers could not meet; None if they could, or need not."""
    if os.name != "posix" or conf.FAN_IN is False:
        return None
    from ..fanin import check_base, default_base

    try:
        check_base(conf.RUNTIME_DIR or default_base())
    except OSError as error:
        return str(error)
    return None


def create(chosen: config.Configuration) -> Telemetry:
    """Create the instruments, on the provider that is set already or on a new one."""
    if chosen.disabled:
        return Telemetry(reason="OpenTelemetry is disabled by its configuration")
    provider = start.provider_of_others()
    resource = None
    if not isinstance(provider, MeterProvider):
        resource = chosen.create_resource()
        made = chosen.create_provider(resource)
        provider = start.keep(made)
        resource = resource if provider is made else None
    return install(provider, chosen, resource)


def install(
    provider: metrics.MeterProvider,
    chosen: config.Configuration,
    resource: Resource | None = None,
) -> Telemetry:
    """Create the instruments on the provider, and attach the chosen readers to it.

    `resource` is the provider's, where it is known.
    """
    callbacks.register(
        provider.get_meter(_SCOPE.name, __version__),
        others=partial(names_of_others, provider, _SCOPE.name),
    )
    if not isinstance(provider, MeterProvider):
        return Telemetry(
            provider,
            reason=f"the MeterProvider that was set already, {provider!r}, is not one "
            "of the OpenTelemetry SDK and takes no reader",
        )
    resource = resource or resource_of(provider)
    pusher = _attach_pusher(provider, resource, chosen)
    if chosen.pull is None:
        reason = (
            "nothing is served here, because OTEL_METRICS_EXPORTER chooses no "
            'prometheus; "prometheus,otlp" serves and pushes'
        )
        return Telemetry(provider, pusher=pusher, reason=reason)
    scrapes, workers = _attach_scrapes(provider, resource, chosen.pull)
    return Telemetry(provider, scrapes, pusher, workers)


def foreground_pusher(said: Callable[[str], None]) -> Pusher:
    """Return what pushes the rows of all sources, and nothing else, when it is run.

    Raises InvalidConfiguration.
    """
    chosen = config.load(conf.CONFIG_FILE, ["otlp"])
    chosen.check()
    if chosen.push is None:
        raise InvalidConfiguration(
            "", "Nothing is pushed: OpenTelemetry is disabled by its configuration"
        )
    from .otlp.pusher import Pusher

    return Pusher(chosen.push, chosen.create_resource(), _SCOPE, said=said)


def _attach_scrapes(
    provider: MeterProvider, resource: Resource, pull: Pull
) -> tuple[Scrapes, Workers | None]:
    options: dict[str, Any] = {
        "disable_target_info": not pull.target_info,
        "scope_info_enabled": pull.scope_info,
        "cardinality_limits": pull.cardinality_limits,
    }
    if fault := sdk_probe.translating_fault():
        logger.warning("%s: %s", fault, STOCK_READER)
        stock = StockReader(**options)
        provider.add_metric_reader(stock.reader)
        return Scrapes(stock, direct=False), None
    reader = DirectReader(resource, **options)
    provider.add_metric_reader(reader)
    scope = series(_SCOPE_LABELS) if pull.scope_info else b""
    if not conf.DIRECT_EXPOSITION or os.name != "posix":
        return Scrapes(reader, direct=conf.DIRECT_EXPOSITION, scope=scope), None
    from .workers import Workers

    fault = sdk_probe.counting_fault()
    if fault:
        logger.warning("%s: %s", fault, ASKED_EVERY_SECOND)
    workers = Workers(reader, resource, None if fault else provider)
    scrapes = Scrapes(
        reader,
        direct=True,
        scope=scope,
        gather=workers.gather,
        together=workers.are_together,
    )
    return scrapes, workers


def _attach_pusher(
    provider: MeterProvider, resource: Resource, chosen: config.Configuration
) -> Pusher | UnablePusher | None:
    def is_needless() -> bool:
        # The host may add its reader once we are set up.
        return pushes_by_itself(provider)

    if chosen.push_fault is not None:
        from .otlp.unable import UnablePusher

        return UnablePusher(chosen.push_fault, is_needless)
    if chosen.push is None or is_needless():
        return None
    from .otlp.pusher import Pusher

    reader = None
    if fault := sdk_probe.collecting_fault():
        logger.warning("%s: %s", fault, ROWS_ONLY)
    else:
        reader = CollectingReader(chosen.push)
        provider.add_metric_reader(reader)
    return Pusher(chosen.push, resource, _SCOPE, reader, is_needless=is_needless)
