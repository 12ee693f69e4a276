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
    "_connection_pools": "database/pool.py",
    "_create_formsets": "admin/preview.py",
    "_dict_to_model": "telemetry/config/own_file.py",
    "_get_schema": "telemetry/config/own_file.py",
    "_getframe": "telemetry/process_role.py, telemetry/servers.py",
    "_has_been_logged": "web/responses.py",
    "_instrument_id_instrument": "telemetry/host_provider.py",
    "_loader": "telemetry/config/own_file.py",
    "_measurement_consumer": "telemetry/host_provider.py",
    "_meters": "telemetry/host_provider.py",
    "_pytest": "telemetry/process_role.py",
    "_read_timeout": "database/connect.py",
    "_reader_storages": "telemetry/host_provider.py",
    "_sdk_config": "telemetry/host_provider.py",
    "_should_delete_form": "admin/preview.py, admin/stale_form.py",
    "_sock": "database/deadline.py",
    "_validate_file_format": "telemetry/config/own_file.py",
}
"""Private names of others, and the modules of otel_sla that take them."""

PROMISED = {"_default_manager", "_fields", "_meta", "_replace", "_state"}
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
    "sdk_reader._Translator has the stock reader translate what it is handed: have "
    "it handed where the reader collects now. Until then setup.py takes the stock "
    "reader as it is, and no worker shows what the others have counted."
)
def translation_by_the_stock_reader() -> object:
    from otel_sla.telemetry import sdk_probe

    return sdk_probe.translating_fault() == ""


@remedy(
    "setup._attach_scrapes passes them to sdk_reader.DirectReader: use what replaces "
    "the one that is gone. Until then the stock reader goes without."
)
def options_of_the_reader() -> object:
    from opentelemetry.exporter.prometheus import PrometheusMetricReader

    return {"disable_target_info", "registry", "scope_info_enabled"} <= set(
        inspect.signature(PrometheusMetricReader).parameters
    )


@remedy(
    "sdk_reader.OnDemandReader passes it, where there is one, and the configuration "
    "file's limits are lost where there is none: use what replaces it."
)
def limits_of_a_reader() -> object:
    from opentelemetry.sdk.metrics.export import MetricReader

    from otel_sla.telemetry import versions

    # Up to 1.44 there are no limits; then two releases have one that can't be set.
    return (
        "cardinality_limits" in inspect.signature(MetricReader).parameters
        or versions.folds_series()
        or versions.installed("opentelemetry-sdk").startswith("1.44.")
    )


@remedy(
    "sdk_reader.DirectReader and CollectingReader get all they know by "
    "_receive_metrics(): implement what collect() calls now. Until then only rows are "
    "pushed, and the stock reader serves."
)
def reader_is_handed_what_was_collected() -> object:
    from otel_sla.telemetry import sdk_probe

    return sdk_probe.collecting_fault() == ""


@remedy(
    "host_provider.resource_of() has it put into target_info and OTLP requests: find "
    "the resource in the provider as it is now. Until then that of the environment is "
    "taken for it, where the provider was made by the site."
)
def resource_of_a_provider() -> object:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.resources import Resource

    resource = Resource({"a": "b"})
    provider = MeterProvider(resource=resource, shutdown_on_exit=False)
    return provider._sdk_config.resource == resource


@remedy(
    "host_provider.names_of_others() leaves out instruments whose names are data where "
    "the site has one of the name: find the instruments of a provider."
)
def instruments_of_a_provider() -> object:
    from opentelemetry.sdk.metrics import MeterProvider

    from otel_sla.telemetry.host_provider import names_of_others

    provider = MeterProvider(shutdown_on_exit=False)
    provider.get_meter("host").create_histogram("host.made", unit="s")
    provider.get_meter("ours").create_counter("ours.made")
    names = names_of_others(provider, "ours")
    return {"host_made_seconds", ("host.made",)} <= names and "ours_made" not in names


@remedy(
    "host_provider.pushes_by_itself() looks whether the site pushes already, so that "
    "nothing is pushed twice: find the readers of a provider."
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
    "host_provider.counted() has a worker save its counts without asking a callback: "
    "find where the SDK keeps what is counted for a reader. Until then callbacks are "
    "asked once a second in every worker."
)
def counts_without_callbacks() -> object:
    from otel_sla.telemetry import sdk_probe

    return sdk_probe.counting_fault() == ""


@remedy(
    "config/own_file.py has a site's own file made into these models, and "
    "config/readers.py reads it by the same names: adapt them, and otel-config.yaml "
    "where the format of the file has changed."
)
def models_of_the_configuration() -> object:
    from opentelemetry.configuration import models

    fields = {one.name for one in dataclasses.fields(models.OpenTelemetryConfiguration)}
    return {"disabled", "file_format", "meter_provider", "resource"} <= fields


@remedy(
    "config/own_file.py substitutes variables itself, by the schema, and leaves the "
    "rest to these functions: call what load_config_file() calls now."
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
    "config/exporter.py reads the headers of the OTLP exporter with it, as "
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
    "exposition.write() has others' metrics written with them: take what "
    "prometheus_client writes the two formats with now."
)
def writers_of_both_formats() -> object:
    from types import SimpleNamespace

    from prometheus_client import Metric, generate_latest
    from prometheus_client.openmetrics import exposition

    metric = Metric("queue", "Waiting.", "gauge")
    metric.add_sample("queue", {"at": "x"}, 2)
    registry: Any = SimpleNamespace(collect=lambda: [metric])
    text = '# HELP queue Waiting.\n# TYPE queue gauge\nqueue{at="x"} 2.0\n'
    return [generate_latest(registry), exposition.generate_latest(registry)] == [
        text.encode(),
        f"{text}# EOF\n".encode(),
    ]


@remedy(
    "telemetry/versions.py reads the requirements of OpenTelemetry's packages with it, "
    "and it comes with one of them: add it to the dependencies in pyproject.toml."
)
def packaging_that_comes_along() -> object:
    from importlib.metadata import requires

    needed = requires("opentelemetry-instrumentation") or []
    return any(re.match(r"packaging\b", one) for one in needed)


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
