"""A small HTTP server that answers as told, where a real Prometheus would not."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import parse_qs

EMPTY = {"status": "success", "data": {"resultType": "vector", "result": []}}


class Told(NamedTuple):
    """An answer: JSON is written from `body` unless that is bytes."""

    status: int = 200
    body: Any = EMPTY
    headers: dict[str, str] = {}
    drips: bool = False
    """Whether the body is sent again and again, until the test ends."""


class Asked(NamedTuple):
    """A request: path, parameters, headers, and the port it came from."""

    path: str
    parameters: dict[str, list[str]]
    headers: dict[str, str]
    port: int


@dataclass
class FakeApi:
    """What it answers, in turn and the last one again, and what it was asked."""

    answers: list[Told] = field(default_factory=lambda: [Told()])
    asked: list[Asked] = field(default_factory=list)
    port: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def next(self) -> Told:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    api: FakeApi

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        port = self.client_address[1]
        named = dict(self.headers)
        self.api.asked.append(Asked(self.path, parse_qs(body), named, port))
        told = self.api.next()
        content = told.body if isinstance(told.body, bytes) else json.dumps(told.body)
        sent = content if isinstance(content, bytes) else content.encode()
        headers = {"Content-Type": "application/json", **told.headers}
        self.send_response_only(told.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if not told.drips:
            self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)
        if told.drips:
            self.close_connection = True
            self._drip(sent)
        elif headers.get("Connection") == "lost":
            # Without telling: the client believes that it is kept.
            self.close_connection = True

    def _drip(self, sent: bytes) -> None:
        pause = 0.02 if len(sent) < 1_000 else 0
        while not self.api.stopped.wait(pause):
            try:
                self.wfile.write(sent)
            except OSError:
                return

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def fake_api(*answers: Told) -> Iterator[FakeApi]:
    """Serve the answers to POST, of whatever path."""
    found = FakeApi(list(answers) or [Told()])
    handler = type("Handler", (_Handler,), {"api": found})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        # Kept connections wait for what comes no more.
        server.daemon_threads = True
        server.block_on_close = False
        found.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield found
        finally:
            found.stopped.set()
            server.shutdown()
            thread.join()
