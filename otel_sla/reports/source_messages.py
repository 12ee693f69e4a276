"""The sentences about availability that can't be measured. Pure."""

MESSAGES: dict[str, str] = {}
