"""The sentences of the errors that only the admin's forms have."""

MESSAGES = {
    "unknown_name": "There is no %(kind)s %(name)r. Use the name of one.",
}
