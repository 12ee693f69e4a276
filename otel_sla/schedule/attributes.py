"""What each kind of row can say: its attributes, with their keys, notation and labels.

The catalogue, the API, the admin and what is read from the database follow these
tables. A new attribute of a rule is a field of `Rule`, a line of RULE and a column of
the model. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from . import notation
from .agreement_period import PERIODS
from .errors import InvalidNotation
from .rules import LAST


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of value, and how it is read and written in each place.

    `parse` reads one value of a catalogue and `load` the text of a database's column;
    both raise ValueError. `dump` returns what a catalogue holds, and `store` what a
    model's column holds. `answer` is the type in the API's JSON. `is_set`: the
    catalogue takes a list of values, each of which `parse` makes a set of.
    `must_be_quoted`: the catalogue refuses what YAML does not read as text, such as NO.
    """

    parse: Callable[[str], Any] = str
    dump: Callable[[Any], Any] = _unchanged
    load: Callable[[str], Any] = str
    store: Callable[[Any], Any] = _unchanged
    answer: Any = str
    absent: Any = None
    is_set: bool = False
    must_be_quoted: bool = False


def _dump_nth(nth: int) -> int | str:
    return "last" if nth == LAST else nth


def _dump_percentage(percentage: Decimal) -> int | float:
    text = f"{percentage.normalize():f}"
    return float(text) if "." in text else int(text)


def _parse_period(text: str) -> str:
    if text not in PERIODS:
        raise InvalidNotation("unknown_period", text=text, known=", ".join(PERIODS))
    return text


WEEKDAYS = Kind(
    parse=notation.parse_weekdays,
    dump=notation.format_weekdays,
    load=notation.parse_weekdays,
    store=notation.format_weekdays,
    is_set=True,
)
CLOCK = Kind(notation.parse_clock, notation.format_clock, time.fromisoformat)
END = Kind(notation.parse_end, notation.format_clock, time.fromisoformat)
NUMBER = Kind(notation.parse_number, load=int, answer=int)
NUMBERS = Kind(
    parse=notation.parse_numbers,
    dump=notation.in_order,
    load=notation.parse_numbers,
    store=notation.format_numbers,
    answer=list[int],
    absent=frozenset(),
    is_set=True,
)
MONTHS = replace(NUMBERS, parse=notation.parse_months, load=notation.parse_months)
NTH = Kind(notation.parse_nth, _dump_nth, int, answer=int | Literal["last"])
DATE = Kind(notation.parse_date, load=date.fromisoformat, answer=date)
READING = Kind(notation.parse_reading, notation.format_reading, datetime.fromisoformat)
END_READING = replace(READING, parse=notation.parse_end_of_override)
FLAG = Kind(notation.parse_flag, load=notation.parse_flag, answer=bool, absent=False)
SWITCH = Kind(notation.parse_flag, load=notation.parse_flag, answer=bool, absent=True)
CLOSED_OR_OPEN = Kind(answer=Literal["closed", "open"])
TEXT = Kind(absent="")
CODE = Kind(absent="", must_be_quoted=True)
PERCENTAGE = Kind(dump=_dump_percentage)
PERIOD = Kind(_parse_period)
REFERENCE = Kind()
"""The name of another row."""
LABELS = Kind(absent={})


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that a row can say.

    `name` is that of the model's column and of the field of what is evaluated, `key`
    that in the catalogue and the API. Only required attributes have an `example`.
    `words`, with the value in place of `{}`, say it to people. In forms it is `beside`
    the one before it, on the same line. An internal one is neither evaluated nor shown
    by the API.
    """

    name: str
    kind: Kind
    label: str
    help: str = ""
    key: str = ""
    example: str = ""
    default: Any = None
    words: str = ""
    beside: bool = False
    is_internal: bool = False

    def __post_init__(self) -> None:
        """Take the key and the default from the name and the kind."""
        object.__setattr__(self, "key", self.key or self.name)
        if self.default is None:
            object.__setattr__(self, "default", self.kind.absent)

    @property
    def is_required(self) -> bool:
        """Whether every row gives it."""
        return bool(self.example)

    @property
    def is_nullable(self) -> bool:
        """Whether a row may lack it: NULL then means the default."""
        return not self.is_required and self.default in (None, "")


Table = tuple[Attribute, ...]

RULE: Table = (
    Attribute(
        "weekdays",
        WEEKDAYS,
        "weekdays",
        "mon-fri; sat,sun; daily",
        key="days",
        example="mon-fri",
    ),
    Attribute(
        "start",
        CLOCK,
        "start",
        "Wall clock of the schedule's time zone.",
        example='"09:00"',
    ),
    Attribute(
        "end",
        END,
        "end",
        "Exclusive: the window closes at this time. 24:00 is midnight.",
        example='"17:00"',
        beside=True,
    ),
    Attribute(
        "end_day",
        NUMBER,
        "end day",
        "Days after the start day, 0 to 7. Empty: the next day if the end is not after "
        "the start.",
    ),
    Attribute(
        "kind",
        CLOSED_OR_OPEN,
        "kind",
        "Closed: takes this time away from what other rules, or 24x7, open, also on "
        "holidays.",
        default="open",
    ),
    Attribute("nth", NTH, "nth weekday", "Only the nth such weekday of the month."),
    Attribute(
        "months",
        MONTHS,
        "months",
        "3,6,9,12; dec; nov-feb",
        words="months {}",
        beside=True,
    ),
    Attribute(
        "days_of_month",
        NUMBERS,
        "days of month",
        "1,15; 1-5; -1 is the last day of the month.",
        words="days of month {}",
        beside=True,
    ),
    Attribute(
        "every_weeks",
        NUMBER,
        "every weeks",
        "2 is every second week, counted from the anchor.",
        default=1,
        words="every {} weeks from {rule.anchor}",
    ),
    Attribute(
        "anchor",
        DATE,
        "anchor",
        "Any date of a week in which the rule runs; weeks begin on Monday.",
        key="from",
        beside=True,
    ),
    Attribute("valid_from", DATE, "valid from", "Inclusive.", words="valid from {}"),
    Attribute(
        "valid_to", DATE, "valid to", "Inclusive.", words="valid to {}", beside=True
    ),
    Attribute(
        "on_holidays",
        FLAG,
        "on holidays",
        "Also runs on the schedule's holidays.",
        words="on holidays too",
    ),
)
"""A rule of a schedule."""

OVERRIDE: Table = (
    Attribute(
        "start",
        READING,
        "from",
        "Wall clock of the schedule's time zone.",
        key="from",
        example="2026-12-24T12:00",
    ),
    Attribute(
        "end",
        END_READING,
        "to",
        "Exclusive: the interval ends at this time. The same date in both, without a "
        "time, is the whole day.",
        key="to",
        example="2026-12-24T17:00",
    ),
    Attribute("kind", CLOSED_OR_OPEN, "kind", example="closed"),
    Attribute("reason", TEXT, "reason"),
    Attribute(
        "uid",
        TEXT,
        "uid",
        "Of the calendar event it was imported from.",
        is_internal=True,
    ),
)
"""An override of a schedule or a component."""

SCHEDULE: Table = (
    Attribute(
        "timezone",
        CODE,
        "time zone",
        "IANA name, such as Europe/London.",
        example="Europe/London",
    ),
    Attribute(
        "always_open",
        FLAG,
        "24x7",
        "Open at all times, except where a rule or an override closes it. Holidays "
        "don't apply.",
    ),
    Attribute(
        "holidays",
        CODE,
        "holidays",
        "Country and subdivision, such as GB-ENG, DE-BY or US. Windows that start on a "
        "holiday are cancelled. Empty: none.",
    ),
)
"""A schedule, besides its name, rules and overrides."""

AGREEMENT: Table = (
    Attribute("schedule", REFERENCE, "schedule", example="the name of a schedule"),
    Attribute(
        "target",
        PERCENTAGE,
        "target",
        "Availability within the service window, in percent: 99.9",
        example="99.9",
    ),
    Attribute("period", PERIOD, "period", default="month"),
)
"""An agreement, besides its name."""

COMPONENT: Table = (
    Attribute("agreement", REFERENCE, "agreement", example="the name of an agreement"),
    Attribute(
        "labels",
        LABELS,
        "labels",
        "Labels of every sample of the component. Empty rows don't count.",
    ),
    Attribute("enabled", SWITCH, "enabled", "Only enabled components are reported."),
)
"""A component, besides its name and overrides."""


def columns(table: Table) -> tuple[str, ...]:
    """Return the names of the columns that hold the attributes, in their order."""
    return tuple(one.name for one in table)
