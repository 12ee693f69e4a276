"""The entries of a catalogue, read from a file or from the database."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from operator import attrgetter

from ..language import Sentence
from ..schedule import Override, Rule
from ..schedule.attributes import OVERRIDE, columns
from ..schedule.calendars import CalendarDay
from ..schedule.definitions import CalendarSource, Definitions, ScheduleSource
from ..schedule.holidays import UnknownCalendar, check_code
from ..schedule.name_lists import codes_of, is_code, names_of
from ..text import suggestion
from .errors import CatalogueError, Faults, Place

Places = Mapping[tuple[str, str], Place]
_ALL_FIELDS = attrgetter(*columns(OVERRIDE))


def in_order(overrides: Iterable[Override]) -> tuple[Override, ...]:
    """Sort overrides, so that they can be compared: their order means nothing."""
    return tuple(sorted(overrides, key=_ALL_FIELDS))


@dataclass(frozen=True)
class CalendarEntry:
    """One calendar of a catalogue."""

    include: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    days: tuple[CalendarDay, ...] = ()


@dataclass(frozen=True)
class ScheduleEntry:
    """One schedule of a catalogue; holidays are names of calendars and codes."""

    timezone: str
    always_open: bool = False
    holidays: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True)
class AgreementEntry:
    """One agreement of a catalogue; the target in percent."""

    schedule: str
    target: Decimal
    period: str = "month"
    unknown: str = "exclude"


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
    refers to, by kind, each with the first place that does so. `places` are those of
    calendars and schedules, by kind and name: of what their lists name, by the list and
    the name, and of the entry itself, by two empty texts.
    """

    schedules: dict[str, ScheduleEntry] = field(default_factory=dict)
    agreements: dict[str, AgreementEntry] = field(default_factory=dict)
    components: Mapping[str, ComponentEntry] = field(default_factory=dict)
    calendars: dict[str, CalendarEntry] = field(default_factory=dict)
    components_only: bool = False
    borrowed: Mapping[str, Mapping[str, Place]] = field(
        default_factory=dict, compare=False, repr=False
    )
    places: Mapping[tuple[str, str], Places] = field(
        default_factory=dict, compare=False, repr=False
    )

    @cached_property
    def definitions(self) -> Definitions:
        """The calendars and schedules as they are evaluated, by name."""
        return Definitions(
            {
                name: CalendarSource(
                    name,
                    codes_of(one.include),
                    names_of(one.include),
                    one.without,
                    one.days,
                )
                for name, one in self.calendars.items()
            },
            {
                name: ScheduleSource(
                    name,
                    one.timezone,
                    one.always_open,
                    codes_of(one.holidays),
                    names_of(one.holidays),
                    one.includes,
                    one.excludes,
                    one.rules,
                    one.overrides,
                )
                for name, one in self.schedules.items()
            },
        )

    def check_borrowed(self, faults: Faults, /, **known: Collection[str]) -> None:
        """Refuse names that it refers to and that are not among the known, by kind.

        Raises CatalogueError for these and the faults found before.
        """
        for kind, names in known.items():
            for name, place in self.borrowed.get(kind, {}).items():
                if name not in names:
                    own = getattr(self, f"{kind}s")
                    faults.note(_unknown(place, kind, name, (*own, *names)))
        faults.refuse()


def _unknown(
    place: Place, kind: str, name: str, known: Collection[str]
) -> CatalogueError:
    several = [one.strip() for one in name.split(",")]
    if several != [name] and any(one in known or is_code(one) for one in several):
        return place.error("names_in_one_text", names=name)
    noun = Sentence(kind, {})
    if near := suggestion(name, known, "{}"):
        return place.error("unknown_reference_near", kind=noun, name=name, near=near)
    if kind == "calendar":
        try:
            check_code(name)
        except UnknownCalendar as error:
            if error.code != "unknown_country":
                return place.error("refused", reason=error.message)
    return place.error("unknown_reference", kind=noun, name=name)
