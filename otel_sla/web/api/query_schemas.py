"""Query parameters of the endpoints."""

from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from django.http import HttpRequest
from ninja import Path, Schema
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from ...labels import parse_pair
from ...schedule import DAY, HORIZON
from ...schedule.notation import parse_date, parse_moment
from ..component_list import Wanted
from .errors import refuse

T = TypeVar("T")

EARLIEST, LATEST = date(1970, 1, 1), date(2100, 1, 1)
"""Bounds of the moments in requests. The holidays of each year asked for are cached:
without bounds, the cache could grow until memory is full."""

MOMENT = (
    "ISO 8601; without an offset UTC, a date is its midnight. "
    f"From {EARLIEST} to before {LATEST}."
)

LONGEST = HORIZON
"""Longest period of windows, in seconds."""

MOST_DAYS = 366
MOST_DAYS_OF_MANY = 31
MOST_PER_PAGE = 1_000
MOST_LABELS = 20
LONGEST_TEXT = 200


def _moment(text: str) -> int:
    moment = parse_moment(text)
    _within_bounds(moment.date(), text)
    return int(moment.timestamp())


def _date(text: str) -> date:
    day = parse_date(text)
    _within_bounds(day, text)
    return day


def _within_bounds(day: date, text: str) -> None:
    if not EARLIEST <= day < LATEST:
        raise ValueError(
            f"{text!r} is out of range. Use a date from {EARLIEST} to before {LATEST}."
        )


Moment = Annotated[
    int,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""Unix seconds, given in ISO 8601; without an offset it is UTC."""

Day = Annotated[
    date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})
]


class _NoNull:
    """Describe an optional parameter by its type, without null."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        described: dict[str, Any] = handler(schema)["anyOf"][0]
        return described


Maybe = Annotated[T | None, _NoNull()]

Text = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]

Label = Annotated[
    Text, AfterValidator(parse_pair), Field(json_schema_extra={"pattern": ".:"})
]

Name = Annotated[
    str,
    Path(
        description="May hold slashes. A component whose name ends in /windows or "
        "/days is shown by list_components with its name."
    ),
]


class Asked(Schema):
    """Query parameters. Unknown ones are refused: a typo would widen the answer."""

    @model_validator(mode="after")
    def _refuse_others(self, info: ValidationInfo) -> Self:
        fields = type(self).model_fields.items()
        known = sorted(field.alias or name for name, field in fields)
        request: HttpRequest = (info.context or {})["request"]
        for name in request.GET:
            if name not in known:
                refuse(name, f"Unknown parameter {name!r}. Use {', '.join(known)}.")
        return self


class Page(Asked):
    """Which part of a long list."""

    limit: int = Field(100, ge=1, le=MOST_PER_PAGE, description="How many at most.")
    offset: int = Field(0, ge=0, le=1_000_000_000, description="How many to skip.")

    def of(self, items: Any) -> Any:
        """Cut the part out of a list or a queryset."""
        return items[self.offset : self.offset + self.limit]


class At(Asked):
    """At which moment."""

    at: Maybe[Moment] = Field(
        None,
        description=f"{MOMENT} Default: now.",
        json_schema_extra={"example": "2026-03-30T09:00:00Z"},
    )


class Chosen(Page):
    """Which components."""

    q: Maybe[Text] = Field(
        None,
        description="Text in the name or in a label's value; case is ignored.",
        json_schema_extra={"example": "shop"},
    )
    label: list[Label] = Field(
        [],
        max_length=MOST_LABELS,
        description="A label and its value. Different labels must all match; if one "
        "label is given twice, either value matches.",
        json_schema_extra={"example": ["team:payments"]},
    )
    name: Maybe[Text] = Field(None, description="The one of this name.")
    agreement: Maybe[Text] = Field(None, description="Its name.")
    schedule: Maybe[Text] = Field(None, description="Its name.")
    state: Maybe[Literal["open", "closed", "opening", "closing"]] = Field(
        None,
        description="State of the window at the moment; opening and closing: within "
        "an hour.",
    )

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            self.q, self.label, self.name, self.agreement, self.schedule, self.state
        )


class Components(At, Chosen):
    """Which components, at which moment."""

    enabled: bool = Field(
        True, description="`false`: the disabled components, which have no state."
    )


class Between(Asked):
    """From one moment or date to another, which is exclusive."""

    since: Any
    until: Any
    most_days: ClassVar[int]
    a_day: ClassVar[Any]

    @model_validator(mode="after")
    def _refuse_odd(self) -> Self:
        if self.since >= self.until:
            refuse(
                "until", "The start of the period, from, must be before its end, until."
            )
        if self.until - self.since > self.most_days * self.a_day:
            refuse("until", f"The period is longer than {self.most_days} days.")
        return self


class Period(Between):
    """From one moment to another."""

    since: Moment = Field(
        alias="from",
        description=MOMENT,
        json_schema_extra={"example": "2026-03-27T00:00:00Z"},
    )
    until: Moment = Field(
        description="Exclusive; at most ten years (3653 days) later.",
        json_schema_extra={"example": "2026-03-31T00:00:00Z"},
    )
    most_days: ClassVar[int] = LONGEST // DAY
    a_day: ClassVar[Any] = DAY


class Dates(Between):
    """From one local date to another."""

    since: Day = Field(
        alias="from",
        description="Date in the schedule's own zone.",
        json_schema_extra={"example": "2026-12-24"},
    )
    until: Day = Field(
        description=f"Exclusive; at most {MOST_DAYS} days later.",
        json_schema_extra={"example": "2027-01-01"},
    )
    most_days: ClassVar[int] = MOST_DAYS
    a_day: ClassVar[Any] = timedelta(days=1)

    @property
    def last(self) -> date:
        """The last date that belongs to it."""
        day: date = self.until - self.a_day
        return day


class Year(Asked):
    """Which year."""

    year: int = Field(
        ge=EARLIEST.year,
        lt=LATEST.year,
        description=f"From {EARLIEST.year} to {LATEST.year - 1}.",
        json_schema_extra={"example": 2026},
    )


class Timeline(Dates, Chosen):
    """Which components, from one local date to another."""

    limit: int = Field(40, ge=1, le=100, description="How many at most.")
    until: Day = Field(
        description=f"Exclusive; at most {MOST_DAYS_OF_MANY} days later.",
        json_schema_extra={"example": "2027-01-01"},
    )
    most_days: ClassVar[int] = MOST_DAYS_OF_MANY
