"""The components of a snapshot: counted by state, and those that a form asks for."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_noop as _

from ...language import Sentence
from ...metrics.components import Fault
from ...metrics.snapshot import Snapshot
from ...metrics.source import snapshots
from ..component_list import Reported, reported, select
from .forms import PageForm
from .states import MAINTENANCE, UNKNOWN, Pill, Pills


@dataclass(frozen=True)
class LeftOut:
    """An enabled component whose row can't be used, and why."""

    name: str
    why: str
    pill: Pill = UNKNOWN


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
    def pills(self) -> Pills:
        return Pills(self.moment)

    def pill(self, entry: Reported) -> Pill:
        """Return the state of a component as a pill shows it."""
        return self.pills.of(entry.group.unit, entry.state)

    @cached_property
    def chosen(self) -> list[Reported]:
        """The components that the form asks for, by name; none if it is not valid."""
        if not self.form.is_valid():
            return []
        wanted = self.form.wanted
        entries = reported(self.snapshot, self.moment)
        if wanted.state in (MAINTENANCE.kind, UNKNOWN.kind):
            kind, wanted = wanted.state, replace(wanted, state=None)
            entries = (one for one in entries if self.pill(one).kind == kind)
        return select(entries, wanted, self.moment)

    @cached_property
    def left_out(self) -> list[LeftOut]:
        """The components left out because of their rows, as far as the form asks for
        them: of their rows, only the name is known."""
        if not self.form.is_valid():
            return []
        wanted = self.form.wanted
        others = wanted.label or wanted.agreement or wanted.schedule
        if others or wanted.state not in (None, "", UNKNOWN.kind):
            return []
        words = (wanted.q or "").casefold().split()
        return [
            LeftOut(name, _why(fault))
            for name, fault in self.snapshot.left_out.values()
            if all(word in name.casefold() for word in words)
        ]

    @property
    def total(self) -> int:
        return len(self.snapshot)

    @property
    def dropped(self) -> int:
        return sum(self.snapshot.dropped.values())

    @property
    def pending(self) -> int:
        return self.snapshot.evaluations_pending

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of all components by state; `open` has those that close soon, and
        `closed` those under maintenance and those that open soon."""
        found = self.pills.counts(self.snapshot.groups)
        return {
            "open": found["open"] + found["closing"],
            "closing": found["closing"],
            "opening": found["opening"],
            "maintenance": found["maintenance"],
            "closed": found["closed"] + found["maintenance"],
            "unknown": self.dropped,
        }

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.moment, UTC)

    @property
    def read_at(self) -> datetime | None:
        """When the rows were read; None if that was just now."""
        if self.snapshot.read_at == self.moment:
            return None
        return datetime.fromtimestamp(self.snapshot.read_at, UTC)


def _why(fault: Fault) -> Sentence:
    params = {"reason": Sentence(fault.reason, {}), "message": fault.message}
    return Sentence(_("its %(reason)s: %(message)s"), params)


def now() -> int:
    """Return the present moment in Unix seconds: read once for a page."""
    return int(time.time())


def paged(entries: Any, request: HttpRequest, per_page: int) -> "Page[Any]":
    """Return the page of the entries that the request asks for."""
    return Paginator(entries, per_page).get_page(request.GET.get("page"))
