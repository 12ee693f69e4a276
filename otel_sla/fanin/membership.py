"""A worker's place in its group, which it keeps when the files are removed.

A logout, a cleaner of temporary files, or a service that stops may remove the directory
in which workers meet. Each worker looks once a second, makes anew what is gone, and
writes back what it remembers of those that can't do so themselves.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from itertools import filterfalse
from pathlib import Path

from .memory import Apart, Memory, parsed
from .sockets import listening_in
from .totals_files import SITE_DIGITS, Ledger, is_alive, process_id

_ATTEMPTS = 3

Sign = tuple[int, int]


class Membership:
    """The files of the group, and what one worker remembers of them.

    `base` returns where groups have their directories now. It may be another place
    later: where the first is gone for good, workers meet in the other.
    """

    def __init__(self, base: Callable[[], Path], group: str, site: str = "") -> None:
        self.name = process_id(os.getpid()) or f"{os.getpid()}-0"
        if site:
            digest = hashlib.sha256(site.encode()).hexdigest()
            group = f"{group}-{digest[:SITE_DIGITS]}"
        self.memory = Memory()
        self._base = base
        self.ledger = Ledger(base(), group, self.memory)
        self._is_restored = True
        self._signs: dict[Path, Sign] = {}

    def is_in(self) -> bool:
        """Whether the worker may save in the directory."""
        return self._is_restored and self.ledger.is_there()

    def enter(self) -> None:
        """Open the directory, and expect those that were in one before.

        Before anything of this worker is in it: siblings that see it there take what
        it remembers for restored. Raises UnusableDirectory, OSError.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self.ledger.open()
                break
            except FileNotFoundError:
                # Removed again between two steps.
                if attempt == _ATTEMPTS:
                    raise
        bound = listening_in(self.ledger.directory) - {self.name}
        self.memory.expect(filter(is_alive, bound))

    def stay(self) -> bool:
        """Enter again if the directory is not there; return whether it was.

        What is missing in it is restored. Raises OSError.
        """
        base = self._base()
        was_in = self.is_in() and self.ledger.base == base
        if not was_in:
            self._is_restored = False
            if self.ledger.base != base:
                # Siblings that are still there must not take the files for current.
                self.ledger.leave(self.name)
                self.ledger.move(base)
            self.enter()
            self._signs = {}
            self.ledger.restore()
            self._is_restored = True
        return was_in

    def look(self) -> None:
        """Remember what siblings have saved, and restore what is gone.

        Raises Apart where siblings are missing all the same, or other OSError.
        """
        try:
            self._look()
        except Apart:
            self.ledger.restore()
            self._signs = {}
            self._look()

    def _look(self) -> None:
        ledger, memory, signs = self.ledger, self.memory, dict(self._signs)
        # The names first: whose file is removed is among the ended before.
        names = ledger.names()
        before = kept = memory.ended
        file_of_ended = ledger.file_of_ended()
        if _has_changed(file_of_ended, signs) or file_of_ended not in signs:
            kept = ledger.kept()
        if memory.is_behind(kept):
            # What the files lack may have been added up, and be forgotten by name.
            memory.forget(filterfalse(is_alive, memory.missing(names, ())))
        memory.check(names, kept)
        siblings = names - set(kept.workers) - {self.name}
        found = {}
        for name in siblings:
            file = ledger.file_of(name)
            if _has_changed(file, signs):
                with suppress(FileNotFoundError):
                    found[name] = file.read_bytes()
        for name in filterfalse(is_alive, found):
            saved = parsed(found[name])
            if memory.complete(name, saved) != saved:
                raise Apart(f"of worker {name} less is saved than was seen")
        if not ledger.is_there():
            # What was read may be another directory's, and less.
            raise Apart(f"{ledger.directory} has been removed")
        memory.expect(siblings)
        memory.learn(found)
        if memory.ended is before:
            memory.learn_ended(kept)
        present = {file_of_ended, *map(ledger.file_of, names)}
        self._signs = {file: signs[file] for file in present & signs.keys()}


def _has_changed(file: Path, signs: dict[Path, Sign]) -> bool:
    """Whether the file is another than that of `signs`, which is brought up to date."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return signs.pop(file, None) is not None
    before, signs[file] = signs.get(file), (found.st_ino, found.st_mtime_ns)
    return before != signs[file]
