"""Pushing to real collectors, by real workers: once per interval, whatever happens."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from otel_sla.bridge.instruments import PROCESS
from otel_sla.bridge.prometheus_names import names
from otel_sla.metrics.instruments import INSTRUMENTS, PerComponent

from ..support.at_once import parametrize_at_once
from ..support.collector import collector
from ..support.otlp import Point
from ..support.processes import (
    DEADLINE,
    GUNICORN,
    MANAGE,
    WSGI,
    Server,
    Site,
    free_port,
    make_site,
    sample_components,
    until,
)
from ..support.receivers import black_hole, make_certificate, receiving
from ..support.silence import CHECKED, POOLED, falling_silent

INTERVAL = 2.0
"""Seconds between pushes."""

IN_WINDOW = "service_window.in_window"
REQUESTS = "http.server.request.duration"
PROTOCOLS = ("grpc", "http/protobuf")
MANY = """
from datetime import UTC, datetime, time
from otel_sla.models import *
schedules = Schedule.objects.bulk_create(
    Schedule(name=f"s{{n}}", timezone="UTC") for n in range(100)
)
# Hours away from now: between a push and a scrape no window starts or ends.
hour = datetime.now(UTC).hour
Rule.objects.bulk_create(
    Rule(
        schedule=one,
        weekdays="daily",
        start=time((hour + 6) % 24),
        end=time((hour + 12) % 24, n % 60),
    )
    for n, one in enumerate(schedules)
)
agreements = Agreement.objects.bulk_create(
    Agreement(name=f"a{{n}}", schedule=one, target=99)
    for n, one in enumerate(schedules)
)
Component.objects.bulk_create(
    (
        Component(
            name=f"c{{n}}",
            agreement=agreements[n % 100],
            labels={{"team": f"t{{n % 7}}"}},
        )
        for n in range({count})
    ),
    batch_size=5_000,
)
"""


def pushing(
    site: Site, port: int, protocol: str = "http/protobuf", **more: str
) -> Site:
    """The site with a collector on the port."""
    return site.having(
        **{
            "OTEL_METRICS_EXPORTER": "prometheus,otlp",
            "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
            "OTEL_METRIC_EXPORT_INTERVAL": f"{INTERVAL * 1_000:.0f}",
            "OTEL_SERVICE_INSTANCE_ID": "the-site",
            **more,
        }
    )


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with the sample catalogue."""
    return make_site(tmp_path_factory.mktemp("sample")).load_sample()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with 10,000 components."""
    return filled(tmp_path_factory.mktemp("many"), 10_000)


def filled(directory: Path, count: int) -> Site:
    site = make_site(directory)
    site.manage("migrate", "--verbosity", "0")
    site.manage("shell", "-c", MANY.format(count=count), seconds=4 * DEADLINE)
    return site


def by_export(points: Iterable[Point]) -> dict[int, list[Point]]:
    """The points of each export: all of one have the same time.

    A request whose answer is late on a busy machine is sent again: what is the same
    in everything counts once.
    """
    found: dict[int, dict[Point, None]] = defaultdict(dict)
    for point in points:
        found[point.time][point] = None
    return {time: list(found[time]) for time in sorted(found)}


def gaps(points: Iterable[Point]) -> list[float]:
    """The seconds from each export to the next."""
    return [(after - before) / 1e9 for before, after in pairwise(by_export(points))]


def is_of_one_pusher(points: Iterable[Point]) -> bool:
    """Whether exports come once in an interval; the first may be late."""
    found = gaps(points)
    return len(found) <= sum(found) / INTERVAL + 1


def of_components(points: Iterable[Point]) -> Iterator[Point]:
    kinds = {
        one.name for one in (*INSTRUMENTS, *PROCESS) if isinstance(one, PerComponent)
    }
    return (point for point in points if point.metric in kinds)


def waken_all(server: Server, workers: int) -> None:
    """Have every worker serve a request, with which it begins to push."""

    def started() -> bool:
        server.get("/admin/login/")
        pids = set(server.pids()) - {server.process.pid}
        threads = [len(os.listdir(f"/proc/{pid}/task")) for pid in pids]
        return len(pids) == workers and all(count > 1 for count in threads)

    until(started, "a thread in every worker")


LEASE = """
from django.db.models import F
from otel_sla.models.leases import DatabaseClock, Lease
print(*Lease.objects.values_list("holder", F("expires") - DatabaseClock()).get())
"""


def lease(site: Site) -> tuple[int, float]:
    """Return the process that has the lease, and the seconds until it expires."""
    said = site.manage("shell", "-c", LEASE).splitlines()[-1]
    holder, left = said.split()
    return int(holder.split(":")[1]), float(left)


@pytest.mark.parametrize(
    # Over gRPC ten times as many arrive, below.
    "protocol",
    [pytest.param("grpc", marks=pytest.mark.long), "http/protobuf"],
)
def test_ten_thousand_components_arrive_whole_and_once_from_four_workers(
    protocol: str, many: Site, tmp_path: Path
) -> None:
    with collector(tmp_path) as running:
        port = running.grpc_port if protocol == "grpc" else running.http_port
        interval = {"OTEL_METRIC_EXPORT_INTERVAL": "5000"}
        site = pushing(many, port, protocol, **interval)
        with site.serving(*GUNICORN, "--workers", "4", WSGI) as server:
            waken_all(server, 4)
            running.sink.expect(3 * 10_000, IN_WINDOW, 3 * DEADLINE)
            scrape = server.get("/metrics").text
        exports = by_export(of_components(running.sink.points()))
    assert len(exports) >= 3
    pulled = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse_text(scrape)
        for sample in family.samples
    }
    kinds = {one.name: one.kind for one in (*INSTRUMENTS, *PROCESS)}
    for points in list(exports.values())[:3]:
        assert Counter(point.metric for point in points)[IN_WINDOW] == 10_000
        assert all(
            dict(point.resource)["service.instance.id"] == "the-site"
            for point in points
        )
        for point in points:
            _, name = names(point.metric, point.unit, kinds[point.metric])
            assert pulled[name, point.attributes] == point.value
        assert len(points) == 10 * 10_000
    spans = gaps(point for points in exports.values() for point in points[:1])
    # On a busy machine an export is late; one too many would be within half of it,
    # one too few twice as long.
    assert all(2.5 < gap < 9 for gap in spans), spans


def test_a_hundred_thousand_components_arrive_whole(tmp_path: Path) -> None:
    site = filled(tmp_path, 100_000)
    with collector(tmp_path) as running:
        site = pushing(site, running.grpc_port, "grpc")
        long = {"OTEL_METRIC_EXPORT_INTERVAL": "600000"}
        with pusher(site.having(**long)) as process:
            running.sink.expect(100_000, IN_WINDOW, 4 * DEADLINE)
            # A request whose answer is late is sent again: some may be there twice.
            until(
                lambda: len(distinct(running.sink.points(IN_WINDOW))) == 100_000,
                "every component has arrived",
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE) == 0


def distinct(points: Iterable[Point]) -> set[frozenset[tuple[str, str]]]:
    return {point.attributes for point in points}


def test_when_the_holder_is_killed_another_takes_over_once_its_lease_expires(
    sample: Site,
) -> None:
    with receiving() as receiver:
        site = pushing(sample, receiver.http_port)
        with site.serving(*GUNICORN, "--workers", "4", WSGI) as server:
            waken_all(server, 4)
            count = len(sample_components())
            receiver.sink.expect(2 * count, IN_WINDOW)
            for _ in range(2):
                killed, left = lease(site)
                os.kill(killed, signal.SIGKILL)
                # A lease is for so long from when it was taken or renewed.
                assert left <= 1.25 * INTERVAL + 0.01
                receiver.sink.clear()
                began = time.monotonic()
                receiver.sink.expect(count, IN_WINDOW)
                # Within two, but a busy machine takes its own time.
                assert time.monotonic() - began < 4 * INTERVAL
                assert lease(site)[0] != killed
                receiver.sink.expect(2 * count, IN_WINDOW)
        points = receiver.sink.points(IN_WINDOW)
    assert all(len(each) == count for each in by_export(points).values())
    assert is_of_one_pusher(points), gaps(points)


def test_what_workers_measure_is_their_own_and_sums_are_right(sample: Site) -> None:
    with receiving() as receiver:
        site = pushing(sample, receiver.http_port)
        with site.serving(*GUNICORN, "--workers", "3", WSGI) as server:
            waken_all(server, 3)
            for _ in range(60):
                server.get("/admin/login/")
        latest = {}
        for point in receiver.sink.points(REQUESTS):
            instance = dict(point.resource)["service.instance.id"]
            latest[instance, point.attributes] = point.value
    instances = {instance for instance, _ in latest}
    assert len(instances) == 3
    assert "the-site" not in instances
    login = [
        value
        for (_, attributes), value in latest.items()
        if ("http.route", "admin/login/") in attributes
    ]
    assert sum(login) >= 60


def said(output: IO[str], text: str) -> bool:
    return text in output.readline()


@contextmanager
def pusher(site: Site, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command that pushes in the foreground."""
    with subprocess.Popen(
        [*MANAGE, "export_metrics", *options],
        cwd=Path(__file__).parents[2],
        env=site.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@parametrize_at_once(
    "ended_by", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"]
)
def test_the_command_pushes_tells_of_every_export_and_ends_when_told_to(
    ended_by: signal.Signals, tmp_path: Path
) -> None:
    sample = make_site(tmp_path).load_sample()
    with receiving() as receiver:
        site = pushing(sample, receiver.grpc_port, "grpc", OTEL_METRICS_EXPORTER="none")
        with pusher(site, "--verbosity", "2") as process:
            receiver.sink.expect(2 * len(sample_components()), IN_WINDOW)
            process.send_signal(ended_by)
            printed, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0
    # After a warning, where the SDK's release is one that is warned of.
    assert f"Pushing to http://127.0.0.1:{receiver.grpc_port} every 2 s" in printed
    assert len(re.findall(r"63 components: \d+ of \d+ points pushed in", printed)) >= 2
    assert printed.endswith("Stopped.\n")


def test_the_resource_is_pushed_as_the_variables_say_and_as_text(sample: Site) -> None:
    from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as messages

    with receiving() as receiver:
        site = pushing(
            sample,
            receiver.http_port,
            OTEL_RESOURCE_ATTRIBUTES="service.name=shop,service.instance.id=pod-7,"
            "deployment.environment.name=staging",
            OTEL_SERVICE_VERSION="1.10",
            OTEL_SERVICE_NAME="",
            OTEL_SERVICE_INSTANCE_ID="",
        )
        with pusher(site):
            receiver.sink.expect(len(sample_components()), IN_WINDOW)
    for request in receiver.sink.requests:
        message: Any = messages.ExportMetricsServiceRequest.FromString(request.body)
        (group,) = message.resource_metrics
        pairs = {pair.key: pair.value for pair in group.resource.attributes}
        assert {pair.WhichOneof("value") for pair in pairs.values()} == {"string_value"}
        assert {
            name: pair.string_value
            for name, pair in pairs.items()
            if not name.startswith("telemetry.sdk.")
        } == {
            "service.name": "shop",
            "service.instance.id": "pod-7",
            "deployment.environment.name": "staging",
            "service.version": "1.10",
        }


def test_two_commands_push_once(sample: Site) -> None:
    with receiving() as receiver:
        site = pushing(sample, receiver.http_port)
        with pusher(site), pusher(site):
            receiver.sink.expect(4 * len(sample_components()), IN_WINDOW)
        points = receiver.sink.points(IN_WINDOW)
    assert is_of_one_pusher(points), gaps(points)


@parametrize_at_once("protocol", PROTOCOLS)
def test_a_collector_that_never_answers_holds_up_nothing(
    protocol: str, tmp_path: Path
) -> None:
    sample = make_site(tmp_path).load_sample()
    failed = 'outcome="failed"} '
    with black_hole() as port:
        site = pushing(sample, port, protocol, OTEL_EXPORTER_OTLP_TIMEOUT="1000")
        with site.serving(*GUNICORN, WSGI) as server:

            def failures() -> bool:
                began = time.monotonic()
                text = server.get("/metrics").text
                assert time.monotonic() - began < 1
                return float(text.partition(failed)[2].partition("\n")[0]) >= 4

            until(failures, "four exports that failed")
            server.process.send_signal(signal.SIGTERM)
            began = time.monotonic()
            server.process.wait(DEADLINE)
            assert time.monotonic() - began < 9
            for what in ("components", "this process's own"):
                assert server.output.count(f"{what} can't be pushed to http:") == 1
            assert "Traceback" not in server.output


@parametrize_at_once(
    "settings", ["", POOLED, POOLED + CHECKED], ids=["kept", "pooled", "pooled-checked"]
)
def test_a_database_that_falls_silent_holds_up_no_push(
    settings: str, tmp_path: Path
) -> None:
    """The last rows go on being pushed, with the time of each push."""
    everything = len(sample_components())
    with (
        receiving() as receiver,
        falling_silent(tmp_path, "PostgreSQL", settings) as (site, proxy),
        pusher(pushing(site, receiver.http_port)),
    ):
        receiver.sink.expect(2 * everything, IN_WINDOW)
        proxy.fall_silent()
        receiver.sink.clear()
        receiver.sink.expect(3 * everything, IN_WINDOW)
        points = receiver.sink.points(IN_WINDOW)
    assert all(len(export) == everything for export in by_export(points).values())
    assert max(gaps(points)) < 2 * INTERVAL


@parametrize_at_once("protocol", PROTOCOLS)
def test_the_command_ends_in_time_though_the_collector_never_answers(
    protocol: str, tmp_path: Path
) -> None:
    sample = make_site(tmp_path).load_sample()
    with black_hole() as port:
        site = pushing(sample, port, protocol, OTEL_EXPORTER_OTLP_TIMEOUT="1000")
        with pusher(site) as process:
            assert process.stdout is not None
            until(partial(said, process.stdout, "can't be pushed"), "a failure")
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            printed, _ = process.communicate(timeout=DEADLINE)
            assert time.monotonic() - began < 9
    assert process.returncode == 1
    assert "CommandError: The last export failed" in printed
    assert "Traceback" not in printed


def test_the_command_says_that_the_database_is_not_migrated(tmp_path: Path) -> None:
    with receiving() as receiver:
        site = pushing(make_site(tmp_path), receiver.http_port)
        with pusher(site) as process:
            assert process.stdout is not None
            until(
                partial(said, process.stdout, "can't be asked who pushes"), "a failure"
            )
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=DEADLINE)
    assert process.returncode == 1


@parametrize_at_once("protocol", PROTOCOLS)
def test_a_collector_that_starts_late_and_restarts_has_everything_again(
    protocol: str, tmp_path: Path
) -> None:
    sample = make_site(tmp_path).load_sample()
    grpc_port, http_port = free_port(), free_port()
    port = grpc_port if protocol == "grpc" else http_port
    site = pushing(sample, port, protocol, OTEL_EXPORTER_OTLP_TIMEOUT="1000")
    count = len(sample_components())
    with site.serving(*GUNICORN, WSGI) as server:
        until(
            lambda: "components can't be pushed" in server.output,
            "a failure in the log",
        )
        with collector(tmp_path, grpc_port=grpc_port, http_port=http_port) as running:
            running.sink.expect(count, IN_WINDOW)
            until(
                lambda: "components can be pushed again" in server.output,
                "its end in the log",
            )
            running.kill()
            until(
                lambda: server.output.count("components can't be pushed") == 2,
                "another failure in the log",
            )
            running.sink.clear()
            running.start()
            running.sink.expect(count, IN_WINDOW)
            until(
                lambda: server.output.count("components can be pushed again") == 2,
                "the second end",
            )
        text = server.get("/metrics").text
        lost = 'service_window_export_points_lost_total{reason="dropped"} '
        assert float(text.partition(lost)[2].partition("\n")[0]) > 0
        assert server.output.count("components can't be pushed") == 2
        assert "Traceback" not in server.output


@parametrize_at_once("protocol", PROTOCOLS)
def test_headers_compression_and_tls_arrive(protocol: str, tmp_path: Path) -> None:
    sample = make_site(tmp_path).load_sample()
    certificate = make_certificate(tmp_path)
    with receiving(certificate=certificate) as receiver:
        port = receiver.grpc_port if protocol == "grpc" else receiver.http_port
        site = pushing(
            sample,
            port,
            protocol,
            OTEL_EXPORTER_OTLP_ENDPOINT=f"https://127.0.0.1:{port}",
            OTEL_EXPORTER_OTLP_HEADERS="Authorization=Bearer%20x,tenant=a",
            OTEL_EXPORTER_OTLP_COMPRESSION="gzip",
            OTEL_EXPORTER_OTLP_CERTIFICATE=str(certificate.certificate),
        )
        with pusher(site) as process:
            receiver.sink.expect(len(sample_components()), IN_WINDOW)
            process.terminate()
            process.communicate(timeout=DEADLINE)
        headers = receiver.sink.requests[0].headers
        assert headers["authorization"] == "Bearer x"
        assert headers["tenant"] == "a"
        if protocol != "grpc":
            assert headers["content-encoding"] == "gzip"
        receiver.sink.clear()
        untrusted = site.having(OTEL_EXPORTER_OTLP_CERTIFICATE="")
        with pusher(untrusted) as process:
            assert process.stdout is not None
            until(
                partial(said, process.stdout, "components can't be pushed"), "a refusal"
            )
            process.terminate()
            process.communicate(timeout=DEADLINE)
        assert process.returncode == 1
        assert receiver.sink.requests == []


@parametrize_at_once("protocol", PROTOCOLS)
def test_points_that_the_collector_rejects_are_counted(
    protocol: str, tmp_path: Path
) -> None:
    sample = make_site(tmp_path).load_sample()
    rejected = 'points_lost_total{reason="rejected"} 3'
    with receiving(rejecting=3) as receiver:
        port = receiver.grpc_port if protocol == "grpc" else receiver.http_port
        with pushing(sample, port, protocol).serving(*GUNICORN, WSGI) as server:
            until(lambda: rejected in server.get("/metrics").text, rejected)


UVICORN = (sys.executable, "-m", "uvicorn", "--port", "{port}")
SERVERS = {
    "gunicorn that preloads": (*GUNICORN, "--preload", "--workers", "2", WSGI),
    "uvicorn": (*UVICORN, "--workers", "2", "sla_site.asgi:application"),
    "runserver": (*MANAGE, "runserver", "127.0.0.1:{port}"),
}


@parametrize_at_once("server", SERVERS)
def test_every_server_pushes_every_component_once(server: str, tmp_path: Path) -> None:
    sample = make_site(tmp_path).load_sample()
    count = len(sample_components())
    with receiving() as receiver:
        site = pushing(sample, receiver.http_port)
        with site.serving(*SERVERS[server]) as running:
            for _ in range(20):
                running.get("/admin/login/")
            receiver.sink.expect(3 * count, IN_WINDOW)
            assert "Traceback" not in running.output
        points = receiver.sink.points(IN_WINDOW)
    assert all(len(each) == count for each in by_export(points).values())
    assert is_of_one_pusher(points), gaps(points)


def test_a_provider_that_pushes_already_is_used_and_no_reader_doubled(
    sample: Site,
) -> None:
    count = len(sample_components())
    instrument = Path(sys.executable).with_name("opentelemetry-instrument")
    with receiving() as receiver:
        site = pushing(sample, receiver.http_port, OTEL_METRICS_EXPORTER="otlp").having(
            OTEL_TRACES_EXPORTER="none", OTEL_LOGS_EXPORTER="none"
        )
        with site.serving(str(instrument), *GUNICORN, WSGI, path="/") as running:
            receiver.sink.expect(2 * count, IN_WINDOW)
            assert "the MeterProvider that was set already pushes" in running.output
        points = receiver.sink.points(IN_WINDOW)
    per_export = Counter((point.time, point.attributes) for point in points)
    assert set(per_export.values()) == {1}
