"""Write what a catalogue changes, for people to review."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from ..language import gettext as _
from ..language import gettext_noop, ngettext, number
from ..schedule.attributes import AGREEMENT, COMPONENT, SCHEDULE
from ..schedule.calendar_attributes import CALENDAR
from ..schedule.open_time_change import OpenTime
from .apply import Listener
from .changes import Change
from .dump import inline, written
from .entries import Catalogue, ComponentEntry
from .open_hours import Outlook, schedule_of
from .zone_changes import ZoneChanges

LISTED = 40
"""Lines that a review has at most, unless all are asked for."""

_SIGNS = {"create": "+", "update": "~", "delete": "-"}
_LISTS = ("days", "rules", "overrides")
_DEPENDENTS_NAMED = 3
_DEFAULTS = {
    one.key: one.default for one in (*CALENDAR, *SCHEDULE, *AGREEMENT, *COMPONENT)
}
_UNKNOWN = gettext_noop("unknown, because it can't be evaluated as it is stored")


class Review(Listener):
    """Writes what a catalogue changes, line by line, while it is applied.

    `moment`, in Unix seconds, is when the days ahead begin. `listed` is how many lines
    are written at most; None for all.
    """

    def __init__(
        self, write: Callable[[str], object], moment: int, listed: int | None = LISTED
    ) -> None:
        self._write, self._moment, self._left = write, moment, listed
        self._more = 0

    def begin(
        self, before: Catalogue, after: Catalogue, others: Iterable[ComponentEntry]
    ) -> None:
        self._outlook = Outlook(self._moment, before, after)
        self._zones = ZoneChanges(before, after)
        self._under: Counter[tuple[str, str]] = Counter()
        if self._outlook.changes_definitions():
            for entry in after.components.values():
                self._use(after, entry)
            for entry in others:
                self._use(after, entry)
                self.stay(entry)

    def _use(self, after: Catalogue, entry: ComponentEntry) -> None:
        schedule = schedule_of(entry, after)
        if entry.enabled and schedule is not None:
            self._under["agreement", entry.agreement] += 1
            self._under["schedule", schedule] += 1

    def stay(self, entry: ComponentEntry) -> None:
        self._outlook.add(entry, entry)
        self._zones.take_component(entry, entry)

    def change(self, change: Change) -> None:
        self._zones.take(change)
        effect = self._effect(change)
        if self._left == 0:
            self._more += 1
            return
        details = (f"    {line}" for line in (*described(change), *effect))
        for line in (_heading(change), *details):
            if self._left == 0:
                self._write("    ...")
                return
            self._write(line)
            if self._left is not None:
                self._left -= 1

    def end(self) -> None:
        """Write how many changes were left out, and the effect of all of them."""
        if self._more:
            words = _("... and %(count)s more; --verbosity 2 lists all")
            self._write(words % {"count": number(self._more)})
        if moved := self._zones.line():
            self._write(moved)
        if any(self._outlook.total) or self._outlook.affected:
            words = _("Total over the next 90 days: %(effect)s; %(components)s")
            self._write(
                words
                % {
                    "effect": self._outlook.total,
                    "components": _components(self._outlook.affected),
                }
            )

    def _effect(self, change: Change) -> list[str]:
        """Return the line about the next 90 days, if the change can affect them."""
        before, after = change.before, change.after
        differing = set(change.differing())
        if isinstance(before, ComponentEntry) and isinstance(after, ComponentEntry):
            effect = self._outlook.add(before, after)
            return [_ahead(effect)] if differing & {"agreement", "overrides"} else []
        if change.kind == "schedule" and change.action == "create":
            return [_ahead(self._outlook.of_schedule(change.name))]
        if change.kind == "calendar" and change.action == "update":
            schedules = self._outlook.dependents("calendar", change.name)
            return [self._of_schedules(_("next 90 days"), schedules)]
        if change.kind == "schedule" and change.action == "update":
            return [
                self._of_schedules(_("next 90 days"), [change.name]),
                *self._of_dependents(change.name),
            ]
        if "schedule" in differing:
            effect = self._outlook.of_agreement(change.name)
            components = self._under["agreement", change.name]
            return [f"{_ahead(effect)}; {_components(components)}"]
        return []

    def _of_dependents(self, name: str) -> list[str]:
        """Return the line about other schedules that use it, if it changes any."""
        others = [
            one
            for one in self._outlook.dependents("schedule", name)
            if one != name and self._outlook.of_schedule(one) != OpenTime()
        ]
        if not others:
            return []
        named = ", ".join(others[:_DEPENDENTS_NAMED])
        more = len(others) - _DEPENDENTS_NAMED
        if more > 0:
            words = _("%(names)s and %(count)s more")
            named = words % {"names": named, "count": number(more)}
        return [self._of_schedules(named, others)]

    def _of_schedules(self, what: str, names: list[str]) -> str:
        effect = self._outlook.of_schedules(names)
        components = sum(self._under["schedule", name] for name in names)
        return f"{what}: {_said(effect)}; {_components(components)}"


def _said(effect: OpenTime | None) -> str:
    return _(_UNKNOWN) if effect is None else str(effect)


def _ahead(effect: OpenTime | None) -> str:
    what = _("next 90 days")
    return f"{what}: {_said(effect)}"


def _components(count: int) -> str:
    words = ngettext("%(count)s component", "%(count)s components", count)
    return words % {"count": number(count)}


def _heading(change: Change) -> str:
    heading = f"{_SIGNS[change.action]} {change.kind} {change.name}"
    if change.action == "update":
        return heading
    entry = change.after or change.before
    keys = {key: value for key, value in written(entry).items() if key not in _LISTS}
    return f"{heading}: {inline(keys)}"


def described(change: Change) -> Iterator[str]:
    """Yield a line for each value, rule, day and override that a change sets."""
    if change.after is None:
        return
    before, after = change.before, change.after
    if before is not None:
        yield from _values(written(before), written(after))
    for key in _LISTS:
        had, has = getattr(before, key, ()), getattr(after, key, ())
        if had != has:
            yield from _lists(key, had, has)


def _values(had: dict[str, Any], has: dict[str, Any]) -> Iterator[str]:
    """Yield the single values that differ, and each label that does."""
    for key in dict.fromkeys((*had, *has)):
        if key == "labels":
            yield from _labels(had.get(key, {}), has.get(key, {}))
        elif key not in _LISTS:
            values = [side.get(key, _DEFAULTS.get(key)) for side in (had, has)]
            if values[0] != values[1]:
                yield f"{key}: {inline(values[0])} -> {inline(values[1])}"


def _labels(had: dict[str, str], has: dict[str, str]) -> Iterator[str]:
    for name in dict.fromkeys((*had, *has)):
        if name not in has:
            yield f"labels: - {inline({name: had[name]})}"
        elif name not in had:
            yield f"labels: + {inline({name: has[name]})}"
        elif had[name] != has[name]:
            values = f"{inline(had[name])} -> {inline(has[name])}"
            yield f"labels.{inline(name)}: {values}"


def _lists(key: str, had: Iterable[Hashable], has: Iterable[Hashable]) -> Iterator[str]:
    before, after = Counter(had), Counter(has)
    for one in (before - after).elements():
        yield f"{key}: - {inline(written(one))}"
    for one in (after - before).elements():
        yield f"{key}: + {inline(written(one))}"
    if before == after:
        yield f"{key}: the same in another order"
