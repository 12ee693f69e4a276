"""OpenTelemetry: provider, configuration, callbacks, scrapes, OTLP."""
