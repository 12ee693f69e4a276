"""The entries of a catalogue, read from a file or from the database."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter

from ..schedule import Override, Rule
from ..schedule.attributes import OVERRIDE, columns
from .errors import CatalogueError, Faults

_ALL_FIELDS = attrgetter(*columns(OVERRIDE))


def in_order(overrides: Iterable[Override]) -> tuple[Override, ...]:
    """Sort overrides, so that they can be compared: their order means nothing."""
    return tuple(sorted(overrides, key=_ALL_FIELDS))


@dataclass(frozen=True)
class ScheduleEntry:
    """One schedule of a catalogue."""

    timezone: str
    always_open: bool = False
    holidays: str = ""
    rules: tuple[Rule, ...] = ()
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True)
class AgreementEntry:
    """One agreement of a catalogue; the target in percent."""

    schedule: str
    target: Decimal
    period: str = "month"


@dataclass(frozen=True)
class ComponentEntry:
    """One component of a catalogue."""

    agreement: str
    labels: Mapping[str, str] = field(default_factory=dict)
    enabled: bool = True
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Everything in a catalogue, by name.

    With components_only it has no say over anything else: over no schedule, no
    agreement and no override. That is a CSV file. `borrowed` are names that it only
    refers to, by kind, each with the fault that it is where there is none.
    """

    schedules: dict[str, ScheduleEntry] = field(default_factory=dict)
    agreements: dict[str, AgreementEntry] = field(default_factory=dict)
    components: Mapping[str, ComponentEntry] = field(default_factory=dict)
    components_only: bool = False
    borrowed: Mapping[str, Mapping[str, CatalogueError]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def check_borrowed(self, faults: Faults, /, **known: Container[str]) -> None:
        """Refuse names that it refers to and that are not among the known, by kind.

        Raises CatalogueError for these and the faults found before.
        """
        for kind, names in known.items():
            for name, fault in self.borrowed.get(kind, {}).items():
                if name not in names:
                    faults.note(fault)
        faults.refuse()
