"""Receivers of OTLP that answer as a collector does only rarely."""

from __future__ import annotations

import http.server
import socket
import ssl
import subprocess
import threading
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from .otlp import Sink
from .parts import missing, program

# Imported where they are used: what is not installed is to skip a test, not to break
# the module it is in.
_NEEDED = ("grpc", "opentelemetry.proto.collector.metrics.v1.metrics_service_pb2")
_SERVICE = "opentelemetry.proto.collector.metrics.v1.MetricsService"
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Certificate(NamedTuple):
    """The PEM files of a certificate for 127.0.0.1, its own authority."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Receiver:
    """A receiver of the test's own: its ports, and what came in."""

    grpc_port: int
    http_port: int
    sink: Sink


@contextmanager
def receiving(
    *,
    certificate: Certificate | None = None,
    clients: Certificate | None = None,
    rejecting: int = 0,
) -> Iterator[Receiver]:
    """Receive OTLP, with TLS if there is a certificate; over gRPC then from nobody but
    who shows that of the clients, if there is one.

    Of each request it says that it has rejected so many points, but keeps them all.
    Over gRPC it takes 4 MiB a request, as collectors do that are not told otherwise.
    """
    for module in _NEEDED:
        installed(module)
    sink, answer = Sink(), _answer(rejecting)
    with (
        _serving_grpc(sink, answer, certificate, clients) as grpc_port,
        _serving_http(sink, answer, certificate) as http_port,
    ):
        yield Receiver(grpc_port, http_port, sink)


@contextmanager
def black_hole() -> Iterator[int]:
    """Keep a port where connections are taken and nothing is ever answered."""
    # The kernel takes them, and what is sent until its buffer is full.
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        yield listening.getsockname()[1]


def make_certificate(directory: Path) -> Certificate:
    """Create a self-signed certificate, valid for a day."""
    made = Certificate(directory / "certificate.pem", directory / "key.pem")
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1"
    subject = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    # Python 3.13 takes no authority that does not say what its key is for.
    usage = "-addext keyUsage=critical,digitalSignature,keyCertSign"
    words = f"{options} {subject} {usage}".split()
    files = ("-keyout", str(made.key), "-out", str(made.certificate))
    subprocess.run(
        (program("openssl"), *words, *files), check=True, capture_output=True
    )
    return made


def installed(module: str) -> Path:
    """Return the file of a module without importing it, or skip the test."""
    with suppress(ModuleNotFoundError):
        spec = find_spec(module)
        if spec and spec.origin:
            return Path(spec.origin)
    return missing(module)


def _answer(rejecting: int) -> bytes:
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as messages

    answer: Any = messages.ExportMetricsServiceResponse()
    if rejecting:
        answer.partial_success.rejected_data_points = rejecting
        answer.partial_success.error_message = f"{rejecting} rejected"
    return bytes(answer.SerializeToString())


@contextmanager
def _serving_grpc(
    sink: Sink,
    answer: bytes,
    certificate: Certificate | None,
    clients: Certificate | None,
) -> Iterator[int]:
    import grpc

    def export(body: bytes, context: Any) -> bytes:
        sink.add("grpc", dict(context.invocation_metadata()), body)
        return answer

    # Without a deserializer the body comes as it is.
    methods = {"Export": grpc.unary_unary_rpc_method_handler(export)}
    service = grpc.method_handlers_generic_handler(_SERVICE, methods)
    with ThreadPoolExecutor(4) as threads:
        server = grpc.server(threads, [service])
        if certificate:
            pair = certificate.key.read_bytes(), certificate.certificate.read_bytes()
            known = clients and clients.certificate.read_bytes()
            credentials = grpc.ssl_server_credentials([pair], known, bool(known))
            port = server.add_secure_port("127.0.0.1:0", credentials)
        else:
            port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(None).wait()


@contextmanager
def _serving_http(
    sink: Sink, answer: bytes, certificate: Certificate | None
) -> Iterator[int]:
    class Handler(http.server.BaseHTTPRequestHandler):
        # Ends the wait for a client that connects and says nothing.
        timeout = 5

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if "Content-Encoding" in self.headers:
                body = zlib.decompress(body, _GZIP_OR_ZLIB)
            found = self.path == "/v1/metrics"
            if found:
                named = {name.lower(): text for name, text in self.headers.items()}
                sink.add("http", named, body)
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/x-protobuf")
            self.end_headers()
            self.wfile.write(answer if found else b"")

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        # Else they would outlive the test, with their sockets.
        server.daemon_threads = False
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # In the request's own thread: a client that refuses ends nothing else.
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        accepting = threading.Thread(target=server.serve_forever, args=(0.05,))
        accepting.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            accepting.join()
