"""Series that end at once in VictoriaMetrics, and in Prometheus behind vmagent."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from otel_sla.models import Component
from otel_sla.telemetry.otlp.push_cycle import Cycle, Job

from ..support.make import make_component
from ..support.parts import newer, program
from ..support.processes import DEADLINE, until
from ..support.prometheus import Prometheus, scraping
from ..support.victoria import OTLP, victoria, vmagent
from .test_otlp_transport import PUSH
from .test_push_outcomes import SCOPE, SITE

pytestmark = pytest.mark.django_db(transaction=True)


def pusher_to(url: str) -> Cycle:
    push = replace(PUSH, endpoint=f"{url}{OTLP}/v1/metrics", timeout=DEADLINE)
    return Cycle(Job(push, SITE, SCOPE))


def push(cycle: Cycle) -> None:
    """Push as if an interval had passed."""
    cycle._rows_due = 0.0
    cycle.push()
    assert not cycle._job.failing


def expect(
    components: set[str], database: Prometheus, flush: Callable[[], object]
) -> None:
    """Wait until those are the components that a query finds now."""

    def are_shown() -> bool:
        flush()
        found = database.series("service_window_info")
        return {one["component"] for one in found} == components

    until(are_shown, f"the components {components}")


def end_one(cycle: Cycle, database: Prometheus, flush: Callable[[], object]) -> None:
    """Push two components, and then one of them three times."""
    for name in ("stays", "goes"):
        make_component(name)
    push(cycle)
    expect({"stays", "goes"}, database, flush)
    Component.objects.filter(name="goes").delete()
    for _ in range(3):
        push(cycle)
    expect({"stays"}, database, flush)


def test_victoria_metrics_keeps_one_mark_of_the_end(tmp_path: Path) -> None:
    with victoria(tmp_path) as database, closing(pusher_to(database.url)) as cycle:
        end_one(cycle, database, database.flush)
        for component, kept in (("goes", [1, None]), ("stays", [1, 1, 1, 1])):
            series = quote(f'service_window_info{{component="{component}"}}')
            url = f"{database.url}/api/v1/export?match[]={series}"
            with urlopen(url, timeout=DEADLINE) as answer:
                assert json.loads(answer.read())["values"] == kept


@pytest.mark.parametrize("part", [program, newer])
def test_prometheus_behind_vmagent_ends_a_series_at_once(
    part: Callable[[str], str], tmp_path: Path
) -> None:
    receiver = "--web.enable-remote-write-receiver"
    command = part("prometheus")
    with (
        scraping(tmp_path, "", receiver, command=command) as database,
        vmagent(tmp_path, f"{database.url}/api/v1/write") as agent,
        closing(pusher_to(f"http://127.0.0.1:{agent.port}")) as cycle,
    ):
        end_one(cycle, database, lambda: None)
