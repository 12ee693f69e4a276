"""`manage.py show_metrics` names the source of every fault, and where it looks."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from otel_sla.bridge import (
    Read,
    RowMetrics,
    Sample,
    attribute,
    discovery,
    gauge,
    source,
)
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.registry import Registry

from ..bridge.test_registry import Ones
from ..shop.models import Order

show_metrics = "otel_sla.management.commands.show_metrics"

pytestmark = pytest.mark.django_db


class Orders(RowMetrics):
    queryset = Order.objects.all()
    number = attribute("number")
    one = gauge("shop.one", "number", help="One.")


class Again(Orders):
    pass


class Wrong(Orders):
    one = gauge("shop.wrong", "nmber", help="One.")


@pytest.fixture
def sources() -> Registry:
    return Registry()


@pytest.fixture(autouse=True)
def declarations(
    sources: Registry, monkeypatch: pytest.MonkeyPatch
) -> list[type[RowMetrics]]:
    """What the site's apps declare: add to it, and register()."""
    found: list[type[RowMetrics]] = []
    monkeypatch.setattr(discovery, "discovered", lambda: _registered(found, sources))
    monkeypatch.setattr(f"{show_metrics}.registry", sources)
    return found


def _registered(
    found: list[type[RowMetrics]], sources: Registry
) -> list[type[RowMetrics]]:
    for one in found:
        discovery.register(one, sources)
    return found


def shown(*arguments: Any) -> str:
    out = StringIO()
    call_command("show_metrics", *arguments, stdout=out)
    return out.getvalue()


def test_a_source_is_shown_with_its_sql_and_samples(
    declarations: list[type[RowMetrics]],
) -> None:
    Order.objects.create(number=7)
    declarations.append(Orders)
    text = shown("Orders")
    assert "SELECT" in text
    assert '    shop_one{number="7"} 7\n' in text


def test_a_function_is_shown_with_its_samples(declarations: list[Any]) -> None:
    @source
    def things(read: Read) -> list[Sample]:
        return [Sample("shop.things", 7)]

    declarations.append(things)
    text = shown("things")
    assert "  a function\n  1 row, 1 series, " in text
    assert "    shop_things 7\n" in text


def test_the_sources_of_the_site_come_first_and_alone_with_their_sql(
    declarations: list[type[RowMetrics]], sources: Registry
) -> None:
    Order.objects.create(number=7)
    sources.register(LastGood(Ones("windows", required=True, sql="SELECT 1 AS ours")))
    declarations.append(Orders)
    text = shown()
    assert text.index("Orders\n  default: SELECT") < text.index(
        "windows\n  SQL: manage.py show_metrics windows\n  1 row"
    )
    assert "SELECT 1 AS ours" not in text
    assert "SELECT 1 AS ours" in shown("windows")


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (Again, r"Again: The instrument 'shop\.one' .* exists already"),
        (Wrong, r"Wrong\.one: Cannot resolve keyword 'nmber'"),
    ],
)
def test_what_is_wrong_is_said_after_what_is_right(
    declarations: list[type[RowMetrics]], second: type[RowMetrics], message: str
) -> None:
    declarations += [Orders, second]
    out = StringIO()
    with pytest.raises(CommandError, match=message):
        call_command("show_metrics", stdout=out)
    assert "Orders" in out.getvalue()


def test_where_classes_are_looked_for_is_said_if_none_was_found(
    declarations: list[type[RowMetrics]],
) -> None:
    looked = r"in the module row_metrics of each app in INSTALLED_APPS: "
    assert looked in shown()
    declarations.append(Orders)
    with pytest.raises(CommandError, match=f"no source 'Ordrs'.*{looked}"):
        shown("Ordrs")


def test_a_number_of_lines_below_zero_is_refused() -> None:
    with pytest.raises(CommandError, match="--lines must be 0 or more, not -1"):
        call_command("show_metrics", lines=-1)


class Named(RowMetrics):
    queryset = Order.objects.all()
    number = attribute("number")
    values = gauge.named_by("status", "number")


def test_a_name_that_another_source_has_is_left_out_as_in_a_scrape(
    declarations: list[type[RowMetrics]],
) -> None:
    for name in ("shop.one", "two"):
        Order.objects.create(number=7, status=name)
    declarations += [Orders, Named]
    text = shown("Named")
    assert "  1 row, 1 series" in text
    assert "1 row dropped (name)" in text
    assert '    two{number="7"} 7\n' in text
