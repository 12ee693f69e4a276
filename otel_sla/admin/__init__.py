"""Editing everything the gauges report on."""

from . import agreements, components, schedules

__all__ = ["agreements", "components", "schedules"]
