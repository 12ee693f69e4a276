"""How a report counts, in sentences: the same for all components."""

from .wording import share


def accounting(interval: int, min_coverage: float) -> list[str]:
    """Return the rules by which a report counts. `interval` is in seconds."""
    return [
        "Every scheduled second is exactly one of excused, unknown, up or down, in "
        "that order of precedence.",
        "Scheduled is what the schedules, holidays and overrides have open, to the "
        "second, by the rows as they were when this report was made.",
        "Excused is what an exclusion covers. Where several overlap it counts once.",
        f"A sample stands for {interval} s from its own moment on, or until the next "
        "sample. Of a value between 0 and 1 that share of the time is up, the rest "
        "down. Time without a sample is unknown.",
        "Availability is up / (up + down). Unknown time is in neither, unless the "
        "agreement counts it as up or as down.",
        "The budget is (1 - target) x (scheduled - excused) of the whole period.",
        "The target is judged over the agreement's own period. There is no verdict "
        f"where less than {share(min_coverage)} of scheduled - excused was measured, "
        "or where nothing was scheduled. With a target of 100 % any downtime misses "
        "it.",
        "Time before a component's first sample is not yet in service, and not "
        "scheduled.",
        "An outage is adjacent time that was known to be down. One outside service "
        "hours, or excused, is listed and does not count.",
        "Maintenance is time that an override closes. One that was entered after it "
        "had begun is marked, with what it took out.",
    ]
