"""A source of measurements without a network: what a test says it has measured."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from otel_sla.accounting import NotUp
from otel_sla.reports import making
from otel_sla.reports.background import background
from otel_sla.reports.memory import memory
from otel_sla.reports.source import Measured, NotMeasured


def ms(text: str) -> int:
    """A moment in UTC, such as 2026-10-06T08:12, in milliseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def s(text: str) -> int:
    return ms(text) // 1000


class MadeUpSource:
    """Answers as a Prometheus would that has seen these outages, and counts calls."""

    name = "Prometheus at https://prom.example"
    digest = "ab" * 32
    expression = "component:availability:bool"
    interval = 60
    is_made_up = False
    notes: Sequence[str] = ()

    def __init__(self) -> None:
        self.spans: dict[str, list[NotUp]] = {}
        self.begins: dict[str, int] = {}
        """When each component's samples begin, in milliseconds."""
        self.begin: int | None = ms("2026-01-01")
        """When those of all others do; None: they have none."""
        self.series = 1
        self.scheduled: dict[str, float] = {}
        self.descriptions: dict[str, set[tuple[str, str, str]]] = {}
        self.asked: list[tuple[str, ...]] = []
        self.failure: NotMeasured | None = None

    def down(
        self, name: str, start: str, end: str, share: Fraction | None = Fraction(0)
    ) -> None:
        """Have the component be down, or unknown if the share is None."""
        self.spans.setdefault(name, []).append(NotUp(ms(start), ms(end), share))
        self.spans[name].sort()

    def not_up(
        self, components: Collection[str], since: int, until: int, progress: Any = None
    ) -> dict[str, Measured]:
        self._ask("not_up", since, until)
        return {name: self._measured(name, since, until) for name in components}

    def first_samples(self, components: Collection[str], before: int) -> dict[str, int]:
        self._ask("first_samples", before)
        firsts = {name: self._first(name) for name in components}
        return {
            name: first
            for name, first in firsts.items()
            if first is not None and first < before * 1000
        }

    def recorded(
        self, components: Collection[str], since: int, until: int
    ) -> dict[str, float]:
        self._ask("recorded", since, until)
        return {
            name: self.scheduled[name] for name in components if name in self.scheduled
        }

    def described(self, since: int, until: int) -> dict[str, set[tuple[str, str, str]]]:
        self._ask("described", since, until)
        return self.descriptions

    def _ask(self, *what: object) -> None:
        self.asked.append(tuple(map(str, what)))
        if self.failure:
            raise self.failure

    def _first(self, name: str) -> int | None:
        return self.begins.get(name, self.begin)

    def _measured(self, name: str, since: int, until: int) -> Measured:
        since, until = since * 1000, until * 1000
        first = self._first(name)
        if first is None or first >= until:
            return Measured([NotUp(since, until, None)], 0)
        spans = [NotUp(since, first, None)] * (first > since)
        spans += [
            NotUp(max(start, since, first), min(end, until), share)
            for start, end, share in self.spans.get(name, ())
            if start < until and end > max(since, first)
        ]
        return Measured(spans, self.series)


def use(source: MadeUpSource, monkeypatch: pytest.MonkeyPatch) -> MadeUpSource:
    """Have reports read this source."""
    monkeypatch.setattr(making, "configured", lambda: source)
    return source


def forget() -> None:
    """Start anew, as another process would."""
    memory.forget()
    background.forget()
