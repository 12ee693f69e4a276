"""The page for sites that have the collector of 2019 says what is so."""

from __future__ import annotations

import io
import re
import time
from typing import Any

import pytest
from django.core.management import call_command
from django.db.backends.signals import connection_created
from django.test import Client
from django.utils import timezone
from prometheus_client import CollectorRegistry

from otel_sla.alerting.legacy_names import METRICS

from ..support.make import make_component, utc
from ..support.processes import ROOT

PAGE = (ROOT / "docs" / "from-2019.md").read_text()
NEW = re.compile(r"^\| `(\w+)` \| `(\w+)\{component=\"web-shop\"\}` \|$", re.MULTILINE)


def test_the_table_has_every_name_of_2019_and_what_it_is_now() -> None:
    assert NEW.findall(PAGE) == [
        (f"web_shop_service_window_{ending}", name) for ending, name in METRICS.items()
    ]


@pytest.mark.django_db
def test_the_rules_that_the_page_shows_are_printed() -> None:
    make_component(name="web-shop")
    (shown,) = re.findall(r"^```console\n\$ .*\n([^`]*)^```", PAGE, re.MULTILINE)
    out = io.StringIO()
    call_command("prometheus_rules", "--legacy-names", stdout=out)
    assert out.getvalue() == shown


@pytest.mark.django_db
@pytest.mark.usefixtures("scrapes")
def test_the_old_collector_still_runs_and_agrees(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = utc(2026, 11, 25, 12)
    monkeypatch.setattr(time, "time", moment.timestamp)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    make_component(name="web-shop", labels={"team": "payments"})
    old, *_ = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    written: dict[str, Any] = {}
    exec(old, written)  # noqa: S102 the page's own code
    connection_created.disconnect(dispatch_uid="service windows")
    registry = CollectorRegistry()
    registry.register(written["ServiceWindows"]())
    now = client.get("/metrics").content.decode()
    for ending, name in METRICS.items():
        then = registry.get_sample_value(
            f"web_shop_service_window_{ending}", {"team": "payments"}
        )
        (value,) = re.findall(rf'^{name}{{component="web-shop".*}} (.+)$', now, re.M)
        assert then == float(value), ending
