"""The queries to Prometheus, which mean the same in 2.42, 3.x and VictoriaMetrics.

A range includes both of its ends in Prometheus 2, and only the later since 3.0. Where
that would matter, ranges are a millisecond short of an hour.
"""

from collections.abc import Iterator, Sequence

from ..prometheus.selector import Selector, quoted_for_re2
from ..prometheus.setting import HOUR

SCHEDULED = Selector("component:service_scheduled_seconds:sum1h")
"""What the shipped rules record of each hour, within ten minutes after it."""

INFO = Selector("service_window_info", 'component!=""')
"""How the exporter describes each component."""

MARKED_WITHIN = 600

_MOST_COMPONENTS = 250
_LONGEST = 15_000
"""Of a query in bytes: VictoriaMetrics takes 16 KiB."""
_SELECTORS = 5
"""In the longest query, each with the names of all components."""


def present(selector: str, seconds: int) -> str:
    """Find the series that have samples in a range, with their number."""
    return f"count_over_time({selector}[{seconds}s])"


def not_clean(selector: str, per_hour: int, first: int, last: int) -> str:
    """Find the hours that end at the moments from first to last, both included, and are
    not clean: with the number of samples in them.

    An hour is clean if it has all samples, and each of them is 1. Only series with
    samples in any of these hours are found.
    """
    whole = f"{last - first + HOUR}s"
    hour = "[59m59s999ms]"
    return (
        f"(count_over_time({selector}[1h])"
        f" or count_over_time({selector}[{whole}] @ {last}) * 0)"
        f" unless (sum_over_time({selector}{hour}) == {per_hour}"
        f" and count_over_time({selector}{hour}) == {per_hour}"
        f" and max_over_time({selector}{hour}) == 1)"
    )


def last_seen(selector: str) -> str:
    """Find the moment of each series' last sample.

    Not for many moments at once: for each of them, timestamp() reads every series from
    its beginning in Prometheus 2.42.
    """
    return f"timestamp({selector})"


def samples(selector: str, seconds: int) -> str:
    """Find the raw samples of a range."""
    return f"{selector}[{seconds}s]"


def first_seen(selector: str, days: int) -> str:
    """Find about when each series begins: a day at most after its first sample that is
    not followed by a gap."""
    # Not timestamp(), as in last_seen().
    return f"min_over_time((count_over_time({selector}[5m]) * 0 + time())[{days}d:1d])"


def total(selector: str, seconds: int) -> str:
    """Find the sum of all samples of a range by component, of replicas the largest."""
    return f"max by (component) (sum_over_time({selector}[{seconds}s]))"


def batches(components: Sequence[str], selector: Selector) -> Iterator[list[str]]:
    """Yield the components in parts of which a query can name all."""
    room = _LONGEST // _SELECTORS - len(str(selector).encode()) - 100
    batch: list[str] = []
    length = 0
    for name in components:
        takes = len(quoted_for_re2(name).replace("\\", "\\\\").encode()) + 1
        if batch and (len(batch) == _MOST_COMPONENTS or length + takes > room):
            yield batch
            batch, length = [], 0
        batch.append(name)
        length += takes
    if batch:
        yield batch
