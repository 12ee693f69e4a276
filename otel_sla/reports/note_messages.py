"""The sentences that a report's document holds: notes, and the name of the source.

A document is English, so that it and its digest are the same for all readers.
notes_in_words.py recognises its sentences by these templates and translates them. How
it writes a parameter depends on the parameter's name.
"""

from typing import Any

from ..language import gettext_noop as _
from .wording import NOT_ENOUGH

NOTES = {
    # Of the whole report
    "not_over": _(
        "The period is not over. Figures are up to %(at)s; budgets are for the whole "
        "period."
    ),
    "may_change": _("Figures may still change until %(at)s."),
    "disabled_left_out": _("Left out because they are disabled: %(names)s."),
    "gone": _(
        "No longer in the database, but exported in this period: %(names)s. Renamed or "
        "deleted components are not reported on."
    ),
    "first_alike": _(
        "The first samples of %(count)s components are all from about %(at)s. If they "
        "were in service before, their older samples are no longer kept."
    ),
    "no_samples_at_all": _(
        "%(expression)s has no samples of these components. Check AVAILABILITY in "
        'OTEL_SLA["PROMETHEUS"], and that its label component has their names.'
    ),
    "described_unknown": _("service_window_info of the period is not known: %(error)s"),
    "recorded_unknown": _("What was recorded as scheduled is not known: %(error)s"),
    "clock_ahead": _(
        "The clock of %(server)s is %(length)s ahead of the clock of this site. Times "
        "may be off by as much: synchronize both."
    ),
    "clock_behind": _(
        "The clock of %(server)s is %(length)s behind the clock of this site. Times "
        "may be off by as much: synchronize both."
    ),
    # Of a component
    "fault": _("Its schedule can't be evaluated: %(error)s Correct it to get figures."),
    "disabled": _("It is disabled today, so it is measured but not exported."),
    "no_samples": _(
        "It has no samples before %(at)s. Check that the availability series has the "
        "label component with this name."
    ),
    "in_service": _(
        "It has been in service since its first sample, %(at)s. %(length)s of service "
        "hours before that are left out."
    ),
    "several_series": _(
        "%(count)s series give its availability. At each moment the highest counts."
    ),
    "short": _(
        "Only %(share)s of its service hours were measured. A verdict needs %(least)s."
    ),
    "unknown_up": _("%(length)s are unknown. Its agreement counts them as up."),
    "unknown_down": _("%(length)s are unknown. Its agreement counts them as down."),
    "none_judged": _(
        "Its target is judged by %(period)s. None ends within this report, so it has "
        "no verdict."
    ),
    "judged_over": _(
        "The target is judged over the %(period)s before %(at)s: %(outcome)s."
    ),
    "judged": _("The target is judged by %(period)s: %(missed)s of %(count)s missed."),
    "judged_in_part": _(
        "The target is judged by %(period)s: %(missed)s of %(count)s missed, "
        "%(without)s without a verdict."
    ),
    "entered_late": _(
        "An override was entered after it had begun, and took %(length)s out of the "
        "service hours, %(down)s of which were down."
    ),
    "several_entered_late": _(
        "%(count)s overrides were entered after it had begun, and took %(length)s out "
        "of the service hours, %(down)s of which were down."
    ),
    "less_today": _(
        "Today's schedule has %(today)s of service hours, and %(recorded)s were "
        "recorded then: %(length)s less. The schedule was edited since."
    ),
    "more_today": _(
        "Today's schedule has %(today)s of service hours, and %(recorded)s were "
        "recorded then: %(length)s more. The schedule was edited since, or not all of "
        "the period was recorded."
    ),
    "described_otherwise": _(
        "In this period it also had agreement %(agreement)s, schedule %(schedule)s and "
        "time zone %(zone)s. The figures use today's."
    ),
}
"""Notes, by what they are about."""

SOURCES = {
    "made_up": _("made-up samples"),
    "prometheus": _("Prometheus at %(server)s"),
}
"""What a report was made from."""

PERIODS = {
    "month": _("calendar month"),
    "week": _("calendar week"),
    "7d": _("7 days"),
    "30d": _("30 days"),
    "90d": _("90 days"),
}
"""The periods of agreements, in words."""

PERIOD = _("period")
"""A period that is none of these."""

OUTCOMES = {
    "met": _("%(achieved)s, met"),
    "missed": _("%(achieved)s, missed"),
    "nothing_scheduled": _("nothing scheduled"),
    "not_enough": NOT_ENOUGH,
    "little": _("under %(share)s"),
}
"""What was achieved in a period that is judged."""

AND_MORE = _("%(some)s and %(count)s more")
"""The end of a list of names."""


def note(about: str, **params: Any) -> str:
    """Return a note in English."""
    return NOTES[about] % params
