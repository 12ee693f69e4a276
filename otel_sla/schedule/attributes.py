"""What each kind of row can say: its attributes, with their keys, notation and labels.

The catalogue, the API, the admin and what is read from the database follow these
tables. A new attribute of a rule is a field of `Rule`, a line of RULE and a column of
the model. Pure.
"""

from dataclasses import dataclass
from typing import Any

from .kinds import (
    CALENDARS,
    CLOCK,
    CLOSED_OR_OPEN,
    CODE,
    DATE,
    END,
    END_READING,
    FLAG,
    LABELS,
    MOMENT,
    MONTHS,
    NTH,
    NUMBER,
    NUMBERS,
    PERCENTAGE,
    PERIOD,
    READING,
    REFERENCE,
    REFERENCES,
    SWITCH,
    TEXT,
    UNKNOWN_TIME,
    WEEKDAYS,
    Kind,
)


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
        "every_days",
        NUMBER,
        "every days",
        "14 is every 14 days, counted from the anchor itself.",
        default=1,
        words="every {} days from {rule.anchor}",
        beside=True,
    ),
    Attribute(
        "anchor",
        DATE,
        "anchor",
        "Every weeks: any date of a week in which the rule runs; weeks begin on "
        "Monday. Every days: a date on which it runs.",
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
        CALENDARS,
        "holidays",
        "Codes and calendars, such as GB-ENG, DE-BY/catholic, DE/nationwide. Windows "
        "that start on a holiday are cancelled. Empty: none.",
    ),
    Attribute(
        "includes",
        REFERENCES,
        "includes",
        "Schedules: also open whenever one of them is, each in its own time zone.",
    ),
    Attribute(
        "excludes",
        REFERENCES,
        "excludes",
        "Schedules: closed whenever one of them is open.",
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
    Attribute(
        "unknown",
        UNKNOWN_TIME,
        "unknown time",
        "How SLA reports count scheduled time for which nothing was measured. It is "
        "always shown.",
        default="exclude",
    ),
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

EXCLUSION: Table = (
    Attribute(
        "component",
        REFERENCE,
        "component",
        "Or else an agreement: then for all components under it.",
    ),
    Attribute("agreement", REFERENCE, "agreement", beside=True),
    Attribute("start", MOMENT, "from", key="from", example="2026-10-05T12:00:00Z"),
    Attribute(
        "end",
        MOMENT,
        "to",
        "Exclusive: downtime from this time on counts again.",
        key="to",
        example="2026-10-05T12:30:00Z",
        beside=True,
    ),
    Attribute("reason", TEXT, "reason", "Shown on reports.", example="as agreed"),
    Attribute("approved_by", TEXT, "approved by", "Shown on reports.", beside=True),
)
"""Downtime that does not count."""


def columns(table: Table) -> tuple[str, ...]:
    """Return the names of the columns that hold the attributes, in their order."""
    return tuple(one.name for one in table)
