"""Apply a catalogue file, or say what it would change."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from otel_sla.catalogue import (
    CatalogueError,
    Changes,
    Review,
    apply,
    names_that_stay,
    reading,
)
from otel_sla.management.database_errors import database_errors
from otel_sla.management.output import OutputCommand

NOTHING = "Nothing was applied."
NOTHING_APPLIED = f"\n{NOTHING}"


class Command(OutputCommand):
    help = (
        "Bring schedules, agreements and components in line with a catalogue file, "
        "YAML or JSON, or components alone with a CSV file. All of it is checked "
        "before any of it is applied."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        only = parser.add_mutually_exclusive_group()
        only.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would change, and stop; the exit status is 0",
        )
        only.add_argument(
            "--check",
            action="store_true",
            help="say what would change, and stop; the exit status is 1 if anything "
            "would: for the CI of a catalogue's repository",
        )
        parser.add_argument(
            "--prune",
            action="store_true",
            help="delete what the catalogue does not name",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        file, check = options["file"], options["check"]
        self.consequence = NOTHING
        try:
            with database_errors(NOTHING_APPLIED):
                changes = self._load(
                    file, options["prune"], options["dry_run"] or check
                )
        except CatalogueError as error:
            raise CommandError(f"{error}{NOTHING_APPLIED}") from error
        if not (check or options["dry_run"]):
            self.consequence = "The catalogue was applied."
        self._say(_counted(changes) + _meaning(options))
        if check and changes:
            raise CommandError(
                f"{file} and the database differ; loading it would change the above",
                returncode=1,
            )
        if check:
            self._say(f"The database is as {file} says.")

    def _load(self, file: Path, prune: bool, dry_run: bool) -> Changes:
        listed = {"listed": None} if self.verbosity > 1 else {}
        review = Review(self.stdout.write, int(time.time()), **listed)
        schedules, agreements = names_that_stay(file, prune=prune)
        with reading(
            file, schedules=schedules, agreements=agreements, track=self._progress
        ) as catalogue:
            changes = apply(
                catalogue,
                prune=prune,
                dry_run=dry_run,
                track=self._progress,
                listener=review if self.verbosity else None,
            )
        if self.verbosity:
            review.end()
        return changes

    def _progress(self, steps: Iterable[Any], what: str, number: int) -> Iterable[Any]:
        # More is written meanwhile where all changes are listed.
        shown = self.verbosity == 1 and sys.stderr.isatty()
        total = number or None
        return tqdm(
            steps, desc=what, total=total, delay=1, leave=False, disable=not shown
        )

    def _say(self, text: str) -> None:
        if self.verbosity:
            self.stdout.write(text)


def _counted(changes: Changes) -> str:
    return ", ".join(
        [
            f"{changes.counts['create']} created",
            f"{changes.counts['update']} updated",
            f"{changes.counts['delete']} deleted",
            f"{changes.unchanged} unchanged",
        ]
    )


def _meaning(options: dict[str, Any]) -> str:
    if options["dry_run"]:
        return ": a dry run, nothing was applied."
    return ": a check, nothing was applied." if options["check"] else "."
