"""Measurements from the HTTP API of Prometheus."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256

from ..prometheus.setting import PrometheusSetting
from . import queries
from .first_samples import FirstSamples
from .halving import in_halves
from .hour_search import HourSearch
from .note_messages import SOURCES
from .prometheus import Client
from .prometheus_answers import Series
from .sample_search import SampleSearch
from .source import Description, Measured, Progress

_SHARE_OF_HOURS = 0.4
"""The part of the time that it takes to find the hours to look at."""


class PrometheusSource:
    """Asks Prometheus, or what has its API, for as little as it can.

    One query finds the hours in which anything is not up and measured, and only for
    these are samples asked for: a month of one component has 43,200 of them.
    """

    is_made_up = False

    def __init__(self, setting: PrometheusSetting) -> None:
        """Take the setting. Raises NotMeasured where a package is missing."""
        self.name = SOURCES["prometheus"] % {"server": setting.server}
        self.expression = str(setting.availability)
        self.interval = setting.interval
        depends_on = (setting.url, self.expression, str(self.interval))
        self.digest = sha256("\n".join(depends_on).encode()).hexdigest()
        self._selector = setting.availability
        self._client = Client(setting)

    @property
    def notes(self) -> Sequence[str]:
        return self._client.notes

    def not_up(
        self,
        components: Collection[str],
        since: int,
        until: int,
        progress: Progress | None = None,
    ) -> dict[str, Measured]:
        names = sorted(set(components))
        told = progress or _untold
        hours = HourSearch(self._client, self._selector, self.interval, since, until)
        batches = list(queries.batches(names, self._selector))
        for number, batch in enumerate(batches, 1):
            hours.look(batch)
            told(_SHARE_OF_HOURS * number / len(batches))
        found = SampleSearch(self._client, self._selector, self.interval)
        for name in names:
            found.add(name, hours.stretches(name))
        for part in found.look():
            told(_SHARE_OF_HOURS + (1 - _SHARE_OF_HOURS) * part)
        return {
            name: Measured(
                found.spans(name), len(hours.series(name) | found.series(name))
            )
            for name in names
        }

    def first_samples(self, components: Collection[str], before: int) -> dict[str, int]:
        search = FirstSamples(self._client, self._selector, before)
        for batch in queries.batches(sorted(set(components)), self._selector):
            search.look(batch)
        return search.found

    def recorded(
        self, components: Collection[str], since: int, until: int
    ) -> dict[str, float]:
        def ask(names: Sequence[str], start: int, end: int) -> list[Series]:
            query = queries.total(queries.SCHEDULED.of(names), end - start)
            return self._client.at(query, end + queries.MARKED_WITHIN)

        found: dict[str, float] = {}
        for batch in queries.batches(sorted(set(components)), queries.SCHEDULED):
            for answer in in_halves(ask, batch, since, until):
                for one in answer:
                    sum_before = found.get(one.component, 0.0)
                    found[one.component] = sum_before + float(one.samples[0][1])
        return found

    def described(self, since: int, until: int) -> dict[str, set[Description]]:
        sets = self._client.label_sets(str(queries.INFO), since, until)
        found = _descriptions(sets)
        # The index knows no moment, but the day or the hours around it.
        changed = sorted(name for name, several in found.items() if len(several) > 1)
        for batch in queries.batches(changed, queries.INFO):
            query = queries.present(queries.INFO.of(batch), until - since)
            exact = self._client.at(query, until)
            found.update(_descriptions([one.labels for one in exact]))
        return found

    def instant(self, query: str, moment: int) -> list[tuple[Mapping[str, str], float]]:
        """Return the labels of each series that a query finds at a moment, in Unix
        seconds, and its value. Raises NotMeasured."""
        found = self._client.at(query, moment)
        return [(one.labels, float(one.samples[0][1])) for one in found]


def _descriptions(sets: Collection[dict[str, str]]) -> dict[str, set[Description]]:
    found: dict[str, set[Description]] = {}
    for labels in sets:
        told = (
            labels.get("agreement", ""),
            labels.get("schedule", ""),
            labels.get("timezone", ""),
        )
        if labels.get("component"):
            found.setdefault(labels["component"], set()).add(told)
    return found


def _untold(part: float) -> None:
    """Ignore the progress."""
