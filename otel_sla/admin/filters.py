"""Filters and search: components by state and label, overrides by time."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ..labels import presentable
from ..models import Component, Override, Schedule
from ..text import is_text

if TYPE_CHECKING:
    from ..schedule import State

LABELS_OFFERED = 50
SOON = 3_600
"""Seconds."""
_WINDOWS = {
    "open": _("open now"),
    "closed": _("closed now"),
    "closing": _("closing within an hour"),
    "opening": _("opening within an hour"),
}
_TIMES = {"current": _("current"), "upcoming": _("upcoming"), "past": _("past")}
# SQLite refuses a query of a thousand alternatives.
COLONS_READ = 20
_IN_SQLITE = (
    "EXISTS (SELECT 1 FROM json_each({}) AS one "
    "WHERE one.key = %s AND one.type = 'text' AND one.value = %s)"
)


class OpenNowFilter(admin.SimpleListFilter):
    """Filter components by whether their service window is open, now or soon."""

    title = _("service window")
    parameter_name = "window"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, str(words)) for key, words in _WINDOWS.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Component]
    ) -> QuerySet[Component]:
        from ..bridge.no_rows import NoRows
        from ..metrics.source import snapshots

        wanted, moment = self.value() or "", int(time.time())
        if wanted not in _WINDOWS:
            return queryset
        try:
            snapshot = snapshots.take(moment)
        except NoRows:
            return queryset.none()
        agreements, keys = [], []
        for group, state, *_rest in snapshot.groups:
            if not _is(wanted, state, moment):
                continue
            if group.is_whole:
                agreements.append(group.members[0].columns[1])
            else:
                keys += [member.columns[0] for member in group.members]
        own = Exists(Override.objects.filter(component=OuterRef("pk")))
        shared = Q(~own, agreement__in=agreements)
        return queryset.filter(shared | Q(pk__in=keys), enabled=True)


def _is(wanted: str, state: State, moment: int) -> bool:
    edge = {"closing": state.next_end, "opening": state.next_start}.get(wanted)
    if wanted in ("open", "closed"):
        return state.in_window == (wanted == "open")
    is_next = state.in_window == (wanted == "closing")
    return is_next and edge is not None and edge - moment <= SOON


class OverrideTimeFilter(admin.SimpleListFilter):
    """Filter overrides by whether they have ended, apply now, or are upcoming.

    They are local times, so each is compared with the clock of its schedule's zone.
    """

    title = _("time")
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, str(words)) for key, words in _TIMES.items()]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Override]
    ) -> QuerySet[Override]:
        if self.value() not in _TIMES:
            return queryset
        found = Q(pk__in=[])
        names = Schedule.objects.order_by().values_list("timezone", flat=True)
        for name in names.distinct():
            own = Q(schedule__timezone=name)
            own |= Q(component__agreement__schedule__timezone=name)
            found |= own & self._in(_local_now(name))
        return queryset.filter(found)

    def _in(self, local: datetime) -> Q:
        if self.value() == "past":
            return Q(end__lte=local)
        if self.value() == "upcoming":
            return Q(start__gt=local)
        return Q(start__lte=local, end__gt=local)


def time_of(override: Override) -> str:
    """Return whether an override is past, current or upcoming, in words."""
    owner = override.component
    schedule = override.schedule or (owner and owner.agreement.schedule)
    local = _local_now(schedule.timezone if schedule else "UTC")
    if override.end <= local:
        return str(_TIMES["past"])
    return str(_TIMES["upcoming" if override.start > local else "current"])


def _local_now(timezone: str) -> datetime:
    from ..schedule.timezones import UnknownZone, zone

    try:
        clock = zone(timezone)
    except UnknownZone:
        clock = zone("UTC")
    return datetime.fromtimestamp(int(time.time()), clock).replace(tzinfo=None)


class LabelFilter(admin.SimpleListFilter):
    """Filter components by a label. The most used ones are offered."""

    title = _("label")
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[Any]:
        counts: Counter[tuple[str, str]] = Counter()
        for labels in Component.objects.values_list("labels", flat=True):
            counts.update(presentable(labels).items())
        for name, value in sorted(dict(counts.most_common(LABELS_OFFERED))):
            yield f"{name}:{value}", f"{name}:{value}"

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Component]
    ) -> QuerySet[Component]:
        return labelled(queryset, self.value() or "")


class HasLabel(Func):
    """Whether a row has this label, whatever characters are in its name.

    Django's key transforms take a name of digits for a place in a list, and SQLite's
    paths have no name with a quote in it.
    """

    output_field = BooleanField()

    def __init__(self, name: str, value: str) -> None:
        super().__init__("labels")
        self._pair = name, value

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        return self._of(compiler, "JSON_CONTAINS({}, %s)", self._json)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._of(compiler, "({} @> %s::jsonb)", self._json)

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self._of(compiler, _IN_SQLITE, *self._pair)

    @property
    def _json(self) -> str:
        return json.dumps(dict([self._pair]))

    def _of(self, compiler: Any, sql: str, *values: str) -> tuple[str, list[str]]:
        labels, params = compiler.compile(self.source_expressions[0])
        return sql.format(labels), [*params, *values]


def labelled(components: QuerySet[Component], text: str) -> QuerySet[Component]:
    """Filter by a label written as `team:payments`; without a colon, return all.

    A label's name may hold a colon itself, so readings of it by each colon count.
    """
    if not is_text(text):
        return components.none()
    colons = [at for at, character in enumerate(text) if character == ":" and at]
    if not colons:
        return components
    readings = [HasLabel(text[:at], text[at + 1 :]) for at in colons[:COLONS_READ]]
    return components.filter(reduce(or_, map(Q, readings)))


def searched(
    components: QuerySet[Component],
    term: str,
    otherwise: Callable[..., Any],
    request: HttpRequest,
) -> Any:
    """Search components. `team:payments` finds that label, or that text in a name."""
    words = []
    for word in term.split():
        if ":" in word[1:]:
            by_text, _ = otherwise(request, components, word)
            components = labelled(components, word) | by_text
        else:
            words.append(word)
    return otherwise(request, components, " ".join(words))
