"""Read and store rows of Measurement: a source's answers about final spans of time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import Error as DatabaseFailure
from django.db import router, transaction
from django.db.models import F, Min

from ..database.batches import batches
from ..database.failures import asking, named
from ..logs import ThrottledLog, get_logger
from ..models import Measurement
from ..schedule.spans import DAY

logger = get_logger(__name__)
not_stored = ThrottledLog(
    "what Prometheus has said can't be stored", "answers of Prometheus can't be stored"
)


class Key(NamedTuple):
    """A component's name and a span of time, in Unix seconds."""

    component: str
    start: int
    end: int


def digest_of(source: str, what: str) -> str:
    """Return the digest under which something else than days is kept of a source."""
    return sha256(f"{source} {what}".encode()).hexdigest()


def days(
    alias: str, source: str, names: Collection[str], since: int, until: int
) -> dict[Key, Any]:
    """Return the stored contents of whole days within [since, until)."""
    found: dict[Key, Any] = {}
    for some in batches(names):
        rows = Measurement.objects.using(alias).filter(
            source=source, component__in=some, start__gte=since, end__lte=until
        )
        columns = rows.values_list("component", "start", "end", "content")
        for component, start, end, content in columns:
            found[Key(component, start, end)] = content
    return found


def contents(alias: str, source: str, keys: Collection[Key]) -> dict[Key, Any]:
    """Return the stored contents of those spans, most of which have few bounds."""
    wanted = set(keys)
    if not wanted:
        return {}
    since, until = min(key.start for key in wanted), max(key.end for key in wanted)
    names = sorted({key.component for key in wanted})
    found = days(alias, source, names, since, until)
    return {key: content for key, content in found.items() if key in wanted}


def earliest(alias: str, source: str, names: Collection[str]) -> dict[str, int]:
    """Return the start of the first day that is stored of each component."""
    found: dict[str, int] = {}
    for some in batches(names):
        rows = Measurement.objects.using(alias).filter(
            source=source, component__in=some, end=F("start") + DAY
        )
        found.update(rows.values_list("component").annotate(Min("start")))
    return found


def alias_for_writing() -> str:
    """Return the alias of the database that rows are written to."""
    return router.db_for_write(Measurement)


def store(source: str, found: Mapping[Key, Any], *, again: bool = False) -> bool:
    """Store the contents. Return whether that was possible.

    Rows that are stored already stay, unless they were read `again`.
    """
    if not found:
        return True
    alias = alias_for_writing()
    try:
        with asking(), transaction.atomic(alias):
            if again:
                _delete(alias, source, found)
            rows = (
                Measurement(
                    component=component,
                    start=start,
                    end=end,
                    source=source,
                    content=content,
                )
                for (component, start, end), content in found.items()
            )
            for some in batches(rows):
                # Another process may have stored the same meanwhile.
                Measurement.objects.using(alias).bulk_create(
                    some, ignore_conflicts=True
                )
    except DatabaseFailure as error:
        if what := not_stored.note():
            logger.warning("%s, and is kept in memory: %s", what, named(error))
        return False
    return True


def _delete(alias: str, source: str, keys: Iterable[Key]) -> None:
    by_span: dict[tuple[int, int], list[str]] = {}
    for component, start, end in keys:
        by_span.setdefault((start, end), []).append(component)
    for (start, end), names in by_span.items():
        for some in batches(names):
            Measurement.objects.using(alias).filter(
                source=source, start=start, end=end, component__in=some
            ).delete()
