"""Editing everything the gauges report on."""

from . import agreements, components, feed_tokens, overrides, schedules

__all__ = ["agreements", "components", "feed_tokens", "overrides", "schedules"]
