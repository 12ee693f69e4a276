"""Releases of OpenTelemetry's packages that don't fit together, or were not tried."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from opentelemetry.sdk.resources import Resource

from otel_sla import checks
from otel_sla.telemetry import sdk_probe, versions

from ..support.processes import ROOT

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Says that a release is installed, in place of the one that is."""
    monkeypatch.syspath_prepend(tmp_path)

    def say(name: str, version: str, *needs: str) -> None:
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        lines = [f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {one}" for one in needs]
        (folder / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines]))

    return say


API, SDK = "opentelemetry-api", "opentelemetry-sdk"
ENCODER = "opentelemetry-exporter-otlp-proto-common"


def test_what_is_installed_here_fits_together_and_was_tried() -> None:
    assert versions.conflicts() == []
    assert not versions.untried()
    assert len(checks.check_releases(None)) == versions.folds_series()


@pytest.mark.parametrize(
    ("name", "version", "needs", "conflict"),
    [
        (SDK, "1.99.0", [f"{API}==1.99.0"], f"{SDK} 1.99.0 needs {API}==1.99.0, but "),
        ("otel-sla", "9", [f"{SDK}>=99"], f"otel-sla 9 needs {SDK}>=99, but 1.4"),
        ("opentelemetry-x", "1", ["opentelemetry-y"], "y, but none is installed"),
        ("OpenTelemetry_X", "1", ["OpenTelemetry.Y>3"], "y>3, but none is installed"),
        ("opentelemetry-x", "1", [f"{API}>=1.99b0"], "api>=1.99b0, but 1.4"),
        # It requires no SDK, and can't be imported beside that of another release.
        (ENCODER, "1.99.3", [], f"{ENCODER} 1.99.3 needs {SDK}==1.99.*, but 1.4"),
    ],
)
def test_the_package_that_finds_another_release_than_it_needs_is_named(
    name: str, version: str, needs: list[str], conflict: str, install: Install
) -> None:
    install(name, version, *needs)
    assert conflict in "; ".join(versions.conflicts())
    (error,) = (one for one in checks.check_releases(None) if one.id == "otel_sla.E005")
    assert conflict in error.msg
    hint = str(error.hint)
    assert "pip install --upgrade opentelemetry-api opentelemetry-" in hint
    assert hint.endswith(" && pip check")


@pytest.mark.parametrize(
    "needs",
    [
        [f"{API}~=1.12"],
        ["opentelemetry-semantic-conventions>=0.1"],  # with a pre-release
        ["opentelemetry-y; extra == 'y'"],
        ["opentelemetry-y; python_version < '3'"],
        ["requests==0.0"],
    ],
)
def test_what_is_there_or_is_not_needed_is_no_conflict(
    needs: list[str], install: Install
) -> None:
    install("opentelemetry-x", "1", *needs)
    assert versions.conflicts() == []


@pytest.mark.parametrize("name", sorted(versions.NEWEST_TRIED))
def test_a_release_that_is_newer_than_what_was_tried_is_named(
    name: str, install: Install
) -> None:
    tried = versions.NEWEST_TRIED[name]
    install(name, f"{tried}.post1")
    found = {one.msg: one for one in checks.check_releases(None)}
    warning = found[f"otel_sla has not been tried with {name} {tried}.post1."]
    assert warning.id == "otel_sla.W014"
    assert f" {name}=={tried} " in str(warning.hint)


def test_releases_that_fold_series_are_named(install: Install) -> None:
    install(SDK, "1.45.1")
    found = [one for one in checks.check_releases(None) if one.id == "otel_sla.W014"]
    assert [one.msg[:24] for one in found] == [f"{SDK} 1.45.1"]


def test_a_stock_reader_of_another_shape_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sdk_probe, "translating_fault", lambda: "It is changed")
    *_, warning = checks.check_releases(None)
    assert warning.id == "otel_sla.W014"
    assert warning.msg.startswith(
        "It is changed: OpenTelemetry's own Prometheus reader"
    )
    # What is not wanted can't be wrong.
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert warning not in checks.check_releases(None)


def theirs() -> None:
    raise ImportError("no name 'X'", name="opentelemetry.util.types")


def anothers() -> None:
    raise ImportError("no name 'X'", name="shop")


def raised_by_theirs() -> None:
    Resource(3)  # type: ignore[arg-type]


def refused() -> None:
    raise ImproperlyConfigured("the file is empty")


@pytest.mark.parametrize(
    ("installed", "fails", "raised", "said"),
    [
        (
            (SDK, f"{API}==1.98"),
            theirs,
            ImproperlyConfigured,
            f"{SDK} 1.98 needs {API}",
        ),
        ((SDK, f"{API}==1.98"), raised_by_theirs, ImproperlyConfigured, "1.98 needs"),
        (
            ("prometheus-client",),
            theirs,
            ImproperlyConfigured,
            "1.98 was not tried. In",
        ),
        # Nothing tells that it is for the releases.
        (("opentelemetry-x",), theirs, ImportError, "no name 'X'"),
        ((SDK, f"{API}==1.98"), anothers, ImportError, "no name 'X'"),
        ((SDK, f"{API}==1.98"), refused, ImproperlyConfigured, "the file is empty"),
    ],
)
def test_a_failure_of_their_packages_is_explained_by_their_releases(
    installed: tuple[str, ...],
    fails: Callable[[], None],
    raised: type[Exception],
    said: str,
    install: Install,
) -> None:
    name, *needs = installed
    install(name, "1.98", *needs)
    with pytest.raises(raised, match=said), versions.explaining_failures():
        fails()


BROKEN = """
import sys
sys.path.insert(0, sys.argv[1])
import opentelemetry.metrics, opentelemetry.trace, opentelemetry.util.types
del opentelemetry.util.types.Attributes
from django.core.wsgi import get_wsgi_application
get_wsgi_application()
"""


def test_a_site_that_can_t_import_them_ends_with_what_there_is_to_do(
    install: Install, tmp_path: Path
) -> None:
    install(SDK, "1.98", f"{API}==1.98")
    done = subprocess.run(
        [sys.executable, "-c", BROKEN, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            "DJANGO_DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "sla_site.settings",
            "PYTHONPATH": str(ROOT),
        },
    )
    last = done.stderr.rstrip().splitlines()[-1]
    assert done.returncode == 1
    assert last.startswith("django.core.exceptions.ImproperlyConfigured: OpenTelemetry")
    assert "cannot import name 'Attributes'" in last
    assert f"{SDK} 1.98 needs {API}==1.98, but 1.4" in last
    assert last.endswith(" && pip check")
