"""What a rule or an override that can't mean anything is refused with."""

from __future__ import annotations


class InvalidDefinition(ValueError):
    """A rule or an override that can't mean anything.

    `field` names the attribute at fault, `message` says what would be right.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message
