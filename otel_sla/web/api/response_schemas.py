"""Schemas of responses: moments in UTC, local times in the catalogue's notation."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Generic, Literal, TypeVar

from ninja import Schema
from pydantic import ConfigDict, Field, create_model

from ...schedule import days
from ...schedule.attributes import OVERRIDE, RULE, Table
from ...schedule.calendar_attributes import CALENDAR_DAY
from ...schedule.spans import Span as SpanOfSeconds
from .. import component_list

Item = TypeVar("Item")


class Answer(Schema):
    """Moments are given in Unix seconds, and written in ISO 8601."""

    model_config = ConfigDict(from_attributes=True, val_temporal_unit="seconds")


class Problem(Answer):
    """One error."""

    loc: list[str | int] = Field(
        description="The parameter at fault, if any: query or path, and its name."
    )
    msg: str = Field(description="What is wrong, and what would be right.")


class Problems(Answer):
    """The errors of a request."""

    detail: list[Problem]


class Window(Answer):
    """A window. The end is exclusive. Null: more than ten years away."""

    start: datetime | None
    end: datetime | None


class State(Answer):
    """The state of a schedule at a moment. Null: not within ten years."""

    in_window: bool
    last_start: datetime | None
    last_end: datetime | None
    next_start: datetime | None
    next_end: datetime | None


class Promise(Answer):
    """The agreement of a component."""

    name: str
    target: float | None = Field(
        description="Availability in percent; null: its row holds no number."
    )
    period: str = Field(description="month, week, 7d, 30d or 90d.")


class Agreement(Promise):
    """A service level agreement."""

    schedule: str
    unknown: str = Field(
        description="How reports count time for which nothing was measured: exclude, "
        "up or down."
    )
    components: int = Field(
        validation_alias="enabled_components",
        description="Number of enabled components under it.",
    )

    @staticmethod
    def resolve_target(agreement: Any) -> float | None:
        return component_list.Promise.of("", agreement.target, "").target

    @staticmethod
    def resolve_schedule(agreement: Any) -> str:
        return str(agreement.schedule)


class Component(Answer):
    """A component, and the state of its service window."""

    name: str
    enabled: bool
    labels: dict[str, str]
    agreement: Promise
    schedule: str
    timezone: str
    state: State | None = Field(description="Null: it is disabled.")


class Taken(Answer):
    """The moment of a response, and the age of the rows it is made of."""

    at: datetime
    read_at: datetime = Field(
        description="When the rows were read: earlier while the database is down."
    )


class Budget(Answer):
    """The agreement's period around the moment, and the downtime it allows."""

    start: datetime
    end: datetime = Field(description="Of a rolling period: the moment.")
    scheduled: int = Field(description="Open time of the whole period, in seconds.")
    allowed: float = Field(description="Downtime that the target allows, in seconds.")


class ComponentAt(Component, Taken):
    """A component at a moment."""

    budget: Budget | None = Field(
        description="Null: it is disabled, or its agreement is invalid."
    )


class AllTaken(Taken):
    """The moment of a response about all components."""

    dropped: int = Field(
        description="Number of enabled components left out because one of their rows "
        "is invalid: service_window_rows_dropped has the reasons."
    )


class Paged(Answer, Generic[Item]):
    """A page of a list, sorted by name, with links to its neighbours."""

    total: int
    next: str | None = Field(description="Path and query; null: this is the last.")
    previous: str | None = Field(description="Path and query; null: it is the first.")
    items: list[Item]


class ComponentsAt(Paged[Component], AllTaken):
    """Components at a moment."""


class Schedule(Answer):
    """A schedule, without its rules and overrides."""

    name: str
    timezone: str
    always_open: bool
    holidays: str | list[str] = Field(
        description="Names of calendars, and codes of public ones: a list, or text if "
        "there is one; empty: none."
    )
    includes: list[str] = Field(
        description="Names of schedules: it is also open whenever one of them is."
    )
    excludes: list[str] = Field(
        description="Names of schedules: it is closed whenever one of them is open."
    )
    components: int = Field(
        validation_alias="enabled_components",
        description="Number of enabled components that follow it.",
    )


def _row(name: str, table: Table, doc: str) -> Any:
    """Make the schema of a table's rows, with the catalogue's keys."""
    fields: dict[str, Any] = {}
    for one in table:
        if one.is_internal:
            continue
        answer: Any = one.kind.answer
        default: Any = ...
        if not one.is_required:
            absent = one.kind.absent
            default = None if absent is None else one.kind.dump(absent)
            answer = answer if default is not None else answer | None
        described = Field(default, alias=one.key, description=one.help or None)
        fields[one.name] = (answer, described)
    return create_model(name, __base__=Answer, __doc__=doc, **fields)


Rule = _row(
    "Rule",
    RULE,
    "What repeats, in the catalogue's keys and notation. Defaults are left out.",
)
Override = _row(
    "Override", OVERRIDE, "A one-off interval, in the catalogue's keys and notation."
)


class ScheduleWhole(Schedule):
    """A schedule with its rules and overrides."""

    # mypy can't know classes that are made when the program runs.
    rules: list[Rule]  # type: ignore[valid-type]
    overrides: list[Override]  # type: ignore[valid-type]


class Calendar(Answer):
    """A holiday calendar, without its days."""

    name: str
    include: list[str] = Field(
        description="Names of calendars, and codes of public ones, whose days it has."
    )
    without: list[str] = Field(
        description="Days of what it includes that it does not have: names, dates, or "
        "`observed`."
    )
    schedules: list[str] = Field(
        description="Names of the schedules that have it among their holidays."
    )
    included_by: list[str] = Field(
        description="Names of the calendars that include it."
    )


CalendarDay = _row(
    "CalendarDay",
    CALENDAR_DAY,
    "A day of a calendar, in the catalogue's keys and notation. Defaults are left out.",
)


class CalendarWhole(Calendar):
    """A holiday calendar with its days."""

    days: list[CalendarDay]  # type: ignore[valid-type]


class DayOff(Answer):
    """A holiday or a special day of a calendar, on its date of a year."""

    date: date
    name: str = Field(description="Of several, separated by semicolons.")
    hours: list[str] | None = Field(
        description="Of a special day: only these hours of the windows that start on "
        "it remain. Null: it is a holiday."
    )


class Span(Answer):
    """A span of time. The end is exclusive."""

    start: datetime
    end: datetime


class Exceptional(Answer):
    """An exception to the rules on a day, and its reason."""

    kind: Literal["holiday", "closed", "open"]
    reason: str = Field(
        description="The name of the holiday or special day, or the override's reason."
    )
    spans: list[Span] = Field(description="The time that it closes or opens.")

    @staticmethod
    def resolve_spans(one: days.Exceptional) -> list[dict[str, int]]:
        return _spans(one.spans)


class Day(Answer):
    """A local date, and when it is open."""

    date: date
    hours: float = Field(
        description="How long the day is: not 24 where the clocks change."
    )
    start: datetime
    end: datetime
    open: list[Span] = Field(description="Cut to the day.")
    exceptions: list[Exceptional]

    @staticmethod
    def resolve_open(day: days.Day) -> list[dict[str, int]]:
        return _spans(day.open)


class Days(Answer):
    """A component by days."""

    name: str
    timezone: str
    days: list[Day]


class Timeline(Paged[Days], AllTaken):
    """Components by days."""


def _spans(spans: Iterable[SpanOfSeconds]) -> list[dict[str, int]]:
    return [{"start": start, "end": end} for start, end in spans]
