"""Services on a timeline: what Prometheus is told of them, and what is true of them.

The truth is found by counting minutes and adding up windows, not by PromQL.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from functools import cached_property
from itertools import accumulate

from otel_sla.schedule import DAY, Rule, Schedule, from_text
from otel_sla.schedule.agreement_period import ROLLING, bounds
from otel_sla.schedule.notation import parse_weekdays
from otel_sla.schedule.open_time_change import open_time
from otel_sla.schedule.spans import Span

from .promtool import MINUTE, STALE, Run, Value

HOUR = 3600
EDGES = ("last_start", "last_end", "next_start", "next_end")


@dataclass
class Service:
    """A component, its schedule, and its outages. Everything is in Unix seconds.

    `origin` is a midnight in UTC and becomes promtool's 0: promtool knows nothing
    before 1970, so that a real date has to be moved there, by whole days. `down` is
    when it was down; in `unknown` nobody measured it; in `silent` the exporter could
    not be scraped.
    """

    name: str
    schedule: Schedule
    origin: int
    until: int
    target: str = "99.5"
    period: str = "month"
    down: Sequence[Span] = ()
    unknown: Sequence[Span] = ()
    silent: Sequence[Span] = ()
    every: int = MINUTE
    instance: str = "exporter-1"
    labels: dict[str, str] = field(default_factory=dict)

    def tell(self, run: Run) -> Service:
        """Add everything that Prometheus scrapes of it to the run."""
        self.tell_windows(run)
        self.tell_probe(run, "probe-1", self.down)
        return self

    def tell_windows(self, run: Run) -> None:
        """Add what the exporter says, at every scrape."""
        labels = {"component": self.name, "instance": self.instance, **self.labels}
        for name, values in self.told().items():
            samples = [
                self._scraped(*one) for one in zip(self._moments, values, strict=True)
            ]
            if any(value is not None for value in values):
                run.add(f"service_window_{name}", labels, samples)

    def tell_probe(self, run: Run, instance: str, down: Sequence[Span]) -> None:
        """Add a probe that finds it down in those spans."""
        labels = {"component": self.name, "instance": instance}
        values: list[Value] = []
        for moment in self._moments:
            if within(moment, self.unknown):
                gone = not within(moment - MINUTE, self.unknown)
                values.append(STALE if gone else None)
            else:
                values.append(0 if within(moment, down) else 1)
        run.add("probe_success", labels, values)

    def expect(self, run: Run, name: str, moment: int, value: float | None) -> None:
        """Expect a recorded series to have the value then; None for no sample."""
        query = f'{name}{{component="{self.name}"}}'
        run.expect(query, self.at(moment), _found(self.name, value))

    def expect_gate(self, run: Run) -> None:
        """Expect the recorded gate to be right at every minute."""
        labels = {"component": self.name}
        run.add(
            "truth", labels, [int(within(one, self._spans)) for one in self._moments]
        )
        minutes = len(self._moments) - 1
        which = f'{{component="{self.name}"}}'
        gate = f"component:service_window_open:bool{which}"
        right = f"({gate} == bool on (component) truth{which})[{minutes}m30s:1m]"
        found = {self.name: minutes + 1}
        run.expect(f"sum_over_time({right})", self.at(self.until), found)

    def at(self, moment: int) -> int:
        """The moment in promtool's time."""
        return moment - self.origin

    def measured(self, since: int, until: int) -> int:
        """Seconds in which it was open and measured: 60 for each such minute."""
        return MINUTE * self._count(self._measured, since, until)

    def bad(self, since: int, until: int) -> int:
        """Seconds in which it was open, measured, and down."""
        return MINUTE * self._count(self._bad, since, until)

    def scheduled(self, since: int, until: int) -> int:
        """Seconds in which it was to be open."""
        return self._open_until(until) - self._open_until(since)

    def bounds(self, moment: int) -> Span:
        """The period of the moment."""
        return bounds(self.period, moment, self.schedule)

    def budget(self, moment: int) -> float:
        """Seconds of outage that are allowed in the period of the moment."""
        scheduled = open_time(self.schedule, *self.bounds(moment)).seconds
        return float(scheduled * (100 - Decimal(self.target)) / 100)

    @cached_property
    def _moments(self) -> range:
        return range(self.origin, self.until + 1, MINUTE)

    @cached_property
    def _spans(self) -> list[Span]:
        reach = 91 * DAY
        return self.schedule.spans(self.origin - reach, self.until + reach)

    @cached_property
    def _opened(self) -> list[int]:
        """Open seconds before each of the spans, and after the last."""
        return list(accumulate((b - a for a, b in self._spans), initial=0))

    def _open_until(self, moment: int) -> int:
        index = bisect_right(self._spans, moment, key=lambda span: span[0])
        if not index:
            return 0
        opens, closes = self._spans[index - 1]
        return self._opened[index - 1] + min(moment, closes) - opens

    @cached_property
    def _measured(self) -> list[bool]:
        return [
            within(one, self._spans) and not within(one, self.unknown)
            for one in self._moments
        ]

    @cached_property
    def _bad(self) -> list[bool]:
        minutes = zip(self._moments, self._measured, strict=True)
        return [known and within(one, self.down) for one, known in minutes]

    def _count(self, minutes: list[bool], since: int, until: int) -> int:
        first = max(0, -(-(since - self.origin) // MINUTE))
        return sum(minutes[first : -(-(until - self.origin) // MINUTE)])

    def told(self) -> dict[str, list[int | float | None]]:
        """The exporter's values at every minute, moments in promtool's time."""
        told: dict[str, list[int | float | None]] = {
            **{f"{edge}_seconds": [] for edge in EDGES},
            "in_window": [],
            "period_start_seconds": [],
            "period_scheduled_seconds": [],
        }
        state = self.schedule.state(self.origin)
        period = (0, 0)
        for moment in self._moments:
            if not state.holds_at(moment):
                state = self.schedule.state(moment)
            for edge in EDGES:
                at = getattr(state, edge)
                told[f"{edge}_seconds"].append(None if at is None else self.at(at))
            told["in_window"].append(int(state.in_window))
            if self.period in ROLLING or not period[0] <= moment < period[1]:
                period = self.bounds(moment)
            told["period_start_seconds"].append(self.at(period[0]))
            told["period_scheduled_seconds"].append(self.scheduled(*period))
        told["open_time_seconds_total"] = [
            self._open_until(one) for one in self._moments
        ]
        target = float(Decimal(self.target) / 100)
        told["sla_target_ratio"] = [target] * len(self._moments)
        return told

    def _scraped(self, moment: int, value: Value) -> Value:
        """What a scrape at the moment has of a value."""
        if within(moment, self.silent):
            return None if within(moment - MINUTE, self.silent) else STALE
        if (moment - self.origin) % self.every:
            return None
        return value


def opens(
    *hours: tuple[str, str, str], timezone: str = "UTC", holidays: str = ""
) -> Schedule:
    """A schedule of rules such as ("mon-fri", "09:00", "17:00")."""
    rules = (
        Rule(parse_weekdays(days), time.fromisoformat(start), time.fromisoformat(end))
        for days, start, end in hours
    )
    codes = (holidays,) if holidays else ()
    return from_text.schedule(timezone, False, codes, rules, ())


def always(timezone: str = "UTC") -> Schedule:
    """Open 24x7."""
    return from_text.schedule(timezone, True, (), (), ())


def within(moment: int, spans: Sequence[Span]) -> bool:
    """Whether the moment is in one of the spans, ascending, disjoint and half-open."""
    index = bisect_right(spans, moment, key=lambda span: span[0])
    return index > 0 and moment < spans[index - 1][1]


def _found(name: str, value: float | None) -> dict[str, float] | None:
    return None if value is None else {name: value}
