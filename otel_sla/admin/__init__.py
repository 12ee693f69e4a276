"""Editing everything the gauges report on."""

from ..conf import has_service_windows

if has_service_windows():
    from . import (
        agreements,
        calendars,
        components,
        exclusions,
        feed_tokens,
        issued_reports,
        overrides,
        schedules,
    )
    from .registration import register

    __all__ = [
        "agreements",
        "calendars",
        "components",
        "exclusions",
        "feed_tokens",
        "issued_reports",
        "overrides",
        "register",
        "schedules",
    ]
