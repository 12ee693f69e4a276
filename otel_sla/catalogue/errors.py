"""Errors of catalogues: what is wrong in which file, line and key."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn

from ..language import gettext as _
from ..language import gettext_noop, translated
from ..messages import CodedError
from ..text import legible
from .messages import MESSAGES

NAMED = 10
"""At most so many faults of a file are reported at once."""
_LONGEST = 500
_MORE = gettext_noop("These are the first %(number)s faults; there may be more.")


class CatalogueError(CodedError):
    """A catalogue can't be used. The text names file, line and key."""

    table = MESSAGES

    def __init__(
        self,
        code: str,
        file: str,
        line: int | None = None,
        key: str = "",
        **params: Any,
    ) -> None:
        super().__init__(code, **params)
        self.file = file
        self.line = line
        self.key = key

    def __str__(self) -> str:
        return self._placed(f"line {self.line}", self.message)

    def in_words(self) -> str:
        line = _("line %(line)s") % {"line": self.line}
        return self._placed(line, translated(self.message))

    def _placed(self, line: str, message: str) -> str:
        place = [legible(self.file)]
        if self.line is not None:
            place.append(line)
        if self.key:
            place.append(_cut(self.key))
        return f"{', '.join(place)}: {_cut(message)}"


class Place(NamedTuple):
    """A file, a line of it, and the key that is there."""

    file: str
    line: int | None = None
    key: str = ""

    def error(self, code: str, **params: Any) -> CatalogueError:
        """Return an error at this place."""
        return CatalogueError(code, *self, **params)


class TooMuch(CatalogueError):
    """A limit is exceeded. Reading ends: the rest may be just as large."""


class _Several(CatalogueError):
    """Several faults of one file. Its line and key are those of the first."""

    def __init__(self, errors: list[CatalogueError]) -> None:
        errors = sorted(errors, key=lambda one: one.line or 0)
        first = errors[0]
        lines = [str(error) for error in errors[:NAMED]]
        self.errors = errors
        if len(errors) >= NAMED:
            lines.append(_MORE % {"number": NAMED})
        reason = "\n".join(lines)
        super().__init__("refused", first.file, first.line, first.key, reason=reason)

    def __str__(self) -> str:
        return self.message

    def in_words(self) -> str:
        lines = [error.in_words() for error in self.errors[:NAMED]]
        if len(self.errors) >= NAMED:
            lines.append(_(_MORE) % {"number": NAMED})
        return "\n".join(lines)


class Faults:
    """The faults found so far. Reading ends when there are NAMED of them."""

    def __init__(self) -> None:
        self._errors: list[CatalogueError] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Collect a CatalogueError that is raised in the context, and go on."""
        try:
            yield
        except (_Several, TooMuch):
            raise
        except CatalogueError as error:
            self.note(error)

    def note(self, error: CatalogueError) -> None:
        self._errors.append(error)
        if len(self._errors) >= NAMED:
            self.refuse()

    def end_with(self, error: CatalogueError) -> NoReturn:
        """Raise the error that ends the reading, with the faults before it."""
        if isinstance(error, _Several) or not self._errors:
            raise error
        raise _Several([*self._errors, error]) from error

    def refuse(self) -> None:
        """Raise the faults, if there are any, in the order of the file."""
        if len(self._errors) > 1:
            raise _Several(self._errors)
        for error in self._errors:
            raise error


def _cut(text: str) -> str:
    """Escape the text for a terminal, and cut out its middle if it is long.

    The beginning says what is wrong, and the end what would be right.
    """
    text = legible(text)
    if len(text) <= 2 * _LONGEST:
        return text
    return f"{text[:_LONGEST]} [...] {text[-_LONGEST:]}"
