"""How a report counts, in sentences: the same for all components."""

from .wording import share


def accounting(interval: int, min_coverage: float) -> list[str]:
    """Return the rules by which a report counts. `interval` is in seconds."""
    return [
        "Every scheduled second is exactly one of excused, unknown, up or down, in "
        "that order of precedence.",
        "Scheduled time is what schedules, holidays and overrides have open, to the "
        "second, as they were when this report was made.",
        "Excused time is what exclusions cover. Overlapping exclusions count once.",
        f"A sample covers the {interval} s from its timestamp, or until the next "
        "sample if that is sooner. With a value between 0 and 1, that share of the "
        "time is up and the rest is down. Time without a sample is unknown.",
        "Availability is up / (up + down). Unknown time is left out, unless the "
        "agreement counts it as up or as down.",
        "The budget is (1 - target) x (scheduled - excused) of the whole period.",
        "The target is judged over the agreement's own period. There is no verdict "
        f"where less than {share(min_coverage)} of scheduled - excused was measured, "
        "or where nothing was scheduled. With a target of 100 % any downtime misses "
        "it.",
        "Before its first sample a component is not yet in service: that time is not "
        "scheduled.",
        "An outage is an unbroken span of known downtime. Outages that are excused or "
        "outside service hours are listed, but do not count.",
        "Maintenance is time that an override closes. An override that was entered "
        "after it had begun is marked, with the time it took out.",
    ]
