"""What processes use: of the site, of exporters, and of PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.db import connection

from benchmarks.scrape import Server


def others() -> list[int]:
    """Return the processes of PostgreSQL that work for other programs than this."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def used(processes: Iterable[int]) -> float:
    """Return the CPU seconds of processes of one thread."""
    found = 0
    for one in processes:
        found += int(Path(f"/proc/{one}/schedstat").read_text().split()[0])
    return found / 1e9


def resident(process: int) -> float:
    """Return the MiB that a process holds, and begin its largest anew."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return peak(process)


def peak(process: int) -> float:
    return Server(0, process).peak_mebibytes()
