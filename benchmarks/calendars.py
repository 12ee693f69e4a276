"""Measure scrapes of schedules with calendars of one's own, beside holiday codes.

    python benchmarks/calendars.py [--schedules 2000]

Prints a Markdown table: CPU milliseconds of a snapshot of as many schedules as
components, all by one process over SQLite, and the ratio to the same schedules with one
holiday code each. All share five calendars (or codes). Only the ratios mean something
elsewhere.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

MOMENT = 1_774_612_800
"""2026-03-27T12:00:00Z"""
CODES = ("GB-ENG", "DE-BY", "US", "FR", "AT-9")
ZONES = ("Europe/London", "Europe/Berlin", "America/New_York", "Australia/Sydney")


def calendars(days: int) -> dict[str, Any]:
    return {
        f"company-{number}": {
            "include": [code],
            "days": [
                {"name": f"Day {day}", "date": f"{day % 12 + 1:02}-{day % 28 + 1:02}"}
                for day in range(days)
            ],
        }
        for number, code in enumerate(CODES)
    }


def schedule(number: int, holidays: str | None, **parts: Any) -> dict[str, Any]:
    rules = [{"days": "mon-fri", "start": "09:00", "end": f"17:{number % 60:02}"}]
    given = {"holidays": holidays} if holidays else {}
    zone = ZONES[number % len(ZONES)]
    return {"timezone": zone, "rules": rules, **given, **parts}


def catalogue(count: int, kind: str) -> dict[str, Any]:
    holidays: Callable[[int], str | None] = {
        "no holidays": lambda number: None,
        "one of five codes": lambda number: CODES[number % 5],
    }.get(kind, lambda number: f"company-{number % 5}")
    schedules = {
        f"s{number}": schedule(number, holidays(number)) for number in range(count)
    }
    if kind == "five calendars, and one of five schedules included":
        for number in range(5, count):
            schedules[f"s{number}"]["includes"] = [f"s{number % 5}"]
    return {
        "calendars": calendars(366 if kind == "five calendars of 366 days" else 20),
        "schedules": schedules,
        "agreements": {
            f"s{number}": {"schedule": f"s{number}", "target": 99.9}
            for number in range(count)
        },
        "components": {
            f"s{number}": {"agreement": f"s{number}"} for number in range(count)
        },
    }


KINDS = (
    "one of five codes",
    "no holidays",
    "five calendars",
    "five calendars of 366 days",
    "five calendars, and one of five schedules included",
)


def milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time_ns()
    work()
    return (time.process_time_ns() - began) / 1e6


def measured(count: int, kind: str, runs: int = 3) -> list[float]:
    """The least of several runs: the first snapshot, one kept, one after an edit."""
    from otel_sla.catalogue import apply, parse_text
    from otel_sla.metrics.source import Snapshots
    from otel_sla.models import Rule
    from otel_sla.schedule.spans import to_unix

    apply(parse_text(json.dumps(catalogue(count, kind)), "all.json"), prune=True)
    found = []
    for run in range(runs):
        to_unix.cache_clear()
        snapshots = Snapshots()
        take = partial(snapshots.take, MOMENT + run)
        steps = [milliseconds(take), milliseconds(take)]
        last = Rule.objects.order_by("-pk")[:1]
        Rule.objects.filter(pk__in=[one.pk for one in last]).update(
            valid_from=f"2020-01-0{run + 1}"
        )
        found.append([*steps, milliseconds(take)])
    return [min(step) for step in zip(*found, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=2_000)
    count = parser.parse_args().schedules
    with TemporaryDirectory() as directory:
        os.environ["DATABASE_URL"] = f"sqlite:///{directory}/rows.sqlite3"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        found = {kind: measured(count, kind) for kind in KINDS}
    base = found[KINDS[0]]
    print(f"| {count:,} schedules with | first | kept | after an edit |")
    print("|---|---:|---:|---:|")
    for kind, steps in found.items():
        pairs = zip(steps, base, strict=True)
        cells = (f"{one:.0f} ({one / other:.2f}x)" for one, other in pairs)
        print(f"| {kind} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
