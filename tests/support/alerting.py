"""A real Alertmanager and blackbox exporter, what is probed, and who is notified."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from .parts import program
from .processes import Server, make_site

PROBING = "modules: {http_2xx: {prober: http, timeout: 900ms}}"


class Notice(NamedTuple):
    """An alert in a notification."""

    alert: str
    component: str
    status: str
    started: datetime


class Alertmanager:
    """Asks a running Alertmanager over its HTTP API."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.address = f"127.0.0.1:{server.port}"

    @property
    def output(self) -> str:
        return self._server.output

    def alerts(self, **labels: str) -> list[dict[str, Any]]:
        """Return the alerts that have the labels and are not resolved."""
        asked = [("filter", f'{name}="{value}"') for name, value in labels.items()]
        answer = self._server.get(f"/api/v2/alerts?{urlencode(asked)}")
        found: list[dict[str, Any]] = json.loads(answer.text)
        return found

    def inhibited(self, **labels: str) -> bool:
        """Whether there is such an alert, and others hold it back."""
        found = self.alerts(**labels)
        return bool(found) and all(one["status"]["inhibitedBy"] for one in found)

    def fire(self, **labels: str) -> None:
        """Send an alert, as Prometheus does."""
        request = Request(
            f"http://{self.address}/api/v2/alerts",
            json.dumps([{"labels": labels}]).encode(),
            {"Content-Type": "application/json"},
        )
        urlopen(request, timeout=10).close()


class Shops:
    """What is probed: every path is up unless it is named in `down`."""

    def __init__(self) -> None:
        self.down: set[str] = set()
        self.port = 0

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(503 if asked.path.strip("/") in self.down else 200)
        asked.end_headers()


class Pager:
    """Who is notified: keeps all that came in."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.port = 0

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        length = int(asked.headers["Content-Length"])
        for one in json.loads(asked.rfile.read(length))["alerts"]:
            labels = one["labels"]
            started = datetime.fromisoformat(one["startsAt"])
            name, component = labels["alertname"], labels.get("component", "")
            self.notices.append(Notice(name, component, one["status"], started))
        asked.send_response(200)
        asked.end_headers()

    def about(self, component: str) -> list[Notice]:
        return [one for one in self.notices if one.component == component]

    def told(self, alert: str, component: str = "") -> list[str]:
        """Return the statuses of an alert that were told, without repetitions."""
        said = [one.status for one in self.about(component) if one.alert == alert]
        return list(dict.fromkeys(said))


@contextmanager
def listening(answering: Shops | Pager) -> Iterator[None]:
    """Serve HTTP in a thread; sets the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answering.answer(self)

        def do_POST(self) -> None:
            answering.answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        answering.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def alertmanager(
    directory: Path, configuration: str, command: str = ""
) -> Iterator[Alertmanager]:
    """An Alertmanager that runs with the configuration, alone; Debian's unless there is
    a command."""
    command = command or program("prometheus-alertmanager")
    host = make_site(directory)
    file = host.write("alertmanager.yml", configuration)
    options = (
        f"--config.file={file}",
        f"--storage.path={host.directory / 'alerts'}",
        "--cluster.listen-address=",
        "--log.level=debug",
        "--web.listen-address=127.0.0.1:{port}",
    )
    with host.serving(command, *options, path="/-/ready") as running:
        yield Alertmanager(running)


@contextmanager
def blackbox(directory: Path) -> Iterator[Server]:
    """A blackbox exporter whose module http_2xx probes over HTTP."""
    command = program("prometheus-blackbox-exporter")
    host = make_site(directory)
    file = host.write("blackbox.yml", PROBING)
    options = (f"--config.file={file}", "--web.listen-address=127.0.0.1:{port}")
    with host.serving(command, *options, path="/-/healthy") as running:
        yield running
