"""Environment variables: which one wins, what is text, what is refused, by its name."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import override_settings
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.metrics import (
    AlwaysOnExemplarFilter,
    MeterProvider,
    TraceBasedExemplarFilter,
)

from otel_sla import checks, fanin
from otel_sla.conf import SHIPPED_CONFIG_FILE, conf
from otel_sla.telemetry import config, http_server, start
from otel_sla.telemetry.config.substitution import references
from otel_sla.telemetry.errors import InvalidConfiguration

from ..conftest import CONFIG_FILE
from ..support.processes import ROOT

OF_FILE = sorted(set(references(yaml.safe_load(CONFIG_FILE.read_text()))))
OTHERS = (
    "OTEL_METRICS_EXPORTER",
    "OTEL_SDK_DISABLED",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
    "OTEL_EXPORTER_OTLP_INSECURE",
    "OTEL_EXPORTER_PROMETHEUS_PORT",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS",
)
READERS = """
meter_provider:
  readers:
    - pull: {exporter: {prometheus/development: {}}}
    - periodic: {exporter: {otlp_http: {}}}
"""


def resource(path: Path = CONFIG_FILE) -> Mapping[str, Any]:
    """Return the resource without what the SDK says of itself."""
    provider = config.load(path).create_provider()
    attributes = provider._sdk_config.resource.attributes
    provider.shutdown()
    return {
        name: value
        for name, value in attributes.items()
        if not name.startswith("telemetry.sdk.")
    }


def set_variables(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "otel-config.yaml"
    file.write_text(f'file_format: "1.0"\n{text}{READERS}')
    return file


def refusal(path: Path = CONFIG_FILE, *exporters: str) -> str:
    with pytest.raises(InvalidConfiguration) as refused:
        config.load(path, exporters or ("prometheus", "otlp")).check()
    return str(refused.value)


DEFAULTS = {
    "service.name": "otel-sla",
    "service.version": "0.1.0",
    "deployment.environment.name": "production",
    "service.instance.id": "otel-sla",
}
OWN = {
    "service.name": "OTEL_SERVICE_NAME",
    "service.version": "OTEL_SERVICE_VERSION",
    "deployment.environment.name": "DEPLOYMENT_ENVIRONMENT",
    "service.instance.id": "OTEL_SERVICE_INSTANCE_ID",
}


@pytest.mark.parametrize("attribute", OWN)
@pytest.mark.parametrize(
    ("own", "listed", "expected"),
    [
        (None, None, None),
        ("", None, None),
        ("own", None, "own"),
        (None, "listed", "listed"),
        ("", "listed", "listed"),
        (" ", "listed", "listed"),
        ("own", "listed", "own"),
        (None, "", None),
    ],
)
def test_an_attribute_is_of_its_variable_then_of_the_list_then_the_fallback(
    attribute: str,
    own: str | None,
    listed: str | None,
    expected: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if own is not None:
        monkeypatch.setenv(OWN[attribute], own)
    if listed is not None:
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", f"a=b, {attribute} = {listed}")
    more = {} if listed is None else {"a": "b"}
    changed = {attribute: expected} if expected else {}
    assert resource() == {**DEFAULTS, **more, **changed}


def test_what_a_file_says_without_a_variable_overrides_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(
        tmp_path,
        """
resource:
  attributes:
    - {name: service.name, value: fixed}
    - {name: mixed, value: "of-${REGION:-nowhere}"}
    - {name: plain, value: "${PLAIN}"}
  attributes_list: service.name=listed,mixed=listed,plain=listed
""",
    )
    assert resource(file) == {
        "service.name": "fixed",
        "mixed": "of-nowhere",
        "plain": "listed",
    }
    set_variables(monkeypatch, {"REGION": "emea", "PLAIN": "own"})
    assert resource(file)["mixed"] == "of-emea"
    assert resource(file)["plain"] == "own"


LOOKALIKES = (
    "1.10",
    "0123",
    "1_000",
    "12:30",
    "1e3",
    "0x1f",
    "true",
    "no",
    "null",
    "~",
    "2026-11-29",
    "'quoted'",
    '"quoted"',
    "a: b",
    "a #b",
    "[a]",
    "{a",
    "*a",
    "&a",
    "!a",
    "%a",
    "- a",
    "${OTEL_SERVICE_NAME}",
    "$$",
    "line\nline",
    "Überwachung",
)


@pytest.mark.parametrize("text", LOOKALIKES)
def test_text_stays_text_whatever_it_looks_like(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_variables(monkeypatch, dict.fromkeys(OWN.values(), f" {text} "))
    assert resource() == dict.fromkeys(OWN, text)
    # A file of a site's own, whether it quotes the reference or not.
    monkeypatch.setenv("TEXT", text)
    file = written(
        tmp_path,
        """
resource:
  attributes:
    - name: plain
      value: ${TEXT}
    - name: quoted
      value: "${env:TEXT}"
    - {name: typed, value: "${TEXT}", type: string}
    - {name: several, value: ["${TEXT}"]}
""",
    )
    found = resource(file)
    assert [found[name] for name in ("plain", "quoted", "typed")] == [text] * 3
    assert found["several"] == (text,)


@pytest.mark.parametrize(
    ("text", "key"), [("1.10", "headers_list"), ("no", "compression")]
)
def test_other_texts_of_the_file_stay_text_too(
    text: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXT", text)
    file = written(tmp_path, "").read_text()
    reader = (
        f"otlp_http: {{{key}: '${{TEXT}}', headers: [{{name: a, value: '${{TEXT}}'}}]}}"
    )
    own = tmp_path / "own.yaml"
    own.write_text(file.replace("otlp_http: {}", reader).replace("'", '"'))
    refused = refusal(own, "otlp")
    assert f"otlp_http.{key}: " in refused
    assert "is not of type" not in refused
    assert refused.endswith("(set by TEXT)")


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "0123", 123),
        ("int", "-5", -5),
        ("int", "1.5", None),
        ("int", "shop", None),
        ("double", "1e3", 1000.0),
        ("double", "1.10", 1.1),
        ("double", "nan", None),
        ("bool", "TRUE", True),
        ("bool", "false", False),
        ("bool", "no", None),
        ("bool", "1", None),
    ],
)
def test_an_attribute_with_a_type_is_converted_or_refused(
    kind: str,
    text: str,
    value: object,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEXT", text)
    file = written(
        tmp_path,
        f'resource: {{attributes: [{{name: a, value: "${{TEXT}}", type: {kind}}}]}}',
    )
    if value is not None:
        assert resource(file)["a"] == value
        assert type(resource(file)["a"]) is type(value)
        return
    said = f"resource.attributes[0].value: {text!r} is not of type {kind!r}"
    assert refusal(file).endswith(f"{said} (set by TEXT)")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5000", 5.0),
        (" 5000 ", 5.0),
        ("010000", 10.0),
        ("1_000", None),
        ("60:00", None),
        ("0x1388", None),
        ("5s", None),
        ("1e4", None),
        ("true", None),
    ],
)
def test_a_number_is_a_decimal_number_or_refused_by_the_name_of_its_variable(
    text: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", text)
    if seconds is not None:
        push = config.load(CONFIG_FILE, ["otlp"]).push
        assert push is not None
        assert push.interval == seconds
        return
    said = f"{text!r} is not of type 'integer'"
    assert said in refusal()
    assert refusal().endswith("(set by OTEL_METRIC_EXPORT_INTERVAL)")


def loaded() -> tuple[object, ...]:
    chosen = config.load(CONFIG_FILE)
    both = config.load(CONFIG_FILE, ["prometheus", "otlp"])
    provider = both.create_provider()
    attributes = provider._sdk_config.resource.attributes
    provider.shutdown()
    return chosen.pull, chosen.push, both.push, both.disabled, dict(attributes)


@pytest.fixture(scope="module")
def unset() -> tuple[object, ...]:
    return loaded()


@pytest.mark.parametrize("name", [*OF_FILE, *OTHERS])
def test_a_variable_that_is_empty_is_as_good_as_unset(
    name: str, unset: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "")
    assert loaded() == unset


def test_variables_of_spaces_are_as_good_as_unset(
    unset: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    set_variables(monkeypatch, dict.fromkeys([*OF_FILE, *OTHERS], " "))
    assert loaded() == unset


SETTINGS = """
import json
from deploy import settings
print(json.dumps({
    name: repr(value) for name, value in vars(settings).items() if name.isupper()
}))
"""


def test_the_reference_site_takes_an_empty_variable_as_unset() -> None:
    sources = ("sla_site/settings.py", "deploy/settings.py")
    text = "".join((ROOT / source).read_text() for source in sources)
    names = set(re.findall(r'"((?:DJANGO|DATABASE|REPLICA)_\w+)"', text))
    assert len(names) > 10

    def settings(**variables: str) -> Any:
        command = (sys.executable, "-c", SETTINGS)
        done = subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    assert settings(**dict.fromkeys(names, "")) == settings()


@pytest.mark.parametrize("name", ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"])
def test_the_variable_names_the_file_unless_the_setting_does(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sdk.yaml"
    file.write_text("file_format: '1.0'\ntracer_provider: {}\n")
    (tmp_path / "otel-config.yaml").touch()
    with override_settings(OTEL_SLA={}, BASE_DIR=tmp_path):
        monkeypatch.setenv(name, "")
        assert tmp_path / "otel-config.yaml" == conf.CONFIG_FILE
        monkeypatch.setenv(name, str(file))
        assert file == conf.CONFIG_FILE
        (error,) = checks.check_configuration(None)
        assert error.id == "otel_sla.E002"
        assert "tracer_provider: otel_sla sets up metrics only" in error.msg
        assert 'name a file without it in OTEL_SLA["CONFIG_FILE"]' in error.msg
        assert error.msg.endswith(f"({name} names this file)")
    with override_settings(OTEL_SLA={"CONFIG_FILE": SHIPPED_CONFIG_FILE}):
        assert SHIPPED_CONFIG_FILE == conf.CONFIG_FILE
        assert checks.check_configuration(None) == []


def test_the_stable_name_of_the_file_s_variable_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPERIMENTAL_CONFIG_FILE", "old.yaml")
    monkeypatch.setenv("OTEL_CONFIG_FILE", "new.yaml")
    with override_settings(OTEL_SLA={}):
        assert Path("new.yaml") == conf.CONFIG_FILE


OF_METRICS = "OTEL_EXPORTER_OTLP_METRICS"
REFUSED = {
    f"{OF_METRICS}_TEMPORALITY_PREFERENCE=delta": "cumulative values only",
    f"{OF_METRICS}_TEMPORALITY_PREFERENCE=LowMemory": "cumulative values only",
    f"{OF_METRICS}_DEFAULT_HISTOGRAM_AGGREGATION=base2_exponential_bucket_histogram": (
        "histograms with explicit buckets only"
    ),
    f"{OF_METRICS}_ENDPOINT=http://a": "set OTEL_EXPORTER_OTLP_ENDPOINT, or name it in",
    f"{OF_METRICS}_HEADERS=a=b": "set OTEL_EXPORTER_OTLP_HEADERS, or name it in",
    f"{OF_METRICS}_TIMEOUT=1000": "set OTEL_EXPORTER_OTLP_TIMEOUT, or name it in",
    f"{OF_METRICS}_COLOUR=red": "would be ignored: name it in",
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER=a": "headers, named in",
    "OTEL_PYTHON_EXPORTER_OTLP_GRPC_METRICS_CREDENTIAL_PROVIDER=a": "headers, named in",
    "OTEL_EXPORTER_PROMETHEUS_PORT=9464": "Django serves /metrics",
    "OTEL_EXPORTER_PROMETHEUS_HOST=0.0.0.0": "Django serves /metrics",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS=process": "resource.detection/development",
    "OTEL_RESOURCE_DETECTORS=all": "under resource.detection/development in",
    "OTEL_PYTHON_METER_CONFIGURATOR=a": "meter_provider.meter_configurator/development",
    "OTEL_METRICS_EXEMPLAR_FILTER=sometimes": "is not one of",
}


@pytest.mark.parametrize("set_to", REFUSED)
def test_a_variable_about_metrics_that_can_not_be_honoured_is_refused_by_name(
    set_to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, _, value = set_to.partition("=")
    monkeypatch.setenv(name, value)
    said = refusal()
    assert REFUSED[set_to] in said
    assert name in said
    # No hint names a variable that would do nothing either.
    hinted = set(re.findall(r"OTEL_(?!SLA)\w+", said)) - {name}
    assert hinted <= {*OF_FILE, *OTHERS}


ACCEPTED = {
    f"{OF_METRICS}_TEMPORALITY_PREFERENCE": "Cumulative",
    f"{OF_METRICS}_DEFAULT_HISTOGRAM_AGGREGATION": "explicit_bucket_histogram",
    f"{OF_METRICS}_INSECURE": "true",
    "OTEL_EXPORTER_OTLP_INSECURE": "true",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://a",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "otel",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_BSP_SCHEDULE_DELAY": "1",
    "OTEL_ATTRIBUTE_COUNT_LIMIT": "1",
    "OTEL_LOGS_EXPORTER": "otlp",
    "OTEL_METRICS_EXEMPLAR_FILTER": "always_on",
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_variable_that_asks_for_what_is_done_or_for_no_metrics_is_accepted(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, ACCEPTED[name])
    assert config.load(CONFIG_FILE, ["prometheus", "otlp"]).push is not None


def test_a_variable_is_refused_only_where_it_would_matter(
    provider: MeterProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{OF_METRICS}_TEMPORALITY_PREFERENCE", "delta")
    assert config.load(CONFIG_FILE, ["prometheus"]).push is None
    monkeypatch.setenv("OTEL_EXPORTER_PROMETHEUS_PORT", "9464")
    monkeypatch.delenv(f"{OF_METRICS}_TEMPORALITY_PREFERENCE")
    assert config.load(CONFIG_FILE, ["otlp"]).pull is None
    with monkeypatch.context() as patched:
        patched.setenv(f"{OF_METRICS}_TEMPORALITY_PREFERENCE", "delta")
        patched.setenv("OTEL_SDK_DISABLED", "true")
        assert config.load(CONFIG_FILE, ["otlp"]).disabled
    # Whoever has set a provider, as opentelemetry-instrument does, has honoured it.
    monkeypatch.setenv("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "process")
    monkeypatch.setattr(start, "provider_of_others", lambda: provider)
    assert config.load(CONFIG_FILE, ["otlp"]).push is not None


def test_a_hint_names_no_file_that_an_upgrade_replaces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(f"{OF_METRICS}_ENDPOINT", "http://a")
    said = refusal(SHIPPED_CONFIG_FILE)
    assert said.endswith('name it in a file of your own, OTEL_SLA["CONFIG_FILE"]')


def test_a_file_that_names_a_variable_is_not_told_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, "")
    with monkeypatch.context() as patched:
        patched.setenv(f"{OF_METRICS}_ENDPOINT", "http://a")
        # Nor is the general variable, which this file does not name, a remedy.
        assert "would be ignored: name it in" in refusal(file)
    monkeypatch.setenv("OTEL_METRIC_EXPORT_INTERVAL", "5000")
    assert "would be ignored: name it in" in refusal(file)
    # A comment names nothing.
    file.write_text(f"# OTEL_METRIC_EXPORT_INTERVAL\n{file.read_text()}")
    assert "would be ignored: name it in" in refusal(file)
    reference = '"${OTEL_METRIC_EXPORT_INTERVAL}"'
    text = file.read_text().replace(
        "otlp_http: {}}", f"otlp_http: {{}}}}, interval: {reference}"
    )
    file.write_text(text)
    push = config.load(file, ["otlp"]).push
    assert push is not None
    assert push.interval == 5


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", TraceBasedExemplarFilter),
        ("always_on", AlwaysOnExemplarFilter),
        ("Always_ON", AlwaysOnExemplarFilter),
    ],
)
def test_the_filter_of_exemplars_is_the_variable_s(
    text: str, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_METRICS_EXEMPLAR_FILTER", text)
    provider = config.load(CONFIG_FILE).create_provider()
    provider.shutdown()
    assert type(provider._sdk_config.exemplar_filter) is kind


@pytest.mark.parametrize(
    ("text", "disabled", "warns"),
    [
        ("TRUE", True, False),
        ("false", False, False),
        ("", False, False),
        ("1", False, True),
    ],
)
def test_the_sdk_is_disabled_by_true_alone_and_anything_else_is_warned_of(
    text: str,
    disabled: bool,
    warns: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", text)
    with caplog.at_level(logging.WARNING):
        assert config.load(CONFIG_FILE).disabled == disabled
    assert ("OTEL_SDK_DISABLED" in caplog.text) == warns


@pytest.mark.parametrize(
    ("of_django", "of_all", "excluded"),
    [("a", "b", "a"), ("", "b", "b"), (None, "b", "b"), ("", "", None)],
)
def test_an_empty_list_of_excluded_urls_hides_no_other(
    of_django: str | None,
    of_all: str,
    excluded: str | None,
    provider: MeterProvider,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, str] = {}

    def instrument(self: DjangoInstrumentor, **options: Any) -> None:
        given.update(options)

    monkeypatch.setattr(DjangoInstrumentor, "instrument", instrument)
    monkeypatch.setenv("OTEL_SEMCONV_STABILITY_OPT_IN", "")
    if of_django is not None:
        monkeypatch.setenv("OTEL_PYTHON_DJANGO_EXCLUDED_URLS", of_django)
    monkeypatch.setenv("OTEL_PYTHON_EXCLUDED_URLS", of_all)
    http_server.instrument_django(provider)
    parts = [excluded] if excluded else []
    assert given["excluded_urls"] == ",".join([*parts, http_server.POLLED_PATHS])


def test_an_empty_runtime_directory_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    unset = fanin.default_base()
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    assert fanin.default_base() == unset


def test_a_file_that_holds_itself_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "otel-config.yaml"
    file.write_text("&a\nfile_format: '1.0'\nresource: *a\n")
    assert refusal(file).startswith(f"{file}: ")
