"""Turn maintenance events of a calendar file into overrides."""

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
from otel_sla.management.lookup import rows_named
from otel_sla.management.output import OutputCommand
from otel_sla.models import Component, Schedule
from otel_sla.schedule import DAY
from otel_sla.schedule.notation import format_reading
from otel_sla.schedule.timezones import UnknownZone

LISTED = 20
MAX_HORIZON = 3_650
SIGNS = {"create": "+", "update": "~", "delete": "-"}


class Command(OutputCommand):
    help = (
        "Turn the events of an iCalendar file into overrides of components or of "
        "schedules. Importing a file again changes nothing; an event that has changed "
        "or was cancelled changes or deletes its overrides. Past overrides stay."
    )
    refusals = (UnusableCalendar, TooManyOverrides, PrunedByMessage, UnknownZone)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        onto = parser.add_mutually_exclusive_group(required=True)
        for name in ("component", "schedule"):
            onto.add_argument(
                f"--{name}",
                nargs="+",
                action="extend",
                metavar="NAME",
                help=f"{name}s that get the overrides",
            )
        parser.add_argument("--kind", choices=("closed", "open"), default="closed")
        parser.add_argument(
            "--horizon",
            type=int,
            default=365,
            metavar="DAYS",
            help="how far ahead repeating events are expanded; default: 365",
        )
        parser.add_argument(
            "--prune",
            action="store_true",
            help="delete imported overrides whose event is not in the file",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="print what would change, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["horizon"] <= MAX_HORIZON:
            raise CommandError(
                f"--horizon must be 1 to {MAX_HORIZON:,} days, "
                f"not {options['horizon']}."
            )
        self.consequence = "Nothing was applied."
        moment = int(time.time())
        horizon = moment + options["horizon"] * DAY
        asked = wishes(read_file(options["file"]), moment, horizon)
        targets: list[Any]
        if options["component"]:
            components = Component.objects.using(edited())
            rows = components.select_related("agreement__schedule")
            targets = rows_named(rows, options["component"])
        else:
            targets = rows_named(Schedule.objects.using(edited()), options["schedule"])
        outcome = apply(
            asked,
            targets,
            moment=moment,
            horizon=horizon,
            kind=options["kind"],
            prune=options["prune"],
            dry_run=options["dry_run"],
        )
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
            f"{counts}, {outcome.unchanged} unchanged, {outcome.past} past"
            + (": a dry run, nothing was applied." if options["dry_run"] else ".")
        )
        if outcome.noted:
            self.stdout.write(
                f"{outcome.noted} cancelled before their series is imported: it will "
                "leave them out."
            )
        if outcome.vanished:
            self.stdout.write(
                f"{len(outcome.vanished)} kept although their event is not in the "
                "file. --prune deletes them:"
            )
            self._list([f"? {_told(one)}" for one in outcome.vanished])
        if outcome.refusals:
            self.stdout.write(f"{len(outcome.refusals)} could not be imported:")
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
