"""What differs between two reports of the same period and selection, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..language import day, gettext_noop, number
from ..language import gettext as _
from ..text import legible
from .note_messages import PERIODS
from .notes_in_words import source_in_words
from .wording import length, parsed, percent

Document = dict[str, Any]

_VERDICTS = {
    True: gettext_noop("met"),
    False: gettext_noop("missed"),
    None: gettext_noop("no verdict"),
}
_COUNTED: dict[Any, str] = {
    "exclude": gettext_noop("left out"),
    "up": gettext_noop("counted as up"),
    "down": gettext_noop("counted as down"),
}


def _as_text(value: Any) -> str:
    return legible(str(value))


def _percent(value: Any) -> str:
    return percent(value) or _("not measured")


FIGURES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    # the key, what is said of it, and how its values are written
    (
        "met",
        gettext_noop("target %(before)s before, %(after)s now"),
        lambda value: _(_VERDICTS[value]),
    ),
    (
        "availability",
        gettext_noop("availability %(before)s before, %(after)s now"),
        _percent,
    ),
    ("target", gettext_noop("target %(before)s before, %(after)s now"), percent),
    (
        "scheduled_seconds",
        gettext_noop("scheduled %(before)s before, %(after)s now"),
        length,
    ),
    (
        "excused_seconds",
        gettext_noop("excused %(before)s before, %(after)s now"),
        length,
    ),
    (
        "unknown_seconds",
        gettext_noop("unknown %(before)s before, %(after)s now"),
        length,
    ),
    ("down_seconds", gettext_noop("down %(before)s before, %(after)s now"), length),
    (
        "not_in_service_seconds",
        gettext_noop("not yet in service %(before)s before, %(after)s now"),
        length,
    ),
)
TERMS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    (
        "agreement",
        gettext_noop("%(name)s: the agreement was %(before)s, now %(after)s."),
        _as_text,
    ),
    (
        "agreement_period",
        gettext_noop("%(name)s: the agreement's period was %(before)s, now %(after)s."),
        lambda value: _(PERIODS.get(value, value)),
    ),
    (
        "unknown",
        gettext_noop("%(name)s: the unknown time was %(before)s, now %(after)s."),
        lambda value: _(_COUNTED.get(value, value)),
    ),
    (
        "schedule",
        gettext_noop("%(name)s: the schedule was %(before)s, now %(after)s."),
        _as_text,
    ),
    (
        "timezone",
        gettext_noop("%(name)s: the time zone was %(before)s, now %(after)s."),
        _as_text,
    ),
)
WHOLE: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    (
        "source",
        gettext_noop("The source was %(before)s, and is now %(after)s."),
        lambda value: source_in_words(_as_text(value)),
    ),
    (
        "expression",
        gettext_noop("The expression was %(before)s, and is now %(after)s."),
        _as_text,
    ),
    (
        "interval_seconds",
        gettext_noop("The interval in seconds was %(before)s, and is now %(after)s."),
        _as_text,
    ),
    (
        "min_coverage",
        gettext_noop(
            "The coverage that a verdict needs was %(before)s, and is now %(after)s."
        ),
        lambda value: number(_as_text(value)),
    ),
)
LISTED = {
    "exclusions": (
        gettext_noop("%(name)s: an exclusion was added: %(entry)s."),
        gettext_noop("%(name)s: an exclusion was removed: %(entry)s."),
    ),
    "maintenance": (
        gettext_noop("%(name)s: a closed override was added: %(entry)s."),
        gettext_noop("%(name)s: a closed override was removed: %(entry)s."),
    ),
}


def differences(before: Document, after: Document) -> list[str]:
    """Return what differs: what everything was made from, then by component.

    In the language in use.
    """
    found = [
        _(said) % {"before": write(before[key]), "after": write(after[key])}
        for key, said, write in WHOLE
        if before[key] != after[key]
    ]
    if before["accounting"] != after["accounting"]:
        found.append(_("The accounting rules were changed or reworded."))
    old, new = _by_name(before), _by_name(after)
    for name in sorted({*old, *new}):
        if name not in new:
            gone = _("%(name)s is no longer in this report.")
            found.append(gone % {"name": legible(name)})
        elif name not in old:
            added = _("%(name)s is new in this report.")
            found.append(added % {"name": legible(name)})
        else:
            found += _of_component(legible(name), old[name], new[name])
    return found


def _by_name(document: Document) -> dict[str, Document]:
    return {one["component"]: one for one in document["components"]}


def _of_component(name: str, before: Document, after: Document) -> Iterator[str]:
    figures = [
        _(said) % {"before": write(before[key]), "after": write(after[key])}
        for key, said, write in FIGURES
        if before[key] != after[key]
    ]
    reasons = list(_reasons(name, before, after))
    if figures:
        yield f"{name}: {'; '.join(figures)}."
    yield from reasons
    if not figures and not reasons and before != after:
        same = _("%(name)s: same figures, but its lists or notes changed.")
        yield same % {"name": name}


def _reasons(name: str, before: Document, after: Document) -> Iterator[str]:
    """Yield what has led to other figures, as far as the reports show it."""
    for key, said, write in TERMS:
        if before[key] != after[key]:
            values = {"before": write(before[key]), "after": write(after[key])}
            yield _(said) % {"name": name, **values}
    for key in LISTED:
        yield from _listed(name, key, before[key], after[key])
    if _hours(before) != _hours(after):
        changes = before["maintenance"] != after["maintenance"]
        if not changes and before["schedule"] == after["schedule"]:
            edited = _(
                "%(name)s: the schedule, its holidays or its open overrides were "
                "edited."
            )
            yield edited % {"name": name}
    elif _measured(before) != _measured(after) and (
        before["exclusions"] == after["exclusions"]
    ):
        yield _("%(name)s: other samples were measured.") % {"name": name}


def _listed(
    name: str, key: str, before: list[Document], after: list[Document]
) -> Iterator[str]:
    old, new = ([_entry(one) for one in some] for some in (before, after))
    added, removed = LISTED[key]
    for entry in new:
        if entry not in old:
            yield _(added) % {"name": name, "entry": entry}
    for entry in old:
        if entry not in new:
            yield _(removed) % {"name": name, "entry": entry}


def _entry(one: Document) -> str:
    start, end = (parsed(one[key]) for key in ("start", "end"))
    times = _("%(start)s to %(end)s UTC") % {
        "start": f"{day(start)} {start:%H:%M:%S}",
        "end": f"{day(end)} {end:%H:%M:%S}",
    }
    reason = legible(one["reason"])
    return f"{times}, {reason}" if reason else times


def _hours(one: Document) -> float:
    hours: float = one["scheduled_seconds"] + one["not_in_service_seconds"]
    return hours


def _measured(one: Document) -> tuple[Any, ...]:
    return one["down_seconds"], one["unknown_seconds"], one["not_in_service_seconds"]
