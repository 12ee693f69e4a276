"""Write docs/metrics.md from the table of instruments: python docs/metrics.py"""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

HEAD = """\
# Metrics

Written by `python docs/metrics.py` from the instruments of `otel_sla/gauges.py`.

| Prometheus | OpenTelemetry | unit | meaning |
|---|---|---|---|
"""

TAIL = """
Every series of a component carries `component`, its name and the key to join on, and
the component's own labels. `service_window_info` also carries `agreement`, `schedule`
and `timezone`, which win over labels of the same name.

A boundary that does not exist within ten years leaves its sample out: a component that
is open 24x7, or never, has no starts and ends. `service_window_in_window` and
`service_window_info` are there for every enabled component.

In label names a leading digit and every run of characters other than ASCII letters and
digits become an underscore (`a.b` is `a_b`); two names that become the same on one
component are refused. All samples of a family have the same label names in the text,
empty where a component has no such label: to Prometheus an empty label is none.

HTTP server metrics (`http_server_request_duration_seconds`,
`http_server_active_requests`) come from opentelemetry-instrumentation-django, by the
stable semantic conventions; scrapes are not counted. They are those of the worker
process that answers the scrape: with several workers behind one address, `rate()` over
them means nothing. The service-window gauges are the same whichever worker answers.
"""


def page() -> str:
    """Return the page. Needs Django to be set up."""
    from opentelemetry.exporter.prometheus._mapping import map_unit, sanitize_full_name

    from otel_sla.gauges import INSTRUMENTS

    rows = []
    for one in INSTRUMENTS:
        parts = (sanitize_full_name(one.name), map_unit(one.unit))
        shown = "_".join(filter(None, parts))
        rows.append(f"| `{shown}` | `{one.name}` | {one.unit} | {one.description} |\n")
    return HEAD + "".join(rows) + TAIL


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")
    import django

    django.setup()
    (HERE / "metrics.md").write_text(page())
