"""The base of the commands: their failures end in a sentence, without a traceback."""

import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseFailure
from django.db import connections
from django.utils.translation import gettext as _

from otel_sla.conf import has_service_windows
from otel_sla.database.failures import NotAsked, asking, is_around_queries, named
from otel_sla.language import translated
from otel_sla.messages import CodedError
from otel_sla.metrics.rows import database

from .lookup import UnknownName

_BROKEN_PIPE = 141
"""The exit status that shells report for programs ended by SIGPIPE, such as `cat`."""


class Unwritable(CommandError):
    """The output can't be written, because of the error that is its cause."""

    def __init__(self, why: str) -> None:
        super().__init__(_("The output can't be written: %(why)s.") % {"why": why})


class Output:
    """A text stream that raises Unwritable where it can't be written."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> None:
        if self._stream is None:
            raise Unwritable(_("stdout is closed"))
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
            words = _(
                "its encoding, %(encoding)s, has no %(character)s; set "
                "PYTHONIOENCODING=utf-8"
            )
            params = {"encoding": error.encoding, "character": character}
            raise Unwritable(words % params) from error
        if self._stream is sys.stdout:
            # Python flushes once more at its end, and would complain again.
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
        raise Unwritable(error.strerror or str(error)) from error


class OutputCommand(BaseCommand):
    """A command whose failures end in a sentence, without a traceback.

    `refusals` are the errors that mean that the command was given something wrong.
    `consequence` is said after each failure: what has become of the database. A command
    that changes nothing has none, and ends silently where the reader of its output has
    seen enough, as `head` has. One that `migrates` is not told to do so first. One
    that is `about_service_windows` is refused in a site without them.
    """

    consequence = ""
    migrates = False
    about_service_windows = True
    refusals: tuple[type[Exception], ...] = ()

    def execute(self, *args: Any, **options: Any) -> Any:
        if self.about_service_windows and not has_service_windows():
            raise CommandError(
                _(
                    "This command is about service windows, which the site does not "
                    'have: OTEL_SLA["SERVICE_WINDOWS"] is False.'
                )
            )
        options["stdout"] = Output(options.get("stdout") or sys.stdout)
        failures: tuple[type[Exception], ...]
        failures = (DatabaseFailure, UnknownName, *self.refusals)
        try:
            try:
                result = super().execute(*args, **options)
            except failures as error:
                raise CommandError(self._explained(error)) from error
            except Exception as error:
                if not is_around_queries(error):
                    raise
                refused = NotAsked(named(error))
                raise CommandError(self._explained(refused)) from error
            self.stdout.flush()
        except Unwritable as error:
            seen_enough = isinstance(error.__cause__, BrokenPipeError)
            typed = getattr(self, "_called_from_command_line", False)
            if seen_enough and typed and not self.consequence:
                sys.exit(_BROKEN_PIPE)
            raise CommandError(f"{error} {self.consequence}".strip()) from error
        except CommandError:
            # One failure is enough to report.
            with suppress(Unwritable):
                self.stdout.flush()
            raise
        return result

    def _explained(self, error: Exception) -> str:
        lines = [in_words(error)]
        if isinstance(error, DatabaseFailure):
            lines = [_("Database error: %(error)s") % {"error": error}]
            if not self.migrates and not _has_tables():
                lines.append(_("Run manage.py migrate first."))
        return "\n".join([*lines, *filter(None, [self.consequence])])


def in_words(error: Exception) -> str:
    """Return what an error says, in the language of the site."""
    return error.in_words() if isinstance(error, CodedError) else translated(error)


def _has_tables() -> bool:
    try:
        with asking():
            connection = connections[database()]
            return "otel_sla_component" in connection.introspection.table_names()
    except DatabaseFailure:
        # The database is unavailable, which migrate would not mend.
        return True
