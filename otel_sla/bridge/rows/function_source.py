"""A source that is a function, run on one thread that stays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from inspect import getsourcefile, unwrap
from traceback import extract_tb

from django.db import Error as DatabaseFailure

from ...database.failures import NotAsked, named
from ...database.single_thread import HeldUp, SingleThread
from ..declare.functions import SourceFunction
from ..interface import Read, Refused
from .dropped_rows import SAMPLE, DroppedRows
from .function_samples import SampleRow, described, rows_of
from .named_rows import REASONS, Kept
from .named_source import NamedSource
from .row_labels import RowLabels
from .values import numbers


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    """A running call of the function. A process forked meanwhile doesn't run it."""

    pid: int = field(default_factory=os.getpid)


class FunctionSource(NamedSource):
    """The samples that a function yields.

    It runs on one thread that stays, so that libraries keep what they store per thread;
    unusable database connections are closed there. A call that takes too long is given
    up, and the function is not called again until that call returns.
    """

    reasons = (*REASONS, SAMPLE.reason)

    def __init__(self, declaration: SourceFunction) -> None:
        self.declaration = declaration
        self.name = declaration.source_name()
        self.rows_name = f"samples of {self.name}"
        self.refresh, self.budget = declaration.refresh, declaration.budget
        self.at_most = declaration.at_most
        self._thread = SingleThread(self.name)
        self.forget()

    def forget(self) -> None:
        self._dropped = DroppedRows(self.name)
        self._labels = RowLabels()
        self._thread.stop()
        self._running: _Call | None = None
        self._given_up: _Call | None = None

    def read(self, read: Read, away: dict[str, str]) -> Sequence[SampleRow]:
        if read.left() <= 0:
            raise NotAsked("there was no time left to call the function")
        running = self._running
        if running and running is self._given_up and running.pid == os.getpid():
            raise NotAsked("an earlier call took too long and has not returned yet")
        try:
            return self._thread.call(lambda: self._called(read), read.left())
        except HeldUp as error:
            self._given_up = self._running
            raise NotAsked(str(error)) from error
        except DatabaseFailure:
            raise
        except Exception as error:
            raise NotAsked(named(error) + self._line(error)) from error

    def _called(self, read: Read) -> Sequence[SampleRow]:
        self._running = _Call()
        try:
            most = self.declaration.max_rows
            return rows_of(self.declaration.function(read), most)
        finally:
            self._running = None

    def keep(self, rows: Sequence[SampleRow], before: Kept | None) -> Kept:
        most = self.declaration.max_rows
        if len(rows) > most:
            raise Refused(f"there are more samples than max_rows = {most:,}")
        columns = list(zip(*rows, strict=True)) or [()] * len(SampleRow._fields)
        names, units, helps, attributes, values, are_samples = columns
        return self.kept(
            [names, units, helps, attributes],
            (names, units, helps),
            described,
            [attributes],
            numbers(values),
            before,
            {row: SAMPLE for row, is_one in enumerate(are_samples) if not is_one},
        )

    def _line(self, error: BaseException) -> str:
        """Return the line of the function's module that raised it; "" if not known."""
        file = getsourcefile(unwrap(self.declaration.function))
        lines = [
            one.lineno
            for one in extract_tb(error.__traceback__)
            if one.filename == file
        ]
        return f" (line {lines[-1]} of {self.declaration.module})" if lines else ""
