"""What others' packages keep to themselves, or don't promise, and otel_sla leans on.

Where an upgrade breaks something here, begin with this module: every failure says
what has changed and what there is to do.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import multiprocessing
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ..support.processes import ROOT

TAKEN = {
    "_callback": "telemetry/sdk_reader.py",
    "_collector": "telemetry/sdk_reader.py",
    "_connection_pools": "database/pool.py",
    "_create_formsets": "admin/preview.py",
    "_dict_to_model": "telemetry/config_file.py",
    "_get_schema": "telemetry/config_file.py",
    "_getframe": "telemetry/process_role.py, telemetry/workers.py",
    "_has_been_logged": "web/responses.py",
    "_loader": "telemetry/config_file.py",
    "_mapping": "telemetry/exposition.py",
    "_measurement_consumer": "telemetry/setup.py",
    "_pytest": "telemetry/process_role.py",
    "_read_timeout": "database/connect.py",
    "_reader_storages": "telemetry/setup.py",
    "_sdk_config": "telemetry/setup.py",
    "_should_delete_form": "admin/preview.py",
    "_sock": "database/deadline.py",
    "_validate_file_format": "telemetry/config_file.py",
}
"""Private names of others, and the modules of otel_sla that take them."""

PROMISED = {"_default_manager", "_meta"}
"""Names that begin so and are documented all the same."""

_PRIVATE = re.compile(r"_[a-z]")
_DOTTED = re.compile(r"[a-z_]+(\.[a-z_]+)+")

Hook = Callable[[], object]

HOOKS: dict[Hook, str] = {}
"""What has to be true of a package, and what there is to do where it is not."""


def remedy(text: str) -> Callable[[Hook], Hook]:
    def register(hook: Hook) -> Hook:
        HOOKS[hook] = text
        return hook

    return register


@remedy(
    "exposition.names() has to give an instrument the names that the stock reader "
    "gives it: take them from where they are made now, and let "
    "tests/telemetry/test_exposition.py compare the two."
)
def names_of_instruments() -> object:
    from opentelemetry.exporter.prometheus._mapping import (
        map_unit,
        sanitize_full_name,
    )

    units = {"s": "seconds", "1": "", "": ""}
    return {unit: map_unit(unit) for unit in units} == units and (
        sanitize_full_name("service_window.last_start") == "service_window_last_start"
    )


@remedy(
    "sdk_reader.DirectReader hands the reader's collector what it is to translate, "
    "and keeps it from collecting by itself: find the collector and its callback in "
    "the reader as it is now."
)
def collector_of_the_reader() -> object:
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from prometheus_client import CollectorRegistry

    reader = PrometheusMetricReader(registry=CollectorRegistry())
    taken = inspect.signature(reader._collector.add_metrics_data).parameters
    return callable(reader._collector._callback) and len(taken) == 1


@remedy(
    "sdk_reader.DirectReader and setup._attach_scrapes pass them: use what "
    "replaces the one that is gone."
)
def options_of_the_reader() -> object:
    from opentelemetry.exporter.prometheus import PrometheusMetricReader

    return {"disable_target_info", "registry", "scope_info_enabled"} <= set(
        inspect.signature(PrometheusMetricReader).parameters
    )


@remedy(
    "sdk_reader.DirectReader and CollectingReader get all they know so: "
    "implement what collect() calls now."
)
def reader_is_handed_what_was_collected() -> object:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import MetricReader, MetricsData

    received: list[Any] = []

    class Reader(MetricReader):
        def _receive_metrics(self, metrics_data: Any, *_: Any, **__: Any) -> None:
            received.append(metrics_data)

        def shutdown(self, *_: Any, **__: Any) -> None:
            pass

    provider = MeterProvider([reader := Reader()], shutdown_on_exit=False)
    provider.get_meter("x").create_counter("y").add(1)
    reader.collect()
    return [type(one) for one in received] == [MetricsData]


@remedy(
    "setup.py puts the provider's resource into target_info and OTLP requests: "
    "find the resource in the provider as it is now."
)
def resource_of_a_provider() -> object:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource

    resource = Resource({"a": "b"})
    provider = MeterProvider(resource=resource, shutdown_on_exit=False)
    return provider._sdk_config.resource == resource


@remedy(
    "setup._attach_pusher looks whether the host's own provider pushes already, "
    "so that nothing is pushed twice: find its readers."
)
def readers_of_a_provider() -> object:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    first, later = InMemoryMetricReader(), InMemoryMetricReader()
    provider = MeterProvider([first], shutdown_on_exit=False)
    provider.add_metric_reader(later)
    found = list(provider._measurement_consumer._reader_storages)
    provider.shutdown()
    later.shutdown()
    return found == [first, later]


@remedy(
    "config_file.py and config_readers.py read the file through these models: adapt "
    "them, and otel-config.yaml where the format of the file has changed."
)
def models_of_the_configuration() -> object:
    from opentelemetry.configuration import models

    fields = {one.name for one in dataclasses.fields(models.OpenTelemetryConfiguration)}
    return {"disabled", "file_format", "meter_provider", "resource"} <= fields


@remedy(
    "config_file._load_file substitutes variables itself, by the schema, and leaves "
    "the rest to these functions: call what load_config_file() calls now."
)
def loader_of_the_configuration() -> object:
    from opentelemetry.configuration.file import _loader

    content = {"file_format": "1.0", "disabled": True}
    _loader._validate_file_format(content)
    schema = _loader._get_schema()
    return (
        _loader._dict_to_model(content).disabled is True
        and schema["properties"]["disabled"]["type"] == ["boolean", "null"]
        and schema["properties"]["resource"]["$ref"] == "#/$defs/Resource"
    )


@remedy(
    "config_readers.py reads the headers of the OTLP exporter with it, as "
    "OpenTelemetry's own exporters do: take what those use now."
)
def headers_of_the_environment() -> object:
    from opentelemetry.util.re import parse_env_headers

    return parse_env_headers("a=b,C=d%20e", liberal=True) == {"a": "b", "c": "d e"}


@remedy(
    "otlp/encoder.py encodes with it what is not a row: take what OpenTelemetry's own "
    "exporters use now."
)
def encoding_of_metrics() -> object:
    from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
    from opentelemetry.sdk.metrics.export import MetricsData

    return list(encode_metrics(MetricsData([])).resource_metrics) == []


@remedy(
    "http_server.instrument_django passes them: without excluded_urls scrapes would "
    "be counted, without meter_provider nothing would be, without request_hook spans "
    "would hold tokens of calendars."
)
def variables_of_the_instrumentation() -> object:
    from opentelemetry.instrumentation.django import DjangoInstrumentor

    source = inspect.getsource(DjangoInstrumentor)
    return (
        DjangoInstrumentor().is_instrumented_by_opentelemetry in (True, False)
        and 'kwargs.get("excluded_urls"' in source
        and 'kwargs.get("meter_provider"' in source
        and 'kwargs.pop("request_hook"' in source
    )


@remedy(
    "exposition.negotiate() and write() choose the format with it: take what "
    "prometheus_client chooses with now."
)
def writers_of_both_formats() -> object:
    from prometheus_client.exposition import choose_encoder

    types = [choose_encoder(one)[1] for one in ("", "application/openmetrics-text")]
    return [one.split(";")[0] for one in types] == [
        "text/plain",
        "application/openmetrics-text",
    ]


@remedy(
    "process_role.running_command() finds the command there, and decides by it whether "
    "telemetry is set up: find it as Django runs commands now."
)
def command_on_the_stack() -> object:
    from django.core.management import ManagementUtility

    execute = ManagementUtility.execute
    return (
        execute.__code__.co_varnames[0] == "self"
        and ManagementUtility(["manage.py", "check"]).argv[1] == "check"
        and sys._getframe().f_code is command_on_the_stack.__code__
    )


@remedy(
    "read_only.py keeps addresses with tokens, and refusals, out of Django's log "
    "with it. Release nothing before that is so again."
)
def refusals_that_are_logged_already() -> object:
    from django.utils import log

    return "_has_been_logged" in inspect.getsource(log.log_response)


@remedy(
    "the preview of the admin makes the forms that saving would, with them: make "
    "them as ModelAdmin does now."
)
def formsets_of_the_admin() -> object:
    from django.contrib.admin import ModelAdmin
    from django.forms import BaseFormSet

    taken = list(inspect.signature(vars(ModelAdmin)["_create_formsets"]).parameters)
    return taken == ["self", "request", "obj", "change"] and (
        list(inspect.signature(vars(BaseFormSet)["_should_delete_form"]).parameters)
        == ["self", "form"]
    )


@remedy(
    "workers._runs_in_a_loop() tells by it whether Django runs under ASGI: find "
    "what tells so now."
)
def event_loop_of_a_thread() -> object:
    from asgiref.sync import SyncToAsync, sync_to_async

    return "threadlocal.main_event_loop" in inspect.getsource(SyncToAsync) and callable(
        sync_to_async
    )


@remedy(
    "workers.py counts the workers with it, to decide whether they have to meet: "
    "find their number as gunicorn keeps it now."
)
def workers_of_gunicorn() -> object:
    from gunicorn import SERVER_SOFTWARE
    from gunicorn.config import Config
    from gunicorn.workers import base

    return (
        SERVER_SOFTWARE.startswith("gunicorn/")
        and Config().workers == 1
        and base.Worker.__module__.startswith("gunicorn.workers.")
        and "self.cfg = cfg" in inspect.getsource(base.Worker.__init__)
    )


@remedy(
    "workers.py takes a parent of multiprocessing for a sign of several workers: "
    "find what uvicorn starts them with now."
)
def workers_of_uvicorn() -> object:
    from uvicorn import _subprocess

    # Several are children of multiprocessing; one has no parent.
    return multiprocessing.parent_process() is None and "spawn" in vars(_subprocess)


@remedy(
    "deadline._shut_down cuts a connection that doesn't answer by its socket: find "
    "the socket in the connection as it is now."
)
def socket_of_pymysql() -> object:
    from pymysql.connections import Connection

    return Connection(defer_connect=True)._sock is None


@remedy(
    "database/connect.py bounds by it what a new connection of PyMySQL waits for, and "
    "takes the bound away: find where the connection keeps it."
)
def read_timeout_of_pymysql() -> object:
    from pymysql.connections import Connection

    return Connection(defer_connect=True, read_timeout=7)._read_timeout == 7


@remedy(
    "database/pool.connect has Django take the connection that the pool has given from "
    "there: find where Django keeps its pools."
)
def pools_of_django() -> object:
    from django.db.backends.postgresql.base import DatabaseWrapper

    return isinstance(vars(DatabaseWrapper)["_connection_pools"], dict)


@remedy(
    "process_role.under_test_runner() keeps telemetry out of tests with it: find what "
    "tells that pytest runs."
)
def pytest_at_work() -> object:
    return "_pytest.main" in sys.modules


@remedy(
    "ical/imports/file_timezones.py reads zones by the names that Windows gives "
    "them with it: take the table from where it is now."
)
def windows_zones_of_icalendar() -> object:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    return WINDOWS_TO_OLSON["W. Europe Standard Time"] == "Europe/Berlin"


@remedy(
    "web/api/router.py names the operations of the OpenAPI file with it: name them "
    "as ninja wants it now, and run python docs/openapi.py."
)
def operations_of_ninja() -> object:
    from ninja import NinjaAPI
    from ninja.operation import Operation

    return callable(
        NinjaAPI.get_openapi_operation_id
    ) and "view_func" in inspect.getsource(Operation.__init__)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook.__name__)
def test_upstream_still_has(hook: Hook) -> None:
    try:
        found = hook()
    except Exception as error:
        found, said = False, f" ({type(error).__name__}: {error})"
    else:
        said = ""
    if not found:
        pytest.fail(
            f"An upgrade has changed the {hook.__name__.replace('_', ' ')}{said}: "
            f"{HOOKS[hook]}",
            pytrace=False,
        )


def test_what_is_private_to_others_is_named_here() -> None:
    app = ROOT / "otel_sla"
    trees = {
        str(file.relative_to(app)): ast.parse(file.read_text())
        for file in app.rglob("*.py")
        if "migrations" not in file.parts
    }
    inherited = {name for tree in trees.values() for name in _defined(tree)}
    found: dict[str, set[str]] = {}
    for file, tree in trees.items():
        for name in set(_private(tree, inherited)) - PROMISED:
            found.setdefault(name, set()).add(file)
    assert found == {name: set(files.split(", ")) for name, files in TAKEN.items()}, (
        "name it in TAKEN, and add to this module what tells when it changes"
    )


def _private(tree: ast.Module, inherited: set[str]) -> Iterator[str]:
    """Names with a leading underscore that are taken from others.

    A module may use its own, and of itself those that it may have inherited.
    """
    own = set(_defined(tree))
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [*str(node.module).split("."), *(one.name for one in node.names)]
        elif isinstance(node, ast.Attribute):
            names = [] if node.attr in own else [node.attr]
            if _is_self(node.value) and node.attr in inherited:
                names = []
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # The dotted name of a module.
            names = node.value.split(".") if _DOTTED.fullmatch(node.value) else []
        yield from (one for one in names if _PRIVATE.match(one))


def _defined(tree: ast.Module) -> Iterator[str]:
    """Names that the module itself gives to something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield from [node.attr] if _is_self(node.value) else []


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")
