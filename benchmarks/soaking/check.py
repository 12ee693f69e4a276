"""Compare what the Prometheus servers have stored with what is true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from .contents import History
from .prometheus import Prometheus
from .scrapes import Candidate, Candidates, Scrape, minutes, stored
from .truth import Truth

FAMILIES = (
    "service_window_last_start_seconds",
    "service_window_last_end_seconds",
    "service_window_next_start_seconds",
    "service_window_next_end_seconds",
    "service_window_in_window",
    "service_window_info",
    "service_window_sla_target_ratio",
)
INFO = FAMILIES.index("service_window_info")


class Expected(NamedTuple):
    """What a component's samples are: the value of each family, None for no sample."""

    labels: dict[str, str]
    described: dict[str, str]
    values: tuple[str | None, ...]


@dataclass
class Supposed:
    """A scrape's samples, supposed that it shows what the candidate says."""

    candidate: Candidate
    expected: dict[str, Expected]
    seen: int = 0
    right: int = 0
    due: int = field(init=False)

    def __post_init__(self) -> None:
        gaps = sum(one.values.count(None) for one in self.expected.values())
        self.due = len(FAMILIES) * len(self.expected) - gaps

    @property
    def faults(self) -> int:
        return self.seen - self.right + self.due - self.right

    def compare(self, family: int, labels: dict[str, str], value: str) -> None:
        self.seen += 1
        one = self.expected.get(labels.get("component", ""))
        if (
            one is not None
            and one.values[family] == value
            and (one.described if family == INFO else one.labels) == labels
        ):
            self.right += 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a scrape compares with the candidate that fits it best.

    `unsure` counts the samples that, seen some other candidate, would be others.
    """

    scrape: Scrape
    samples: int
    wrong: int
    missing: int
    unsure: int
    candidates: int
    candidate: Candidate | None
    components: int

    @property
    def is_right(self) -> bool:
        """Every sample, and the number of components that the scrape tells."""
        counted = self.scrape.components == self.components
        return counted and not self.wrong and not self.missing


class Checker:
    def __init__(self, history: History, truth: Truth, candidates: Candidates) -> None:
        self._history = history
        self._truth = truth
        self._candidates = candidates

    def verdicts(
        self, server: Prometheus, scrapes: list[Scrape], begin: float, end: float
    ) -> Iterator[Verdict]:
        """Compare every sample that the server has stored of the families."""
        for since, until in minutes(begin, end):
            here = {
                one.at: one
                for one in scrapes
                if one.server == server.name and since < one.at <= until and one.is_up
            }
            supposed = {at: self._suppositions(one) for at, one in here.items()}
            counts = dict.fromkeys(here, 0)
            for family, name in enumerate(FAMILIES):
                for metric, values in stored(server, name, since, until):
                    labels = _own(metric)
                    for at, value in values:
                        counts[at] += 1
                        for one in supposed[at]:
                            one.compare(family, labels, value)
            for at, scrape in here.items():
                yield _verdict(scrape, counts[at], supposed[at])

    def explain(self, server: Prometheus, verdict: Verdict) -> Iterator[str]:
        """Yield what is wrong in a scrape, sample by sample."""
        scrape = verdict.scrape
        yield f"{server.name}, {scrape.start:.3f}, by {verdict.candidate}:"
        if verdict.candidate is None:
            yield f"its rows were read at {scrape.read_at}, after it was over"
            return
        expected = self._expected(verdict.candidate)
        if scrape.components != len(expected):
            yield f"{scrape.components} components instead of {len(expected)}"
        for family, name in enumerate(FAMILIES):
            due = {
                component: one.values[family]
                for component, one in expected.items()
                if one.values[family] is not None
            }
            for metric, values in stored(server, name, scrape.at - 1, scrape.at):
                labels = _own(metric)
                one = expected.get(labels["component"])
                right = one and (one.described if family == INFO else one.labels)
                is_due = due.pop(labels["component"], None)
                if labels != right:
                    yield f"{name}{labels} has not the labels {right}"
                elif values[0][1] != is_due:
                    yield f"{name}{labels} is {values[0][1]}, not {is_due}"
            for component, is_due in due.items():
                yield f"{name} of {component} is missing: {is_due}"

    def _suppositions(self, scrape: Scrape) -> list[Supposed]:
        return [
            Supposed(candidate, self._expected(candidate))
            for candidate in self._candidates.of(scrape)
        ]

    def _expected(self, candidate: Candidate) -> dict[str, Expected]:
        catalogue = self._history.after(candidate.edits)
        agreements, schedules = catalogue["agreements"], catalogue["schedules"]
        plain: dict[str, tuple[str | None, ...]] = {}

        def values(agreement: str, own: list[dict[str, str]]) -> tuple[str | None, ...]:
            if own or agreement not in plain:
                promised = agreements[agreement]
                edges = self._truth.edges(schedules[promised["schedule"]], own)
                found = (
                    *edges.at(candidate.moment),
                    "1",
                    _ratio(promised["target"]),
                )
                if own:
                    return found
                plain[agreement] = found
            return plain[agreement]

        expected = {}
        for name, entry in catalogue["components"].items():
            if entry["enabled"]:
                agreement = entry["agreement"]
                schedule = agreements[agreement]["schedule"]
                labels = {**entry["labels"], "component": name}
                described = {
                    **labels,
                    "agreement": agreement,
                    "schedule": schedule,
                    "timezone": schedules[schedule]["timezone"],
                }
                own = values(agreement, entry["overrides"])
                expected[name] = Expected(labels, described, own)
        return expected


def _own(metric: dict[str, str]) -> dict[str, str]:
    """The labels that are not Prometheus's."""
    return {
        name: value
        for name, value in metric.items()
        if name not in ("__name__", "instance", "job")
    }


def _ratio(target: float) -> str:
    return f"{(Decimal(str(target)) / 100).normalize():f}"


def _verdict(scrape: Scrape, samples: int, supposed: list[Supposed]) -> Verdict:
    if not supposed:
        return Verdict(scrape, samples, samples, 0, 0, 0, None, 0)
    best = min(supposed, key=lambda one: one.faults)
    return Verdict(
        scrape,
        samples,
        best.seen - best.right,
        max(0, best.due - best.seen),
        max(one.seen - one.right for one in supposed) if supposed[1:] else 0,
        len(supposed),
        best.candidate,
        len(best.expected),
    )
