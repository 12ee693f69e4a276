"""The rows of the site, and what changes of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import F

from .models import Disk

PART = 100
"""One of so many rows is deleted, inserted or renamed."""


@contextmanager
def filled(size: int) -> Iterator[None]:
    """Have the model's table with so many rows."""
    with connection.schema_editor() as editor:
        editor.create_model(Disk)
    insert(0, size)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(Disk)


def insert(number: int, count: int) -> None:
    Disk.objects.bulk_create(
        (
            Disk(
                host=f"host-{number:04}-{one:06}",
                mount=f"/srv/{one % 7}",
                kind=("ssd", "disk")[one % 2],
                rack=str(one % 40),
                size=one * 1_000_003,
                used=one * 31,
                load=one / 7,
            )
            for one in range(count)
        ),
        batch_size=1_000,
    )


def change(number: int) -> None:
    """Delete, insert and rename some rows, others than in the last round."""
    rows = Disk.objects.annotate(part=F("id") % PART)
    gone, _ = rows.filter(part=number % PART).delete()
    insert(number + 1, gone)
    rows.filter(part=(number + PART // 2) % PART).update(rack=f"moved-{number}")
