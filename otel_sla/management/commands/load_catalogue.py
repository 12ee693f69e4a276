"""Apply a catalogue file, or print what it would change."""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
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
from otel_sla.catalogue.apply import Listener
from otel_sla.management.change_history import CatalogueHistory
from otel_sla.management.output import OutputCommand


class Command(OutputCommand):
    help = (
        "Apply a catalogue file, YAML or JSON, to the calendars, schedules, agreements "
        "and components of the database, or a CSV file to its components. The whole "
        "file is checked first."
    )
    refusals = (CatalogueError,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        only = parser.add_mutually_exclusive_group()
        only.add_argument(
            "--dry-run",
            action="store_true",
            help="print what would change, and stop; the exit status is 0",
        )
        only.add_argument(
            "--check",
            action="store_true",
            help="print what would change, and stop; the exit status is 1 if anything "
            "would, for the CI of a catalogue's repository",
        )
        parser.add_argument(
            "--prune",
            action="store_true",
            help="delete what is not in the catalogue",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.verbosity = options["verbosity"]
        file, check = options["file"], options["check"]
        self.consequence = "Nothing was applied."
        changes = self._load(file, options["prune"], options["dry_run"] or check)
        if not (check or options["dry_run"]):
            self.consequence = "The catalogue was applied."
        counts, end = changes.counts, "."
        if options["dry_run"]:
            end = ": a dry run, nothing was applied."
        elif check:
            end = ": a check, nothing was applied."
        self._say(
            f"{counts['create']} created, {counts['update']} updated, "
            f"{counts['delete']} deleted, {changes.unchanged} unchanged{end}"
        )
        if check and changes:
            raise CommandError(
                f"{file} and the database differ. Loading it would make the changes "
                "above."
            )
        if check:
            self._say(f"The database is the same as {file}.")

    def _load(self, file: Path, prune: bool, dry_run: bool) -> Changes:
        listed = {"listed": None} if self.verbosity > 1 else {}
        review = Review(self.stdout.write, int(time.time()), **listed)
        listener = review if self.verbosity else Listener()
        known = names_that_stay(file, prune=prune)
        with TemporaryFile("w+") as notes:
            history = CatalogueHistory(file.name, listener, notes)
            with reading(file, track=self._progress, **known) as catalogue:
                changes = apply(
                    catalogue,
                    prune=prune,
                    dry_run=dry_run,
                    track=self._progress,
                    listener=listener if dry_run else history,
                )
            if self.verbosity:
                review.end()
            if not dry_run and not history.write():
                self.stderr.write("The admin's history could not be written.")
        return changes

    def _progress(self, steps: Iterable[Any], what: str, number: int) -> Iterable[Any]:
        # Where all changes are listed, their lines would run into the bar.
        shown = self.verbosity == 1 and sys.stderr.isatty()
        total = number or None
        return tqdm(
            steps, desc=what, total=total, delay=1, leave=False, disable=not shown
        )

    def _say(self, text: str) -> None:
        if self.verbosity:
            self.stdout.write(text)
