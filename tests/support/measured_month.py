"""October 2025 as it was measured: a sample a minute of each component, off the minute.

The Prometheus that recorded it was restarted three times, and its evaluations had
another phase each time: after two minutes without a sample, before the minute was over,
and 24.75 s after it, so that the hour has as many samples as any other. The series of
another replica was not interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from .victoria import Samples

AVAILABILITY = "component:availability:bool"
SCHEDULED = "component:service_scheduled_seconds:sum1h"
INFO = "service_window_info"
MINUTE, HOUR = 60_000, 3_600_000

Told = tuple[str, str, str]
"""From, until, and the value of the samples in between; "" for none."""

A = (
    ("09-28 00:00:17.250", "10-15 11:58:30"),
    ("10-15 12:01:41.875", "10-20 14:31"),
    ("10-20 14:31:05.125", "10-29 10:31"),
    ("10-29 10:31:29.875", "11-02 00:00"),
)
B = (("09-28 00:00:37.250", "11-02 00:00"),)


def at(text: str) -> int:
    """A moment of 2025 in UTC, in milliseconds."""
    reading = datetime.fromisoformat(f"2025-{text}").replace(tzinfo=UTC)
    return round(reading.timestamp() * 1000)


@dataclass(frozen=True)
class Series:
    """The availability of a component: 1, but for what is told."""

    component: str
    told: tuple[Told, ...] = ()
    replica: str = "a"
    runs: tuple[tuple[str, str], ...] = A

    @property
    def labels(self) -> dict[str, str]:
        return {
            "__name__": AVAILABILITY,
            "component": self.component,
            "replica": self.replica,
        }

    def samples(self) -> Iterator[tuple[int, str]]:
        """Yield moments in milliseconds, and values."""
        spans = [(at(since), at(until), value) for since, until, value in self.told]
        for first, end in self.runs:
            for moment in range(at(first), at(end), MINUTE):
                value = "1"
                for since, until, other in spans:
                    if since <= moment < until:
                        value = other
                if value:
                    yield moment, value


@dataclass(frozen=True)
class Hourly:
    """A series with a sample soon after each hour, with one value, but for the hours
    that end at the moments in `other`."""

    name: str
    component: str
    value: str = "1"
    since: str = "10-01 01:00"
    until: str = "11-01 00:00"
    other: tuple[tuple[str, str], ...] = ()
    more: tuple[tuple[str, str], ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        own = {"__name__": self.name, "component": self.component}
        return own | dict(self.more)

    def samples(self) -> Iterator[tuple[int, str]]:
        """Yield moments in milliseconds, and values."""
        other = {at(hour): value for hour, value in self.other}
        for hour in range(at(self.since), at(self.until) + 1, HOUR):
            yield hour + 17_250, other.get(hour, self.value)


def written(series: Iterable[Series | Hourly]) -> Iterator[str]:
    """Write the samples as OpenMetrics, for promtool."""
    for one in series:
        labels = dict(one.labels)
        name = labels.pop("__name__")
        inside = ",".join(f'{label}="{value}"' for label, value in labels.items())
        for moment, value in one.samples():
            yield f"{name}{{{inside}}} {value} {moment / 1000}"


def exported(series: Iterable[Series | Hourly]) -> Iterator[Samples]:
    """Return the samples as VictoriaMetrics imports them."""
    for one in series:
        values = {moment / 1000: float(value) for moment, value in one.samples()}
        yield Samples(one.labels, values)
