"""Finding components by their state now, and by label."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Exists, JSONField, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KeyTransform
from django.http import HttpRequest

from ..models import Component, Override
from ..snapshot import NoRows, snapshots

if TYPE_CHECKING:
    _Components = QuerySet[Component]
else:
    _Components = QuerySet

LABELS_OFFERED = 50


class OpenNowFilter(admin.SimpleListFilter):
    """Those whose service window is open at this moment, or is not."""

    title = "service window"
    parameter_name = "window"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "open now"), ("closed", "closed now")]

    def queryset(self, request: HttpRequest, queryset: _Components) -> _Components:
        if self.value() not in ("open", "closed"):
            return queryset
        try:
            snapshot = snapshots.take(int(time.time()))
        except NoRows:
            return queryset.none()
        wanted = self.value() == "open"
        agreements, keys = [], []
        for group, state in snapshot.groups:
            if state.in_window != wanted:
                continue
            if group.is_of_one:
                keys.append(group.members[0].columns[0])
            else:
                agreements.append(group.members[0].columns[1])
        own = Exists(Override.objects.filter(component=OuterRef("pk")))
        shared = Q(~own, agreement__in=agreements)
        return queryset.filter(shared | Q(pk__in=keys), enabled=True)


class LabelFilter(admin.SimpleListFilter):
    """Those that have a label: the most used ones are offered."""

    title = "label"
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[Any]:
        counts: Counter[tuple[str, str]] = Counter()
        for labels in Component.objects.values_list("labels", flat=True):
            if isinstance(labels, dict):
                counts.update(_pairs(labels))
        for name, value in sorted(dict(counts.most_common(LABELS_OFFERED))):
            yield f"{name}:{value}", f"{name}:{value}"

    def queryset(self, request: HttpRequest, queryset: _Components) -> _Components:
        return labelled(queryset, self.value() or "")


def labelled(components: _Components, text: str) -> _Components:
    """Those that have the label written as `team:payments`; all if it is none.

    A label's name may hold a colon itself, so every reading of it counts.
    """
    readings = [
        (text[:at], text[at + 1 :])
        for at, character in enumerate(text)
        if character == ":" and at
    ]
    if not readings:
        return components
    found = Q()
    aliases = {}
    for number, (name, value) in enumerate(readings):
        aliases[f"_label{number}"] = KeyTransform(name, "labels")
        found |= Q(**{f"_label{number}": Value(value, JSONField())})
    return components.alias(**aliases).filter(found)


def searched(
    components: _Components,
    term: str,
    otherwise: Callable[..., Any],
    request: HttpRequest,
) -> Any:
    """Search, where `team:payments` is a label and everything else is text."""
    words = []
    for word in term.split():
        if ":" in word[1:]:
            components = labelled(components, word)
        else:
            words.append(word)
    return otherwise(request, components, " ".join(words))


def _pairs(labels: dict[Any, Any]) -> list[tuple[str, str]]:
    return [
        pair for pair in labels.items() if all(isinstance(one, str) for one in pair)
    ]
