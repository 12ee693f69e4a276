"""Which components a report is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from ..labels import alternatives, has, parse_pair, presentable
from ..language import Phrase
from ..models import Component
from ..models.selections import ALL, selection_in_words
from ..text import legible
from .refusals import ReportRefused, hint

_LISTED = 10


@dataclass(frozen=True, slots=True)
class Selection:
    """Components that match all that is not empty; all components, if nothing is given.

    `label` are pairs such as `team:payments`: different labels must all match, several
    values of one label are alternatives. `component` are names, any of which matches.
    """

    agreement: str | None = None
    label: tuple[str, ...] = ()
    component: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        agreement: str | None = None,
        label: Iterable[str] = (),
        component: Iterable[str] = (),
    ) -> Self:
        """Return the selection without repetitions. Raises InvalidLabels."""
        pairs = sorted(set(map(parse_pair, label)))
        return cls(agreement or None, tuple(pairs), tuple(sorted(set(component))))

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        """Return the selection of a document."""
        return cls.of(given["agreement"], given["label"], given["component"])

    def as_json(self) -> dict[str, Any]:
        """Return the selection as a document has it."""
        return {
            "agreement": self.agreement,
            "label": list(self.label),
            "component": list(self.component),
        }

    def __str__(self) -> str:
        parts = [("agreement", self.agreement)] if self.agreement else []
        parts += [("label", one) for one in self.label]
        parts += [("component", one) for one in self.component]
        said = (f"{kind} {_quoted(name)}" for kind, name in parts)
        return ", ".join(said) or ALL


class Chosen(NamedTuple):
    """The components of a selection by name, and those left out as disabled."""

    components: list[Component]
    disabled: list[str]


def choose(
    every: Sequence[Component], agreements: Sequence[str], selection: Selection
) -> Chosen:
    """Return those of the components that are selected.

    Disabled ones are left out unless they are named. `agreements` are the names of all
    that there are. Raises ReportRefused for unknown names and where nothing is
    selected.
    """
    _check(selection, every, agreements)
    labels = alternatives(selection.label)
    matching = [one for one in every if _matches(one, selection, labels)]
    named = set(selection.component)
    chosen = [one for one in matching if one.enabled or one.name in named]
    disabled = [one.name for one in matching if not (one.enabled or one.name in named)]
    if not chosen:
        if disabled:
            names = ", ".join(map(legible, disabled[:_LISTED]))
            raise ReportRefused("all_disabled", names=names)
        if selection == Selection():
            raise ReportRefused("no_components")
        asked = Phrase(lambda: selection_in_words(str(selection)))
        raise ReportRefused("nothing_selected", selection=asked)
    return Chosen(chosen, disabled)


def _quoted(name: str) -> str:
    """Return the name, in quotes where it could be taken for several."""
    return repr(name) if "," in name else legible(name)


def _matches(
    component: Component, selection: Selection, labels: Sequence[frozenset[str]]
) -> bool:
    return (
        (not selection.component or component.name in selection.component)
        and selection.agreement in (None, component.agreement.name)
        and has(presentable(component.labels), labels)
    )


def _check(
    selection: Selection, every: Sequence[Component], agreements: Sequence[str]
) -> None:
    """Refuse names that nothing has."""
    for name, near in _unknown(selection.component, [one.name for one in every]):
        raise ReportRefused("component_unknown", name=name, hint=near)
    asked = [selection.agreement] if selection.agreement is not None else []
    for name, near in _unknown(asked, agreements):
        raise ReportRefused("agreement_unknown", name=name, hint=near)
    labels = (presentable(one.labels).items() for one in every)
    pairs = {f"{name}:{value}" for some in labels for name, value in some}
    for name, near in _unknown(selection.label, sorted(pairs)):
        raise ReportRefused("label_unknown", name=name, hint=near)


def _unknown(names: Iterable[str], known: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the names that are not known, with what may be meant."""
    some = set(known)
    for name in names:
        if name not in some:
            yield name, hint(name, known)
