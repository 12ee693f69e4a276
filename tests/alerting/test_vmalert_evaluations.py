"""The rules for vmalert, evaluated by vmalert over a VictoriaMetrics.

vmalert-tool shows a group the results of the one before it, and a replay of a span
shows a rule the results of all before it. So each evaluation is a replay of its own,
whose results are written when it is over: none finds what it records itself, and the
sums are made before the samples of the same minute are there, the worst of all phases.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from otel_sla.schedule import DAY
from otel_sla.schedule.spans import to_unix

from ..support.parts import newer
from ..support.processes import until
from ..support.promtool import MINUTE, Run, Value, shipped
from ..support.rule_cases import HOUR, Service, always
from ..support.victoria import Samples, Victoria, victoria

SECONDS = "component:service_{}_seconds:sum_period"


class Dated(Service):
    """A service in Unix time: VictoriaMetrics finds nothing in January 1970."""

    def at(self, moment: int) -> int:
        return moment


@dataclass
class Told(Run):
    """Samples for a VictoriaMetrics, a minute apart."""

    origin: int = 0
    samples: list[Samples] = field(default_factory=list)

    def add(self, name: str, labels: dict[str, str], values: Sequence[Value]) -> None:
        at: dict[float, float] = {
            self.origin + minute * MINUTE: float(value)
            for minute, value in enumerate(values)
            if isinstance(value, int | float)
        }
        self.samples.append(Samples({"__name__": name, **labels}, at))


def evaluate(group: str, at: int, database: Victoria, directory: Path) -> None:
    """Have vmalert evaluate a group at the moment, and then write the results."""
    rules = directory / f"{group}.rules.yml"
    if not rules.exists():
        groups = [{"name": group, "interval": "1m", "rules": shipped(True)[group]}]
        rules.write_text(yaml.safe_dump({"groups": groups}, width=1_000_000))
    since, until = (
        datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for moment in (at, at + MINUTE - 1)
    )
    done = subprocess.run(
        [
            *(newer("vmalert"), f"-rule={rules}", "-loggerLevel=WARN"),
            *(f"-datasource.url={database.url}", f"-remoteWrite.url={database.url}"),
            *(f"-replay.timeFrom={since}", f"-replay.timeTo={until}"),
            *("-replay.rulesDelay=0s", "-replay.disableProgressBar"),
            *("-remoteWrite.flushInterval=1h", "-httpListenAddr="),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    database.flush()


def value(database: Victoria, query: str, at: int) -> float | None:
    found = database.at(query, at)
    return float(found[0]["value"][1]) if found else None


def test_sums_over_a_period_are_those_of_prometheus_up_to_the_evaluation_before(
    tmp_path: Path,
) -> None:
    """The end of a week in Kathmandu, at a quarter past: an hour, then the next week's
    first. It is down around midnight."""
    schedule = always("Asia/Kathmandu")
    midnight = to_unix(date(2026, 2, 16).toordinal() * DAY, schedule.zone)
    origin, end = midnight - 75 * MINUTE, midnight + 62 * MINUTE
    down = [(midnight - 5 * MINUTE, midnight + 3 * MINUTE)]
    one = Dated("shop", schedule, origin, end, period="week", down=down)
    told = Told(origin=origin)
    one.tell(told)
    # From when to which mark the sums go that are made at a moment.
    asked = {
        midnight: (origin, midnight - HOUR),
        midnight + 1 * MINUTE: (origin, midnight),
        midnight + HOUR: (origin, midnight),
        midnight + HOUR + 1 * MINUTE: (midnight, midnight + HOUR),
    }
    with victoria(tmp_path) as database:
        database.add(told.samples)
        until(lambda: value(database, "probe_success", origin) == 1, "the samples")
        for moment in range(origin, end, MINUTE):
            if moment in asked:
                evaluate("service_window_slo", moment, database, tmp_path)
            evaluate("service_window", moment, database, tmp_path)
        for at, (since, mark) in asked.items():
            bad, measured = one.bad(since, mark), one.measured(since, mark)
            assert value(database, SECONDS.format("measured"), at) == measured
            assert value(database, SECONDS.format("bad"), at) == bad
            assert value(database, SECONDS.format("scheduled"), at) == one.scheduled(
                since, mark
            )
            left = value(
                database, "component:service_error_budget_remaining:seconds", at
            )
            assert left is not None
            assert round(left, 6) == round(one.budget(mark - 1) - bad, 6)
        marks = "count_over_time(component:service_mark:seconds[3h])"
        assert value(database, marks, end) == 3
