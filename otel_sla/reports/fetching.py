"""Ask a source when components were not up, and keep what it says by day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from ..accounting import NotUp, compressed
from ..schedule.spans import DAY
from . import stored
from .memory import memory
from .source import Source
from .stored import Key
from .wanted import DELAY, KEEP, RENEW, UNSTORED, Wanted, floor

NOT_FINAL = "not final"
"""Marks what was kept of a day before it was final."""


def fetch_days(
    source: Source,
    run: tuple[Collection[str], int, int],
    alias: str,
    progress: Callable[[float], None],
    *,
    again: bool,
) -> None:
    """Ask for a run of final days: names, and its ends. Raises NotMeasured."""
    names, since, until = run
    answers = source.not_up(names, since, until, progress)
    found: dict[Key, Any] = {}
    for name in names:
        answer = answers.get(name)
        spans = answer.not_up if answer else []
        for day, of_day in zip(
            range(since, until, DAY), _by_day(spans, since, until), strict=True
        ):
            key = Key(name, day, day + DAY)
            if answer is None or _is_empty(of_day, key):
                memory.add((source.digest, key), None, UNSTORED)
            else:
                content = {"series": answer.series, "not_up": compressed(of_day)}
                found[key] = content
    is_stored = stored.store(source.digest, found, again=again)
    if not is_stored or alias != stored.alias_for_writing():
        # A replica that is read may not have it yet.
        for key, content in found.items():
            seconds = RENEW if is_stored else UNSTORED
            memory.add((source.digest, key), content, seconds)


def fetch_recent(source: Source, names: Collection[str], wanted: Wanted) -> None:
    """Ask for what is not final. Raises NotMeasured."""
    if not names:
        return
    until = wanted.moment - DELAY
    answers = source.not_up(names, wanted.edge, until)
    for name in names:
        answer = answers.get(name)
        unknown = [NotUp(wanted.edge * 1000, until * 1000, None)]
        spans = answer.not_up if answer else unknown
        series = answer.series if answer else 0
        memory.add((source.digest, name), (until, series, spans), KEEP)
        whole = range(wanted.edge, floor(until), DAY)
        days = _by_day(spans, wanted.edge, floor(until))
        for day, of_day in zip(whole, days, strict=True):
            content = {"series": series, "not_up": compressed(of_day)}
            key = (source.digest, Key(name, day, day + DAY), NOT_FINAL)
            memory.add(key, content, KEEP)


def _by_day(spans: Sequence[NotUp], since: int, until: int) -> Iterator[list[NotUp]]:
    """Yield the spans of each day, cut at its ends."""
    position = 0
    for day in range(since * 1000, until * 1000, DAY * 1000):
        after = day + DAY * 1000
        of_day = []
        while position < len(spans) and spans[position].end <= day:
            position += 1
        ahead = position
        while ahead < len(spans) and spans[ahead].start < after:
            start, end, share = spans[ahead]
            of_day.append(NotUp(max(start, day), min(end, after), share))
            ahead += 1
        yield of_day


def _is_empty(spans: Sequence[NotUp], key: Key) -> bool:
    """Return whether nothing is known of the whole day."""
    return list(spans) == [NotUp(key.start * 1000, key.end * 1000, None)]
