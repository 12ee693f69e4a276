"""What is wrong with a catalogue, and where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from ..text import legible

NAMED = 10
"""So many faults of a file are named at once."""
_LONGEST = 500


class CatalogueError(ValueError):
    """A catalogue can't be used: names file, line and key, and what would be right."""

    def __init__(
        self, message: str, file: str, line: int | None = None, key: str = ""
    ) -> None:
        place = [legible(file)]
        if line is not None:
            place.append(f"line {line}")
        if key:
            place.append(_cut(key))
        super().__init__(f"{', '.join(place)}: {_cut(message)}")
        self.file = file
        self.line = line
        self.key = key


class _Several(CatalogueError):
    """Several faults of one file; the first has the place."""

    def __init__(self, errors: list[CatalogueError]) -> None:
        errors = sorted(errors, key=lambda one: one.line or 0)
        first = errors[0]
        super().__init__("", first.file, first.line, first.key)
        lines = [str(error) for error in errors[:NAMED]]
        if len(errors) >= NAMED:
            lines.append(f"These are the first {NAMED} faults; there may be more.")
        self.args = ("\n".join(lines),)


class Faults:
    """The faults found so far. When there are enough of them, reading ends."""

    def __init__(self) -> None:
        self._errors: list[CatalogueError] = []

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Go on after a fault in what is read within."""
        try:
            yield
        except _Several:
            raise
        except CatalogueError as error:
            self.note(error)

    def note(self, error: CatalogueError) -> None:
        self._errors.append(error)
        if len(self._errors) >= NAMED:
            self.refuse()

    def end_with(self, error: CatalogueError) -> NoReturn:
        """Raise the one that ends the reading, with what was noted before it."""
        if isinstance(error, _Several) or not self._errors:
            raise error
        raise _Several([*self._errors, error]) from error

    def refuse(self) -> None:
        """Raise what was noted, in the order of the file."""
        if len(self._errors) > 1:
            raise _Several(self._errors)
        for error in self._errors:
            raise error


def _cut(text: str) -> str:
    """Long text without its middle: what is wrong begins it, what is right ends it.

    A name in a file may hold what would make the terminal do something.
    """
    text = legible(text)
    if len(text) <= 2 * _LONGEST:
        return text
    return f"{text[:_LONGEST]} [...] {text[-_LONGEST:]}"
