"""Editing everything the gauges report on.

Django imports the admin in every process. What evaluates, imports and measures is
therefore imported in the methods that use it, not at the top of these modules.
"""

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
