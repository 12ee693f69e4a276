"""The panels about the exporter and about the alerts of the rules."""

from __future__ import annotations

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from panels import Row, described, lines, now, numbers, query, selected, states
from queries import (
    DISAGREE,
    ERRORS,
    EXPORTER,
    FIRES,
    FIRING,
    FIRING_FOR,
    SNAPSHOT_AGE,
)

COLUMNS = {
    "alertname": "Alert",
    "component": "Component",
    "instance": "Instance",
    "severity": "Severity",
    "Value": "Firing for",
}

ALERTING: Row = (
    described(
        table.Panel()
        .with_target(now(FIRING_FOR, "").format(PromQueryFormat.TABLE))
        .transformations(selected(COLUMNS))
        .filterable(True)
        .height(10),
        "Alerts that fire now",
        "Alerts of the service-window rules about the chosen components and about the "
        "exporter, without ServiceWindowClosed, which fires whenever a component is "
        "closed.",
        "dtdhms",
        "No alert is firing.",
    ).span(12),
    described(
        states(
            query(
                f"max by (alertname, component) ({FIRING})",
                "{{alertname}} {{component}}",
            ),
            FIRES,
        ),
        "Alerts over time",
        "When they were firing.",
        "none",
        "No alert was firing.",
    ).span(12),
)

EXPORTING: Row = (
    described(
        numbers(
            now("count(service_window_components)", "replicas"),
            now("max(service_window_components)", "components", "B"),
            now(DISAGREE, "disagreements", "C"),
        ).height(8),
        "Exporter",
        "How many replicas are scraped, how many components they report, and for how "
        "many components they don't report the same.",
        "short",
        EXPORTER,
    ).span(12),
    described(
        lines(query(SNAPSHOT_AGE, "{{instance}}")).min(0),
        "Age of the rows",
        "How long ago the rows that a replica reports were read. It grows while the "
        "database can't be read: what is reported is then right for as long as nobody "
        "edits a schedule.",
        "s",
        EXPORTER,
    ).span(12),
    described(
        lines(
            query(
                "sum by (instance, reason) (service_window_rows_dropped)",
                "{{instance}}: {{reason}}",
            )
        ).min(0),
        "Rows left out",
        "Components that are not reported, because what the database holds of them "
        "can't be used. The site's log names them.",
        "short",
        EXPORTER,
    ).span(12),
    described(
        lines(
            query(
                f"sum by (instance, stage) ({ERRORS})",
                "{{instance}}: {{stage}}",
            )
        ).min(0),
        "Failures of collection",
        "Failures in each step: to read the rows in time, to wait for another scrape "
        "that reads them, to collect other instruments, to hear from other workers.",
        "short",
        EXPORTER,
    ).span(12),
)
