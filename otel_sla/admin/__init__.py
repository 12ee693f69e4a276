"""Editing everything the gauges report on."""

from . import agreements, components, overrides, schedules

__all__ = ["agreements", "components", "overrides", "schedules"]
