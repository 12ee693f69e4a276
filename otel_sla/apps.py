"""Register with Django: settings, checks and telemetry.

Commands, workers of task queues and scripts import this, too, so it imports only what
each of them needs. telemetry/start.py tells servers from the others.
"""

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_finished
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from .bridge.registry import Registry


class OtelSlaConfig(AppConfig):
    """Service windows as OpenTelemetry metrics."""

    name = "otel_sla"
    verbose_name = gettext_lazy("Service windows")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Not at the top: these need apps that are loaded.
        from . import checks as own  # noqa: F401 - registers its checks
        from . import language
        from .database import closing, sqlite_file
        from .language.host_language import HostLanguage
        from .telemetry.versions import explaining_failures

        language.use(HostLanguage())
        checks.register(_check_access, checks.Tags.security, deploy=True)
        checks.register(_check_urls, checks.Tags.urls)
        request_finished.connect(closing.close_after_request)
        connection_created.connect(sqlite_file.opened)
        with explaining_failures():
            from .telemetry import start

            answers_scrapes = start.begin()
        if answers_scrapes:
            # A preloading master shares with its workers what it has imported.
            from . import urls  # noqa: F401

    def register_sources(self, sources: "Registry") -> None:
        """Register what can be exported, when it is first asked for.

        Raises ImproperlyConfigured where start.begin() does.
        """
        from .bridge import discovery
        from .conf import conf
        from .database.tenants import placement_fault
        from .metrics.source import snapshots

        if fault := placement_fault(self.label):
            raise ImproperlyConfigured(fault)
        if conf.SERVICE_WINDOWS:
            sources.register(snapshots)
        discovery.register_all(sources)


def _check_access(app_configs: Any, **kwargs: Any) -> Any:
    from .web.deploy_checks import check_access

    return check_access(app_configs, **kwargs)


def _check_urls(app_configs: Any, **kwargs: Any) -> Any:
    from .web.url_checks import check_urls

    return check_urls(app_configs, **kwargs)
