"""OTEL_SLA["SOURCES"]: what a process exports, and what becomes of the rest."""

from __future__ import annotations

from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from pytest_django import DjangoAssertNumQueries

from otel_sla import checks
from otel_sla.bridge import RowMetrics, attribute, counter, discovery, gauge
from otel_sla.bridge.faults.options import Fault
from otel_sla.bridge.registry import registry
from otel_sla.telemetry.otlp.push_cycle import Cycle, Job
from otel_sla.telemetry.otlp.turn import LEASE, lease_for
from otel_sla.telemetry.scrape import Scrapes

from ..shop.models import Order, Warehouse
from ..support.make import make_component
from ..telemetry.test_otlp_transport import PUSH
from ..telemetry.test_push_cycle import Collector, collector, push

pytestmark = pytest.mark.django_db


class Orders(RowMetrics):
    queryset = Order.objects.all()
    number = attribute("number")
    orders = gauge("shop.order", "number", help="N.")


class Warehouses(RowMetrics):
    queryset = Warehouse.objects.all()
    code = attribute("code")
    warehouses = counter("shop.warehouse", "id", help="N.")


class Wrong(RowMetrics):
    queryset = Order.objects.all()
    wrong = gauge("shop.wrong", "nmber", help="N.")


ORDERS, WAREHOUSES, WRONG = (one.source_name() for one in (Orders, Warehouses, Wrong))
LEFT_OUT = 'is not exported: OTEL_SLA["SOURCES"] leaves it out.'


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sources beside service windows, with a row each; a third is wrong."""
    monkeypatch.setattr(discovery, "discovered", lambda: [Orders, Warehouses, Wrong])
    registered = {one.source.name: one for one in registry.registered}
    monkeypatch.setattr(registry, "_sources", registered)
    for one in (Orders, Warehouses):
        discovery.register(one, registry)
    make_component()
    Order.objects.create(number=7)
    Warehouse.objects.create(code="Berlin")


def choose(settings: Any, *names: str) -> None:
    settings.OTEL_SLA = {**settings.OTEL_SLA, "SOURCES": list(names)}


def scraped(client: Client) -> str:
    response = client.get("/metrics")
    assert response.status_code == 200
    return response.content.decode()


def test_a_source_that_is_not_chosen_is_neither_exported_nor_read(
    client: Client,
    scrapes: Scrapes,
    settings: Any,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    choose(settings, ORDERS)
    with django_assert_num_queries(1):
        text = scraped(client)
    assert 'shop_order{number="7"} 7' in text
    assert f'otel_sla_source_up{{source="{ORDERS}"}} 1' in text
    assert f'source="{ORDERS}",stage="read"}} 0' in text
    assert "service_window_collection_errors_total" in text, "of the process"
    for absent in ("shop_warehouse", WAREHOUSES, "component=", "window_components"):
        assert absent not in text
    choose(settings, "service_windows")
    text = scraped(client)
    assert 'service_window_in_window{component="web-shop"}' in text
    assert "shop_" not in text


def test_pages_and_api_have_components_that_are_not_exported(
    client: Client, settings: Any
) -> None:
    choose(settings, ORDERS)
    for address in ("/", "/components/web-shop", "/api/v1/components"):
        assert "web-shop" in client.get(address).content.decode()


def test_without_service_windows_a_process_is_ready_whatever_can_be_read(
    client: Client, scrapes: Scrapes, settings: Any
) -> None:
    choose(settings, ORDERS, WAREHOUSES)
    failing = patch(
        "otel_sla.database.consistent_read.read", side_effect=OperationalError("gone")
    )
    with failing:
        assert client.get("/readyz").content == b"ok\n"
        text = scraped(client)
        assert f'otel_sla_source_up{{source="{ORDERS}"}} 0' in text
        ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.content.startswith(b"ok, but 2 of 2 sources can't be read.")
    scraped(client)
    assert client.get("/readyz").content == b"ok\n"


def test_an_unknown_name_is_an_error_and_a_source_that_is_down(
    client: Client, scrapes: Scrapes, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    misspelt = ORDERS.removesuffix("s")
    choose(settings, misspelt, WAREHOUSES)
    (error,) = checks.check_sources(None)
    assert error.id == "otel_sla.E007"
    assert error.msg == (
        f'OTEL_SLA["SOURCES"]: there is no source {misspelt!r}. '
        f"Did you mean {ORDERS}? There are service_windows, {ORDERS}, {WAREHOUSES}, "
        f"{WRONG}."
    )
    text = scraped(client)
    assert 'shop_warehouse_total{code="Berlin"}' in text
    assert f'otel_sla_source_up{{source="{misspelt}"}} 0' in text
    discovery.register_all(registry)
    assert f"there is no source {misspelt!r}" in caplog.text
    with pytest.raises(CommandError, match="there is no source"):
        call_command("show_metrics", stdout=StringIO())


def test_a_name_whose_fault_is_reported_elsewhere_is_not_called_unknown(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(settings, WRONG, "otel_sla.Rows", "service_windows")
    fault = Fault("otel_sla.row_metrics", "can't be imported")
    with monkeypatch.context() as patched:
        patched.setattr(discovery, "import_faults", lambda: [fault])
        assert checks.check_sources(None) == []
    (error,) = checks.check_sources(None)
    assert "there is no source 'otel_sla.Rows'" in error.msg


def test_service_windows_are_unknown_to_a_site_without_them(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = {name: registry._sources[name] for name in (ORDERS, WAREHOUSES)}
    monkeypatch.setattr(registry, "_sources", kept)
    settings.OTEL_SLA = {"SOURCES": ["service_windows"], "SERVICE_WINDOWS": False}
    (error,) = checks.check_sources(None)
    assert "there is no source 'service_windows'" in error.msg
    assert 'service_windows needs OTEL_SLA["SERVICE_WINDOWS"] = True' in str(error.hint)


def test_a_site_with_nothing_to_export_is_warned(
    client: Client, scrapes: Scrapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checks.check_sources(None) == []
    monkeypatch.setattr(registry, "_sources", {})
    assert checks.check_sources(None) == [], "E006 says what is wrong with classes"
    monkeypatch.setattr(discovery, "discovered", list)
    (warning,) = checks.check_sources(None)
    assert warning.id == "otel_sla.W021"
    assert "service_window_collection_errors_total" in scraped(client)
    assert client.get("/readyz").content == b"ok\n"


def test_show_metrics_names_what_is_left_out(settings: Any) -> None:
    def shown(*names: str) -> str:
        out = StringIO()
        with patch.object(discovery, "discovered", lambda: [Orders, Warehouses]):
            call_command("show_metrics", *names, stdout=out)
        return out.getvalue()

    assert LEFT_OUT not in shown()
    choose(settings, ORDERS)
    text = shown()
    assert f"{WAREHOUSES} {LEFT_OUT}" in text
    assert f"service_windows {LEFT_OUT}" in text
    assert 'shop_order{number="7"} 7' in text
    assert "shop_warehouse" not in text
    text = shown(WAREHOUSES)
    assert f"{WAREHOUSES} {LEFT_OUT}" in text
    assert "shop_warehouse" in text, "asked for by its name"


@pytest.mark.parametrize(
    "given", [[], "shop.Disks", {"shop.Disks"}, ["shop.Disks", 1], [""], [" "], ["\0"]]
)
def test_a_choice_of_nothing_or_of_another_type_is_a_check_error(
    given: Any, settings: Any
) -> None:
    settings.OTEL_SLA = {"SOURCES": given}
    (error,) = checks.check_settings(None)
    assert error.id == "otel_sla.E001"
    assert 'None or a list of names, such as ["service_windows", "shop' in error.msg


def test_each_choice_of_sources_has_a_lease_of_its_own() -> None:
    both = lease_for((), [ORDERS, WAREHOUSES])
    assert both == lease_for((), [WAREHOUSES, ORDERS, ORDERS])
    leases = {
        lease_for(()),
        lease_for(["a:b"]),
        lease_for(["a:b"], [ORDERS]),
        lease_for((), [ORDERS]),
        both,
    }
    assert len(leases) == 5
    assert lease_for((), None) == LEASE
    assert max(map(len, leases)) <= 64


@pytest.mark.django_db(transaction=True)
def test_processes_with_other_sources_push_theirs_and_of_equal_ones_one_does(
    settings: Any,
) -> None:
    def pushed(*names: str) -> list[str]:
        choose(settings, *names)
        push(one := Cycle(Job(PUSH, Resource({}), InstrumentationScope("otel_sla"))))
        return [
            metric.name
            for request in collector(one).requests
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name.startswith("shop.")
        ]

    senders = "otel_sla.telemetry.otlp.push_cycle.SENDERS"
    with patch.dict(senders, {"http/protobuf": Collector}):
        assert pushed(ORDERS, "service_windows") == ["shop.order"]
        assert pushed(WAREHOUSES) == ["shop.warehouse"]
        assert pushed("service_windows", ORDERS) == []
        assert pushed(ORDERS) == ["shop.order"]
