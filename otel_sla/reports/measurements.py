"""When components were not up, by day: stored for ever once a day is final.

A day of UTC is final a day after it has ended. It is asked for once, and then read from
the database, also after Prometheus has forgotten it. Days without any sample are never
stored. What is not final is asked for again after a few minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from ..accounting import NotUp, restored
from ..language import Phrase, number
from ..language import gettext as _
from ..schedule.spans import DAY
from . import stored
from .fetching import NOT_FINAL, fetch_days, fetch_recent
from .memory import memory
from .source import Source
from .stored import Key
from .wanted import KEEP, RENEW, Wanted

AT_ONCE = 20_000
"""Days of components that are asked for at once."""

Steps = Callable[[int, int], None]
"""Told how many days of how many are done."""


class Measurements(NamedTuple):
    """What is known of components, by name.

    `not_up` are spans in milliseconds, ascending and disjoint; outside of them, and up
    to `until`, in Unix seconds, a component was up. `series` is how many series a
    component had at most.
    """

    not_up: dict[str, list[NotUp]]
    until: dict[str, int]
    series: dict[str, int]


class Gathered(NamedTuple):
    """What is known without asking the source, and what is missing."""

    measurements: Measurements
    missing: list[Key]
    no_recent: list[str]
    """Names of components of which the part that is not final is missing."""
    is_old: bool
    """Whether what is not final should be asked for again."""
    old: list[Key]
    """Days without samples, or read before they were final, to be asked for again."""

    @property
    def is_complete(self) -> bool:
        return not (self.missing or self.no_recent)


def gather(source: Source, wanted: Wanted, alias: str) -> Gathered:
    """Return what is stored and kept, in a constant number of queries."""
    keys = list(wanted.keys())
    days, digest = wanted.days, source.digest
    found: dict[Key, Any] = {}
    if days:
        found = stored.days(alias, digest, wanted.names, days.start, days.stop)
    kept = memory.find([(digest, key) for key in keys if key not in found])
    found.update((key, one.value) for (_, key), one in kept.items())
    old = [key for (_, key), one in kept.items() if not one.value and one.age > KEEP]
    # At midnight another day is final, and is to be asked for once more.
    before = memory.find([(digest, key, NOT_FINAL) for key in keys if key not in found])
    found.update((key, one.value) for (_, key, _), one in before.items())
    old += [key for _, key, _ in before]
    missing = [key for key in keys if key not in found]
    recent = {}
    if wanted.includes_recent:
        recent = memory.find([(digest, name) for name in wanted.names])
    no_recent = [
        name
        for name in wanted.names
        if wanted.includes_recent and (digest, name) not in recent
    ]
    known = Measurements({}, {}, {})
    for name in wanted.names:
        last = recent.get((digest, name))
        _assemble(known, name, wanted, found, last.value if last else None)
    is_old = any(one.age > RENEW for one in recent.values())
    return Gathered(known, missing, no_recent, is_old or bool(old), old)


def fetch(
    source: Source,
    wanted: Wanted,
    alias: str,
    progress: Steps | None = None,
    *,
    again: bool = False,
) -> Measurements:
    """Return what is known, having asked the source for what is missing.

    All of it is asked for `again` if the argument is true. Raises NotMeasured.
    """
    gathered = gather(source, wanted, alias)
    if gathered.is_complete and not (gathered.is_old or again):
        return gathered.measurements
    missing = list(wanted.keys()) if again else [*gathered.missing, *gathered.old]
    runs = list(_runs(missing))
    total = sum((until - since) // DAY for _, since, until in runs)
    done, total = 0, total + (1 if wanted.includes_recent else 0)
    for names, since, until in runs:
        part = partial(_part, progress, done, (until - since) // DAY, total)
        part(0)
        fetch_days(source, (names, since, until), alias, part, again=again)
        done += (until - since) // DAY
    if wanted.includes_recent:
        if progress:
            progress(done, total)
        renew = again or gathered.is_old
        fetch_recent(source, wanted.names if renew else gathered.no_recent, wanted)
    if progress and total:
        progress(total, total)
    return gather(source, wanted, alias).measurements


def in_words(done: int, total: int) -> str:
    """Write progress, for readers of any language: 3 of 31 days."""
    if total <= 1:
        return ""
    return Phrase(
        lambda: (
            _("%(done)s of %(total)s days")
            % {"done": number(done), "total": number(total)}
        )
    )


def _assemble(
    known: Measurements,
    name: str,
    wanted: Wanted,
    found: Mapping[Key, Any],
    recent: Any,
) -> None:
    """Put the days of a component together."""
    spans: list[NotUp] = []
    series = 0
    for day in wanted.days:
        content = found.get(Key(name, day, day + DAY))
        if content is None:
            spans.append(NotUp(day * 1000, (day + DAY) * 1000, None))
        else:
            series = max(series, content["series"])
            spans += restored(content["not_up"])
    until = min(wanted.until, wanted.edge)
    if wanted.includes_recent and recent is not None:
        last, last_series, later = recent
        until = max(until, min(wanted.until, last))
        series = max(series, last_series)
        # Since it was asked for, another day may have become final.
        edge = wanted.edge * 1000
        spans += [
            NotUp(max(start, edge), end, share)
            for start, end, share in later
            if end > edge
        ]
    known.not_up[name] = _joined(spans)
    known.until[name] = until
    known.series[name] = series


def _runs(keys: Iterable[Key]) -> Iterator[tuple[list[str], int, int]]:
    """Yield names with a span of whole days that all of them lack."""
    days: dict[str, list[int]] = defaultdict(list)
    for name, start, _end in keys:
        days[name].append(start)
    names: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for name, starts in days.items():
        names[tuple(starts)].append(name)
    for begins, some in names.items():
        most = max(1, AT_ONCE // len(some))
        begin = previous = begins[0]
        for start in begins[1:]:
            if start != previous + DAY or start - begin >= most * DAY:
                yield some, begin, previous + DAY
                begin = start
            previous = start
        yield some, begin, previous + DAY


def _part(
    progress: Steps | None, done: int, days: int, total: int, part: float
) -> None:
    """Tell that a part of some days is done, from 0 to 1."""
    if progress:
        progress(done + int(part * days), total)


def _joined(spans: Iterable[NotUp]) -> list[NotUp]:
    """Return the spans with those made one that were cut at midnight."""
    joined: list[NotUp] = []
    for span in spans:
        if joined and joined[-1].end == span.start and joined[-1].share == span.share:
            joined[-1] = NotUp(joined[-1].start, span.end, span.share)
        else:
            joined.append(span)
    return joined
