"""Register with Django: settings, checks and telemetry."""

from django.apps import AppConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_finished
from django.db.backends.signals import connection_created
from django.utils.translation import gettext_lazy


class OtelSlaConfig(AppConfig):
    """Service windows as OpenTelemetry metrics."""

    name = "otel_sla"
    verbose_name = gettext_lazy("Service windows")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .telemetry.versions import explaining_failures

        with explaining_failures():
            self._register()

    def _register(self) -> None:
        from . import checks as own  # noqa: F401 - registers its checks
        from . import language
        from .database import closing, sqlite_file
        from .language.host_language import HostLanguage
        from .telemetry import process_role
        from .telemetry import setup as telemetry
        from .web import deploy_checks, url_checks

        language.use(HostLanguage())
        checks.register(deploy_checks.check_access, checks.Tags.security, deploy=True)
        checks.register(url_checks.check_urls, checks.Tags.urls)
        request_finished.connect(closing.close_after_request)
        connection_created.connect(sqlite_file.opened)
        try:
            self._register_sources()
        except ImproperlyConfigured:
            if process_role.running_command() is None:
                raise
            # check_settings reports it, and ends the command without a traceback.
            return
        telemetry.set_up()

    def _register_sources(self) -> None:
        from .bridge import discovery
        from .bridge.registry import registry
        from .conf import conf
        from .database.tenants import placement_fault
        from .metrics.source import snapshots

        if fault := placement_fault(self.label):
            raise ImproperlyConfigured(fault)
        if conf.SERVICE_WINDOWS:
            registry.register(snapshots)
        discovery.register_all(registry)
