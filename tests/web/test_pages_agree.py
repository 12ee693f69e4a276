"""What pages and API say equals what /metrics says at the same moment, for every
component of the sample catalogue."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families as parse_text

from otel_sla.telemetry.scrape import Scrapes

from ..support.make import seconds
from ..support.processes import SAMPLE

pytestmark = pytest.mark.django_db

MOMENTS = [
    # 196 in a year, at all times of the day and of the week.
    *range(seconds(2026, 1, 1), seconds(2027, 1, 1), 160_907),
    # A window starts, it ends, and both changes of the clocks.
    seconds(2026, 11, 25, 9),
    seconds(2026, 11, 25, 17),
    seconds(2026, 3, 29, 1),
    seconds(2026, 10, 25, 1),
]
ROW = re.compile(
    r'<th scope="row"><a href="/components/[^"]*">(?P<name>[^<]+)</a></th>\s*'
    r'<td class="answer"><span class="pill is-(?P<state>[a-z]+)">'
    r"<span[^>]*>.</span> [^<]+</span>\s*"
    r'(?:<time datetime="(?P<until>[^"]+)">)?(?P<words>[^<]+)<'
)

Told = dict[str, tuple[bool, int | None]]


@pytest.fixture
def sample() -> None:
    call_command("load_catalogue", str(SAMPLE), verbosity=0)


def by_metrics(client: Client) -> Told:
    """Of every component: whether it is open, and when that changes."""
    samples: dict[str, dict[str, float]] = {}
    for family in parse_text(client.get("/metrics").content.decode()):
        for sample in family.samples:
            if "component" in sample.labels:
                of_one = samples.setdefault(sample.labels["component"], {})
                of_one[sample.name.removeprefix("service_window_")] = sample.value
    told: Told = {}
    for name, values in samples.items():
        is_open = bool(values["in_window"])
        until = values.get("next_end_seconds" if is_open else "next_start_seconds")
        told[name] = is_open, None if until is None else int(until)
    return told


def by_page(client: Client) -> Told:
    text = client.get("/").content.decode()
    told: Told = {}
    for row in ROW.finditer(text):
        is_open = row["state"] in ("open", "closing")
        assert row["words"].startswith("opens") <= (not is_open)
        told[row["name"]] = is_open, _unix(row["until"])
    return told


def by_api(client: Client) -> Told:
    items = client.get("/api/v1/components?limit=1000").json()["items"]
    return {
        item["name"]: (
            item["state"]["in_window"],
            _unix(
                item["state"][
                    "next_end" if item["state"]["in_window"] else "next_start"
                ]
            ),
        )
        for item in items
    }


def _unix(text: str | None) -> int | None:
    return int(datetime.fromisoformat(text).timestamp()) if text else None


@pytest.mark.usefixtures("sample")
def test_status_page_and_api_say_what_the_metrics_say(
    client: Client, scrapes: Scrapes
) -> None:
    for moment in MOMENTS:
        with patch("time.time", lambda now=moment: float(now)):
            metrics = by_metrics(client)
            assert len(metrics) == 63
            assert by_page(client) == metrics, moment
            assert by_api(client) == metrics, moment


@pytest.mark.usefixtures("sample")
def test_component_pages_and_timeline_say_what_the_metrics_say(
    client: Client, scrapes: Scrapes
) -> None:
    for moment in MOMENTS[::50]:
        with patch("time.time", lambda now=moment: float(now)):
            metrics = by_metrics(client)
            cells = _cells_of_today(client, moment)
            for name, (is_open, until) in metrics.items():
                page: Any = client.get(f"/components/{name}").context
                state = page["state"]
                shown = state.next_end if state.in_window else state.next_start
                assert (state.in_window, shown) == (is_open, until)
                assert _covers_now(cells[name]) == is_open, (name, moment)


def _cells_of_today(client: Client, moment: int) -> dict[str, Any]:
    found = {}
    # Today is another day to the west and to the east.
    start = datetime.fromtimestamp(moment - 86_400, UTC).date()
    for part in (1, 2):
        rows: Any = client.get(f"/timeline?start={start}&page={part}").context["rows"]
        for row in rows:
            (found[row["entry"].name],) = [
                cell for cell in row["cells"] if cell.now is not None
            ]
    return found


def _covers_now(cell: Any) -> bool:
    """Whether a bar of the day covers the now-line, within what a picture can show."""
    return any(
        bar.x <= cell.now < bar.x + bar.width for bar in cell.bars if bar.kind == "open"
    )
