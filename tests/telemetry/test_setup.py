"""Setting up: the guards, the configuration file, and what it may say."""

from __future__ import annotations

import io
import logging
import math
import textwrap
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.checks import Error
from django.core.management import ManagementUtility
from django.test import override_settings
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider, ObservableGauge
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter,
    PeriodicExportingMetricReader,
)

from otel_sla import __version__, checks
from otel_sla.conf import NAMES, SHIPPED_CONFIG_FILE, conf
from otel_sla.telemetry import config, process_role
from otel_sla.telemetry import setup as telemetry
from otel_sla.telemetry.config import reader_options
from otel_sla.telemetry.errors import InvalidConfiguration

from ..conftest import CONFIG_FILE

WriteConfig = Callable[[str], Path]

MINIMAL = """\
file_format: "1.0"
meter_provider:
  readers:
    - pull: {exporter: {prometheus/development: {}}}
"""


def pushing(exporter: str, **options: str) -> str:
    """A configuration with a reader that pushes as well."""
    pairs = "".join(f", {name}: {value}" for name, value in options.items())
    return f"{MINIMAL}    - periodic: {{exporter: {{{exporter}}}{pairs}}}\n"


@pytest.fixture
def write_config(tmp_path: Path) -> WriteConfig:
    def write(text: str) -> Path:
        file = tmp_path / "otel-config.yaml"
        file.write_text(textwrap.dedent(text))
        return file

    return write


def refusal(file: Path, *exporters: str) -> str:
    with pytest.raises(InvalidConfiguration) as refused:
        config.load(file, exporters or None).check()
    return str(refused.value)


def test_the_site_s_own_file_is_valid_and_limits_nothing_that_matters() -> None:
    chosen = config.load(CONFIG_FILE)
    assert not chosen.disabled
    assert chosen.pull is not None
    assert not chosen.pull.scope_info
    assert not chosen.pull.target_info
    assert chosen.pull.cardinality_limits[ObservableGauge] >= 1_000_000


def test_the_resource_comes_from_the_file_and_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "windows-of-ours")
    provider = config.load(CONFIG_FILE).create_provider()
    resource = provider._sdk_config.resource.attributes
    provider.shutdown()
    assert resource["service.name"] == "windows-of-ours"


def test_what_the_file_leaves_out_has_the_standard_s_defaults(
    write_config: WriteConfig,
) -> None:
    pull = config.load(write_config(MINIMAL)).pull
    assert pull == reader_options.Pull(
        target_info=True, scope_info=True, cardinality_limits={}
    )


FAULTS = {
    "empty": ("", "must be a mapping"),
    "a list": ("- x", "must be a mapping"),
    "broken": ("file_format: [", "is not valid YAML"),
    "no version": ("resource: {}", "'file_format' is a required property"),
    "a version that is a number": ("file_format: 1.0", "file_format: 1.0 is not of"),
    "a version to come": (MINIMAL.replace("1.0", "2.0"), "Unsupported file_format"),
    "unknown section": (MINIMAL + "meter: {}", "meter: unknown key"),
    "a section that would be ignored": (
        MINIMAL + "tracer_provider: {}",
        "tracer_provider: otel_sla sets up metrics only",
    ),
    "a level that nothing reads": (
        MINIMAL + "log_level: info",
        "log_level: otel_sla sets up metrics only",
    ),
    "unknown key": (MINIMAL.replace("pull", "pool"), "meter_provider.readers[0]: "),
    "unknown key below": (
        MINIMAL.replace("{}", "{colour: red}"),
        "meter_provider.readers[0].pull.exporter.prometheus/development: "
        "Additional properties are not allowed ('colour' was unexpected)",
    ),
    "a bad number": (
        MINIMAL.replace(
            "exporter: {", "cardinality_limits: {default: -1}, exporter: {"
        ),
        "meter_provider.readers[0].pull.cardinality_limits.default: -1",
    ),
    "a key twice": (
        MINIMAL + "disabled: false\ndisabled: true",
        "disabled: line 6: a second one",
    ),
    "a key that is a list": ("? [a, b]\n: 1", "line 1: a second one, or no plain key"),
    "a number without end": (f"file_format: {'9' * 5_000}", "is not valid YAML"),
    "an option that would be ignored": (
        MINIMAL.replace("{}", "{resource_constant_labels: {included: [x]}}"),
        "prometheus/development.resource_constant_labels: has no meaning here",
    ),
    "a port of its own": (
        MINIMAL.replace("{}", "{port: 9464}"),
        "readers[0].pull.exporter.prometheus/development.port: has no meaning here",
    ),
    "another exporter": (
        MINIMAL.replace("prometheus/development", "carrier_pigeon"),
        "readers[0].pull.exporter: only prometheus/development can be served",
    ),
    "a reader that pushes elsewhere": (
        'file_format: "1.0"\nmeter_provider: '
        "{readers: [{periodic: {exporter: {console: {}}}}]}",
        "meter_provider.readers[0].periodic.exporter: only otlp_http or otlp_grpc",
    ),
    "a second pull reader": (
        MINIMAL + "    - pull: {exporter: {prometheus/development: {}}}",
        "meter_provider.readers[1]: would be ignored: one pull reader",
    ),
    "a second reader for a protocol": (
        MINIMAL
        + "    - periodic: {exporter: {otlp_grpc: {}}}\n"
        + "    - periodic: {exporter: {otlp_grpc: {}}}",
        "meter_provider.readers[2]: would be ignored: another reader pushes over grpc",
    ),
    "an interval of nothing": (
        pushing("otlp_http: {}", interval="0"),
        "readers[1].periodic.interval: 0 milliseconds are too few: give 1000 or more",
    ),
    "an interval that is no number": (
        pushing("otlp_http: {}", interval="soon"),
        "readers[1].periodic.interval: 'soon' is not of type",
    ),
    "a timeout that is no number": (
        pushing("otlp_http: {timeout: 3s}"),
        "readers[1].periodic.exporter.otlp_http.timeout: '3s' is not of type",
    ),
    "an unknown key of an exporter": (
        pushing("otlp_grpc: {colour: red}"),
        "readers[1].periodic.exporter.otlp_grpc: Additional properties",
    ),
    "an unknown key of TLS": (
        pushing("otlp_grpc: {tls: {colour: red}}"),
        "readers[1].periodic.exporter.otlp_grpc.tls: Additional properties",
    ),
    "a header without a value": (
        pushing("otlp_http: {headers_list: 'secret'}"),
        "otlp_http.headers_list: entry 1 of 1 is not of the form name=value",
    ),
    "an endpoint with its path twice": (
        pushing("otlp_http: {endpoint: 'http://a:1/v1/metrics/v1/metrics'}"),
        "has /v1/metrics twice: leave it out of the base URL",
    ),
    "an attribute without a value": (
        MINIMAL + "resource: {attributes_list: 'a=b,bad'}",
        "resource.attributes_list: 'bad' is not of the form name=value",
    ),
    "a timeout in seconds": (
        pushing("otlp_http: {timeout: 10}"),
        "otlp_http.timeout: 10 milliseconds are too few: give 100 or more",
    ),
    "an endpoint that is no URL": (
        pushing("otlp_http: {endpoint: 'localhost:4318'}"),
        "otlp_http.endpoint: 'localhost:4318' is not a URL such as http://localhost:43",
    ),
    "a port that is none": (
        pushing("otlp_grpc: {endpoint: 'http://localhost:99999'}"),
        "otlp_grpc.endpoint: 'http://localhost:99999' is not a URL such as http://local",
    ),
    "a compression nobody knows": (
        pushing("otlp_http: {compression: zip}"),
        "otlp_http.compression: 'zip' is not one of none, gzip",
    ),
    "a certificate that is not there": (
        pushing("otlp_http: {tls: {ca_file: /none.pem}}"),
        "otlp_http.tls.ca_file: '/none.pem' is not a file",
    ),
    "a client certificate that is no file": (
        pushing("otlp_http: {tls: {cert_file: /dev/null, key_file: /dev/null}}"),
        "otlp_http.tls.cert_file: '/dev/null' is not a file",
    ),
    "TLS and none": (
        pushing("otlp_grpc: {endpoint: 'https://a', tls: {insecure: true}}"),
        "otlp_grpc.tls.insecure: contradicts the https of the endpoint",
    ),
    "a header that can't be sent": (
        pushing("otlp_http: {headers: [{name: k, value: é}]}"),
        "otlp_http.headers: the value of 'k' can't be sent",
    ),
    "delta temporality": (
        pushing("otlp_http: {temporality_preference: delta}"),
        "otlp_http.temporality_preference: has no meaning here: otel_sla pushes cumul",
    ),
    "an encoding of its own": (
        pushing("otlp_http: {encoding: json}"),
        "otlp_http.encoding: has no meaning here",
    ),
    "a producer": (
        pushing("otlp_http: {}", producers="[{opencensus: }]"),
        "readers[1].periodic.producers: has no meaning here",
    ),
    "no meter provider": ('file_format: "1.0"', "needs a reader"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_can_not_be_used_is_refused_by_file_and_key(
    fault: str, write_config: WriteConfig, caplog: pytest.LogCaptureFixture
) -> None:
    text, message = FAULTS[fault]
    file = write_config(text)
    with caplog.at_level(logging.DEBUG):
        said = refusal(file, "prometheus", "otlp")
    assert said.startswith(f"{file}: ")
    assert message in said
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("section", "key"),
    [
        (
            "resource: {attributes: [{name: a, value: foo, type: int}]}",
            "resource.attributes[0].value",
        ),
        ("resource: {detection/development: {detectors: [{nope: }]}}", "resource"),
    ],
)
def test_what_only_building_the_provider_shows_is_a_check_error_too(
    section: str, key: str, write_config: WriteConfig
) -> None:
    file = write_config(MINIMAL + section)
    with override_settings(OTEL_SLA={"ENABLED": None, "CONFIG_FILE": file}):
        (error,) = checks.check_configuration(None)
    assert error.msg.startswith(f"{file}: {key}: ")


def test_a_file_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    said = refusal(tmp_path / "none.yaml")
    assert said.startswith(str(tmp_path / "none.yaml"))
    assert "does not exist: name another" in said


def test_a_site_without_a_file_has_the_one_of_the_package(tmp_path: Path) -> None:
    with override_settings(OTEL_SLA={}, BASE_DIR=tmp_path):
        assert conf.CONFIG_FILE == SHIPPED_CONFIG_FILE
        (tmp_path / "otel-config.yaml").symlink_to(tmp_path / "away")
        assert tmp_path / "otel-config.yaml" == conf.CONFIG_FILE
    assert config.load(SHIPPED_CONFIG_FILE).pull is not None


def test_the_package_s_file_is_that_of_the_repository() -> None:
    assert SHIPPED_CONFIG_FILE.read_bytes() == CONFIG_FILE.read_bytes()


def test_a_directory_is_refused_by_name(tmp_path: Path) -> None:
    assert "can't be read: Is a directory" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("written", "served"),
    [("", True), ("prometheus", True), (" Prometheus ", True), ("none", False)],
)
def test_the_environment_chooses_the_readers(
    written: str, served: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", written)
    assert (config.load(CONFIG_FILE).pull is not None) == served


@pytest.mark.parametrize(
    "written", ["promethus", "prometheus,none", "otlp,none", " , "]
)
def test_an_exporter_that_can_not_be_chosen_is_refused(
    written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", written)
    assert refusal(CONFIG_FILE).startswith("OTEL_METRICS_EXPORTER: ")


OTLP_VARIABLES = {
    "OTEL_METRICS_EXPORTER": "prometheus, otlp",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:1234/",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20x,tenant=a",
    "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
    "OTEL_EXPORTER_OTLP_TIMEOUT": "1500",
    "OTEL_EXPORTER_OTLP_CERTIFICATE": "/dev/../etc/hostname",
    "OTEL_METRIC_EXPORT_INTERVAL": "2500",
    "OTEL_METRIC_EXPORT_TIMEOUT": "20000",
}


@pytest.mark.parametrize(
    ("written", "protocol", "endpoint"),
    [
        ("", "http/protobuf", "http://collector:1234/v1/metrics"),
        ("grpc", "grpc", "http://collector:1234/"),
        (" HTTP/protobuf", "http/protobuf", "http://collector:1234/v1/metrics"),
    ],
)
def test_the_standard_s_variables_say_where_and_how_to_push(
    written: str, protocol: str, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in OTLP_VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", written)
    chosen = config.load(CONFIG_FILE)
    assert chosen.pull is not None
    assert chosen.push is not None
    assert (chosen.push.protocol, chosen.push.endpoint) == (protocol, endpoint)
    assert chosen.push.headers == {"authorization": "Bearer x", "tenant": "a"}
    assert chosen.push.compression == "gzip"
    assert chosen.push.ca_file == "/dev/../etc/hostname"
    times = (chosen.push.interval, chosen.push.reading, chosen.push.timeout)
    assert times == (2.5, 20, 1.5)
    assert chosen.push.max_points == 10_000


@pytest.mark.parametrize(
    ("variable", "written", "said"),
    [
        ("OTEL_METRIC_EXPORT_INTERVAL", "5s", "'5s' is not of type 'integer'"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "60", "too few: give 1000 or more"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "is not a URL such as"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "secret", "entry 1 of 1 is not of the form"),
        ("OTEL_RESOURCE_ATTRIBUTES", "bad", "not of the form name=value"),
    ],
)
def test_a_refusal_names_the_variable_that_has_set_the_value(
    variable: str, written: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, written)
    refused = refusal(CONFIG_FILE, "otlp")
    assert said in refused
    assert refused.endswith(f"(set by {variable})")


def test_a_fault_of_a_reader_that_is_not_chosen_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "nowhere")
    assert config.load(CONFIG_FILE).push is None


OF_ONE_READER = {
    "an interval that is no number": (
        pushing("otlp_http: {}", interval="soon"),
        "interval: 'soon' is not of type",
    ),
    "an unknown key of an exporter": (
        pushing("otlp_http: {colour: red}"),
        "otlp_http: Additional properties",
    ),
    "an unknown key of a reader": (
        pushing("otlp_http: {}", colour="red"),
        "periodic: Additional properties",
    ),
}


@pytest.mark.parametrize("fault", OF_ONE_READER)
def test_a_fault_of_the_schema_in_a_reader_stops_only_those_who_want_that_reader(
    fault: str, write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, message = OF_ONE_READER[fault]
    file = write_config(f"{text}    - periodic: {{exporter: {{otlp_grpc: {{}}}}}}\n")
    config.load(file, ["prometheus"]).check()
    chosen = config.load(file, ["prometheus", "otlp"])
    assert (chosen.pull is not None, chosen.push) == (True, None)
    assert message in str(chosen.push_fault)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    assert config.load(file, ["otlp"]).push is not None


def test_a_fault_of_the_pull_reader_stops_nobody_who_only_pushes(
    write_config: WriteConfig,
) -> None:
    file = write_config(pushing("otlp_http: {}").replace("{}", "{port: none}", 1))
    assert "port: 'none' is not of type" in refusal(file)
    assert config.load(file, ["otlp"]).push is not None


def test_an_empty_endpoint_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    push = config.load(CONFIG_FILE, ["otlp"]).push
    assert push is not None
    assert push.endpoint == "http://localhost:4318/v1/metrics"


def test_without_variables_the_default_collector_is_pushed_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "otlp")
    chosen = config.load(CONFIG_FILE)
    assert chosen.pull is None
    assert chosen.push is not None
    assert chosen.push.endpoint == "http://localhost:4318/v1/metrics"
    assert chosen.push.headers == {}
    times = (chosen.push.interval, chosen.push.reading, chosen.push.timeout)
    assert times == (60, 30, 3)


@pytest.mark.parametrize(
    ("exporter", "protocol", "said"),
    [
        ("otlp", "", "a reader it lacks: periodic: {exporter: {otlp_http: {}}}"),
        ("otlp", "grpc", "an OTLP reader for OTEL_EXPORTER_OTLP_PROTOCOL=grpc"),
        ("otlp", "smtp", "OTEL_EXPORTER_OTLP_PROTOCOL: unknown protocol 'smtp'"),
    ],
)
def test_a_reader_that_is_asked_for_has_to_be_declared(
    exporter: str,
    protocol: str,
    said: str,
    write_config: WriteConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", exporter)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    assert said in refusal(write_config(MINIMAL))


def test_a_variable_that_the_file_does_not_name_is_refused(
    write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://a/v1/metrics")
    assert config.load(CONFIG_FILE).push is None
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "otlp")
    said = refusal(CONFIG_FILE)
    assert said.startswith("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: would be ignored")
    assert said.endswith(
        f"set OTEL_EXPORTER_OTLP_ENDPOINT, or name it in {CONFIG_FILE}"
    )
    named = pushing("otlp_http: {endpoint: '${OTEL_EXPORTER_OTLP_METRICS_ENDPOINT}'}")
    push = config.load(write_config(named)).push
    assert push is not None
    assert push.endpoint == "http://a/v1/metrics"


def test_a_site_that_only_pushes_needs_no_pull_reader(
    write_config: WriteConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_config(
        """\
        file_format: "1.0"
        meter_provider: {readers: [{periodic: {exporter: {otlp_grpc: {}}}}]}
        """
    )
    assert "a reader it lacks: pull:" in refusal(file)
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "otlp")
    assert config.load(file).push is not None


def test_the_file_s_version_is_the_package_s() -> None:
    provider = config.load(CONFIG_FILE).create_provider()
    resource = provider._sdk_config.resource.attributes
    provider.shutdown()
    assert resource["service.version"] == __version__
    assert resource["service.instance.id"] == "otel-sla"


def test_nothing_is_served_where_the_sdk_is_disabled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    active = telemetry.create(config.load(CONFIG_FILE))
    assert active.scrapes is None
    assert "disabled" in active.reason


@pytest.mark.parametrize(
    ("in_file", "variable", "disabled"),
    [
        ("", "", False),
        ("disabled: false", "", False),
        ("disabled: true", "", True),
        ("disabled: true", "false", True),
        ("disabled: false", "true", True),
    ],
)
def test_the_file_disables_the_sdk_as_the_variable_does(
    in_file: str,
    variable: str,
    disabled: bool,
    write_config: WriteConfig,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", variable)
    assert config.load(write_config(MINIMAL + in_file)).disabled is disabled


def test_a_provider_that_is_set_is_used_and_not_replaced(
    provider: MeterProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_another = Mock()
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
    monkeypatch.setattr(metrics, "set_meter_provider", set_another)
    active = telemetry.create(config.load(CONFIG_FILE))
    assert active.provider is provider
    assert active.scrapes is not None
    set_another.assert_not_called()


@pytest.mark.parametrize("added", ["at once", "later"])
def test_a_provider_that_pushes_by_itself_is_given_no_second_pusher(
    added: str, caplog: pytest.LogCaptureFixture
) -> None:
    reader = PeriodicExportingMetricReader(
        ConsoleMetricExporter(out=io.StringIO()), export_interval_millis=math.inf
    )
    if added == "at once":
        provider = MeterProvider([reader], shutdown_on_exit=False)
    else:
        provider = MeterProvider(shutdown_on_exit=False)
        provider.add_metric_reader(reader)
    active = telemetry.install(provider, config.load(CONFIG_FILE, ["otlp"]))
    assert active.pusher is None
    assert "already pushes by itself" in caplog.text
    reader.shutdown()


def test_nothing_is_pushed_beside_a_reader_that_is_added_once_all_is_set_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = MeterProvider(shutdown_on_exit=False)
    active = telemetry.install(provider, config.load(CONFIG_FILE, ["otlp"]))
    assert active.pusher is not None
    assert "pushes by itself" not in caplog.text
    reader = PeriodicExportingMetricReader(
        ConsoleMetricExporter(out=io.StringIO()), export_interval_millis=math.inf
    )
    provider.add_metric_reader(reader)
    running = threading.active_count()
    active.pusher.start()
    assert threading.active_count() == running
    assert caplog.text.count("already pushes by itself") == 1
    reader.shutdown()


def test_a_provider_that_takes_no_reader_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    active = telemetry.install(metrics.NoOpMeterProvider(), config.load(CONFIG_FILE))
    assert active.scrapes is None
    assert "takes no reader" in active.reason


def test_our_own_process_is_a_test_runner_and_sets_up_nothing() -> None:
    assert process_role.under_test_runner()
    assert telemetry.active().provider is None
    assert "tests" in telemetry.active().reason


@pytest.mark.parametrize("enabled", [True, False])
def test_the_setting_overrules_the_guards(enabled: bool) -> None:
    with override_settings(OTEL_SLA={"ENABLED": enabled}):
        assert (process_role.idle_reason() == "") == enabled


@pytest.mark.parametrize(
    ("argv", "idle"),
    [
        (["manage.py", "migrate"], True),
        (["manage.py", "collectstatic", "--noinput"], True),
        (["anything", "check"], True),
        (["manage.py"], True),
        (["manage.py", "runserver"], False),
        (["manage.py", "some_command_of_the_host"], False),
    ],
)
def test_the_command_is_found_whatever_the_script_is_called(
    argv: list[str], idle: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_role, "under_test_runner", lambda: False)
    reasons: list[str] = []

    class Spy(ManagementUtility):
        def fetch_command(self, subcommand: str) -> Any:
            reasons.append(process_role.idle_reason())
            return Mock()

        def main_help_text(self, commands_only: bool = False) -> str:
            reasons.append(process_role.idle_reason())
            return ""

    Spy(argv).execute()
    assert bool(reasons[0]) == idle


def test_outside_a_command_there_is_none() -> None:
    assert process_role.running_command() is None


def test_a_bad_file_stops_a_server_and_is_left_to_the_checks_in_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = {"ENABLED": True, "CONFIG_FILE": tmp_path / "none.yaml"}
    monkeypatch.setattr(telemetry, "_active", telemetry.active())
    with override_settings(OTEL_SLA=missing):
        with pytest.raises(InvalidConfiguration, match="does not exist"):
            telemetry.set_up()
        monkeypatch.setattr(process_role, "running_command", lambda: "runserver")
        telemetry.set_up()
        assert "does not exist" in telemetry.active().reason
        (error,) = checks.check_configuration(None)
        assert isinstance(error, Error)
        assert error.id == "otel_sla.E002"
        assert "none.yaml" in error.msg


def test_the_checks_are_silent_about_a_good_site() -> None:
    assert checks.check_configuration(None) == []
    assert checks.check_settings(None) == []


@pytest.mark.parametrize(
    ("given", "identifier", "said"),
    [
        ({"ENABLE": True}, "otel_sla.W001", "Did you mean ENABLED?"),
        ({"COLOUR": "red"}, "otel_sla.W001", "Known are BASE_TEMPLATE, CONFIG_FILE"),
        ({"MAX_SNAPSHOT_AGE": -1}, "otel_sla.E001", "must be a number of seconds"),
        ({"MAX_SNAPSHOT_AGE": "1h"}, "otel_sla.E001", "0 or more, not '1h'"),
        ({"DIRECT_EXPOSITION": 1}, "otel_sla.E001", "must be True or False, not 1"),
        ({"ENABLED": "yes"}, "otel_sla.E001", "must be None, True or False"),
        ({"CONFIG_FILE": None}, "otel_sla.E001", "must be a path, not None"),
        ({"RUNTIME_DIR": 1}, "otel_sla.E001", "must be a path, not 1"),
        ({"FAN_IN": "no"}, "otel_sla.E001", "must be None, True or False"),
        ("yes", "otel_sla.E001", "must be a dict"),
    ],
)
def test_a_setting_that_is_none_or_has_no_meaning_is_reported(
    given: Any, identifier: str, said: str
) -> None:
    with override_settings(OTEL_SLA=given):
        (message,) = checks.check_settings(None)
        if message.id == "otel_sla.E001":
            assert checks.check_configuration(None) == []
            assert checks.check_workers(None) == []
    assert message.id == identifier
    assert said in f"{message.msg} {message.hint}"


def test_a_site_without_settings_has_the_defaults_that_are_documented() -> None:
    with override_settings(OTEL_SLA={}):
        found = {name: getattr(conf, name) for name in NAMES - {"CONFIG_FILE"}}
    assert found == {
        "BASE_TEMPLATE": None,
        "DATABASE": None,
        "DIRECT_EXPOSITION": True,
        "ENABLED": None,
        "FAN_IN": None,
        "MAX_SNAPSHOT_AGE": 3_600,
        "METRICS_MODULE": "row_metrics",
        "METRICS_TOKENS": (),
        "METRICS_TOKEN_FILE": None,
        "PROMETHEUS": None,
        "PUBLIC_METRICS": False,
        "PUBLIC_REPORTS": False,
        "PUBLIC_STATUS": False,
        "RUNTIME_DIR": None,
        "SELECT": (),
        "SERVICE_WINDOWS": True,
        "SOURCES": None,
    }


def test_a_disabled_app_needs_no_file(tmp_path: Path) -> None:
    absent = {"ENABLED": False, "CONFIG_FILE": tmp_path / "none.yaml"}
    with override_settings(OTEL_SLA=absent):
        assert checks.check_configuration(None) == []


def test_a_site_under_asgi_is_told_what_measures_its_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert checks.check_workers(None) == []
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    (warning,) = checks.check_workers(None)
    assert warning.id == "otel_sla.W004"
    release = version("opentelemetry-instrumentation-django")
    named = f"opentelemetry-instrumentation-asgi=={release}"
    assert warning.hint == f"pip install {named}"


def test_workers_that_can_not_meet_are_warned_of(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with override_settings(OTEL_SLA={"RUNTIME_DIR": tmp_path}):
        (warning,) = checks.check_workers(None)
    assert warning.id == "otel_sla.W003"
    with override_settings(OTEL_SLA={"RUNTIME_DIR": tmp_path, "FAN_IN": False}):
        assert checks.check_workers(None) == []
