"""Send OTLP requests to a collector, over gRPC or HTTP.

A cycle's values are superseded by the next cycle's, so nothing is queued: a request
is tried for as long as its timeout lasts, and then given up.
"""

import gzip
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from ..config.reader_options import Push

_FIRST_WAIT = 0.2
_RETRYABLE_STATUS = frozenset({429, 502, 503, 504})
_CONTENT_TYPE = "application/x-protobuf"


class NotSent(Exception):
    """The collector has not taken a request; the message says why.

    `again` says whether another try may succeed, after so many seconds at least.
    """

    def __init__(self, reason: str, *, again: bool, after: float = 0.0) -> None:
        super().__init__(reason)
        self.again = again
        self.after = after


class Sender(ABC):
    """Sends to one collector. Made after a fork, where it is used."""

    def __init__(self, push: Push) -> None:
        self.push = push
        self._closed = Event()

    def send(self, request: ExportMetricsServiceRequest) -> int:
        """Send, again and again within the timeout; return the points rejected.

        Raises NotSent.
        """
        end = time.monotonic() + self.push.timeout
        wait = _FIRST_WAIT
        while True:
            try:
                response = self._try(request, max(end - time.monotonic(), 0.001))
                return response.partial_success.rejected_data_points
            except Exception as failure:
                # A certificate that is being replaced, an answer that is not OTLP:
                # whatever it is, the one who sends goes on with the next cycle.
                error = (
                    failure
                    if isinstance(failure, NotSent)
                    else NotSent(f"{type(failure).__name__}: {failure}", again=False)
                )
                pause = max(wait, error.after)
                in_time = error.again and time.monotonic() + pause < end
                if not in_time or self._closed.wait(pause):
                    raise error from failure
            wait *= 2

    def close(self) -> None:
        """Give up what is waiting to be tried again, and disconnect."""
        self._closed.set()
        self._disconnect()

    @abstractmethod
    def _try(
        self, request: ExportMetricsServiceRequest, seconds: float
    ) -> ExportMetricsServiceResponse: ...

    @abstractmethod
    def _disconnect(self) -> None: ...


class HTTPSender(Sender):
    """OTLP as protobuf over HTTP."""

    def __init__(self, push: Push) -> None:
        import requests

        super().__init__(push)
        self._requests = requests
        self._session = requests.Session()
        self._session.headers.update(push.headers)
        self._session.headers["Content-Type"] = _CONTENT_TYPE
        if push.compression == "gzip":
            self._session.headers["Content-Encoding"] = "gzip"
        if push.cert_file and push.key_file:
            self._session.cert = (push.cert_file, push.key_file)

    def _try(
        self, request: ExportMetricsServiceRequest, seconds: float
    ) -> ExportMetricsServiceResponse:
        body = request.SerializeToString()
        if self.push.compression == "gzip":
            body = gzip.compress(body, 1)
        try:
            # With the session's `verify`, REQUESTS_CA_BUNDLE would overrule the file.
            answer = self._session.post(
                self.push.endpoint,
                data=body,
                timeout=seconds,
                verify=self.push.ca_file,
                # Followed, a redirect turns the POST into a GET that any page answers
                # with 200, and takes the headers to wherever it points.
                allow_redirects=False,
            )
        except (self._requests.ConnectionError, self._requests.Timeout) as error:
            raise NotSent(str(error), again=True) from error
        if not 200 <= answer.status_code < 300:
            wait = answer.headers.get("Retry-After", "")
            raise NotSent(
                f"HTTP {answer.status_code} {answer.reason}: {answer.text[:200]!r}",
                again=answer.status_code in _RETRYABLE_STATUS,
                # A date is taken for no time: the next cycle comes anyway.
                after=float(wait) if wait.isdecimal() else 0.0,
            )
        response = ExportMetricsServiceResponse()
        if answer.headers.get("Content-Type", "").startswith(_CONTENT_TYPE):
            response.ParseFromString(answer.content)
        return response

    def _disconnect(self) -> None:
        self._session.close()


class GRPCSender(Sender):
    """OTLP over gRPC."""

    def __init__(self, push: Push) -> None:
        import grpc
        from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2_grpc

        super().__init__(push)
        self._grpc = grpc
        # As OTLP has it. RESOURCE_EXHAUSTED is one only if the collector says when to
        # try again; the next cycle comes anyway.
        self._again = {
            grpc.StatusCode.ABORTED,
            grpc.StatusCode.CANCELLED,
            grpc.StatusCode.DATA_LOSS,
            grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.OUT_OF_RANGE,
            grpc.StatusCode.UNAVAILABLE,
        }
        self._stub: Any = metrics_service_pb2_grpc.MetricsServiceStub
        scheme, _, rest = push.endpoint.partition("://")
        self._address = rest.partition("/")[0]
        # Authorities, key and certificate, where TLS is used.
        self._files: tuple[str | None, ...] = ()
        if scheme == "https":
            self._files = push.ca_file, push.key_file, push.cert_file
        self._connect()

    def _connect(self) -> None:
        """Connect with the certificates as they are now."""
        # Before they are read: what is replaced meanwhile is read once more.
        fingerprints = self._fingerprints()
        grpc, compression = self._grpc, self._grpc.Compression.NoCompression
        if self.push.compression == "gzip":
            compression = grpc.Compression.Gzip
        options = [
            # A collector that was down for long is found again within a cycle.
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 5_000),
        ]
        if self._files:
            credentials = grpc.ssl_channel_credentials(
                *(Path(file).read_bytes() if file else None for file in self._files)
            )
            self._channel = grpc.secure_channel(
                self._address, credentials, options, compression
            )
        else:
            self._channel = grpc.insecure_channel(self._address, options, compression)
        self._export = self._stub(self._channel).Export
        self._read = fingerprints

    def _fingerprints(self) -> list[tuple[int, ...]]:
        """Return what tells a file that has been replaced from the one before."""
        found = (Path(file).stat() for file in self._files if file)
        return [(one.st_ino, one.st_size, one.st_mtime_ns) for one in found]

    def _try(
        self, request: ExportMetricsServiceRequest, seconds: float
    ) -> ExportMetricsServiceResponse:
        # A channel never reads certificates again, and would be refused with outdated
        # ones for ever. One that is missing is being replaced: the old one may do.
        with suppress(OSError):
            if self._fingerprints() != self._read:
                outdated = self._channel
                self._connect()
                outdated.close()
        metadata = [(name.lower(), value) for name, value in self.push.headers.items()]
        try:
            response: ExportMetricsServiceResponse = self._export(
                request, timeout=seconds, metadata=metadata
            )
            return response
        except self._grpc.RpcError as error:
            code = error.code()
            reason = f"gRPC {code.name}: {error.details()}"
            raise NotSent(reason, again=code in self._again) from error

    def _disconnect(self) -> None:
        self._channel.close()


SENDERS: Mapping[str, Callable[[Push], Sender]] = {
    "http/protobuf": HTTPSender,
    "grpc": GRPCSender,
}
