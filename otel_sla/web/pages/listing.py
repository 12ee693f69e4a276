"""The components of a snapshot: counted by state, and those that a form asks for."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

from ...metrics.snapshot import Snapshot
from ...metrics.source import snapshots
from ..component_list import STATES, Reported, is_in, reported, select
from .forms import PageForm


@dataclass(frozen=True)
class Listing:
    """All components at a moment, in Unix seconds, and those that a form asks for."""

    snapshot: Snapshot
    form: PageForm
    moment: int

    @classmethod
    def of(cls, form: PageForm) -> Self:
        """Take a snapshot of now. Raises NoRows."""
        moment = now()
        return cls(snapshots.take(moment), form, moment)

    @cached_property
    def chosen(self) -> list[Reported]:
        """The components that the form asks for, by name; none if it is not valid."""
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
    def pending(self) -> int:
        return self.snapshot.evaluations_pending

    @property
    def counts(self) -> dict[str, int]:
        """The number of all components in each of STATES."""
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
        """When the rows were read; None if that was just now."""
        if self.snapshot.read_at == self.moment:
            return None
        return datetime.fromtimestamp(self.snapshot.read_at, UTC)


def now() -> int:
    """Return the present moment in Unix seconds: read once for a page."""
    return int(time.time())


def paged(entries: Any, request: HttpRequest, per_page: int) -> "Page[Any]":
    """Return the page of the entries that the request asks for."""
    return Paginator(entries, per_page).get_page(request.GET.get("page"))
