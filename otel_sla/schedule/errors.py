"""Errors about schedules. Their sentences are in messages.py."""

from __future__ import annotations

from typing import Any

from ..language import Sentence
from ..messages import CodedError
from .messages import MESSAGES


class ScheduleError(CodedError):
    """A schedule, a part of it, or a text in its notation is refused."""

    table = MESSAGES


class InvalidNotation(ScheduleError):
    """A text is not in the notation expected."""


class InvalidDefinition(ScheduleError):
    """A rule, an override or a schedule can't be evaluated. `field` is at fault."""

    field: str

    def __init__(self, field: str, code: str, **params: Any) -> None:
        super().__init__(code, **params)
        self.field = field

    @classmethod
    def of(cls, field: str, error: ValueError) -> InvalidDefinition:
        """Return the error about that field which says the same as the other."""
        if isinstance(error, ScheduleError):
            return cls(field, error.code, **error.params)
        return cls(field, "unreadable", reason=str(error))

    def __str__(self) -> str:
        params = {"field": self.field, "message": self.message}
        return Sentence("%(field)s: %(message)s", params)
