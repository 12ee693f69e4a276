"""What a site's modules declare together, and what becomes of those that fail."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.test import modify_settings

from otel_sla.bridge import RowMetrics, discovery, gauge
from otel_sla.bridge.registry import Registry
from otel_sla.checks import check_row_metrics

from ..shop.models import Order


def declaring(**names: str) -> ModuleType:
    """A module with classes that have an instrument each."""
    module = ModuleType("shop.row_metrics")
    for name, instrument in names.items():
        members = {
            "__module__": module.__name__,
            "queryset": Order.objects.all(),
            "n": gauge(instrument, Count("pk"), help="N."),
        }
        setattr(module, name, type(name, (RowMetrics,), members))
    return module


@pytest.mark.parametrize(
    "taken", ["shop_n", "service_window.next_start", "target.info"]
)
def test_an_instrument_whose_name_in_prometheus_is_taken_is_reported_and_left_out(
    taken: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    module = declaring(First="shop.n", Second=taken, Third="shop.m")
    monkeypatch.setattr(discovery, "_modules", lambda: iter([module]))
    (found,) = check_row_metrics(None)
    assert "shop.row_metrics.Second: The instrument" in found.msg
    assert "has the same name, at least in Prometheus" in found.msg
    sources = Registry()
    discovery.register_all(sources)
    left = [one.source.name.rpartition(".")[2] for one in sources]
    # The windows of service are of the site's own registry.
    assert left == [
        "First",
        *["Second"] * (taken == "service_window.next_start"),
        "Third",
    ]
    assert ("left out of the metrics" in caplog.text) == (left == ["First", "Third"])
    with pytest.raises(CommandError, match="exists already"):
        call_command("show_metrics", "Second", stdout=StringIO())


def test_a_class_is_one_source_whatever_it_is_called_and_in_a_package_too() -> None:
    package = declaring(First="shop.n")
    inner, other = declaring(Inner="shop.m"), declaring(Other="shop.o")
    inner.Inner.__module__ = "shop.row_metrics.inner"
    other.Other.__module__ = "elsewhere.row_metrics"
    vars(package).update(Same=package.First, Inner=inner.Inner, Other=other.Other)
    found = list(discovery.declarations(package))
    assert found == [package.First, inner.Inner]


@pytest.mark.parametrize(
    "code", ["raise SystemExit(3)", "1 / 0", "import no_such_module", "def f(:"]
)
def test_a_module_that_can_t_be_imported_costs_its_own_sources(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "leaving"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "row_metrics.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    with modify_settings(INSTALLED_APPS={"append": ["leaving"]}):
        discovery.register_all(Registry())
        (found,) = check_row_metrics(None)
    assert found.id == "otel_sla.W020"
    assert "leaving.row_metrics: can't be imported" in found.msg
