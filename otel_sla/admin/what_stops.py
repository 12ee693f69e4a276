"""What stops when a component is disabled, renamed or deleted, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext, ngettext

from ..labels import series
from ..language import number
from ..models import Component


def stops_by_change(before: Component, after: Component) -> list[str]:
    """Return what stops when a component is changed. Nothing while it is disabled."""
    if not before.enabled:
        return []
    if not after.enabled:
        return list(_of_end([before.name], is_deleted=False))
    if before.name != after.name:
        return list(_of_rename(before.name, after.name))
    return []


def stops_by_deletion(components: Any) -> list[str]:
    """Return what stops when components are deleted. Nothing if all are disabled."""
    names = [one.name for one in components if one.enabled]
    return list(_of_end(names, is_deleted=True)) if names else []


def _of_end(names: list[str], *, is_deleted: bool) -> Iterator[str]:
    more, series = len(names) - 1, _series(names[0])
    if more:
        yield ngettext(
            "Series: %(series)s, and those of %(count)s more component and its other "
            "series end at the next scrape.",
            "Series: %(series)s, and those of %(count)s more components and its other "
            "series end at the next scrape.",
            more,
        ) % {"series": series, "count": number(more)}
    else:
        yield _ended(series)
    yield gettext(
        "Gate: alerts about it are no longer held back outside its service window, "
        "because a gate without samples lets them through."
    )
    if is_deleted:
        yield gettext(
            "History: nothing is measured once it is deleted. What Prometheus has "
            "recorded stays under this name until its retention ends. "
            "ServiceWindowDisappeared fires for a day."
        )
    else:
        yield gettext(
            "History: nothing is measured once it is disabled. What Prometheus has "
            "recorded stays under this name until its retention ends. "
            "ServiceWindowDisappeared fires for a day."
        )
    yield gettext("Page and calendar feed: they answer 404.")


def _of_rename(old: str, new: str) -> Iterator[str]:
    begun = gettext("New ones begin: %(series)s.") % {"series": _series(new)}
    yield f"{_ended(_series(old))} {begun}"
    yield gettext(
        "Gate: alerts that still say %(old)r are no longer held back outside the "
        "service window. Rename it in their sources, too."
    ) % {"old": old}
    yield gettext(
        "History: availability starts from zero under %(new)r. What Prometheus has "
        "recorded stays under %(old)r. ServiceWindowDisappeared fires for a day."
    ) % {"old": old, "new": new}
    yield gettext("Page and calendar feed: their old addresses answer 404.")


def _ended(series: str) -> str:
    words = gettext("Series: %(series)s and its other series end at the next scrape.")
    return words % {"series": series}


def _series(name: str) -> str:
    return f"service_window_in_window{{{series({'component': name}).decode()}}}"
