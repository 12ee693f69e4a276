"""The error about a file that is not converted. Its sentences are in messages.py."""

from ..messages import CodedError
from .messages import MESSAGES


class NotConvertible(CodedError):
    """A file is none of the formats known, or is broken."""

    table = MESSAGES
