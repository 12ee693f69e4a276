"""A real Prometheus, and what it knows."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from .parts import program
from .processes import Server, make_site


class Prometheus:
    """Asks a running Prometheus over its HTTP API."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def ask(self, path: str, **parameters: str) -> Any:
        answer = self._server.get(f"/api/v1/{path}?{urlencode(parameters)}")
        if answer.status != 200:
            return None
        return json.loads(answer.text)["data"]

    def series(self, query: str) -> list[dict[str, str]]:
        """Return the labels of the series that the query finds now."""
        found = self.ask("query", query=query)
        return [one["metric"] for one in found["result"]] if found else []

    def value(self, query: str) -> float | None:
        """Return the value of the only sample that the query finds now."""
        found = self.ask("query", query=query)
        if not found or not found["result"]:
            return None
        return float(found["result"][0]["value"][1])


@contextmanager
def scraping(directory: Path, configuration: str) -> Iterator[Prometheus]:
    """A Prometheus that runs with the configuration."""
    command = program("prometheus")
    host = make_site(directory)
    file = host.write("prometheus.yml", configuration)
    options = (
        f"--config.file={file}",
        f"--storage.tsdb.path={host.directory / 'tsdb'}",
        "--web.listen-address=127.0.0.1:{port}",
    )
    with host.serving(command, *options, path="/-/ready") as running:
        yield Prometheus(running)


def complaints(exposition: str) -> str:
    """Return what promtool finds wrong with an exposition in text format."""
    checked = subprocess.run(
        [program("promtool"), "check", "metrics"],
        input=exposition,
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{checked.stdout}{checked.stderr}{checked.returncode or ''}"
