"""Schemas of reports: a document, and the list of those issued."""

from datetime import datetime
from typing import Any

from pydantic import Field, ValidationError

from ...reports.issued import is_intact
from . import query_schemas
from .response_schemas import Answer

Seconds = float
Ratio = float


class Selected(query_schemas.Asked):
    """Which components a report is about. Without any: all that are enabled."""

    agreement: query_schemas.Maybe[query_schemas.Text] = Field(
        None, description="Its name."
    )
    label: list[query_schemas.Label] = Field(
        [],
        max_length=query_schemas.MOST_LABELS,
        description="A label and its value. Different labels must all match; if one "
        "label is given twice, either value matches.",
        json_schema_extra={"example": ["team:payments"]},
    )
    component: list[query_schemas.Text] = Field(
        [], max_length=query_schemas.MOST_LABELS, description="The ones of these names."
    )


class Selection(Answer):
    """The components that were asked for."""

    agreement: str | None
    label: list[str]
    component: list[str]


class Judged(Answer):
    """A period of the component's agreement. `met` is null where it is not known."""

    start: datetime
    end: datetime
    availability: Ratio | None
    coverage: Ratio | None
    scheduled_seconds: Seconds
    down_seconds: Seconds
    budget_seconds: Seconds
    met: bool | None


class Outage(Answer):
    """Adjacent time in which a component was not fully up."""

    start: datetime
    end: datetime
    seconds: Seconds = Field(description="The downtime in it.")
    counted: bool
    reason: str = Field(description="Why it does not count; empty if it does.")


class Exclusion(Answer):
    """Time that somebody has excluded."""

    start: datetime
    end: datetime
    seconds: Seconds = Field(description="The service time that it takes out.")
    reason: str
    approved_by: str
    created: datetime | None


class Maintenance(Answer):
    """A closed override of the schedule or the component."""

    start: datetime
    end: datetime
    seconds: Seconds
    reason: str
    created: datetime | None = Field(description="Null: it is not known.")
    is_late: bool = Field(description="Whether it was entered after it had begun.")
    took_out_seconds: Seconds = Field(description="The service time it took out.")
    took_out_down_seconds: Seconds = Field(description="The downtime in that.")


class ReportedComponent(Answer):
    """What was promised of a component, and what was delivered."""

    component: str
    agreement: str
    labels: dict[str, str]
    schedule: str
    timezone: str
    start: datetime = Field(description="Of the period, in the component's zone.")
    end: datetime
    until: datetime = Field(
        description="Up to when figures are: the end if it is over."
    )
    target: Ratio
    agreement_period: str
    unknown: str = Field(description="What unknown time counts as.")
    availability: Ratio | None
    coverage: Ratio | None
    scheduled_seconds: Seconds = Field(
        description="The sum of excused, unknown, up and down."
    )
    measured_seconds: Seconds
    unknown_seconds: Seconds
    excused_seconds: Seconds
    down_seconds: Seconds
    up_seconds: Seconds
    budget_seconds: Seconds = Field(description="That of the whole period.")
    budget_left_seconds: Seconds
    met: bool | None = Field(description="Null: not known, or not over yet.")
    in_service_since: datetime | None
    not_in_service_seconds: Seconds
    judged: list[Judged]
    outages: list[Outage]
    exclusions: list[Exclusion]
    maintenance: list[Maintenance]
    notes: list[str]


class Report(Answer):
    """A report of a period."""

    period: str
    title: str
    selection: Selection
    made_at: datetime
    source: str
    expression: str
    interval_seconds: int
    min_coverage: Ratio
    is_final: bool
    is_made_up: bool
    accounting: list[str]
    notes: list[str]
    missed: int = Field(description="How many components missed their target.")
    components: list[ReportedComponent]


class Progress(Answer):
    """A report that is being made. Ask again in a few seconds."""

    progress: str = Field(description="Such as 3 of 31 days; empty at the beginning.")


class Issued(Answer):
    """An issued report, without what is in it."""

    number: int = Field(validation_alias="pk")
    period: str
    selection: str = Field(description="Of which components it is.")
    issued: datetime
    issued_by: str
    digest: str = Field(description="SHA-256 of the canonical JSON of the document.")
    supersedes: int | None = Field(validation_alias="supersedes_id")
    differences: list[str] = Field(
        description="What differs from the report that it supersedes."
    )


class IssuedWhole(Issued):
    """An issued report, as it was issued."""

    is_intact: bool = Field(
        description="Whether the document has its digest. If not, somebody has changed "
        "it in the database."
    )
    document: Report | None = Field(
        description="Null if it was changed and can't be read as a report."
    )

    @staticmethod
    def resolve_is_intact(row: Any) -> bool:
        return is_intact(row)

    @staticmethod
    def resolve_document(row: Any) -> Any:
        if not is_intact(row):
            try:
                Report.model_validate(row.document)
            except ValidationError:
                return None
        return row.document
