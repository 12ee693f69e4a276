"""What differs between two reports of the same period and selection, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..text import legible
from .component_notes import PERIODS
from .wording import length, percent

Document = dict[str, Any]

_VERDICTS = {True: "met", False: "missed", None: "no verdict"}
_COUNTED: dict[Any, str] = {
    "exclude": "left out",
    "up": "counted as up",
    "down": "counted as down",
}


def _as_text(value: Any) -> str:
    return legible(str(value))


FIGURES: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    # the key, what it is called, and how its values are written
    ("met", "target", lambda value: _VERDICTS[value]),
    ("availability", "availability", lambda value: percent(value) or "not measured"),
    ("target", "target", percent),
    ("scheduled_seconds", "scheduled", length),
    ("excused_seconds", "excused", length),
    ("unknown_seconds", "unknown", length),
    ("down_seconds", "down", length),
    ("not_in_service_seconds", "not yet in service", length),
)
TERMS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("agreement", "agreement", _as_text),
    ("agreement_period", "agreement's period", lambda value: PERIODS.get(value, value)),
    ("unknown", "unknown time", lambda value: _COUNTED.get(value, value)),
    ("schedule", "schedule", _as_text),
    ("timezone", "time zone", _as_text),
)
WHOLE: tuple[tuple[str, str], ...] = (
    ("source", "source"),
    ("expression", "expression"),
    ("interval_seconds", "interval in seconds"),
    ("min_coverage", "coverage that a verdict needs"),
)


def differences(before: Document, after: Document) -> list[str]:
    """Return what differs: what everything was made from, then by component."""
    found = [
        f"The {name} was {legible(str(before[key]))}, and is now "
        f"{legible(str(after[key]))}."
        for key, name in WHOLE
        if before[key] != after[key]
    ]
    if before["accounting"] != after["accounting"]:
        found.append("The accounting rules were changed or reworded.")
    old, new = _by_name(before), _by_name(after)
    for name in sorted({*old, *new}):
        if name not in new:
            found.append(f"{legible(name)} is no longer in this report.")
        elif name not in old:
            found.append(f"{legible(name)} is new in this report.")
        else:
            found += _of_component(legible(name), old[name], new[name])
    return found


def _by_name(document: Document) -> dict[str, Document]:
    return {one["component"]: one for one in document["components"]}


def _of_component(name: str, before: Document, after: Document) -> Iterator[str]:
    figures = [
        f"{called} {write(before[key])} before, {write(after[key])} now"
        for key, called, write in FIGURES
        if before[key] != after[key]
    ]
    reasons = list(_reasons(before, after))
    if figures:
        yield f"{name}: {'; '.join(figures)}."
    for reason in reasons:
        yield f"{name}: {reason}"
    if not figures and not reasons and before != after:
        yield f"{name}: same figures, but its lists or notes changed."


def _reasons(before: Document, after: Document) -> Iterator[str]:
    """Yield what has led to other figures, as far as the reports show it."""
    for key, called, write in TERMS:
        if before[key] != after[key]:
            yield f"the {called} was {write(before[key])}, now {write(after[key])}."
    yield from _listed("an exclusion", before["exclusions"], after["exclusions"])
    yield from _listed("a closed override", before["maintenance"], after["maintenance"])
    if _hours(before) != _hours(after):
        changes = before["maintenance"] != after["maintenance"]
        if not changes and before["schedule"] == after["schedule"]:
            yield "the schedule, its holidays or its open overrides were edited."
    elif _measured(before) != _measured(after) and (
        before["exclusions"] == after["exclusions"]
    ):
        yield "other samples were measured."


def _listed(what: str, before: list[Document], after: list[Document]) -> Iterator[str]:
    old, new = ([_entry(one) for one in some] for some in (before, after))
    for entry in new:
        if entry not in old:
            yield f"{what} was added: {entry}."
    for entry in old:
        if entry not in new:
            yield f"{what} was removed: {entry}."


def _entry(one: Document) -> str:
    start, end = (one[key].replace("T", " ").rstrip("Z") for key in ("start", "end"))
    reason = legible(one["reason"])
    return f"{start} to {end} UTC" + (f", {reason}" if reason else "")


def _hours(one: Document) -> float:
    hours: float = one["scheduled_seconds"] + one["not_in_service_seconds"]
    return hours


def _measured(one: Document) -> tuple[Any, ...]:
    return one["down_seconds"], one["unknown_seconds"], one["not_in_service_seconds"]
