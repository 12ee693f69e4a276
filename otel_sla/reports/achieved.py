"""What components have achieved so far in the running periods of their agreements.

For lists: from the series that the shipped rules record, by one instant query for all
components. It is asked in the background and kept, so that no page waits for it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol, runtime_checkable

from django.core.exceptions import ImproperlyConfigured

from ..accounting import period_of
from . import making
from .background import Failed, Pending, Progress, background
from .refusals import ReportRefused
from .selection import Selection
from .source import NotMeasured, configured

KEEP = 60
"""Seconds for which the answer counts as new."""

_UP = "component:service_up_seconds:sum_period"
_MEASURED = "component:service_measured_seconds:sum_period"
_SCHEDULED = "component:service_scheduled_seconds:sum_period"
_BUDGET = "component:service_error_budget:seconds"
_LEFT = "component:service_error_budget_remaining:seconds"
_RECORDED = "|".join((_UP, _MEASURED, _SCHEDULED, _BUDGET, _LEFT))
QUERY = f'{{__name__=~"{_RECORDED}",component!=""}}'


@runtime_checkable
class Asked(Protocol):
    """A source that answers queries. One of made-up samples has recorded nothing."""

    def instant(self, query: str, moment: int) -> list[tuple[Mapping[str, str], float]]:
        """Return the labels and the value of each series. Raises NotMeasured."""


class Achieved(NamedTuple):
    """What a component has achieved so far: ratios, and seconds of its budget.

    `availability` is None where nothing was measured, `coverage` where nothing was
    scheduled, the others where the rules have not recorded them.
    """

    availability: float | None
    coverage: float | None
    budget: float | None
    left: float | None


Found = Mapping[str, Achieved]


def achieved(moment: int) -> Found | Pending | Failed:
    """Return what is known by the names of components, without waiting for it.

    Empty without a source. The moment is in Unix seconds.
    """
    try:
        source = configured()
        if source is None:
            return {}
        if not isinstance(source, Asked):
            return _by_accounting(moment)
    except (NotMeasured, ReportRefused, ImproperlyConfigured) as error:
        return Failed(str(error), moment)

    asked: Asked = source

    def work(progress: Progress) -> Found:
        return _recorded(asked, moment)

    return background.ask(("achieved", source.digest), work, KEEP)


def _recorded(source: Asked, moment: int) -> Found:
    """Ask for what the rules have recorded. Raises NotMeasured."""
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for labels, value in source.instant(QUERY, moment):
        if math.isfinite(value):
            values[labels["component"]][labels["__name__"]] = value
    return {name: _of(recorded) for name, recorded in values.items()}


def _of(recorded: Mapping[str, float]) -> Achieved:
    up, measured = recorded.get(_UP), recorded.get(_MEASURED)
    scheduled = recorded.get(_SCHEDULED)
    return Achieved(
        up / measured if up is not None and measured else None,
        min(1.0, (measured or 0) / scheduled) if scheduled else None,
        recorded.get(_BUDGET),
        recorded.get(_LEFT),
    )


def _by_accounting(moment: int) -> Found | Pending | Failed:
    """Return what the report of the running month says of the running periods."""
    month = period_of("month", datetime.fromtimestamp(moment, UTC).date())

    def work(progress: Progress) -> Found:
        document = making.make(month, Selection(), moment)
        return {
            one["component"]: _judged(one["judged"][-1])
            for one in document["components"]
            if one["judged"]
        }

    return background.ask(("achieved", month.text), work, KEEP)


def _judged(one: Mapping[str, Any]) -> Achieved:
    budget, down = one["budget_seconds"], one["down_seconds"]
    return Achieved(one["availability"], one["coverage"], budget, budget - down)
