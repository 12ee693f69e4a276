"""The source of measurements for reports: its interface, and the configured one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from ..accounting import NotUp
from ..conf import conf
from ..messages import CodedError
from ..prometheus.setting import PrometheusSetting
from .source_messages import MESSAGES

Progress = Callable[[float], None]
"""Told which part is done, from 0 to 1."""

Description = tuple[str, str, str]
"""The names of an agreement, a schedule and a time zone."""


class NotMeasured(CodedError):
    """Availability can't be determined. The text is a sentence for people:
    it has the server's name, and never a token."""

    table = MESSAGES


class Measured(NamedTuple):
    """What is known about one component in a span of time."""

    not_up: list[NotUp]
    """Where it was not fully up, or where nothing is known; in milliseconds."""
    series: int
    """How many series it has: 0 where nothing was measured, usually 1."""


class Source(Protocol):
    """Answers what was measured. Methods raise NotMeasured, and may take long."""

    name: str
    """As reports show it, such as "Prometheus at https://prom.example"."""
    digest: str
    """SHA-256 of what measurements depend on, in hexadecimal."""
    expression: str
    interval: int
    """Seconds between two samples."""
    is_made_up: bool

    @property
    def notes(self) -> Sequence[str]:
        """Sentences about the latest answers that belong on a report."""

    def not_up(
        self,
        components: Collection[str],
        since: int,
        until: int,
        progress: Progress | None = None,
    ) -> dict[str, Measured]:
        """Return what was measured in [since, until) of each component.

        `since` is a full hour of UTC in Unix seconds, and `until` any past second.
        """

    def first_samples(self, components: Collection[str], before: int) -> dict[str, int]:
        """Return the moment of each component's first sample before a second of UTC, in
        milliseconds. Those without one in the 400 days before are left out.
        """

    def recorded(
        self, components: Collection[str], since: int, until: int
    ) -> dict[str, float]:
        """Return the scheduled seconds of each component as the rules recorded them
        then. Those without a record are left out.
        """

    def described(self, since: int, until: int) -> dict[str, set[Description]]:
        """Return how each component was described in the span: its agreement, schedule
        and time zone. Several, if it was changed.
        """


def configured() -> Source | None:
    """Return the source of the settings; None if there is none.

    The same object is returned as long as the setting is the same. Raises
    ImproperlyConfigured for an impossible setting, and NotMeasured for a package or a
    file that is missing.
    """
    setting = conf.PROMETHEUS
    return None if setting is None else _source(setting)


@lru_cache(maxsize=4)
def _source(setting: PrometheusSetting) -> Source:
    if setting.samples_file is not None:
        from .samples_file import SamplesFile

        return SamplesFile(setting)
    from .prometheus_source import PrometheusSource

    return PrometheusSource(setting)
