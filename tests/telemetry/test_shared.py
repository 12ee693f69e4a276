"""What shared callbacks observe is told from all else, and by whom they are asked."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider, ObservableGauge
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from opentelemetry.sdk.metrics.view import View
from opentelemetry.sdk.resources import Resource

from otel_sla.bridge import shared
from otel_sla.bridge.registry import Registry
from otel_sla.fanin import worker as fan_in_worker
from otel_sla.fanin.aggregation import Totals, totals_of
from otel_sla.telemetry import callbacks
from otel_sla.telemetry.scrape import Scrapes
from otel_sla.telemetry.sdk_reader import DirectReader
from otel_sla.telemetry.shared import marked, split
from otel_sla.telemetry.workers import Workers

LIMIT = 20_000


class Host:
    """A site's own instruments, and how often each callback was asked."""

    def __init__(self, *views: View) -> None:
        self.reader = DirectReader(
            Resource({}),
            disable_target_info=True,
            scope_info_enabled=False,
            cardinality_limits={ObservableGauge: LIMIT},
        )
        self.provider = MeterProvider(
            [self.reader], views=views, shutdown_on_exit=False
        )
        self.meter = self.provider.get_meter("shop")
        self.asked: Counter[str] = Counter()

    def observing(
        self, name: str, *observations: Observation
    ) -> Callable[[CallbackOptions], list[Observation]]:
        def callback(options: CallbackOptions) -> list[Observation]:
            self.asked[name] += 1
            return list(observations)

        return callback


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.provider.shutdown()


def seen(collected: MetricsData | None) -> dict[str, dict[str, Any]]:
    """The values by metric, and by attributes as a query has them."""
    found: dict[str, dict[str, Any]] = {}
    for resource in collected.resource_metrics if collected else ():
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    attributes = sorted((point.attributes or {}).items())
                    key = ",".join(f"{name}={value!s}" for name, value in attributes)
                    found.setdefault(metric.name, {})[key] = point.value  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize(
    "value", [0, 7, True, -1.5, 2**60, Decimal("0.5")], ids=lambda value: repr(value)
)
def test_a_number_is_marked_and_stays_what_it_is(value: Any, host: Host) -> None:
    observe = shared(host.observing("own", Observation(value, {"a": "b"})))
    host.meter.create_observable_gauge("gauge", [observe])
    host.meter.create_observable_counter("counter", [observe, observe])
    host.meter.create_counter("requests").add(1)
    with marked():
        collected = host.reader.own()
    assert collected is not None
    rest, found = split(collected)
    assert seen(rest) == {"requests": {"": 1}}
    assert seen(found) == {"gauge": {"a=b": value}, "counter": {"a=b": 2 * value}}
    unmarked = host.reader.own()
    assert unmarked is not None
    assert split(unmarked) == (unmarked, MetricsData([]))


def test_the_mark_outlives_a_view_that_drops_attributes() -> None:
    host = Host(View(instrument_name="carts", name="trolleys", attribute_keys={"a"}))
    observed = Observation(3, {"a": "b", "c": "d"})
    host.meter.create_observable_gauge("carts", [shared(host.observing("", observed))])
    with marked():
        collected = host.reader.own()
    host.provider.shutdown()
    assert collected is not None
    assert seen(split(collected)[1]) == {"trolleys": {"a=b": 3}}


def test_an_observation_that_is_not_a_number_fails_only_its_own_instrument(
    host: Host,
) -> None:
    odd: Any = "odd"
    host.meter.create_observable_gauge(
        "odd", [shared(host.observing("odd", Observation(odd)))]
    )
    host.meter.create_observable_gauge(
        "even", [shared(host.observing("even", Observation(2)))]
    )
    with marked():
        assert seen(host.reader.own()) == {"even": {"": 2}}


class Site:
    """A worker with one sibling, which is asked over no socket but as one is."""

    def __init__(self, host: Host, sibling: Host, base: Path) -> None:
        self.host = host
        self.sibling = sibling
        self.workers = Workers(host.reader, Resource({}), host.provider)
        self._sibling = Workers(sibling.reader, Resource({}), sibling.provider)
        self.scrapes = Scrapes(
            host.reader,
            direct=True,
            gather=self.workers.gather,
            together=self.workers.are_together,
            sources=Registry(),
        )

    def siblings(self, *args: Any) -> tuple[dict[str, Totals], Totals]:
        return {"2-2": totals_of(self._sibling._own())}, {}

    def save(self) -> None:
        """As once a second."""
        membership = self.workers._fan_in._membership
        assert membership is not None
        self.workers._fan_in._own.save(membership)

    def lines(self) -> list[str]:
        """The site's samples in a scrape; this worker is 1-1, the sibling 2-2."""
        name = self.workers._fan_in._membership.name  # type: ignore[union-attr]
        text = self.scrapes.answer("", "", "").body.decode().replace(name, "1-1")
        return sorted(one for one in text.splitlines() if one.startswith("shop_"))


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Site]:
    monkeypatch.setattr("otel_sla.fanin.worker.SAVES_EVERY", 60.0)
    # Test processes of one parent are not workers of one site.
    group = f"{fan_in_worker.group_of_parent()}-{os.getpid() & 0xFFFF:04x}"
    monkeypatch.setattr("otel_sla.telemetry.workers.group_of_workers", lambda: group)
    hosts = Host(), Host()
    with tempfile.TemporaryDirectory(prefix="fanin-") as base:
        settings.OTEL_SLA = {"FAN_IN": True, "RUNTIME_DIR": Path(base) / "run"}
        site = Site(*hosts, Path(base))
        site.workers.start()
        with patch.object(fan_in_worker.FanIn, "_siblings", site.siblings):
            yield site
        site.workers._fan_in.stop()
    for one in hosts:
        one.provider.shutdown()


def test_one_worker_is_asked_at_a_scrape_and_none_in_between(site: Site) -> None:
    for number, host in enumerate((site.host, site.sibling), 1):
        meter = host.meter
        carts = host.observing("carts", Observation(5, {"of": "all"}))
        meter.create_observable_gauge("shop.carts", [shared(carts)])
        memory = host.observing("memory", Observation(number))
        meter.create_observable_gauge("shop.memory", [memory])
        orders = host.observing("orders", Observation(9))
        meter.create_observable_counter("shop.orders", [shared(orders)])
        meter.create_counter("shop.requests").add(number)
    for count in (1, 2):
        assert site.lines() == [
            'shop_carts{of="all"} 5.0',
            'shop_memory{worker="1-1"} 1.0',
            'shop_memory{worker="2-2"} 2.0',
            "shop_orders_total 9.0",
            "shop_requests_total 3.0",
        ]
        site.save()
        assert site.host.asked == dict.fromkeys(("carts", "memory", "orders"), count)
        assert site.sibling.asked == {"memory": count}


def test_an_instrument_may_have_callbacks_of_both_kinds(site: Site) -> None:
    for number, host in enumerate((site.host, site.sibling), 1):
        own = host.observing("own", Observation(number, {"of": "worker"}))
        all_ = host.observing("all", Observation(5, {"of": "all"}))
        host.meter.create_observable_gauge("shop.carts", [own, shared(all_)])
    lines = [one.replace(',worker=""', "") for one in site.lines()]
    assert lines == [
        'shop_carts{of="all"} 5.0',
        'shop_carts{of="worker",worker="1-1"} 1.0',
        'shop_carts{of="worker",worker="2-2"} 2.0',
    ]


def test_ten_thousand_shared_observations_are_as_many_series(site: Site) -> None:
    observed = [Observation(n, {"cart": str(n)}) for n in range(10_000)]
    for host in (site.host, site.sibling):
        callback = shared(host.observing("carts", *observed))
        host.meter.create_observable_gauge("shop.carts", [callback])
    assert site.lines() == sorted(
        f'shop_carts{{cart="{n}"}} {float(n)}' for n in range(10_000)
    )
    site.save()
    file = next(iter(site.workers._fan_in.directory.glob("*.json")))  # type: ignore[union-attr]
    assert "cart" not in file.read_text()


@pytest.mark.parametrize("direct", [True, False])
def test_one_process_alone_asks_once_a_scrape(direct: bool, host: Host) -> None:
    callback = shared(host.observing("carts", Observation(5)))
    host.meter.create_observable_gauge("shop.carts", [callback])
    workers = Workers(host.reader, Resource({}), host.provider)
    scrapes = Scrapes(
        host.reader, direct=direct, gather=workers.gather, sources=Registry()
    )
    own = InMemoryMetricReader()
    host.provider.add_metric_reader(own)
    for count in (1, 2):
        text = scrapes.answer("", "", "").body.decode()
        assert "\nshop_carts 5.0\n" in f"\n{text}"
        assert host.asked["carts"] == count
    assert seen(own.get_metrics_data()) == {"shop.carts": {"": 5}}


def test_counts_are_had_without_asking_a_callback_and_lose_nothing(host: Host) -> None:
    requests = host.meter.create_counter("requests")
    host.meter.create_observable_gauge(
        "memory", [host.observing("memory", Observation(5))]
    )
    callbacks.register(host.provider.get_meter("otel_sla"))
    for count in (1, 2, 3):
        requests.add(1)
        assert seen(host.reader.counted(host.provider)) == {"requests": {"": count}}
        assert host.asked["memory"] == count - 1
        with callbacks.silent():
            found = seen(host.reader.own())
        assert (found["requests"], found["memory"]) == ({"": count}, {"": 5})
