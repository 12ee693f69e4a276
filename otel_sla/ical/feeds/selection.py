"""Select the components of a feed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...labels import alternatives, has, parse_pair
from ...language import gettext as _
from ...language import number
from ...metrics.snapshot import Snapshot
from ...metrics.units import Unit
from .vevents import Subject


class NotSelected(LookupError):
    """No component is selected. The message says what was looked for."""


@dataclass(frozen=True, slots=True)
class Selection:
    """One enabled component by name, all that have the labels, or all.

    Labels are pairs such as `team:payments`, and select as on pages and in the API.
    """

    component: str | None = None
    labels: tuple[str, ...] = ()

    @classmethod
    def of_labels(cls, pairs: Iterable[str]) -> Selection:
        """Parse `team:payments`. Raises ValueError saying what is allowed."""
        labels = tuple(dict.fromkeys(map(parse_pair, pairs)))
        if not labels:
            raise ValueError(_("give labels, such as label=team:payments&label=tier:1"))
        return cls(labels=labels)

    def __str__(self) -> str:
        return self.component or ", ".join(self.labels)

    def of(self, snapshot: Snapshot) -> list[tuple[Subject, Unit]]:
        """Return the components by name, each with what is evaluated for it.

        Raises NotSelected if there are none.
        """
        chosen, asked = [], alternatives(self.labels)
        for group, *_spans in snapshot.groups:
            for member in group.members:
                if self.component not in (None, member.component):
                    continue
                labels = member.attributes
                del labels["component"]
                if has(labels, asked):
                    described = (group.agreement, group.schedule, group.timezone)
                    subject = Subject(member.component, *described, labels)
                    chosen.append((subject, group.unit))
        if not chosen:
            dropped = sum(snapshot.dropped.values())
            nothing = self._nothing()
            if dropped:
                words = _("%(nothing)s; %(count)s can't be evaluated")
                nothing = words % {"nothing": nothing, "count": number(dropped)}
            raise NotSelected(nothing)
        return sorted(chosen, key=lambda one: one[0].component)

    def _nothing(self) -> str:
        if self.component is not None:
            words = _("no enabled component is named %(name)r")
            return words % {"name": self.component}
        if self.labels:
            words = _("no enabled component has the labels %(labels)s")
            return words % {"labels": str(self)}
        return _("no component is enabled")
