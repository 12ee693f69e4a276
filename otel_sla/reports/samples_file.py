"""Made-up measurements from a file, for a demo."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..prometheus_setting import PrometheusSetting
from .source import Description, Measured, Progress


class SamplesFile:
    """Repeats a month of samples."""

    is_made_up = True

    def __init__(self, setting: PrometheusSetting) -> None:
        self.name = "made-up samples"
        self.expression = str(setting.availability)
        self.interval = setting.interval
        self.digest = ""

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
        raise NotImplementedError

    def first_samples(self, components: Collection[str], before: int) -> dict[str, int]:
        raise NotImplementedError

    def recorded(
        self, components: Collection[str], since: int, until: int
    ) -> dict[str, float]:
        raise NotImplementedError

    def described(self, since: int, until: int) -> dict[str, set[Description]]:
        raise NotImplementedError
