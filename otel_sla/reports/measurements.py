"""When components were not up, by day: stored for ever once a day is final.

A day of UTC is final a day after it has ended. It is asked for once, and then read from
the database, also after Prometheus has forgotten it. Days without any sample are never
stored. What is not final is asked for again after a few minutes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from ..accounting import NotUp, compressed, restored
from ..schedule.spans import DAY
from . import stored
from .background import Failed, Pending, background
from .memory import memory
from .source import Source
from .stored import Key

FINAL_AFTER = DAY
"""Seconds after the end of a period or a day until it is final."""
DELAY = 120
"""Seconds after which samples have arrived."""
RENEW = 300
"""Seconds for which what is not final counts as new."""
KEEP = 3_600
"""Seconds for which it is used at all, and for which a day without samples is not asked
for again."""
UNSTORED = DAY
"""Seconds for which final days are kept that can't be stored."""
AT_ONCE = 20_000
"""Days of components that are asked for at once."""

Steps = Callable[[int, int], None]
"""Told how many days of how many are done."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Components and a span of time, in Unix seconds, as seen at a moment.

    `first` has the components' first samples, in milliseconds: days before have none.
    """

    names: tuple[str, ...]
    since: int
    until: int
    moment: int
    first: Mapping[str, int] = field(default_factory=dict)

    @property
    def edge(self) -> int:
        """The end of the last final day."""
        return _floor(self.moment - FINAL_AFTER)

    @property
    def days(self) -> range:
        """The beginnings of the final days."""
        return range(_floor(self.since), min(-_floor(-self.until), self.edge), DAY)

    @property
    def includes_recent(self) -> bool:
        """Whether a part of it is not final."""
        return self.until > self.edge and self.moment - DELAY > self.since

    def keys(self) -> Iterator[Key]:
        """Yield the final days in which a component may have samples."""
        for name in self.names:
            first = self.first.get(name, 0) // 1000
            for day in self.days:
                if first < day + DAY:
                    yield Key(name, day, day + DAY)


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
    """Days without samples that should be asked for again."""

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
    old = [key for (_, key), one in kept.items() if not one.value and one.age > KEEP]
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
        _fetch_days(source, (names, since, until), alias, part, again=again)
        done += (until - since) // DAY
    if wanted.includes_recent:
        if progress:
            progress(done, total)
        renew = again or gathered.is_old
        _fetch_recent(source, wanted.names if renew else gathered.no_recent, wanted)
    if progress and total:
        progress(total, total)
    return gather(source, wanted, alias).measurements


def look(
    source: Source, names: Collection[str], since: int, until: int, moment: int
) -> Measurements | Pending | Failed:
    """Return what is known, and have the rest asked for in the background.

    Nothing of it waits for the network. Moments are Unix seconds.
    """
    from ..metrics.rows import database

    wanted = Wanted(tuple(sorted(names)), since, until, moment)
    alias = database()
    gathered = gather(source, wanted, alias)
    if gathered.is_complete and not gathered.is_old:
        return gathered.measurements

    def work(tell: Callable[[str], None]) -> bool:
        fetch(source, wanted, database(), lambda *steps: tell(in_words(*steps)))
        return True

    key = ("measurements", source.digest, wanted.names, _floor(since), -_floor(-until))
    done = background.ask(key, work, RENEW)
    if gathered.is_complete:
        return gathered.measurements
    if isinstance(done, Pending | Failed):
        return done
    return Pending("")


def in_words(done: int, total: int) -> str:
    """Write progress: 3 of 31 days."""
    return f"{done:,} of {total:,} days" if total > 1 else ""


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
    for name, start, _ in keys:
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


def _fetch_days(
    source: Source,
    run: tuple[Collection[str], int, int],
    alias: str,
    progress: Callable[[float], None],
    *,
    again: bool,
) -> None:
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


def _fetch_recent(source: Source, names: Collection[str], wanted: Wanted) -> None:
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


def _joined(spans: Iterable[NotUp]) -> list[NotUp]:
    """Return the spans with those made one that were cut at midnight."""
    joined: list[NotUp] = []
    for span in spans:
        if joined and joined[-1].end == span.start and joined[-1].share == span.share:
            joined[-1] = NotUp(joined[-1].start, span.end, span.share)
        else:
            joined.append(span)
    return joined


def _floor(moment: int) -> int:
    return moment // DAY * DAY
