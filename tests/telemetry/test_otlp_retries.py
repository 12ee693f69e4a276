"""What is tried again, when, and for how long; and what is sent at all."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest.mock import Mock

import grpc
import pytest
import requests
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from otel_sla.telemetry.otlp.transport import SENDERS, HTTPSender, NotSent

from .test_otlp_transport import PUSH

HTTP = replace(PUSH, endpoint="http://collector:4318/v1/metrics", timeout=3.0)
GRPC = replace(PUSH, protocol="grpc", endpoint="http://collector:4317", timeout=3.0)


def request() -> ExportMetricsServiceRequest:
    message = ExportMetricsServiceRequest()
    message.resource_metrics.add().schema_url = "https://schema"
    return message


def rejecting(points: int) -> ExportMetricsServiceResponse:
    message = ExportMetricsServiceResponse()
    message.partial_success.rejected_data_points = points
    return message


class Clock:
    """Time that passes by the pauses between tries, and by nothing else."""

    def __init__(self) -> None:
        self.moment = 1_000.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.moment

    def pause(self, seconds: float) -> bool:
        self.pauses.append(round(seconds, 3))
        self.moment += seconds
        return False


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    module = "otel_sla.telemetry.otlp.transport"
    time = Mock(monotonic=clock.monotonic, sleep=clock.pause)
    monkeypatch.setattr(f"{module}.time", time)
    waits = Mock(return_value=Mock(wait=clock.pause))
    monkeypatch.setattr(f"{module}.Event", waits, raising=False)
    return clock


class Web:
    """Gives the answers that it is told to, the last one for good."""

    def __init__(self) -> None:
        self.answers: list[requests.Response | Exception] = [answer(200)]
        self.asked: list[requests.PreparedRequest] = []
        self.options: list[dict[str, Any]] = []
        self.heeds: Callable[[], object] = lambda: None

    def send(self, prepared: requests.PreparedRequest, **options: Any) -> Any:
        self.asked.append(prepared)
        self.options.append(options)
        self.heeds()
        one = self.answers.pop(0) if self.answers[1:] else self.answers[0]
        if isinstance(one, Exception):
            raise one
        one.request, one.url = prepared, prepared.url or ""
        return one


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """All that is reached over HTTP."""
    web = Web()
    monkeypatch.setattr(
        "requests.adapters.HTTPAdapter.send",
        lambda adapter, prepared, **options: web.send(prepared, **options),
    )
    return web


def answer(status: int, body: bytes = b"", **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = status, body
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def send(push: Any) -> int | bool:
    """Return the points rejected; of what is not sent, whether it may be later."""
    sender = SENDERS[push.protocol](push)
    try:
        return sender.send(request())
    except NotSent as error:
        return error.again
    finally:
        sender.close()


@pytest.mark.parametrize(
    ("status", "again"),
    [
        *((status, True) for status in (429, 502, 503, 504)),
        *((status, False) for status in (301, 400, 401, 403, 404, 413, 415, 500, 501)),
    ],
)
def test_over_http_only_what_the_standard_calls_retryable_is_tried_again(
    status: int, again: bool, web: Web, clock: Clock
) -> None:
    web.answers = [answer(status), answer(200)]
    assert send(HTTP) == 0
    assert len(web.asked) == (2 if again else 1)
    web.answers = [answer(status)]
    assert send(HTTP) is again


@pytest.mark.parametrize(
    ("code", "again"),
    [
        *((code, True) for code in ("UNAVAILABLE", "ABORTED", "CANCELLED")),
        *((code, True) for code in ("DATA_LOSS", "DEADLINE_EXCEEDED", "OUT_OF_RANGE")),
        # Only with RetryInfo, which is not looked for.
        ("RESOURCE_EXHAUSTED", False),
        *((code, False) for code in ("INVALID_ARGUMENT", "UNAUTHENTICATED")),
        *((code, False) for code in ("PERMISSION_DENIED", "UNIMPLEMENTED", "INTERNAL")),
    ],
)
def test_over_grpc_only_what_the_standard_calls_retryable_is_tried_again(
    code: str, again: bool, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Failure(grpc.RpcError):
        def code(self) -> Any:
            return getattr(grpc.StatusCode, code)

        def details(self) -> str:
            return "said by the collector"

    channel = Mock()
    export = channel.unary_unary.return_value
    monkeypatch.setattr("grpc.insecure_channel", Mock(return_value=channel))
    export.side_effect = [Failure(), rejecting(0)]
    assert send(GRPC) == 0
    assert export.call_count == (2 if again else 1)
    export.side_effect = Failure()
    assert send(GRPC) is again
    assert channel.close.call_count == 2


@pytest.mark.parametrize(
    ("headers", "pauses"),
    [
        pytest.param({}, [0.2, 0.4, 0.8], id="longer from time to time"),
        pytest.param({"Retry_After": "1"}, [1, 1], id="as the collector says"),
        pytest.param({"Retry_After": "0"}, [0.2, 0.4, 0.8], id="it says at once"),
        pytest.param({"Retry_After": "30"}, [], id="it says too late"),
        pytest.param(
            {"Retry_After": "Fri, 31 Dec 1999 23:59:59 GMT"},
            [0.2, 0.4, 0.8],
            id="it says a date",
        ),
    ],
)
def test_between_tries_there_is_a_pause_within_the_timeout(
    headers: dict[str, str], pauses: list[float], web: Web, clock: Clock
) -> None:
    web.answers = [answer(503, b"", **headers)]
    assert send(HTTP) is True
    assert clock.pauses == pauses
    left = [round(options["timeout"], 3) for options in web.options]
    assert left == [
        pytest.approx(HTTP.timeout - sum(pauses[:tried]), abs=0.01)
        for tried in range(len(pauses) + 1)
    ]


@pytest.mark.parametrize(
    "failure", [requests.ConnectionError("refused"), requests.Timeout("slow")]
)
def test_a_collector_that_is_not_there_is_tried_again(
    failure: Exception, web: Web, clock: Clock
) -> None:
    web.answers = [failure, answer(200)]
    assert send(HTTP) == 0
    web.answers = [failure]
    assert send(HTTP) is True


def test_a_sender_that_is_closed_waits_for_no_other_try(web: Web) -> None:
    tried = Event()
    web.heeds = tried.set
    web.answers = [answer(503, Retry_After="20")]
    sender = HTTPSender(replace(HTTP, timeout=60.0))
    failures: list[bool] = []

    def sends() -> None:
        try:
            sender.send(request())
        except NotSent as error:
            failures.append(error.again)

    thread = Thread(target=sends, daemon=True)
    thread.start()
    assert tried.wait(10)
    sender.close()
    thread.join(10)
    assert failures == [True]


@pytest.mark.parametrize("compression", ["none", "gzip"])
def test_a_request_has_the_headers_and_certificates_that_are_configured(
    compression: str, web: Web
) -> None:
    given: Any = {"ca_file": "ca.pem", "cert_file": "cert.pem", "key_file": "key.pem"}
    assert send(replace(HTTP, compression=compression, **given)) == 0
    (prepared,), (options,) = web.asked, web.options
    assert (prepared.method, prepared.url) == ("POST", HTTP.endpoint)
    assert prepared.headers["api-key"] == "secret"
    assert prepared.headers["Content-Type"] == "application/x-protobuf"
    assert prepared.headers.get("Content-Encoding", "none") == compression
    body: Any = prepared.body
    body = gzip.decompress(body) if compression == "gzip" else body
    assert ExportMetricsServiceRequest.FromString(body) == request()
    assert options["verify"] == "ca.pem"
    assert options["cert"] == ("cert.pem", "key.pem")


@pytest.mark.parametrize(
    ("kind", "points"),
    [("application/x-protobuf", 3), ("application/json", 0), ("", 0)],
)
def test_the_points_that_a_collector_rejects_are_told(
    kind: str, points: int, web: Web
) -> None:
    body = rejecting(3).SerializeToString()
    web.answers = [answer(200, body, Content_Type=kind)]
    assert send(HTTP) == points
    web.answers = [answer(202, body, Content_Type=kind)]
    assert send(HTTP) == points


@pytest.mark.parametrize("compression", ["none", "gzip"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_grpc_is_spoken_as_configured(
    scheme: str, compression: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    channel, opened = Mock(), Mock()
    channel.unary_unary.return_value.return_value = rejecting(7)
    opened.return_value = channel
    files = {name: tmp_path / name for name in ("ca_file", "key_file", "cert_file")}
    for name, file in files.items():
        file.write_text(name)
    given: Any = {name: str(file) for name, file in files.items()}
    credentials = Mock(return_value="credentials")
    monkeypatch.setattr("grpc.ssl_channel_credentials", credentials)
    which = "insecure_channel" if scheme == "http" else "secure_channel"
    monkeypatch.setattr(f"grpc.{which}", opened)
    push = replace(
        GRPC,
        endpoint=f"{scheme}://collector:4317/",
        compression=compression,
        headers={"API-Key": "secret"},
        **given,
    )
    assert send(push) == 7
    assert opened.call_args.args[0] == "collector:4317"
    assert (
        opened.call_args.args[-1]
        == {
            "none": grpc.Compression.NoCompression,
            "gzip": grpc.Compression.Gzip,
        }[compression]
    )
    if scheme == "https":
        assert opened.call_args.args[1] == "credentials"
        credentials.assert_called_once_with(b"ca_file", b"key_file", b"cert_file")
    (call,) = channel.unary_unary.return_value.call_args_list
    assert call.args == (request(),)
    assert call.kwargs["metadata"] == [("api-key", "secret")]
    assert 0 < call.kwargs["timeout"] <= GRPC.timeout


def test_a_sender_that_is_closed_leaves_no_connection(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = Mock()
    monkeypatch.setattr("requests.adapters.HTTPAdapter.close", closed)
    sender = HTTPSender(HTTP)
    sender.send(request())
    closed.assert_not_called()
    sender.close()
    assert closed.called


def test_a_channel_with_an_old_certificate_is_closed_when_it_is_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    channels = [Mock(), Mock()]
    for channel in channels:
        channel.unary_unary.return_value.return_value = rejecting(0)
    monkeypatch.setattr("grpc.ssl_channel_credentials", Mock())
    monkeypatch.setattr("grpc.secure_channel", Mock(side_effect=channels))
    authorities = tmp_path / "ca.pem"
    authorities.write_text("old")
    push = replace(
        GRPC, endpoint="https://collector:4317", ca_file=str(authorities), timeout=30.0
    )
    sender = SENDERS["grpc"](push)
    for _ in range(2):
        sender.send(request())
    channels[0].close.assert_not_called()
    authorities.write_text("renewed")
    for _ in range(2):
        sender.send(request())
    channels[0].close.assert_called_once_with()
    assert channels[1].unary_unary.return_value.call_count == 2
    sender.close()
    channels[1].close.assert_called_once_with()
