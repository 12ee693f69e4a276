"""Print an SLA report: what was promised in a period, and what was delivered."""

import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from getpass import getuser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from otel_sla.accounting import (
    InvalidPeriod,
    InvalidSample,
    Period,
    parse_period,
    period_of,
)
from otel_sla.labels import InvalidLabels
from otel_sla.management.output import OutputCommand
from otel_sla.models import IssuedReport
from otel_sla.reports import issued, making
from otel_sla.reports.csv_file import as_csv
from otel_sla.reports.document import Document, as_json
from otel_sla.reports.html import as_html, issued_facts
from otel_sla.reports.refusals import ReportRefused
from otel_sla.reports.selection import Selection
from otel_sla.reports.source import NotMeasured
from otel_sla.reports.text_table import as_table

MISSED = 3
"""The exit status where a component has missed its target."""


class Command(OutputCommand):
    help = (
        "Print an SLA report: availability within service hours against the target, "
        "with outages, exclusions and maintenance, from what Prometheus has measured. "
        "The exit status is 3 if a component has missed its target."
    )
    refusals = (
        InvalidLabels,
        InvalidPeriod,
        InvalidSample,
        NotMeasured,
        ReportRefused,
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--period",
            help="2026-10, 2026-W44, 2026-Q4, 2026, or two dates of which the second "
            "is not included: 2026-10-01/2026-10-16; default: the last calendar month",
        )
        parser.add_argument(
            "--agreement", metavar="NAME", help="only components of this agreement"
        )
        several: dict[str, Any] = {"action": "append", "default": []}
        parser.add_argument(
            "--label",
            metavar="NAME:VALUE",
            help="only components with this label; repeatable: different labels must "
            "all match, several values of one label are alternatives",
            **several,
        )
        parser.add_argument(
            "--component",
            metavar="NAME",
            help="only this component; repeatable",
            **several,
        )
        parser.add_argument(
            "--format", choices=("table", "csv", "json", "html"), default="table"
        )
        parser.add_argument(
            "--issue",
            action="store_true",
            help="keep the report as it is, and print its number and digest",
        )
        parser.add_argument(
            "--fetch-again",
            action="store_true",
            help="ask Prometheus again for what is stored already",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        moment = int(time.time())
        period = _period(options["period"], moment)
        selection = Selection.of(
            options["agreement"], options["label"], options["component"]
        )
        with self._progress(options["verbosity"]) as progress:
            document = making.make(
                period,
                selection,
                moment,
                progress,
                fetch_again=options["fetch_again"],
            )
        row = issued.issue(document, _user()) if options["issue"] else None
        if options["format"] == "csv":
            self.stdout.write(as_csv(document), ending="")
        for line in self._lines(options["format"], document, row):
            self.stdout.write(line)
        if row is not None:
            # Other programs read what is not a table.
            out = self.stdout if options["format"] == "table" else self.stderr
            said = _("Issued as report %(number)s, digest %(digest)s.")
            out.write(said % {"number": row.pk, "digest": row.digest})
        if missed := document["missed"]:
            count = len(document["components"])
            said = ngettext(
                "%(missed)s of %(count)s component missed the target.",
                "%(missed)s of %(count)s components missed the target.",
                count,
            )
            values = {"missed": missed, "count": count}
            raise CommandError(said % values, returncode=MISSED)

    def _lines(
        self, form: str, document: Document, row: IssuedReport | None
    ) -> Iterator[str]:
        if form == "table":
            shown = self.stdout.isatty()
            heading = self.style.MIGRATE_HEADING if shown else str
            yield from as_table(document, heading)
            yield from issued.differences_of(row) if row is not None else ()
        elif form == "json":
            yield as_json(document)
        elif form == "html":
            yield as_html(document, None if row is None else issued_facts(row))

    @contextmanager
    def _progress(self, verbosity: int) -> Iterator[Callable[[int, int], None]]:
        """Show a bar on a terminal, if it takes longer than a second."""
        shown = verbosity == 1 and sys.stderr.isatty()
        with tqdm(
            desc=_("days measured"), delay=1, leave=False, disable=not shown
        ) as progress:

            def advance(done: int, total: int) -> None:
                progress.total = total
                progress.update(done - progress.n)

            yield advance


def _period(text: str | None, moment: int) -> Period:
    if text is not None:
        return parse_period(text)
    today = datetime.fromtimestamp(moment, UTC).date()
    return period_of("month", today.replace(day=1) - timedelta(days=1))


def _user() -> str:
    """Return the name of the user who runs the command, if the system knows one."""
    try:
        return getuser()
    except (ImportError, KeyError, OSError):
        return ""
