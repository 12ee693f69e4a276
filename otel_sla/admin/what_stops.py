"""What stops when a component is disabled, renamed or deleted, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..labels import series
from ..models import Component

_GATE = (
    "alerts about it are no longer held back outside its service window, because a "
    "gate without samples lets them through"
)


def stops_by_change(before: Component, after: Component) -> list[str]:
    """Return what stops when a component is changed. Nothing while it is disabled."""
    if not before.enabled:
        return []
    if not after.enabled:
        return list(_of_end([before.name], "disabled"))
    if before.name != after.name:
        return list(_of_rename(before.name, after.name))
    return []


def stops_by_deletion(components: Any) -> list[str]:
    """Return what stops when components are deleted. Nothing if all are disabled."""
    names = [one.name for one in components if one.enabled]
    return list(_of_end(names, "deleted")) if names else []


def _of_end(names: list[str], how: str) -> Iterator[str]:
    named = _series(names[0])
    if len(names) > 1:
        several = "" if len(names) == 2 else "s"
        named += f", and those of {len(names) - 1:,} more component{several}"
    yield f"Series: {named} and its other series end at the next scrape."
    yield f"Gate: {_GATE}."
    yield (
        f"History: nothing is measured once it is {how}. What Prometheus has recorded "
        "stays under this name until its retention ends. "
        "ServiceWindowDisappeared fires for a day."
    )
    yield "Page and calendar feed: they answer 404."


def _of_rename(old: str, new: str) -> Iterator[str]:
    yield (
        f"Series: {_series(old)} and its other series end at the next scrape. "
        f"New ones begin: {_series(new)}."
    )
    yield (
        f"Gate: alerts that still say {old!r} are no longer held back outside the "
        "service window. Rename it in their sources, too."
    )
    yield (
        f"History: availability starts from zero under {new!r}. What Prometheus has "
        f"recorded stays under {old!r}. ServiceWindowDisappeared fires for a day."
    )
    yield "Page and calendar feed: their old addresses answer 404."


def _series(name: str) -> str:
    return f"service_window_in_window{{{series({'component': name}).decode()}}}"
