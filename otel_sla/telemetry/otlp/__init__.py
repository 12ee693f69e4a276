"""Push to an OTLP collector."""
