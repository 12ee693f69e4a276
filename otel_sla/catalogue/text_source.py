"""Read the text of a catalogue file in blocks, never all of it into memory."""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from ..language import figure
from .errors import CatalogueError

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]
"""Wraps steps for a progress bar: given the steps, their name and their number."""

_BLOCK = 65_536
_LONGEST_LINE = 1_000_000
# YAML 1.1 allows no other characters in a file, except as escapes.
_NO_TEXT = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ZIP = b"PK\x03\x04"


def untracked(steps: Iterable[Any], what: str, number: int) -> Iterable[Any]:
    return steps


def is_table(file: str) -> bool:
    """Return whether a file of this name is CSV, which has only components."""
    return file.lower().endswith(".csv")


@contextmanager
def opened(path: Path, track: Track = untracked) -> Iterator[Source]:
    """Open a file as the source of a catalogue. Raises CatalogueError."""
    try:
        file = path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CatalogueError("unreadable_file", str(path), reason=reason) from error
    with file:
        number = os.fstat(file.fileno()).st_size // _BLOCK + 1
        blocks = track(_blocks(file, path), "reading", number)
        yield Source(blocks, str(path))


def _blocks(file: BinaryIO, path: Path) -> Iterator[bytes]:
    try:
        while block := file.read(_BLOCK):
            yield block
    except OSError as error:
        raise CatalogueError(
            "unreadable_file", str(path), reason=error.strerror
        ) from error


class Source:
    """UTF-8 text, with or without a byte order mark, that knows its file and line.

    Reading raises CatalogueError for anything but text.
    """

    def __init__(self, blocks: Iterable[bytes], file: str) -> None:
        self.file = file
        self._texts = self._decoded(blocks)

    def read(self, size: int = -1) -> str:
        """Return the next block, of any size; "" at the end."""
        return next(self._texts, "")

    def lines(self) -> Iterator[str]:
        """Yield the lines, each ended by \\n.

        Spreadsheets end lines with \\r\\n, \\n or, for an old Macintosh, \\r.
        """
        left, number, ends = "", 1, io.IncrementalNewlineDecoder(None, translate=True)
        while block := self.read():
            *lines, left = (left + ends.decode(block)).split("\n")
            for line in lines:
                yield f"{line}\n"
            number += len(lines)
            if len(left) > _LONGEST_LINE:
                most = figure(_LONGEST_LINE)
                raise CatalogueError("line_too_long", self.file, number, most=most)
        left += ends.decode("", final=True)
        if left:
            yield left

    def _decoded(self, blocks: Iterable[bytes]) -> Iterator[str]:
        decoder, line = codecs.getincrementaldecoder("utf-8-sig")(), 1
        for number, block in enumerate(chain(blocks, [b""])):
            if number == 0 and block.startswith(_UTF_16):
                raise CatalogueError("utf_16", self.file, line)
            if number == 0 and block.startswith(_ZIP):
                raise CatalogueError("not_text", self.file)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                line += error.object[: error.start].count(b"\n")
                byte = f"{error.object[error.start]:02X}"
                raise CatalogueError("not_utf_8", self.file, line, byte=byte) from error
            if found := _NO_TEXT.search(text):
                line += text.count("\n", 0, found.start())
                code_point = f"U+{ord(found[0]):04X}"
                raise CatalogueError(
                    "control_character", self.file, line, code_point=code_point
                )
            line += text.count("\n")
            if text:
                yield text
