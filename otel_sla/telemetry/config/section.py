"""A section of a configuration file, with its place for refusals that name it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from ..errors import InvalidConfiguration


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its file, its key in it, and what it says."""

    path: Path
    key: str
    options: Mapping[str, Any]

    def below(self, name: str) -> Section:
        """Return the section of that name, which is empty where there is none."""
        options = self.options.get(name)
        if not isinstance(options, dict):
            options = {}
        return Section(self.path, f"{self.key}.{name}", options)

    def refuse(self, message: str) -> NoReturn:
        raise InvalidConfiguration(str(self.path), message, self.key)

    def refuse_unused(self, used: Collection[str], why: str) -> None:
        for name, value in self.options.items():
            if name not in used and value is not None:
                self.below(name).refuse(why)
