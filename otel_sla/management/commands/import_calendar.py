"""Turn maintenance events of a calendar file into overrides."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from otel_sla.ical.imports import (
    Change,
    Outcome,
    PrunedByMessage,
    TooManyOverrides,
    UnusableCalendar,
    apply,
    edited,
    read_file,
    wishes,
)
from otel_sla.management.database_errors import database_errors
from otel_sla.management.output import OutputCommand
from otel_sla.models import Component, Schedule
from otel_sla.schedule import DAY
from otel_sla.schedule.notation import format_reading
from otel_sla.schedule.timezones import UnknownZone
from otel_sla.text import suggestion

LISTED = 20
MAX_HORIZON = 3_650
NOTHING = "Nothing was applied."
NOTHING_APPLIED = f"\n{NOTHING}"
SIGNS = {"create": "+", "update": "~", "delete": "-"}


class Command(OutputCommand):
    help = (
        "Turn the events of an iCalendar file into overrides of components or of "
        "schedules. Importing a file again changes nothing; an event that has changed "
        "or was cancelled changes or deletes its overrides. What is over stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        onto = parser.add_mutually_exclusive_group(required=True)
        for name in ("component", "schedule"):
            onto.add_argument(
                f"--{name}",
                nargs="+",
                action="extend",
                metavar="NAME",
                help=f"the {name}s whose overrides they become",
            )
        parser.add_argument("--kind", choices=("closed", "open"), default="closed")
        parser.add_argument(
            "--horizon",
            type=int,
            default=365,
            metavar="DAYS",
            help="how far ahead events that repeat are written out; default: 365",
        )
        parser.add_argument(
            "--prune",
            action="store_true",
            help="delete imported overrides whose event the file does not have",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["horizon"] <= MAX_HORIZON:
            raise CommandError(
                f"--horizon is 1 to {MAX_HORIZON:,} days, not {options['horizon']}"
            )
        self.consequence = NOTHING
        moment = int(time.time())
        horizon = moment + options["horizon"] * DAY
        try:
            asked = wishes(read_file(options["file"]), moment, horizon)
            with database_errors(NOTHING_APPLIED):
                outcome = apply(
                    asked,
                    _targets(options),
                    moment=moment,
                    horizon=horizon,
                    kind=options["kind"],
                    prune=options["prune"],
                    dry_run=options["dry_run"],
                )
        except (
            UnusableCalendar,
            TooManyOverrides,
            PrunedByMessage,
            UnknownZone,
        ) as error:
            raise CommandError(f"{error}{NOTHING_APPLIED}") from error
        if not options["dry_run"]:
            self.consequence = "The calendar was applied."
        if options["verbosity"]:
            self._report(outcome, options)

    def _report(self, outcome: Outcome, options: dict[str, Any]) -> None:
        self._list([f"{SIGNS[one.action]} {_told(one)}" for one in outcome.changes])
        counts = ", ".join(
            f"{outcome.count(action)} {action}d"
            for action in ("create", "update", "delete")
        )
        self.stdout.write(
            f"{counts}, {outcome.unchanged} unchanged, {outcome.past} over"
            + (": a dry run, nothing was applied." if options["dry_run"] else ".")
        )
        if outcome.noted:
            self.stdout.write(
                f"{outcome.noted} cancelled before the series is imported, which will "
                "leave them out."
            )
        if outcome.vanished:
            self.stdout.write(
                f"{len(outcome.vanished)} of events that are not in the file stay; "
                "--prune deletes them:"
            )
            self._list([f"? {_told(one)}" for one in outcome.vanished])
        if outcome.refusals:
            self.stdout.write(f"{len(outcome.refusals)} could not be taken:")
            for refusal in outcome.refusals:
                self.stdout.write(f"! {refusal}")

    def _list(self, lines: list[str]) -> None:
        for line in lines[:LISTED]:
            self.stdout.write(line)
        if lines[LISTED:]:
            self.stdout.write(f"... and {len(lines) - LISTED} more")


def _told(change: Change) -> str:
    row = change.override
    start, end = format_reading(row.start), format_reading(row.end)
    reason = f", {row.reason}" if row.reason else ""
    return f"{change.target}: {row.kind} {start} to {end} {change.timezone}{reason}"


def _targets(options: dict[str, Any]) -> list[Any]:
    """The rows of the names that were given, each once. Raises CommandError."""
    if options["component"]:
        kind, names = "component", options["component"]
        rows: Any = Component.objects.using(edited()).select_related(
            "agreement__schedule"
        )
    else:
        kind, names = "schedule", options["schedule"]
        rows = Schedule.objects.using(edited())
    found = {row.name: row for row in rows.filter(name__in=names)}
    for name in names:
        if name not in found:
            meant = suggestion(name, rows.values_list("name", flat=True))
            raise CommandError(f"no {kind} {name!r}{meant}{NOTHING_APPLIED}")
    return [found[name] for name in dict.fromkeys(names)]
