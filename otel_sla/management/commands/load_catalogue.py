"""Apply a catalogue file, or print what it would change."""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
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
        self.consequence = _("Nothing was applied.")
        changes = self._load(file, options["prune"], options["dry_run"] or check)
        if not (check or options["dry_run"]):
            self.consequence = _("The catalogue was applied.")
        words = _(
            "%(create)s created, %(update)s updated, %(delete)s deleted, %(unchanged)s "
            "unchanged."
        )
        if options["dry_run"]:
            words = _(
                "%(create)s created, %(update)s updated, %(delete)s deleted, "
                "%(unchanged)s unchanged: a dry run, nothing was applied."
            )
        elif check:
            words = _(
                "%(create)s created, %(update)s updated, %(delete)s deleted, "
                "%(unchanged)s unchanged: a check, nothing was applied."
            )
        counts = {one: changes.counts[one] for one in ("create", "update", "delete")}
        self._say(words % {**counts, "unchanged": changes.unchanged})
        if check and changes:
            words = _(
                "%(file)s and the database differ. Loading it would make the changes "
                "above."
            )
            raise CommandError(words % {"file": file})
        if check:
            self._say(_("The database is the same as %(file)s.") % {"file": file})

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
                self.stderr.write(_("The admin's history could not be written."))
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
