"""Find the files of an import: single ones, those of a folder, those of a pattern."""

import glob
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from ...language import Sentence, figure
from ...messages import lines
from ...schedule.names import AND
from . import mails
from .ics_text import CalendarText, UnusableCalendar, parse_bytes

STDIN = "-"
_LISTED = 20
_ENDINGS = (".ics", ".ical", ".eml")


class Sources(NamedTuple):
    """The calendars of all files, and why others can't be used."""

    texts: list[CalendarText]
    unusable: list[UnusableCalendar]


def read_sources(names: Sequence[str]) -> Sources:
    """Read the calendars of files, mails, folders and patterns; `-` is stdin.

    Of several files, those that can't be used are listed. Raises UnusableCalendar if no
    file can be used, and for a folder or a pattern without files.
    """
    found = Sources([], [])
    files = dict.fromkeys(file for name in names for file in _files(name))
    for file in files:
        try:
            found.texts.extend(texts_of(_content(file), file))
        except UnusableCalendar as error:
            found.unusable.append(error)
    if found.unusable and len(files) == 1:
        raise found.unusable[0]
    if found.unusable and not found.texts:
        raise UnusableCalendar(
            "none_usable",
            " ".join(names),
            count=figure(len(files)),
            reasons=lines(map(str, found.unusable[:_LISTED])),
        )
    return found


def texts_of(content: bytes, source: str) -> list[CalendarText]:
    """Return the calendars of a calendar file or a mail.

    Raises UnusableCalendar, also if they have no events.
    """
    parts = [content]
    if mails.is_mail(content):
        parts = mails.calendars_of(content, source)
    found = [parse_bytes(part, source) for part in parts]
    if not any(text.events for text in found):
        others = sum((text.others for text in found), Counter[str]())
        counts = [f"{count:,} {name}" for name, count in sorted(others.items())]
        if not counts:
            raise UnusableCalendar("without_events", source)
        *most, only = counts
        if most:
            only = Sentence(AND, {"others": ", ".join(most), "last": only})
        raise UnusableCalendar("only_others", source, others=only)
    return found


def _files(name: str) -> Iterator[str]:
    """Yield the files that a name stands for, in the order of their names."""
    # Not those of Path, which raise for what may not be looked at.
    if name != STDIN and os.path.isdir(name):
        inside = [one for one in _listed(Path(name)) if one.suffix.lower() in _ENDINGS]
        if not inside:
            raise UnusableCalendar("folder_without_calendars", name)
        yield from sorted(map(str, inside))
    elif name != STDIN and not os.path.exists(name) and glob.has_magic(name):
        matching = [one for one in glob.glob(name) if Path(one).is_file()]
        if not matching:
            raise UnusableCalendar("pattern_without_files", name)
        yield from sorted(matching)
    else:
        yield name


def _listed(folder: Path) -> list[Path]:
    """Return the files of a folder. Raises UnusableCalendar."""
    try:
        return [one for one in folder.iterdir() if one.is_file()]
    except OSError as error:
        raise _unreadable(str(folder), error) from error


def _content(file: str) -> bytes:
    """Return what a file has, up to a byte more than is taken."""
    most = mails.MAX_BYTES + 1
    if file == STDIN:
        return sys.stdin.buffer.read(most)
    try:
        with open(file, "rb") as opened:
            return opened.read(most)
    except (OSError, ValueError) as error:
        raise _unreadable(file, error) from error


def _unreadable(name: str, error: OSError | ValueError) -> UnusableCalendar:
    reason = getattr(error, "strerror", None) or str(error)
    return UnusableCalendar("unreadable_calendar", name, reason=reason)
