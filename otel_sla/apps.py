from django.apps import AppConfig
from django.core import checks


class OtelSlaConfig(AppConfig):
    """Service windows as OpenTelemetry metrics."""

    name = "otel_sla"
    verbose_name = "Service windows"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from . import checks as own
        from . import telemetry

        checks.register(own.check_settings)
        checks.register(own.check_configuration)
        telemetry.set_up()
