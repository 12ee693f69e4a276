"""The sentences of the errors that only the admin's forms have."""

MESSAGES = {
    "unknown_name": "There is no %(kind)s %(name)r. Use the name of one.",
    "stale": "Not saved: this was changed since you opened it.",
    "upload_missing": "Choose a file.",
    "upload_too_large": (
        "The file is larger than %(most)s MB. Use manage.py import_calendar."
    ),
    "upload_not_carried": (
        "The file is too large for this site's DATA_UPLOAD_MAX_MEMORY_SIZE. Use "
        "manage.py import_calendar."
    ),
    "upload_expired": "The upload is more than an hour old. Choose the file again.",
}
