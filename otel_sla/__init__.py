"""Service windows of components as OpenTelemetry metrics, from a Django app."""

__version__ = "0.1.0"
