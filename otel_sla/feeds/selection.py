"""Which components a feed is of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ..groups import Unit
from ..snapshot import Snapshot
from .events import Subject


class NotSelected(LookupError):
    """No component is selected. Says what was looked for."""


class Chosen(NamedTuple):
    """A component of a feed, and what is evaluated for it."""

    subject: Subject
    unit: Unit


@dataclass(frozen=True, slots=True)
class Selection:
    """One component by name, or those with labels, or all; enabled ones.

    Of each label named, a component has one of the values.
    """

    component: str | None = None
    labels: Mapping[str, frozenset[str]] | None = None

    @classmethod
    def of_labels(cls, pairs: Iterable[str]) -> Selection:
        """Parse `team:payments`. Raises ValueError saying what is allowed."""
        labels: dict[str, frozenset[str]] = {}
        for pair in pairs:
            name, colon, value = pair.partition(":")
            if not (name and colon):
                raise ValueError(
                    f"{pair!r} is no label: give its name and its value, such as "
                    "label=team:payments"
                )
            labels[name] = labels.get(name, frozenset()) | {value}
        if not labels:
            raise ValueError("give labels, such as label=team:payments&label=tier:1")
        return cls(labels=labels)

    def __str__(self) -> str:
        if self.component is not None:
            return self.component
        pairs = [
            f"{name}:{value}"
            for name, values in (self.labels or {}).items()
            for value in sorted(values)
        ]
        return ", ".join(pairs)

    def of(self, snapshot: Snapshot) -> list[Chosen]:
        """Return the components by name. Raises NotSelected if there are none."""
        chosen = []
        for group, _ in snapshot.groups:
            for member in group.members:
                if self.component not in (None, member.component):
                    continue
                labels = member.attributes
                if self._admits(labels):
                    del labels["component"]
                    described = (group.agreement, group.schedule, group.timezone)
                    subject = Subject(member.component, *described, labels)
                    chosen.append(Chosen(subject, group.unit))
        if not chosen:
            dropped = sum(snapshot.dropped.values())
            more = f"; {dropped:,} can't be evaluated" if dropped else ""
            raise NotSelected(self._nothing() + more)
        return sorted(chosen, key=lambda one: one.subject.component)

    def _admits(self, labels: Mapping[str, str]) -> bool:
        wanted = self.labels or {}
        return all(labels.get(name) in values for name, values in wanted.items())

    def _nothing(self) -> str:
        if self.component is not None:
            return f"no enabled component is named {self.component!r}"
        if self.labels:
            return f"no enabled component has the labels {self}"
        return "no component is enabled"
