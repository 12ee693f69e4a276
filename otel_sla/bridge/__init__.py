"""Turn rows of any model into metric samples for scrapes, OTLP and the SDK.

    from otel_sla.bridge import RowMetrics, attribute, gauge

docs/rows.md describes what an app's `row_metrics.py` declares with these names.
"""

from .declare.counted_rows import count_by
from .declare.declarations import (
    RowMetrics,
    attribute,
    attributes,
    counter,
    gauge,
    up_down_counter,
)
from .declare.functions import Sample, source
from .interface import Read
from .shared_callbacks import shared

__all__ = [
    "Read",
    "RowMetrics",
    "Sample",
    "attribute",
    "attributes",
    "count_by",
    "counter",
    "gauge",
    "shared",
    "source",
    "up_down_counter",
]
