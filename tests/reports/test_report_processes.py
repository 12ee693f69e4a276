"""Reports by programs of their own: from a real Prometheus, and once that is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..support.measured_month import Series, written
from ..support.processes import MANAGE, Site, make_site
from ..support.prometheus import backfill, scraping

CATALOGUE = """
schedules:
  office:
    timezone: Europe/London
    rules: [{days: mon-fri, start: "09:00", end: "17:00"}]
agreements:
  gold: {schedule: office, target: 99.9}
components:
  shop: {agreement: gold}
  api: {agreement: gold}
"""
OCTOBER = ("sla_report", "--period", "2025-10", "--format", "json")


def report(site: Site, *arguments: str) -> tuple[int, dict[str, Any], str]:
    ended = site.run(*MANAGE, *OCTOBER, *arguments)
    found = json.loads(ended.stdout) if ended.stdout else {}
    return ended.returncode, found, ended.stderr


def test_a_final_month_outlives_its_prometheus(tmp_path: Path) -> None:
    (tmp_path / "prometheus").mkdir()
    (tmp_path / "site").mkdir()
    series = (
        Series("shop", (("10-07 10:00", "10-07 10:12", "0"),)),
        Series("api", ()),
    )
    backfill(tmp_path / "prometheus", written(series))
    site = make_site(tmp_path / "site").of_any_year()
    site.manage("migrate", "-v0")
    site.manage("load_catalogue", str(site.write("catalogue.yaml", CATALOGUE)))
    options = ("--storage.tsdb.retention.time=100y",)
    with scraping(tmp_path / "prometheus", "", *options) as running:
        site = site.having(DJANGO_PROMETHEUS_URL=running.url)
        status, found, said = report(site)
        assert (status, said) == (
            3,
            "CommandError: 1 of 2 components missed the target.\n",
        )
        assert [one["met"] for one in found["components"]] == [True, False]
        assert found["components"][1]["down_seconds"] == 720
    # Nobody answers any more, and nobody is asked.
    status, again, said = report(site)
    assert status == 3
    assert again["components"] == found["components"]
    # Of other months nothing is known.
    ended = site.run(*MANAGE, "sla_report", "--period", "2025-09")
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"CommandError: {running.url} can't be reached")
    assert ended.stdout == ""
