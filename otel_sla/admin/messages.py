"""The sentences of the errors that only the admin's forms have."""

from ..language import gettext_noop as _

MESSAGES = {
    "unknown_name": _("There is no %(kind)s %(name)r. Use the name of one."),
    "stale": _("Not saved: this was changed since you opened it."),
    "unknown_moment_in_zone": _(
        "%(text)s is not a date and time. Use 2026-12-24 12:00, or with an offset from "
        "UTC 2026-12-24 12:00+01:00."
    ),
    "time_comes_twice": _(
        "%(time)s comes twice on %(day)s in %(zone)s. Use %(first)s or %(second)s."
    ),
    "time_is_skipped": _(
        "%(time)s does not exist on %(day)s in %(zone)s: the clocks are put forward. "
        "Use another time."
    ),
    "moment_out_of_range": _(
        "%(text)s is out of range. Use a date from 1970-01-01 to before 2100-01-01."
    ),
    "time_of_all_day": _("Give a date without a time, or untick All day."),
    "last_day_before_first": _(
        "The last day is before the first. Use the same day or a later one."
    ),
    "upload_missing": _("Choose a file."),
    "upload_too_large": _(
        "The file is larger than %(most)s MB. Use manage.py import_calendar."
    ),
    "upload_not_carried": _(
        "The file is too large for this site's DATA_UPLOAD_MAX_MEMORY_SIZE. Use "
        "manage.py import_calendar."
    ),
    "upload_expired": _("The upload is more than an hour old. Choose the file again."),
}
