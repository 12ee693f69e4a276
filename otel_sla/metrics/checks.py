"""System checks of stored rows: which components the metrics will leave out."""

from collections.abc import Sequence

from django.core.checks import CheckMessage, Error, Warning
from django.db import Error as DatabaseFailure

from ..conf import conf
from ..database.deadline import Deadline
from ..database.failures import OF_THE_PROCESS
from ..labels import alternatives
from .groups import Grouping
from .rows import Tables, read
from .sources import Sources


def unusable_stored_schedules() -> Sequence[CheckMessage]:
    """otel_sla.E003: a schedule in the database can't be evaluated any more.

    An update of `holidays` or `tzdata` may drop a code or a name.
    """
    try:
        faults = list(Sources(read(Deadline())).unusable())
    except (DatabaseFailure, *OF_THE_PROCESS):
        # Without tables there is nothing to check; without a database, /metrics says.
        return []
    return [
        Error(
            f"Schedule {name!r}: {fault}",
            hint="Its components are left out of the metrics. Edit the schedule, or go "
            "back to the version of the package that knew it.",
            id="otel_sla.E003",
        )
        for name, fault in faults
    ]


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
