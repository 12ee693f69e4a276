"""A real Prometheus, and what it knows."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from .parts import program
from .processes import Server, make_site, until


class Prometheus:
    """Asks a running Prometheus over its HTTP API."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.url = f"http://127.0.0.1:{server.port}"

    @property
    def is_ready(self) -> bool:
        """Whether it has read what it knew before it started."""
        return self._server.get("/-/ready").status == 200

    def ask(self, path: str, **parameters: str) -> Any:
        answer = self._server.get(f"/api/v1/{path}?{urlencode(parameters)}")
        if answer.status != 200:
            return None
        return json.loads(answer.text)["data"]

    def series(self, query: str) -> list[dict[str, str]]:
        """Return the labels of the series that the query finds now."""
        return [labels for labels, _ in self.now(query)]

    def now(self, query: str) -> list[tuple[dict[str, str], float]]:
        """Return what the query finds now: labels and a value each."""
        found = self.ask("query", query=query)
        return [
            (one["metric"], float(one["value"][1]))
            for one in (found["result"] if found else ())
        ]

    def at(self, query: str, moment: int) -> list[Any]:
        """Return what the query finds at the moment: labels and a value each."""
        return self._found("query", query=query, time=str(moment))

    def between(self, query: str, start: int, end: int, step: int) -> list[Any]:
        """Return what it finds from start to end, both inclusive, every step seconds:
        labels and moments with values each."""
        return self._found(
            "query_range", query=query, start=str(start), end=str(end), step=str(step)
        )

    def value(self, query: str) -> float | None:
        """Return the value of the only sample that the query finds now."""
        found = self.now(query)
        return found[0][1] if found else None

    def _found(self, path: str, **parameters: str) -> list[Any]:
        answer = self._server.get(f"/api/v1/{path}?{urlencode(parameters)}")
        assert answer.status == 200, f"{parameters['query']}: {answer.text}"
        found: list[Any] = json.loads(answer.text)["data"]["result"]
        return found


@contextmanager
def scraping(
    directory: Path, configuration: str, *more_options: str, command: str = ""
) -> Iterator[Prometheus]:
    """A Prometheus that runs with the configuration, on the directory's tsdb; Debian's
    unless there is a command, as `newer("prometheus")` gives."""
    command = command or program("prometheus")
    host = make_site(directory)
    file = host.write("prometheus.yml", configuration)
    options = (
        f"--config.file={file}",
        f"--storage.tsdb.path={host.directory / 'tsdb'}",
        "--web.listen-address=127.0.0.1:{port}",
        *more_options,
    )
    with host.serving(command, *options, path="/-/ready") as running:
        prometheus = Prometheus(running)
        until(lambda: prometheus.is_ready, "a Prometheus that is ready")
        yield prometheus


def backfill(directory: Path, lines: Iterable[str]) -> None:
    """Add to what a Prometheus of the directory has seen, in OpenMetrics without its
    end: one block for all."""
    file = directory / "samples.txt"
    file.write_text("\n".join([*lines, "# EOF\n"]), "utf-8")
    command = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics"]
    done = subprocess.run(
        [*command, "--max-block-duration=2000h", file, directory / "tsdb"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


def complaints(exposition: str, command: str = "") -> str:
    """Return what promtool, Debian's unless there is a command, finds wrong with an
    exposition in text format."""
    checked = subprocess.run(
        [command or program("promtool"), "check", "metrics"],
        input=exposition,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{checked.stdout}{checked.stderr}{checked.returncode or ''}"
