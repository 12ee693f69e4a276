"""The sentences of the errors about files that are not converted."""

MESSAGES = {
    "unknown_format": (
        "This is not a file of time periods that is known. Use --format with one of "
        "%(known)s if it is."
    ),
    "broken_file": "Line %(line)s: %(reason)s",
}
