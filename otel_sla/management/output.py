"""Commands that end in one sentence where their output can't be written."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError

_BROKEN_PIPE = 141
"""The exit status that shells give to what ends by SIGPIPE, as `cat` does."""


class Unwritable(CommandError):
    """The output can't be written, because of the error that is its cause."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The output can't be written: {why}.")


class Output:
    """A text stream that raises Unwritable where it can't be written."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> None:
        if self._stream is None:
            raise Unwritable("stdout is closed")
        try:
            self._stream.write(text)
        except (OSError, UnicodeEncodeError) as error:
            self._fail(error)

    def flush(self) -> None:
        try:
            if self._stream is not None:
                self._stream.flush()
        except OSError as error:
            self._fail(error)

    def isatty(self) -> bool:
        return self._stream is not None and bool(self._stream.isatty())

    def _fail(self, error: OSError | UnicodeEncodeError) -> NoReturn:
        if isinstance(error, UnicodeEncodeError):
            character = ascii(error.object[error.start])
            raise Unwritable(
                f"its encoding, {error.encoding}, has no {character}; set "
                "PYTHONIOENCODING=utf-8"
            ) from error
        if self._stream is sys.stdout:
            # Python flushes once more at its end, and would complain again.
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        raise Unwritable(error.strerror or str(error)) from error


class OutputCommand(BaseCommand):
    """A command that says in one sentence that its output can't be written.

    `consequence` is what is said of the database then. A command that changes nothing
    has none, and ends silently where the reader has seen enough, as `head` has.
    """

    consequence = ""

    def execute(self, *args: Any, **options: Any) -> Any:
        options["stdout"] = Output(options.get("stdout") or sys.stdout)
        try:
            result = super().execute(*args, **options)
            self.stdout.flush()
        except Unwritable as error:
            seen_enough = isinstance(error.__cause__, BrokenPipeError)
            typed = getattr(self, "_called_from_command_line", False)
            if seen_enough and typed and not self.consequence:
                sys.exit(_BROKEN_PIPE)
            raise CommandError(f"{error} {self.consequence}".strip()) from error
        except CommandError:
            # The reason is told already. What can't be written is not told as well.
            with suppress(Unwritable):
                self.stdout.flush()
            raise
        return result
