"""First samples and recorded service hours, which a report needs besides measurements.

Those of a final period are stored, and asked for once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from . import stored
from .memory import memory
from .note_messages import note
from .source import NotMeasured, Source
from .stored import Key
from .wanted import DELAY, FINAL_AFTER, KEEP, RENEW, UNSTORED

Described = dict[str, list[tuple[str, str, str]]]
"""The agreements, schedules and time zones of each component, as
service_window_info had them."""

_HOUR = 3_600
_RULES_LATE = 900
"""Seconds after an hour in which the rules record its figures."""
_ALL = "*"


class Facts(NamedTuple):
    """What is known of a component in a period.

    `first` is its first sample ever, in milliseconds, None if there is none.
    `recorded` are the seconds that were recorded as scheduled then, up to
    `recorded_until`, in Unix seconds.
    """

    first: int | None = None
    recorded: float | None = None
    recorded_until: int = 0


class Known(NamedTuple):
    """The facts of components by name, and what is missing of them."""

    facts: dict[str, Facts]
    described: Described
    problems: list[str]
    """Sentences on what could not be asked for."""
    missing: list[Key]
    lacks_described: bool
    is_old: bool

    @property
    def is_complete(self) -> bool:
        return not (self.missing or self.lacks_described)


Bounds = Mapping[str, tuple[int, int]]
"""The period of each component, in Unix seconds."""


def gather(source: Source, bounds: Bounds, moment: int, alias: str) -> Known:
    """Return what is stored and kept, in a constant number of queries."""
    keys = [Key(name, *span) for name, span in bounds.items()]
    whole = _whole(bounds)
    of_facts, of_described = _digests(source)
    found = stored.contents(alias, of_facts, keys)
    kept = memory.find([(of_facts, key) for key in keys if key not in found])
    found.update((key, one.value) for (_, key), one in kept.items())
    descriptions = stored.contents(alias, of_described, [whole])
    if whole not in descriptions:
        last = memory.find([(of_described, whole)])
        descriptions.update((key, one.value) for (_, key), one in last.items())
        kept.update(last)
    description = descriptions.get(whole, {"described": {}, "problems": []})
    facts = {key.component: Facts(*found[key]) for key in keys if key in found}
    earliest = stored.earliest(alias, source.digest, list(bounds))
    return Known(
        {name: _earlier(one, earliest.get(name)) for name, one in facts.items()},
        {
            name: [(one[0], one[1], one[2]) for one in rows]
            for name, rows in description["described"].items()
        },
        description["problems"],
        [key for key in keys if key not in found],
        whole not in descriptions,
        any(
            one.age > (KEEP if _is_final(key, moment) else RENEW)
            for (_, key), one in kept.items()
        ),
    )


def fetch(
    source: Source, bounds: Bounds, moment: int, alias: str, *, again: bool = False
) -> Known:
    """Return what is known, having asked the source for what is missing.

    All of it is asked for `again` if the argument is true. Raises NotMeasured.
    """
    known = gather(source, bounds, moment, alias)
    renew = again or known.is_old
    if known.is_complete and not renew:
        return known
    keys = [Key(name, *span) for name, span in bounds.items()]
    missing = keys if renew else known.missing
    problems: list[str] = []
    if missing:
        _fetch_facts(source, missing, moment, problems, again=again)
    if renew or known.lacks_described or problems:
        _fetch_described(source, _whole(bounds), moment, problems, again=again)
    return gather(source, bounds, moment, alias)


def _fetch_facts(
    source: Source,
    keys: Collection[Key],
    moment: int,
    problems: list[str],
    *,
    again: bool,
) -> None:
    of_facts, _ = _digests(source)
    first = _first_samples(source, keys, moment)
    recorded, until = _recorded(source, keys, moment, problems)
    final: dict[Key, Any] = {}
    for key in keys:
        name = key.component
        content = [first.get(name), recorded.get(name), until.get(name, 0)]
        # What has no sample yet may get some, by a later import.
        if _is_final(key, moment) and name in first and not problems:
            final[key] = content
        memory.add((of_facts, key), content, UNSTORED)
    stored.store(of_facts, final, again=again)


def _fetch_described(
    source: Source, whole: Key, moment: int, problems: list[str], *, again: bool
) -> None:
    _, of_described = _digests(source)
    described: dict[str, list[list[str]]] = {}
    until = min(whole.end, moment - DELAY)
    try:
        answer = source.described(whole.start, until)
        described = {name: sorted(map(list, rows)) for name, rows in answer.items()}
    except NotMeasured as error:
        problems.append(note("described_unknown", error=error))
    content = {"described": described, "problems": problems}
    memory.add((of_described, whole), content, UNSTORED)
    if _is_final(whole, moment) and not problems:
        stored.store(of_described, {whole: content}, again=again)


def _first_samples(
    source: Source, keys: Collection[Key], moment: int
) -> dict[str, int]:
    """Return the first sample of each component that has one, in milliseconds."""
    names: dict[int, list[str]] = defaultdict(list)
    for key in keys:
        names[min(key.end, moment)].append(key.component)
    found: dict[str, int] = {}
    later = []
    for before, some in names.items():
        found.update(source.first_samples(some, before))
        later += [name for name in some if name not in found and before < moment]
    if later:
        # These begin after the period, or nothing is known of them at all.
        found.update(source.first_samples(later, moment))
    return found


def _recorded(
    source: Source, keys: Collection[Key], moment: int, problems: list[str]
) -> tuple[dict[str, float], dict[str, int]]:
    """Return the seconds that were recorded as scheduled, and up to when."""
    names: dict[tuple[int, int], list[str]] = defaultdict(list)
    for name, start, end in keys:
        until = end
        if end > moment - _RULES_LATE:
            until = (moment - _RULES_LATE) // _HOUR * _HOUR
        if start < until:
            names[start, until].append(name)
    found: dict[str, float] = {}
    ends: dict[str, int] = {}
    for (start, until), some in names.items():
        try:
            found.update(source.recorded(some, start, until))
        except NotMeasured as error:
            problems.append(note("recorded_unknown", error=error))
            break
        ends.update(dict.fromkeys(some, until))
    return found, ends


def _earlier(facts: Facts, day: int | None) -> Facts:
    """Take the first stored day into account: it may be forgotten at the source."""
    if day is None or (facts.first is not None and facts.first < (day + 86_400) * 1000):
        return facts
    return facts._replace(first=day * 1000)


def _is_final(key: Key, moment: int) -> bool:
    return key.end <= moment - FINAL_AFTER


def _whole(bounds: Bounds) -> Key:
    """Return the span of all the periods."""
    starts, ends = zip(*bounds.values(), strict=True)
    return Key(_ALL, min(starts), max(ends))


def _digests(source: Source) -> tuple[str, str]:
    return (
        stored.digest_of(source.digest, "first and recorded"),
        stored.digest_of(source.digest, "described"),
    )
