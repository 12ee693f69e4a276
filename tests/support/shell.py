"""A shell for the commands of a document, typed one block after the other."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .processes import DEADLINE, until

_EXPORT = re.compile(r"^export .*$", re.MULTILINE)


class Shell:
    """Types commands, some words of them replaced, and keeps what they export."""

    def __init__(
        self,
        directory: Path,
        environment: Mapping[str, str],
        instead: Mapping[str, str],
    ) -> None:
        self._directory = directory
        self._environment = environment
        self._instead = instead
        self._exported: list[str] = []
        self._groups: list[int] = []

    def type(self, commands: str) -> str:
        """Return what the commands print. They have to succeed."""
        for written, instead in self._instead.items():
            commands = commands.replace(written, instead)
        script = "\n".join([*self._exported, commands])
        # A file, because what runs on in the background would hold a pipe open.
        output = self._directory / "output.txt"
        with output.open("w") as file:
            shell = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", script],
                cwd=self._directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._groups.append(shell.pid)
        code = shell.wait(4 * DEADLINE)
        said = output.read_text()
        assert code == 0, f"{commands}\n{said}"
        self._exported += _EXPORT.findall(commands)
        return said

    def expect(self, example: str, varying: re.Pattern[str]) -> None:
        """Type what follows "$ " again and again, until it prints what comes then.

        What varies is not compared, nor is the empty line that promtool has for
        nothing.
        """
        command, printed = example.removeprefix("$ ").split("\n", 1)

        def same() -> bool:
            # || true: at first the site does not answer yet.
            said = self.type(f"{command} || true")
            return varying.sub("", said).strip() == varying.sub("", printed).strip()

        until(same, f"{command!r} prints {printed!r}", 2 * DEADLINE)

    def close(self) -> None:
        """End what still runs in the background."""
        for group in self._groups:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
