"""Write docs/metrics.md from the table of instruments: python docs/metrics.py"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

HEAD = """\
# Metrics

Written by `python docs/metrics.py` from the instruments of
`otel_sla/metrics/instruments.py` and `otel_sla/bridge/instruments.py`.

| Prometheus | OpenTelemetry | unit | meaning |
|---|---|---|---|
"""

TAIL = """
Every series of a component has the label `component`, its name, which is the key for
joins, and the component's own labels. `service_window_info` also has `agreement`,
`schedule` and `timezone`, which override labels of the same name.

If a boundary does not exist within ten years, its series has no sample: a component
that is open 24x7, or never, has no starts and ends. All other series exist for every
enabled component, except target and period if an agreement was written without
validation and has invalid ones.

The period is that of the agreement: a calendar month or a week, which begins on Monday,
in the schedule's own zone; or the last 7, 30 or 90 days up to the moment.
`service_window_period_scheduled_seconds` covers the whole period, including the rest of
a calendar period, so `(1 - service_window_sla_target_ratio) *
service_window_period_scheduled_seconds` is the downtime that the period allows.

`service_window_open_time_seconds_total` is exact, and the same in every process and
after a restart: between two moments it grows by the seconds in which the window was
open. It is calculated from the present schedule. An edit changes its past as well, so
the counter can decrease, which `rate()` and `increase()` take for a restart from zero:
subtract the value with `offset` instead, or use the rules of
[prometheus.md](prometheus.md), which lose at most an hour of data by an edit.

In label names a leading digit and every run of characters other than ASCII letters and
digits become an underscore (`a.b` is `a_b`); two names that become the same on one
component are refused. Labels with an empty value are left out, which is the same to
Prometheus and OpenMetrics. These names are reserved for Prometheus and this app, and
refused: {reserved}.

| label | metric | values |
|---|---|---|
{values}
The gauges from `service_window.components` on are about the process that answers.
While the database can't be read in time, the last rows are evaluated at the present
moment: `service_window_snapshot_timestamp_seconds` stays the same and
`service_window_collection_errors_total` grows. Rows older than
`OTEL_SLA["MAX_SNAPSHOT_AGE"]` (default: 3600 seconds) are not served: the answer is
503, and Prometheus has `up == 0`. If a row can't be exposed, because it was written
without validation, only its component has no samples; `service_window_rows_dropped`
counts it and the log names it.

An edit is in the next scrape. If it changes so many schedules that their evaluation
takes more than half a second (a calendar that all use, or the zone of all), the rest is
evaluated in the background. Until then scrapes and pushes report the components as
before the edit, with their old agreement and schedule, and a new component when its
schedule is done. `service_window_evaluations_pending` counts the schedules that are not
done; normally it is 0. After 30 seconds, a scrape waits for them, and is answered with
503 when its time is up.

HTTP server metrics (`http_server_request_duration_seconds`,
`http_server_active_requests`) come from opentelemetry-instrumentation-django, with the
stable semantic conventions; scrapes are not counted. These metrics and the process's
counters above are the sum over all workers ([workers.md](workers.md)). The metrics of
components are the same whichever worker answers. Those that begin with
`otel_sla.source` are about [rows of your own models](rows.md).

## Formats

`/metrics` answers in the format that the `Accept` header of the request prefers, by its
weights: OpenMetrics 1.0.0 or Prometheus's text format, 0.0.4 or 1.0.0. A client that
does not ask for one of these, such as a browser or curl, gets text 0.0.4. If
`Accept-Encoding` allows gzip, the answer is compressed.

Names consist of ASCII letters, digits and underscores, so for Prometheus 3 they are the
same with the escapings `underscores` and `allow-utf-8`, which the `Content-Type` of the
answer names. Other escapings, protobuf and OpenMetrics 0.0.1 are not offered: a
Prometheus that asks for nothing else gets text 0.0.4. Prometheus 2.42, Prometheus 3
with each of its `scrape_protocols` and `metric_name_escaping_scheme`s, VictoriaMetrics
and vmagent store the same series.
"""


def page() -> str:
    """Return the page. Needs Django to be set up."""
    from otel_sla.bridge.instruments import SOURCES, of_process
    from otel_sla.bridge.prometheus_names import names
    from otel_sla.bridge.self_metrics import LOSSES, OUTCOMES, STAGES
    from otel_sla.labels import COMPONENT, RESERVED, RESERVED_PREFIXES
    from otel_sla.metrics.components import REASONS
    from otel_sla.metrics.instruments import INSTRUMENTS

    rows = []
    for one in (*INSTRUMENTS, *of_process(counters=True), *SOURCES):
        _, shown = names(one.name, one.unit, one.kind)
        rows.append(f"| `{shown}` | `{one.name}` | {one.unit} | {one.description} |\n")
    reserved = ", ".join(
        [
            *(f"`{one}`" for one in sorted({COMPONENT, *RESERVED})),
            *(f"`{one}...`" for one in RESERVED_PREFIXES),
        ]
    )
    values = "".join(
        f"| `{label}` | `{metric}` | {', '.join(f'`{one}`' for one in found)} |\n"
        for label, metric, found in (
            ("stage", "service_window_collection_errors_total", STAGES),
            ("reason", "service_window_rows_dropped", REASONS),
            ("outcome", "service_window_exports_total", OUTCOMES),
            ("reason", "service_window_export_points_lost_total", LOSSES),
        )
    )
    return HEAD + "".join(rows) + TAIL.format(reserved=reserved, values=values)


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")
    import django

    django.setup()
    (HERE / "metrics.md").write_text(page())
