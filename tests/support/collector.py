"""A real OTLP collector, rotel, that forwards to a sink in the test."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from .otlp import Sink
from .processes import DEADLINE, free_port, make_site, until
from .receivers import installed, receiving


@dataclass
class Collector:
    """A rotel that can be killed and started again on its ports."""

    grpc_port: int
    http_port: int
    sink: Sink
    log: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def start(self) -> None:
        """Run it until both its ports are open."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        until(self._listens, "the collector listens")

    def kill(self) -> None:
        """End it as a crash would: what it has not forwarded is lost."""
        self.process.kill()
        self.process.wait()

    def _listens(self) -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"the collector ended:\n{self.output}")
        return _is_open(self.grpc_port) and _is_open(self.http_port)


@contextmanager
def collector(
    directory: Path, *, grpc_port: int | None = None, http_port: int | None = None
) -> Iterator[Collector]:
    """Run a collector, on free ports if none are given; its log is in the directory."""
    agent = installed("rotel").with_name("rotel-agent")
    grpc_port, http_port = grpc_port or free_port(), http_port or free_port()
    with receiving() as behind:
        command = (
            str(agent),
            "start",
            # Merged, requests arrive late, and one cannot tell how they were sent.
            "--disable-batching",
            f"--otlp-grpc-endpoint=127.0.0.1:{grpc_port}",
            f"--otlp-http-endpoint=127.0.0.1:{http_port}",
            "--exporter=otlp",
            "--otlp-exporter-protocol=http",
            f"--otlp-exporter-endpoint=http://127.0.0.1:{behind.http_port}",
            # The default of 5 s turns one forward that fails into a slow test.
            "--otlp-exporter-retry-initial-backoff=100ms",
        )
        log, environment = directory / "collector.log", make_site(directory).environment
        running = Collector(
            grpc_port, http_port, behind.sink, log, command, environment
        )
        try:
            running.start()
            yield running
        finally:
            running.kill()


def _is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), DEADLINE):
        return True
    return False
