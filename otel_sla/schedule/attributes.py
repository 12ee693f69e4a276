"""What each kind of row can say: its attributes, with their keys, notation and labels.

The catalogue, the API, the admin and what is read from the database follow these
tables. A new attribute of a rule is a field of `Rule`, a line of RULE and a column of
the model. Pure.
"""

from dataclasses import dataclass
from typing import Any

from ..language import gettext_noop as _
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
    `words`, with the value and the anchor as parameters, say it to people. In forms it
    is `beside` the one before it, on the same line. An internal one is neither
    evaluated nor shown by the API.
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
        _("weekdays"),
        _("mon-fri; sat,sun; daily"),
        key="days",
        example="mon-fri",
    ),
    Attribute(
        "start",
        CLOCK,
        _("start"),
        _("Wall clock of the schedule's time zone."),
        example='"09:00"',
    ),
    Attribute(
        "end",
        END,
        _("end"),
        _("Exclusive: the window closes at this time. 24:00 is midnight."),
        example='"17:00"',
        beside=True,
    ),
    Attribute(
        "end_day",
        NUMBER,
        _("end day"),
        _(
            "Days after the start day, 0 to 7. Empty: the next day if the end is not "
            "after the start."
        ),
    ),
    Attribute(
        "kind",
        CLOSED_OR_OPEN,
        _("kind"),
        _(
            "Closed: takes this time away from what other rules, or 24x7, open, also "
            "on holidays."
        ),
        default="open",
    ),
    Attribute(
        "nth", NTH, _("nth weekday"), _("Only the nth such weekday of the month.")
    ),
    Attribute(
        "months",
        MONTHS,
        _("months"),
        _("3,6,9,12; dec; nov-feb"),
        words=_("months %(value)s"),
        beside=True,
    ),
    Attribute(
        "days_of_month",
        NUMBERS,
        _("days of month"),
        _("1,15; 1-5; -1 is the last day of the month."),
        words=_("days of month %(value)s"),
        beside=True,
    ),
    Attribute(
        "every_weeks",
        NUMBER,
        _("every weeks"),
        _("2 is every second week, counted from the anchor."),
        default=1,
        words=_("every %(value)s weeks from %(anchor)s"),
    ),
    Attribute(
        "every_days",
        NUMBER,
        _("every days"),
        _("14 is every 14 days, counted from the anchor itself."),
        default=1,
        words=_("every %(value)s days from %(anchor)s"),
        beside=True,
    ),
    Attribute(
        "anchor",
        DATE,
        _("anchor"),
        _(
            "Every weeks: any date of a week in which the rule runs; weeks begin on "
            "Monday. Every days: a date on which it runs."
        ),
        key="from",
        beside=True,
    ),
    Attribute(
        "valid_from",
        DATE,
        _("valid from"),
        _("Inclusive."),
        words=_("valid from %(value)s"),
    ),
    Attribute(
        "valid_to",
        DATE,
        _("valid to"),
        _("Inclusive."),
        words=_("valid to %(value)s"),
        beside=True,
    ),
    Attribute(
        "on_holidays",
        FLAG,
        _("on holidays"),
        _("Also runs on the schedule's holidays."),
        words=_("on holidays too"),
    ),
)
"""A rule of a schedule."""

OVERRIDE: Table = (
    Attribute(
        "start",
        READING,
        _("from"),
        _("Wall clock of the schedule's time zone."),
        key="from",
        example="2026-12-24T12:00",
    ),
    Attribute(
        "end",
        END_READING,
        _("to"),
        _(
            "Exclusive: the interval ends at this time. The same date in both, without "
            "a time, is the whole day."
        ),
        key="to",
        example="2026-12-24T17:00",
    ),
    Attribute("kind", CLOSED_OR_OPEN, _("kind"), example="closed"),
    Attribute("reason", TEXT, _("reason")),
    Attribute(
        "uid",
        TEXT,
        _("uid"),
        _("Of the calendar event it was imported from."),
        is_internal=True,
    ),
)
"""An override of a schedule or a component."""

SCHEDULE: Table = (
    Attribute(
        "timezone",
        CODE,
        _("time zone"),
        _("IANA name, such as Europe/London."),
        example="Europe/London",
    ),
    Attribute(
        "always_open",
        FLAG,
        _("24x7"),
        _(
            "Open at all times, except where a rule or an override closes it. Holidays "
            "don't apply."
        ),
    ),
    Attribute(
        "holidays",
        CALENDARS,
        _("holidays"),
        _(
            "Codes and calendars, such as GB-ENG, DE-BY/catholic, DE/nationwide. "
            "Windows that start on a holiday are cancelled. Empty: none."
        ),
    ),
    Attribute(
        "includes",
        REFERENCES,
        _("includes"),
        _("Schedules: also open whenever one of them is, each in its own time zone."),
    ),
    Attribute(
        "excludes",
        REFERENCES,
        _("excludes"),
        _("Schedules: closed whenever one of them is open."),
    ),
)
"""A schedule, besides its name, rules and overrides."""

AGREEMENT: Table = (
    Attribute("schedule", REFERENCE, _("schedule"), example="the name of a schedule"),
    Attribute(
        "target",
        PERCENTAGE,
        _("target"),
        _("Availability within the service window, in percent: 99.9"),
        example="99.9",
    ),
    Attribute("period", PERIOD, _("period"), default="month"),
    Attribute(
        "unknown",
        UNKNOWN_TIME,
        _("unknown time"),
        _(
            "How SLA reports count scheduled time for which nothing was measured. It "
            "is always shown."
        ),
        default="exclude",
    ),
)
"""An agreement, besides its name."""

COMPONENT: Table = (
    Attribute(
        "agreement", REFERENCE, _("agreement"), example="the name of an agreement"
    ),
    Attribute(
        "labels",
        LABELS,
        _("labels"),
        _("Labels of every sample of the component. Empty rows don't count."),
    ),
    Attribute(
        "enabled", SWITCH, _("enabled"), _("Only enabled components are reported.")
    ),
)
"""A component, besides its name and overrides."""

EXCLUSION: Table = (
    Attribute(
        "component",
        REFERENCE,
        _("component"),
        _("Or else an agreement: then for all components under it."),
    ),
    Attribute("agreement", REFERENCE, _("agreement"), beside=True),
    Attribute("start", MOMENT, _("from"), key="from", example="2026-10-05T12:00:00Z"),
    Attribute(
        "end",
        MOMENT,
        _("to"),
        _("Exclusive: downtime from this time on counts again."),
        key="to",
        example="2026-10-05T12:30:00Z",
        beside=True,
    ),
    Attribute("reason", TEXT, _("reason"), _("Shown on reports."), example="as agreed"),
    Attribute(
        "approved_by", TEXT, _("approved by"), _("Shown on reports."), beside=True
    ),
)
"""Downtime that does not count."""


def columns(table: Table) -> tuple[str, ...]:
    """Return the names of the columns that hold the attributes, in their order."""
    return tuple(one.name for one in table)
