"""OpenTelemetry: provider, configuration, callbacks, scrapes, OTLP."""

from .setup import active, set_up

__all__ = ["active", "set_up"]
