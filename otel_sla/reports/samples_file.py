"""Made-up measurements from a file, for a demo: a month that repeats itself."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from ..accounting import NotUp, not_up
from ..prometheus.setting import HOUR, PrometheusSetting
from .note_messages import SOURCES
from .sample_events import Event, read_events
from .sample_search import merged
from .source import Description, Measured, Progress

DAY = 24 * HOUR
DAYS_BACK = 400


class SamplesFile:
    """Makes raw samples of the events in a file, and measures these."""

    is_made_up = True
    name = SOURCES["made_up"]

    def __init__(self, setting: PrometheusSetting, moment: float | None = None) -> None:
        """Read the file. `moment` is now: what happened months ago is as seen from
        then. Raises NotMeasured."""
        now = datetime.fromtimestamp(time.time() if moment is None else moment, UTC)
        assert setting.samples_file is not None  # noqa: S101 - one of the two is set
        content, self._components = read_events(setting.samples_file, now)
        self.expression = str(setting.availability)
        self.interval = setting.interval
        depends_on = f"{content}\n{now:%Y-%m}\n{self.interval}"
        self.digest = sha256(depends_on.encode()).hexdigest()
        self._day = lru_cache(maxsize=20_000)(self._not_up_on)

    @property
    def notes(self) -> Sequence[str]:
        return ()

    def not_up(
        self,
        components: Collection[str],
        since: int,
        until: int,
        progress: Progress | None = None,
    ) -> dict[str, Measured]:
        found: dict[str, Measured] = {}
        for number, name in enumerate(components, 1):
            known = self._components.get(name)
            if known is None:
                spans = [NotUp(since * 1000, until * 1000, None)]
            else:
                spans = merged(self._spans(name, since, until))
            found[name] = Measured(spans, int(known is not None))
            if progress:
                progress(number / len(components))
        return found

    def first_samples(self, components: Collection[str], before: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for name in set(components) & set(self._components):
            in_service = self._components[name].in_service
            first = max(in_service, (before // DAY - DAYS_BACK) * DAY)
            first = -(-first // self.interval) * self.interval
            if first < before:
                found[name] = first * 1000
        return found

    def recorded(
        self, components: Collection[str], since: int, until: int
    ) -> dict[str, float]:
        return {}

    def described(self, since: int, until: int) -> dict[str, set[Description]]:
        return {}

    def _spans(self, name: str, since: int, until: int) -> Iterator[NotUp]:
        for day in range(since // DAY * DAY, until, DAY):
            for start, end, share in self._day(name, day):
                cut = max(start, since * 1000), min(end, until * 1000)
                if cut[0] < cut[1]:
                    yield NotUp(*cut, share)

    def _not_up_on(self, name: str, day: int) -> list[NotUp]:
        """Return the spans of a day, by its samples: the last one ends with it."""
        component = self._components[name]
        events = component.on(day)
        if component.in_service <= day and not events:
            return []
        samples = [
            (at * 1000, share)
            for at in range(day, day + DAY, self.interval)
            if at >= component.in_service
            and (share := _share(events, at % DAY)) is not None
        ]
        return not_up([samples], day * 1000, (day + DAY) * 1000, self.interval * 1000)


def _share(events: Sequence[Event], second: int) -> str | None:
    """Return the value of the sample at a second of the day; None if there is none."""
    for event in events:
        if event.start <= second < event.end:
            return event.share
    return "1"
