"""Import OpenTelemetry's packages, or say why those that are installed can't be."""

from .versions import explaining_failures

with explaining_failures():
    import opentelemetry.exporter.prometheus
    import opentelemetry.instrumentation.django
    import opentelemetry.sdk.metrics.export  # noqa: F401 - tried, as the others are
