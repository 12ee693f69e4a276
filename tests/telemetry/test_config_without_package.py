"""The shipped configuration file, read with and without opentelemetry-configuration."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from opentelemetry.sdk.metrics import MeterProvider

from otel_sla import checks
from otel_sla.conf import SHIPPED_CONFIG_FILE
from otel_sla.telemetry import config
from otel_sla.telemetry.errors import InvalidConfiguration

from ..support.processes import ROOT, make_site

Outcome = Mapping[str, Any]

LISTED = "a=b,service.name=l%20s, service.version = 7,service.instance.id=,x=%C3%A9"
SETTINGS: tuple[Mapping[str, str], ...] = (
    {},
    {"OTEL_SERVICE_NAME": "shop"},
    {"OTEL_SERVICE_NAME": "", "OTEL_RESOURCE_ATTRIBUTES": "service.name=listed"},
    {"OTEL_SERVICE_NAME": "shop", "OTEL_RESOURCE_ATTRIBUTES": "service.name=listed"},
    {"OTEL_RESOURCE_ATTRIBUTES": LISTED},
    {"OTEL_RESOURCE_ATTRIBUTES": f"a=first,{LISTED},,", "DEPLOYMENT_ENVIRONMENT": "q"},
    {"OTEL_RESOURCE_ATTRIBUTES": "telemetry.sdk.name=mine,service.name=%25"},
    {"OTEL_RESOURCE_ATTRIBUTES": "a=b,bad"},
    {"OTEL_RESOURCE_ATTRIBUTES": "=b"},
    {"OTEL_SERVICE_VERSION": "1.10", "OTEL_SERVICE_INSTANCE_ID": "0123"},
    {"OTEL_SERVICE_VERSION": "$$", "OTEL_SERVICE_NAME": "${OTEL_SERVICE_VERSION}"},
    *(
        {"OTEL_METRICS_EXEMPLAR_FILTER": written}
        for written in (
            *("always_on", "always_off", "trace_based", "ALWAYS_ON", " Trace_Based "),
            *("sometimes", "true", ""),
        )
    ),
    *(
        {variable: written}
        for variable in (
            "OTEL_METRIC_EXPORT_INTERVAL",
            "OTEL_METRIC_EXPORT_TIMEOUT",
            "OTEL_EXPORTER_OTLP_TIMEOUT",
        )
        for written in ("5000", "010000", "99", "0", "5s", "1e4", "1_000", "true", "")
    ),
    *(
        {"OTEL_EXPORTER_OTLP_ENDPOINT": written}
        for written in (
            *("http://a:1/", "https://a/b/", "a:1", "http://me:s3cret@a", ""),
            *("http://a/v1/metrics", "http://a:99999"),
        )
    ),
    {"OTEL_EXPORTER_OTLP_HEADERS": "a=1,b=x%20y"},
    {"OTEL_EXPORTER_OTLP_HEADERS": "s3cret"},
    {"OTEL_EXPORTER_OTLP_HEADERS": "a-bin=1"},
    {"OTEL_EXPORTER_OTLP_COMPRESSION": "GZIP"},
    {"OTEL_EXPORTER_OTLP_COMPRESSION": "no"},
    {"OTEL_EXPORTER_OTLP_CERTIFICATE": "/dev/../etc/hostname"},
    {"OTEL_EXPORTER_OTLP_CERTIFICATE": "/none.pem"},
    {"OTEL_EXPORTER_OTLP_CLIENT_KEY": "/etc/hostname"},
    {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
    {"OTEL_EXPORTER_OTLP_PROTOCOL": "GRPC", "OTEL_EXPORTER_OTLP_TIMEOUT": "5s"},
    {"OTEL_EXPORTER_OTLP_METRICS_PROTOCOL": "smtp"},
    {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://a"},
    {"OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta"},
    {"OTEL_EXPORTER_PROMETHEUS_PORT": "9464"},
    {"OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "process"},
    *(
        {"OTEL_METRICS_EXPORTER": written, "OTEL_METRIC_EXPORT_INTERVAL": "5s"}
        for written in ("prometheus", "otlp", "Prometheus, otlp", "none", "console")
    ),
    {"OTEL_SDK_DISABLED": "true", "OTEL_METRIC_EXPORT_INTERVAL": "5s"},
)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The shipped file as a file of the site's own: with another line."""
    file = tmp_path / "own.yaml"
    file.write_text(f"# Ours.\n{SHIPPED_CONFIG_FILE.read_text()}")
    return file


def outcome(path: Path, variables: Mapping[str, str]) -> Outcome:
    """Return all that a file comes to, or why it is refused."""
    exporters = None if "OTEL_METRICS_EXPORTER" in variables else ["prometheus", "otlp"]
    said: dict[str, Any] = {}
    try:
        chosen = config.load(path, exporters)
        said = {
            "disabled": chosen.disabled,
            "pull": chosen.pull,
            "push": chosen.push,
            "push_fault": _refusal(chosen.push_fault, path),
        }
        if not chosen.disabled:
            said |= _provided(chosen.create_provider())
        chosen.check()
    except InvalidConfiguration as error:
        # What the schema refuses at once, the other way finds when it is needed.
        made = said if "exemplars" in said else {}
        said = {**made, "refusal": _refusal(error, path)}
    return said


def _provided(provider: MeterProvider) -> Outcome:
    provider.shutdown()
    made = provider._sdk_config
    return {
        "attributes": list(made.resource.attributes.items()),
        "schema_url": made.resource.schema_url,
        "exemplars": type(made.exemplar_filter),
        "views": list(made.views),
    }


def _refusal(error: Exception | None, path: Path) -> str:
    of_own = 'a file of your own, OTEL_SLA["CONFIG_FILE"]'
    return str(error or "").replace(str(path), "FILE").replace(of_own, "FILE")


@pytest.mark.parametrize(
    "variables", SETTINGS, ids=lambda one: ",".join(f"{k}={v}" for k, v in one.items())
)
def test_the_shipped_file_means_the_same_with_and_without_the_package(
    variables: Mapping[str, str], own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with_package = outcome(own, variables)
    for name in ("jsonschema", *(one for one in sys.modules if _is_of_package(one))):
        monkeypatch.setitem(sys.modules, name, None)
    assert outcome(SHIPPED_CONFIG_FILE, variables) == with_package
    # The copy in the root of the reference site.
    assert outcome(ROOT / SHIPPED_CONFIG_FILE.name, variables) == with_package


def _is_of_package(module: str) -> bool:
    return f"{module}.".startswith("opentelemetry.configuration.")


def test_a_file_of_the_site_s_own_names_what_it_needs(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("opentelemetry.configuration", "opentelemetry.configuration.file"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("OTEL_CONFIG_FILE", str(own))
    with override_settings(OTEL_SLA={}):
        (error,) = checks.check_configuration(None)
    assert error.id == "otel_sla.E002"
    assert error.msg.startswith(f"{own}: a configuration file of the site's own needs ")
    assert "pip install 'otel-sla[config]'" in error.msg
    assert error.msg.endswith("(OTEL_CONFIG_FILE names this file)")


ALONE = """
import sys
for name in ("jsonschema", "opentelemetry.configuration"):
    sys.modules[name] = None
import django
django.setup()
from otel_sla.telemetry.setup import active
print(active().scrapes is not None, active().reason)
"""


def test_a_site_starts_without_the_package(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    done = subprocess.run(
        (sys.executable, "-c", ALONE),
        cwd=ROOT,
        env=site.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("True \n", "")
