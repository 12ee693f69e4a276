"""How an exclusion changes the figures of the periods it applies to."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from django.utils.translation import gettext as _

from ..accounting import Excuse, Figures, account, met
from ..language import number
from ..models import Agreement, Component, Exclusion
from ..reports.wording import length, percent, share
from ..schedule import InvalidDefinition
from ..schedule.spans import cut
from .exclusion_cases import (
    Case,
    cases_of,
    components_of,
    excuse,
    is_of,
    others_of,
    seconds,
    spans_in_words,
)
from .measured import Measured, measured

COMPONENTS = 10
"""Components that a preview shows."""


class Change(NamedTuple):
    """A figure without the exclusion and with it, or before and after a change."""

    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of a component in a period."""

    component: str
    period: str
    target: str
    excused: Change
    availability: Change | None = None
    down: Change | None = None
    verdict: Change | None = None


@dataclass(slots=True)
class Effect:
    """What a panel shows."""

    span: str
    utc: str
    taken: str
    lines: list[Line] = field(default_factory=list)
    hidden: int = 0
    problems: list[str] = field(default_factory=list)
    why_not: str = ""
    """Why there are no figures of what was measured, if there are none."""


def effect(before: Exclusion | None, after: Exclusion, moment: int) -> Effect:
    """Return what changes if `before`, the stored one if any, becomes `after`."""
    sides = (before, after)
    chosen = [one for one in sides if one]
    every = components_of(chosen)
    components = every[:COMPONENTS]
    found = Effect(
        *spans_in_words(after),
        _taken(components, after),
        hidden=len(every) - len(components),
    )
    others = others_of(after, components)
    cases = list(cases_of(components, chosen, moment, found.problems))
    spans = [(one.component.name, one.start, one.end) for one in cases]
    known = measured(spans, moment)
    found.why_not = known.why_not
    for case in cases:
        excuses = [excuse(row) for row in others if is_of(row, case.component)]
        both = [
            [*excuses, excuse(one)] if one and is_of(one, case.component) else excuses
            for one in sides
        ]
        found.lines.append(_line(case, known, both, moment))
    return found


def _line(
    case: Case, known: Measured, excuses: Sequence[list[Excuse]], moment: int
) -> Line:
    agreement = case.component.agreement
    spans = case.schedule.spans(case.start, case.end)
    period = case.start * 1000, case.end * 1000
    whole = [account(period, spans, (), one).figures for one in excuses]
    line = Line(
        case.component.name,
        case.title,
        f"{number(f'{agreement.target.normalize():f}')}\u00a0%",
        Change(*(length(one.excused / 1000) for one in whole)),
    )
    evidence = known.components.get(line.component)
    if evidence is None or evidence.until <= case.start:
        return line
    so_far = case.start * 1000, min(case.end, evidence.until) * 1000
    measured_so_far = [
        account(so_far, spans, evidence.not_up, one, evidence.first).figures
        for one in excuses
    ]
    least, ended = known.min_coverage, case.end <= moment
    return replace(
        line,
        availability=Change(
            *(_availability(one, agreement, least) for one in measured_so_far)
        ),
        down=Change(*(length(float(one.down) / 1000) for one in measured_so_far)),
        verdict=Change(
            *(
                _verdict(one, all_of_it, agreement, least, ended=ended)
                for one, all_of_it in zip(measured_so_far, whole, strict=True)
            )
        ),
    )


def _availability(figures: Figures, agreement: Agreement, min_coverage: float) -> str:
    ratio, coverage = figures.availability(agreement.unknown), figures.coverage
    if coverage is None:
        return _("nothing scheduled")
    if ratio is None or coverage < min_coverage:
        measured_share = {"share": share(float(coverage))}
        return _("not enough data: %(share)s measured") % measured_share
    return percent(float(ratio))


def _verdict(
    figures: Figures,
    whole: Figures,
    agreement: Agreement,
    min_coverage: float,
    *,
    ended: bool,
) -> str:
    is_met = met(
        figures,
        agreement.target,
        agreement.unknown,
        min_coverage,
        ended=ended,
        budget=whole.budget(agreement.target),
    )
    if is_met is None:
        return _("not known") if ended else _("not known yet")
    return _("met") if is_met else _("missed")


def _taken(components: Sequence[Component], exclusion: Exclusion) -> str:
    """Return how much service time the exclusion covers, if all have the same."""
    since, until = seconds(exclusion.start), seconds(exclusion.end)
    lengths = set()
    for component in components:
        # cases_of() reports those that can't be evaluated.
        with suppress(InvalidDefinition, ValueError):
            if is_of(exclusion, component):
                spans = cut(component.definition().spans(since, until), since, until)
                lengths.add(sum(closes - opens for opens, closes in spans))
    return length(lengths.pop()) if len(lengths) == 1 else ""
