from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from otel_sla.catalogue import CatalogueError, Changes, apply, parse_file
from otel_sla.management.refusals import database_errors
from otel_sla.models import Agreement, Schedule

LISTED = 20
NOTHING_APPLIED = "\nNothing was applied."
SIGNS = {"create": "+", "update": "~", "delete": "-"}


class Command(BaseCommand):
    help = (
        "Bring schedules, agreements and components in line with a catalogue file, "
        "YAML or JSON. All of it is checked before any of it is applied."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and stop"
        )
        parser.add_argument(
            "--prune",
            action="store_true",
            help="delete what the catalogue does not name",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        prune, dry_run = options["prune"], options["dry_run"]
        try:
            with database_errors(NOTHING_APPLIED):
                catalogue = parse_file(
                    options["file"],
                    schedules=() if prune else set(_names(Schedule)),
                    agreements=() if prune else set(_names(Agreement)),
                )
                changes = apply(
                    catalogue, prune=prune, dry_run=dry_run, track=self._progress
                )
        except CatalogueError as error:
            raise CommandError(f"{error}{NOTHING_APPLIED}") from error
        if self.verbosity:
            self._report(changes, dry_run=dry_run)

    def _progress(self, batches: Sequence[Any], what: str) -> Iterable[Any]:
        shown = bool(self.verbosity) and sys.stderr.isatty()
        return tqdm(batches, desc=what, delay=1, leave=False, disable=not shown)

    def _report(self, changes: Changes, *, dry_run: bool) -> None:
        lines = [
            f"{SIGNS[change.action]} {change.kind} {change.name}"
            + (f": {', '.join(change.differing())}" if change.differing() else "")
            for change in changes
        ]
        listed = lines if self.verbosity > 1 else lines[:LISTED]
        for line in listed:
            self.stdout.write(line)
        if len(listed) < len(lines):
            self.stdout.write(
                f"... and {len(lines) - len(listed)} more; --verbosity 2 lists all"
            )
        counts = ", ".join(
            f"{changes.count(action)} {action}d"
            for action in ("create", "update", "delete")
        )
        self.stdout.write(
            f"{counts}, {changes.unchanged} unchanged"
            + (": a dry run, nothing was applied." if dry_run else ".")
        )


def _names(model: type[Schedule] | type[Agreement]) -> Any:
    return model.objects.values_list("name", flat=True)
