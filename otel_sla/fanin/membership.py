"""A worker's membership in its group, also when the group's files are removed.

A logout, a cleaner of temporary files, or a service that stops may remove the directory
in which workers meet. Each worker checks it once a second, makes anew what is gone, and
writes back what it remembers of workers that can't do so themselves.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from itertools import filterfalse
from pathlib import Path

from .memory import Incomplete, Memory, parsed
from .sockets import listening_in
from .totals_files import SITE_DIGITS, TotalsFiles, is_alive, process_id

_ATTEMPTS = 3

Fingerprint = tuple[int, int]
"""A file's inode and the time of its last change."""


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
        self.files = TotalsFiles(base(), group, self.memory)
        self._is_restored = True
        self._fingerprints: dict[Path, Fingerprint] = {}

    def is_in(self) -> bool:
        """Return whether the worker may save in the directory."""
        return self._is_restored and self.files.is_there()

    def enter(self) -> None:
        """Open the directory, and expect those that were in one before.

        Before anything of this worker is in it: siblings that see it there take what
        it remembers for restored. Raises UnusableDirectory, OSError.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                self.files.open()
                break
            except FileNotFoundError:
                # Removed again between two steps.
                if attempt == _ATTEMPTS:
                    raise
        bound = listening_in(self.files.directory) - {self.name}
        self.memory.expect(filter(is_alive, bound))

    def reenter_if_removed(self) -> bool:
        """Enter again if the directory has been removed, and restore what is missing.

        Returns whether it was there. Raises OSError.
        """
        base = self._base()
        was_in = self.is_in() and self.files.base == base
        if not was_in:
            self._is_restored = False
            if self.files.base != base:
                # Siblings that are still there must not take the files for current.
                with suppress(OSError):
                    self.files.remove_files_of(self.name)
                self.files.move(base)
            self.enter()
            self._fingerprints = {}
            self.files.restore()
            self._is_restored = True
        return was_in

    def check_files(self) -> None:
        """Remember what siblings have saved, and restore what is gone.

        Raises Incomplete where siblings are missing all the same, or other OSError.
        """
        try:
            self._check_files()
        except Incomplete:
            self.files.restore()
            self._fingerprints = {}
            self._check_files()

    def _check_files(self) -> None:
        files, memory, seen = self.files, self.memory, dict(self._fingerprints)
        # The names first: whose file is removed is among the ended before.
        names = files.names()
        before = kept = memory.ended
        file_of_ended = files.file_of_ended()
        if _has_changed(file_of_ended, seen) or file_of_ended not in seen:
            kept = files.saved_ended()
        if memory.is_behind(kept):
            # What the files lack may have been added up, and be forgotten by name.
            memory.forget(filterfalse(is_alive, memory.missing(names, ())))
        memory.check(names, kept)
        siblings = names - set(kept.workers) - {self.name}
        found = {}
        for name in siblings:
            file = files.file_of(name)
            if _has_changed(file, seen):
                with suppress(FileNotFoundError):
                    found[name] = file.read_bytes()
        for name in filterfalse(is_alive, found):
            saved = parsed(found[name])
            if memory.complete(name, saved) != saved:
                raise Incomplete(f"of worker {name} less is saved than was seen")
        if not files.is_there():
            # What was read may be another directory's, and less.
            raise Incomplete(f"{files.directory} has been removed")
        memory.expect(siblings)
        memory.remember(found)
        if memory.ended is before:
            memory.remember_ended(kept)
        present = {file_of_ended, *map(files.file_of, names)}
        self._fingerprints = {file: seen[file] for file in present & seen.keys()}


def _has_changed(file: Path, seen: dict[Path, Fingerprint]) -> bool:
    """Return whether the file differs from the one seen before, and note it as seen."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return seen.pop(file, None) is not None
    before, seen[file] = seen.get(file), (found.st_ino, found.st_mtime_ns)
    return before != seen[file]
