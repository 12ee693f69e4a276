"""What a MeterProvider keeps privately: resource, readers, instruments and counts.

If a release of the SDK keeps them elsewhere, the log says so, and what is likely is
assumed.
"""

from collections.abc import Hashable
from functools import cache
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    MetricReader,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource

from ..bridge.instrument_names import taken_by
from ..logs import get_logger
from .versions import installed

logger = get_logger(__name__)


def resource_of(provider: MeterProvider) -> Resource:
    """Return the provider's resource, or that of the environment if it is hidden."""
    try:
        found = provider._sdk_config.resource
    except AttributeError:
        found = None
    if isinstance(found, Resource):
        return found
    default = Resource.create()
    _warn(
        "the resource of the MeterProvider that was set already is not where it was "
        "in earlier releases: target_info and OTLP pushes use that of the environment "
        f"(service.name={default.attributes.get('service.name')})"
    )
    return default


def pushes_by_itself(provider: MeterProvider) -> bool:
    """Return whether a reader of the host's pushes everything, and log it."""
    try:
        # Not _metric_readers: one that was added later is here alone. A copy, because
        # another thread may be adding one.
        readers = [*provider._measurement_consumer._reader_storages]
    except (AttributeError, TypeError):
        _warn(
            "the readers of the MeterProvider are not where they were in earlier "
            "releases: if one of the site's pushes by OTLP, every row is pushed twice, "
            "unless OTEL_METRICS_EXPORTER leaves out otlp"
        )
        return False
    if not any(isinstance(one, PeriodicExportingMetricReader) for one in readers):
        return False
    logger.warning(
        "the MeterProvider that was set already pushes by itself: otel_sla pushes "
        "nothing, and every worker of the site pushes every row"
    )
    return True


def names_of_others(provider: Any, own: str) -> frozenset[Hashable]:
    """Return taken_by() of the instruments of all meters but those named `own`."""
    try:
        # Copies, because another thread may be creating one.
        meters = [one for one in [*provider._meters.values()] if one.name != own]
        found = [
            one
            for meter in meters
            for one in [*meter._instrument_id_instrument.values()]
        ]
    except AttributeError:
        _warn(
            "the instruments of a MeterProvider are not where they were in earlier "
            "releases: rows must not name gauges as instruments of the site are named"
        )
        return frozenset()
    return frozenset().union(
        *(
            taken_by(one.name, one.unit or "", kind)
            for one in found
            for kind in ("gauge", "counter")
        )
    )


def counted(provider: MeterProvider, reader: MetricReader) -> MetricsData | None:
    """Return what the provider's synchronous instruments have for the reader.

    No callback is called. Don't call it while the reader collects, which would then
    lack what callbacks have observed. sdk_probe.py finds out whether it works.
    """
    found: MetricsData | None
    found = provider._measurement_consumer._reader_storages[reader].collect()
    return found


@cache
def _warn(text: str) -> None:
    """Log it once a process, because the functions above are called repeatedly."""
    logger.warning("opentelemetry-sdk %s: %s", installed("opentelemetry-sdk"), text)
