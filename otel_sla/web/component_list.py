"""Components as pages and the API list them: of a snapshot, or disabled."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, Self, TypeVar

from django.utils.translation import gettext_noop as _

from ..database.failures import is_of_the_process
from ..labels import alternatives, has, presentable
from ..language import Sentence
from ..metrics.components import ExposedComponent
from ..metrics.groups import Group
from ..metrics.snapshot import Snapshot
from ..metrics.units import Unit
from ..models import Component
from ..schedule import State
from ..schedule.agreement_period import PERIODS, Budget, budget

SOON = 3_600
"""Seconds before a window opens or closes in which it is `opening` or `closing`."""

STATES = ("open", "closed", "opening", "closing")


class Unusable(Exception):
    """Rows can't be evaluated, until somebody corrects them. str() is a Sentence."""

    def __init__(self, what: str, name: str, why: object) -> None:
        params = {"what": Sentence(what, {}), "name": name, "why": why}
        sentence = _("%(what)s %(name)r can't be evaluated: %(why)s")
        super().__init__(Sentence(sentence, params))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which components are chosen: those that match all that is not empty.

    Each word of `q` is text in the name or in a label's value; one with a colon may be
    a label with its value, too. `label` are pairs such as `team:payments`.
    """

    q: str | None = None
    label: Sequence[str] = ()
    name: str | None = None
    agreement: str | None = None
    schedule: str | None = None
    state: str | None = None


class Promise(NamedTuple):
    """The agreement of a component; the target is None unless it is a percentage."""

    name: str
    target: float | None
    period: str

    @classmethod
    def of(cls, name: str, target: Any, period: str) -> Self:
        try:
            percent = float(target)
        except (TypeError, ValueError):
            return cls(name, None, period)
        # JSON has no infinity.
        return cls(name, percent if 0 < percent <= 100 else None, period)


@dataclass(frozen=True, slots=True)
class Reported:
    """An enabled component of a snapshot, at a moment in Unix seconds.

    Its state is evaluated when it is read, and kept in `states` for all components with
    the same unit. The states that the snapshot keeps for the next scrape stay as they
    are.
    """

    member: ExposedComponent
    group: Group
    moment: int
    states: dict[Unit, State]
    enabled: bool = True

    @property
    def name(self) -> str:
        return self.member.component

    @property
    def labels(self) -> Mapping[str, str]:
        labels = self.member.attributes
        del labels["component"]
        return labels

    @property
    def agreement(self) -> Promise:
        group = self.group
        return Promise.of(group.agreement, group.target, group.period)

    @property
    def schedule(self) -> str:
        return self.group.schedule

    @property
    def timezone(self) -> str:
        return self.group.timezone

    @property
    def state(self) -> State:
        unit = self.group.unit
        try:
            if unit not in self.states:
                self.states[unit] = unit.definition.state(self.moment)
            return self.states[unit]
        except Exception as error:
            if is_of_the_process(error):
                raise
            raise Unusable("component", self.name, error) from error

    def budget_at(self, moment: int) -> Budget | None:
        """Return what its agreement allows in the period of the moment, in Unix
        seconds; None where the agreement's target or period is not valid."""
        period, target = self.group.period, self.agreement.target
        if target is None or period not in PERIODS:
            return None
        exactly = Decimal(self.group.target)
        return budget(period, exactly, moment, self.group.unit.definition)


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """A component that is disabled, and so has no state."""

    row: Component
    enabled: bool = False
    state: None = None

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def labels(self) -> Mapping[str, str]:
        return presentable(self.row.labels)

    @property
    def agreement(self) -> Promise:
        agreement = self.row.agreement
        return Promise.of(agreement.name, agreement.target, agreement.period)

    @property
    def schedule(self) -> str:
        return self.row.agreement.schedule.name

    @property
    def timezone(self) -> str:
        return self.row.agreement.schedule.timezone

    def budget_at(self, moment: int) -> None:
        """Return None: a disabled component is not measured."""


Entry = Reported | SwitchedOff
E = TypeVar("E", bound=Entry)


def reported(snapshot: Snapshot, moment: int) -> Iterator[Reported]:
    """Yield the components of the snapshot, with their states at the moment."""
    states = {}
    if moment == snapshot.moment:
        states = {group.unit: state for group, state, *_rest in snapshot.groups}
    for group, *_rest in snapshot.groups:
        for member in group.members:
            yield Reported(member, group, moment, states)


def switched_off(alias: str) -> Iterator[SwitchedOff]:
    """Yield the disabled components, in one query to that database."""
    rows = Component.objects.using(alias).select_related("agreement__schedule")
    return map(SwitchedOff, rows.filter(enabled=False))


def select(entries: Iterable[E], wanted: Wanted, moment: int) -> list[E]:
    """Return the entries that are wanted at the moment, in Unix seconds, by name."""
    labels = alternatives(wanted.label)
    found = [entry for entry in entries if _matches(entry, wanted, labels, moment)]
    return sorted(found, key=lambda entry: entry.name)


def is_in(state: State, wanted: str, moment: int) -> bool:
    """Return whether the state at the moment, Unix seconds, is that one of STATES."""
    if wanted in ("open", "closed"):
        return state.in_window == (wanted == "open")
    at = state.next_start if wanted == "opening" else state.next_end
    if at is None or state.in_window == (wanted == "opening"):
        return False
    return at - moment <= SOON


def _matches(
    entry: Entry, wanted: Wanted, labels: Sequence[frozenset[str]], moment: int
) -> bool:
    # What takes longest to find out comes last.
    return (
        (not wanted.name or wanted.name == entry.name)
        and (not wanted.agreement or wanted.agreement == entry.agreement.name)
        and (not wanted.schedule or wanted.schedule == entry.schedule)
        and (not labels or has(entry.labels, labels))
        and (not wanted.q or _has_text(entry, wanted.q.casefold()))
        and (
            not wanted.state
            or (entry.state is not None and is_in(entry.state, wanted.state, moment))
        )
    )


def _has_text(entry: Entry, text: str) -> bool:
    name = entry.name.casefold()
    words = [word for word in text.split() if word not in name]
    if not words:
        # Without reading the labels, which takes longer.
        return True
    labels = [(one.casefold(), value.casefold()) for one, value in entry.labels.items()]
    return all(
        any(
            word in (f"{one}:{value}" if ":" in word else value)
            for one, value in labels
        )
        for word in words
    )
