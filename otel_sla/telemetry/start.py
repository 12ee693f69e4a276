"""Set up telemetry at once in a server, and elsewhere when something asks for it.

Every process of a site imports this: commands, workers of task queues, scripts. Most of
them measure nothing, and importing the SDK takes longer than everything else that
otel_sla does there. Where no server starts, placeholders for the MeterProvider and the
middleware therefore set up telemetry when they are first used.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.core.signals import request_started
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from opentelemetry import metrics

from ..conf import conf, variable
from ..database.tenants import placement_fault
from . import process_role

reason = "otel_sla has not been set up: is it in INSTALLED_APPS?"
"""Why this process sets up nothing; "" if it does, or will."""

lock = RLock()
"""Held while telemetry is set up, so that it is once, whatever threads ask for it."""

_has_begun = False
_stand_in: metrics.MeterProvider | None = None
_made: metrics.MeterProvider | None = None


def begin() -> bool:
    """Set up telemetry in a server, and elsewhere prepare for setting it up later.

    For AppConfig.ready. Return whether this is a server that answers scrapes.

    Raises ImproperlyConfigured, except in a management command, where the system
    checks report the same and end the command without a traceback.
    """
    global reason, _has_begun
    try:
        _check_what_is_used_late()
        reason = process_role.idle_reason()
    except ImproperlyConfigured as error:
        reason = str(error)
        if process_role.running_command() is None:
            raise
    # A test that overrides INSTALLED_APPS makes all apps ready anew.
    if reason or _has_begun:
        return False
    _has_begun = True
    request_started.connect(_start, dispatch_uid="otel_sla.start")
    if process_role.starts_server() or not _may_be_put_off():
        from . import http_server, setup

        setup.set_up()
        if provider := setup.active().provider:
            http_server.instrument_django(provider)
        return process_role.starts_server() and setup.active().scrapes is not None
    _put_off()
    return False


def _check_what_is_used_late() -> None:
    """Raise ImproperlyConfigured where sources could not be registered."""
    if fault := placement_fault("otel_sla"):
        raise ImproperlyConfigured(fault)
    _ = (conf.SERVICE_WINDOWS, conf.METRICS_MODULE, conf.SOURCES)


def _start(sender: Any, **about: Any) -> None:
    """Start what runs in the background. For request_started.

    Nothing starts before the process serves: not in a command, a preloading master or
    a worker of a task queue.
    """
    if process_role.is_server(sender):
        from .setup import active

        for one in (active().pusher, active().workers):
            if one is not None:
                one.start()


def _may_be_put_off() -> bool:
    """Return whether nothing in this process has set a provider or asked for a meter,
    and no variable places the middleware."""
    found = metrics.get_meter_provider()
    return (
        type(found).__name__ == "_ProxyMeterProvider"
        and not getattr(found, "_meters", True)
        and not variable("OTEL_PYTHON_DJANGO_MIDDLEWARE_POSITION")
    )


def _put_off() -> None:
    global _stand_in
    _stand_in = cast("metrics.MeterProvider", SimpleLazyObject(_provider))
    metrics.set_meter_provider(_stand_in)
    name = f"{__name__}.{middleware.__qualname__}"
    settings.MIDDLEWARE = [name, *settings.MIDDLEWARE]


def _provider() -> metrics.MeterProvider:
    # Setting up imports modules of the site's apps, which may ask for a meter.
    if _made is not None:
        return _made
    with lock:
        from .setup import active

        return active().provider or metrics.NoOpMeterProvider()


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    """Set up telemetry for a request handler, and return the middleware that measures.

    Raises MiddlewareNotUsed if nothing is to be measured.
    """
    with lock:
        from . import http_server, setup

        provider = setup.active().provider
        if provider is None or not http_server.instrument_while_loading(provider):
            raise MiddlewareNotUsed
    return http_server.OfAllowedHosts(get_response)


def provider_of_others() -> metrics.MeterProvider:
    """Return the MeterProvider that is set, or one that does nothing in place of our
    placeholder."""
    found = metrics.get_meter_provider()
    return metrics.NoOpMeterProvider() if found is _stand_in else found


def keep(provider: metrics.MeterProvider) -> metrics.MeterProvider:
    """Make the provider that of this process, and return the one that it has then.

    Another library's provider that is not the SDK's stays.
    """
    global _made
    if _stand_in is None:
        metrics.set_meter_provider(provider)
        return metrics.get_meter_provider()
    _made = provider
    return provider


def _release_in_child() -> None:
    # uWSGI calls this without the lock having been taken before.
    with suppress(RuntimeError):
        lock.release()


if hasattr(os, "register_at_fork"):
    # A child of a process that is setting up would wait for the thread that does it,
    # and which the child does not have.
    os.register_at_fork(
        before=lock.acquire,
        after_in_parent=lock.release,
        after_in_child=_release_in_child,
    )
