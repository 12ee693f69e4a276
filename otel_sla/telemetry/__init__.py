"""OpenTelemetry: provider, configuration, callbacks, scrapes, OTLP."""

from .versions import explaining_failures

# Before all else: the admin, views and checks, too, come to OpenTelemetry through here.
with explaining_failures():
    import opentelemetry.exporter.prometheus
    import opentelemetry.instrumentation.django
    import opentelemetry.sdk.metrics.export  # noqa: F401 - tried, as the others are
