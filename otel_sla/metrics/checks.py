"""System checks of stored rows: which components the metrics will leave out."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from django.core.checks import CheckMessage, Error, Warning
from django.db import Error as DatabaseFailure

from ..conf import conf
from ..database.deadline import Deadline
from ..database.failures import OF_THE_PROCESS
from ..labels import alternatives
from .groups import Grouping
from .rows import Tables, read
from .sources import Sources

T = TypeVar("T")


def unusable_stored_schedules() -> Sequence[CheckMessage]:
    """otel_sla.E003: a schedule in the database can't be evaluated any more.

    An update of `holidays` or `tzdata` may drop a code or a name.
    """
    return [
        Error(
            f"Schedule {name!r}: {fault}",
            hint="Its components are left out of the metrics. Edit the schedule, or go "
            "back to the version of the package that knew it.",
            id="otel_sla.E003",
        )
        for name, fault in _found(Sources.unusable)
    ]


def unmatched_days() -> Sequence[CheckMessage]:
    """otel_sla.W022: `without` of a calendar matches no day.

    An update of `holidays` may have renamed the day.
    """
    return [
        Warning(
            f"Calendar {name!r} is without {text!r}, which matches no day that it "
            "includes from 2000 to 2050.",
            hint="If an update of holidays renamed the day, it is a holiday again. Use "
            "its new name in the calendar.",
            id="otel_sla.W022",
        )
        for name, text in _found(Sources.unmatched)
    ]


def _found(find: Callable[[Sources], Iterator[T]]) -> list[T]:
    try:
        return list(find(Sources(read(Deadline()))))
    except (DatabaseFailure, *OF_THE_PROCESS):
        # Without tables there is nothing to check; without a database, /metrics says.
        return []


def selection_of_nothing() -> Sequence[CheckMessage]:
    """otel_sla.W011: no component has a label of OTEL_SLA["SELECT"]."""
    if not conf.SELECT:
        return []
    try:
        tables = read(Deadline())
    except DatabaseFailure:
        return []
    return [
        Warning(
            f'OTEL_SLA["SELECT"] asks for {pair}, which no component has.',
            hint="A label that is misspelt exports nothing, and that looks like an "
            "empty catalogue.",
            id="otel_sla.W011",
        )
        for pair in conf.SELECT
        if not _is_there(pair, tables)
    ]


def _is_there(pair: str, tables: Tables) -> bool:
    grouping = Grouping(tables, select=alternatives([pair]))
    return not grouping.unselected.issuperset(grouping.members)
