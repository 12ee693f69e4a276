"""What the filters suggest: the names, labels and agreements that there are."""

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from ...metrics.components import ExposedComponent
from ...metrics.snapshot import Snapshot

_MOST = 100
"""Suggestions of one kind: more would make the page slow."""

_READ = 2_000
"""Components whose labels are read for them: the others mostly have the same."""


@dataclass(frozen=True)
class Suggestions:
    """Suggestions from the components of a snapshot, each sorted."""

    snapshot: Snapshot

    @cached_property
    def labels(self) -> list[str]:
        found: dict[str, None] = {}
        for member in self._some:
            for name, value in json.loads(member.columns[3]).items():
                found[f"{name}:{value}"] = None
        return sorted(islice(found, _MOST))

    @property
    def label_names(self) -> list[str]:
        return sorted({one.partition(":")[0] for one in self.labels})

    @property
    def agreements(self) -> list[str]:
        found = {one.group.agreement for one in self.snapshot.groups}
        return sorted(found)[:_MOST]

    @property
    def zones(self) -> list[str]:
        found = {one.group.timezone for one in self.snapshot.groups}
        return sorted(found | {"UTC"})[:_MOST]

    @property
    def names(self) -> list[str]:
        """The names, if they are few: of many, any choice would be a wrong one."""
        if len(self.snapshot) > _MOST:
            return []
        return sorted(one.component for one in self._some)

    @cached_property
    def _some(self) -> list[ExposedComponent]:
        members = (one for found in self.snapshot.groups for one in found.group.members)
        return list(islice(members, _READ))
