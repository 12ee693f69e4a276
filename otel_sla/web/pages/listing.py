"""Components of a snapshot as pages list them: counted, chosen, a page of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from ...metrics.snapshot import Snapshot
from ...metrics.source import snapshots
from ..component_list import STATES, Reported, is_in, reported, select
from .forms import PageForm

_NO_LABEL = "(no such label)"


@dataclass(frozen=True)
class Listing:
    """All components at a moment, in Unix seconds, and those that a form asks for."""

    snapshot: Snapshot
    form: PageForm
    moment: int

    @classmethod
    def of(cls, form: PageForm) -> Listing:
        """Take a snapshot of now. Raises NoRows."""
        moment = int(time.time())
        return cls(snapshots.take(moment), form, moment)

    @cached_property
    def chosen(self) -> list[Reported]:
        """Those that are asked for, by name."""
        if not self.form.is_valid():
            return []
        entries = reported(self.snapshot, self.moment)
        return select(entries, self.form.wanted, self.moment)

    @property
    def total(self) -> int:
        return len(self.snapshot)

    @property
    def dropped(self) -> int:
        return sum(self.snapshot.dropped.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many of all components are in each of STATES."""
        counts: Counter[str] = Counter(dict.fromkeys(STATES, 0))
        for group, state, _ in self.snapshot.groups:
            for name in STATES:
                if is_in(state, name, self.moment):
                    counts[name] += len(group.members)
        return dict(counts)

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.moment, UTC)

    @property
    def read_at(self) -> datetime | None:
        """When the rows were read, where that was not just now."""
        if self.snapshot.read_at == self.moment:
            return None
        return datetime.fromtimestamp(self.snapshot.read_at, UTC)

    def by_label(self, name: str) -> list[Reported]:
        """Those that are asked for, by the value of a label."""
        return sorted(self.chosen, key=lambda one: (value_of(one, name), one.name))


def value_of(entry: Reported, label: str) -> str:
    return entry.labels.get(label) or _NO_LABEL


def paged(entries: list[Any], request: HttpRequest, per_page: int) -> Page[Any]:
    """The part of the entries that the request's page is about."""
    return Paginator(entries, per_page).get_page(request.GET.get("page"))


class Shared:
    """What components of one schedule have in common is worked out once a page."""

    def __init__(self, work_out: Callable[[Reported, ZoneInfo], Any]) -> None:
        self._work_out = work_out
        self._known: dict[Any, Any] = {}

    def of(self, entry: Reported, zone: ZoneInfo) -> Any:
        key = entry.group.unit, zone.key
        if key not in self._known:
            self._known[key] = self._work_out(entry, zone)
        return self._known[key]
