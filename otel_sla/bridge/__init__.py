"""Turn rows of any source into metric samples for scrapes, OTLP and the SDK."""
