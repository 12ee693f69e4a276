"""How a report counts, in sentences: the same for all components."""

from typing import Any

from ..language import gettext as _
from ..language import in_english
from .wording import share


def accounting_of(document: dict[str, Any]) -> list[str]:
    """Return the rules of a document in the language in use.

    An old document may have other rules. Those are returned as they are stored.
    """
    setting = document["interval_seconds"], document["min_coverage"]
    stored: list[str] = document["accounting"]
    with in_english():
        is_current = accounting(*setting) == stored
    return accounting(*setting) if is_current else stored


def accounting(interval: int, min_coverage: float) -> list[str]:
    """Return the rules by which a report counts. `interval` is in seconds."""
    return [
        _(
            "Every scheduled second is exactly one of excused, unknown, up or down, in "
            "that order of precedence."
        ),
        _(
            "Scheduled time is what schedules, holidays and overrides have open, to "
            "the second, as they were when this report was made."
        ),
        _("Excused time is what exclusions cover. Overlapping exclusions count once."),
        _(
            "A sample covers the %(interval)s s from its timestamp, or until the next "
            "sample if that is sooner. With a value between 0 and 1, that share of the "
            "time is up and the rest is down. Time without a sample is unknown."
        )
        % {"interval": interval},
        _(
            "Availability is up / (up + down). Unknown time is left out, unless the "
            "agreement counts it as up or as down."
        ),
        _("The budget is (1 - target) x (scheduled - excused) of the whole period."),
        _(
            "The target is judged over the agreement's own period. There is no verdict "
            "where less than %(share)s of scheduled - excused was measured, or where "
            "nothing was scheduled. With a target of 100 %% any downtime misses it."
        )
        % {"share": share(min_coverage)},
        _(
            "Before its first sample a component is not yet in service: that time is "
            "not scheduled."
        ),
        _(
            "An outage is an unbroken span of known downtime. Outages that are excused "
            "or outside service hours are listed, but do not count."
        ),
        _(
            "Maintenance is time that an override closes. An override that was entered "
            "after it had begun is marked, with the time it took out."
        ),
    ]
