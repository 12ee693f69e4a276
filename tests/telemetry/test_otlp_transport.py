"""What a collector may answer, and what an operator's files may lack meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from otel_sla.telemetry.config.reader_options import Push
from otel_sla.telemetry.otlp.transport import SENDERS, HTTPSender, NotSent, Sender

from ..support.processes import until
from ..support.receivers import Certificate, make_certificate, receiving

PROTOBUF = {"Content-Type": "application/x-protobuf"}
PUSH = Push(
    protocol="http/protobuf",
    endpoint="",
    headers={"api-key": "secret"},
    compression="none",
    ca_file=None,
    cert_file=None,
    key_file=None,
    interval=60.0,
    reading=30.0,
    timeout=0.5,
    max_points=10_000,
    cardinality_limits={},
)


@contextmanager
def answering(
    status: int, headers: dict[str, str], body: bytes = b""
) -> Iterator[tuple[str, list[str]]]:
    """Run a server; yield its URL, and the methods it is asked by."""
    methods: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            methods.append("POST")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            methods.append("GET")
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/metrics", methods
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        pytest.param(200, PROTOBUF, b"\xff\xffno protobuf", id="garbage"),
        pytest.param(503, {"Retry-After": "\xb2"}, b"", id="a digit that is no number"),
        pytest.param(302, {"Location": "/login"}, b"", id="redirect"),
        pytest.param(308, {"Location": "/v1/metrics"}, b"", id="redirect to itself"),
    ],
)
def test_an_answer_that_takes_nothing_is_not_sent_and_nothing_worse(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    with answering(status, headers, body) as (endpoint, methods):
        sender = HTTPSender(replace(PUSH, endpoint=endpoint))
        with pytest.raises(NotSent):
            sender.send(ExportMetricsServiceRequest())
        sender.close()
    assert set(methods) == {"POST"}


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"ca_file": "/no/such/file"}, id="authorities"),
        pytest.param({"cert_file": "/no", "key_file": "/no"}, id="client certificate"),
        pytest.param({"endpoint": "https://a..b:1/v1/metrics"}, id="host"),
    ],
)
def test_what_can_not_even_be_tried_is_not_sent_and_nothing_worse(
    changed: dict[str, Any],
) -> None:
    given: dict[str, Any] = {"endpoint": "https://127.0.0.1:1/v1/metrics", **changed}
    push = replace(PUSH, **given)
    with pytest.raises(NotSent):
        HTTPSender(push).send(ExportMetricsServiceRequest())


def is_taken(sender: Sender) -> bool:
    try:
        sender.send(ExportMetricsServiceRequest())
    except NotSent:
        return False
    return True


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_a_certificate_that_is_renewed_is_used_without_a_restart(
    protocol: Any, tmp_path: Path
) -> None:
    old, new, ours = (
        make_certificate(make_directory(tmp_path / name))
        for name in ("old", "new", "ours")
    )
    with receiving(certificate=new, clients=new) as receiver:
        ports = {"grpc": receiver.grpc_port, "http/protobuf": receiver.http_port}
        renew(ours, old)
        push = replace(
            PUSH,
            protocol=protocol,
            endpoint=f"https://127.0.0.1:{ports[protocol]}/v1/metrics",
            ca_file=str(ours.certificate),
            cert_file=str(ours.certificate),
            key_file=str(ours.key),
        )
        sender = SENDERS[protocol](push)
        assert not is_taken(sender)
        ours.key.unlink()
        assert not is_taken(sender)
        renew(ours, new)
        until(lambda: is_taken(sender), "a request with the new certificate")
        sender.close()


def make_directory(path: Path) -> Path:
    path.mkdir()
    return path


def renew(ours: Certificate, by: Certificate) -> None:
    for mine, theirs in zip(ours, by, strict=True):
        shutil.copy(theirs, mine)
