"""What refers to what, of all kinds of links at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet, Value

from .calendars import CalendarInclusion
from .schedule_links import ScheduleCalendar, ScheduleExclusion, ScheduleInclusion

Links = Mapping[tuple[str, int], tuple[int, ...]]
"""The keys that a row refers to, by the field that does and the key of the row."""


def every_link() -> QuerySet[Any]:
    """Return the field, the key of its row, and the key of the other, of each link.

    It is one query of four tables.
    """
    first, *others = (
        model._default_manager.annotate(field=Value(field)).values_list(
            "field", owner, linked
        )
        for field, model, owner, linked in (
            ("holidays", ScheduleCalendar, "schedule_id", "calendar_id"),
            ("includes", ScheduleInclusion, "schedule_id", "included_id"),
            ("excludes", ScheduleExclusion, "schedule_id", "excluded_id"),
            ("include", CalendarInclusion, "calendar_id", "included_id"),
        )
    )
    return first.union(*others, all=True)


def by_owner(rows: Iterable[tuple[str, int, int]]) -> Links:
    """Return the links by the row that has them, in an order of their own."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for field, owner, linked in rows:
        found[field, owner].append(linked)
    return {key: tuple(sorted(linked)) for key, linked in found.items()}
