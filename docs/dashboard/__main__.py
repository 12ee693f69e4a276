"""Write the Grafana dashboard that comes with the package: python docs/dashboard"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from exporter import ALERTING, EXPORTING
from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from panels import MIN_STEP, SOURCE
from queries import ALL_CLOSED, GREY
from service import BUDGETS, HOURS, NOW, TARGETS

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "otel_sla" / "alerting" / "grafana" / "service-windows.json"
SCHEMA = 39
"""Grafana 10.4's; later ones bring it up to date when they load it."""

ROWS = {
    "Now": NOW,
    "Service hours": HOURS,
    "Availability within service hours": TARGETS,
    "Error budget of the agreement's period": BUDGETS,
    "Alerts": ALERTING,
    "Exporter": EXPORTING,
}
NAMES = "label_values(component:service_window_open:bool, component)"


def text() -> str:
    """Return the dashboard's JSON."""
    document: dict[str, Any] = json.loads(JSONEncoder().encode(_built()))
    # The SDK's annotations can't hold a query of Prometheus.
    document["annotations"] = {"list": [_closed_hours()]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _built() -> models.Dashboard:
    board = (
        dashboard.Dashboard("Service windows")
        .uid("otel-sla-service-windows")
        .description(
            "When components' service windows are open, and their availability within "
            "service hours against the agreed target. Needs the recording rules of "
            "otel_sla."
        )
        .tags(["otel_sla", "sla"])
        .time("now-7d", "now")
        .refresh("1m")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .variables([_source(), _component()])
    )
    for title, panels in ROWS.items():
        board.with_row(dashboard.Row(title))
        for panel in panels:
            board.with_panel(panel)
    built = board.build()
    built.schema_version = SCHEMA
    for number, one in enumerate(built.panels or [], start=1):
        one.id_val = number
    return built


def _source() -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Source").type("prometheus")


def _component() -> dashboard.QueryVariable:
    """All of them are asked for by one pattern, not by a list of every name."""
    variable = dashboard.QueryVariable("component").label("Component")
    variable.datasource(SOURCE).query({"qryType": 1, "query": NAMES, "refId": "names"})
    variable.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
    variable.sort(models.VariableSort.ALPHABETICAL_CASE_INSENSITIVE_ASC)
    every = models.VariableOption(text="All", value="$__all", selected=True)
    return variable.multi(True).include_all(True).all_value(".+").current(every)


def _closed_hours() -> dict[str, Any]:
    return {
        "name": "Closed",
        "datasource": SOURCE.to_json(),
        "enable": True,
        "hide": False,
        "iconColor": GREY,
        "target": {"expr": ALL_CLOSED, "interval": MIN_STEP, "refId": "Anno"},
        "titleFormat": "Closed",
        "textFormat": "No component that is chosen was open.",
    }


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
