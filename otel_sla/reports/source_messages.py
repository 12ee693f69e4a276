"""The sentences about availability that can't be measured. Pure."""

MESSAGES = {
    "not_configured": "%(fault)s",
}
