"""Print what each source of metrics reads, and the first samples made of it."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from django.core.management.base import CommandError
from django.db import connections

from otel_sla.bridge import discovery
from otel_sla.bridge.interface import Source
from otel_sla.bridge.last_good import LastGood
from otel_sla.bridge.no_rows import NoRows, NotYet
from otel_sla.bridge.query_source import QuerySource
from otel_sla.bridge.registry import registry
from otel_sla.bridge.rows.function_source import FunctionSource
from otel_sla.conf import conf
from otel_sla.database.deadline import Deadline
from otel_sla.management.output import OutputCommand
from otel_sla.telemetry.exposition import write
from otel_sla.telemetry.negotiation import negotiate
from otel_sla.text import suggestion

_LONGEST = 3_600.0
"""Seconds that evaluating all schedules for the first time may take."""


class Command(OutputCommand):
    help = (
        "Show each source of metrics: its SQL, the rows that were read, the series "
        "made of them, how long that took, and the first lines of a scrape."
    )
    # It reports what is wrong itself, after the sources that can be read.
    requires_system_checks: list[str] = []
    about_service_windows = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source",
            metavar="SOURCE",
            nargs="?",
            help='such as "shop.Disks" or "Disks"; default: all',
        )
        parser.add_argument(
            "--lines", type=int, default=5, help="samples to print; default: 5"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["lines"] < 0:
            raise CommandError(f"--lines must be 0 or more, not {options['lines']}.")
        chosen = options["source"]
        wrong = {
            one.source_name(): list(map(str, found))
            for one, found in discovery.all_faults()
        }
        # Those of the site first, because they are what its developers work on.
        registered = sorted(registry.registered, key=lambda one: one.source.required)
        sources = {one.source.name: one for one in registered}
        left_out = set(sources) - {one.source.name for one in registry}
        names = [name for name in {**sources, **wrong} if _is(name, chosen)]
        if chosen and not names:
            known = sorted({*sources, *wrong})
            raise CommandError(
                f"There is no source {chosen!r}."
                + suggestion(chosen, known, " Did you mean {}?")
                + f" There are {', '.join(known)}. {_looked_in()}"
            )
        failures = [] if chosen else _failures_of_the_site()
        for name in names:
            if wrong.get(name):
                failures += wrong[name]
                continue
            try:
                if name in left_out:
                    why = 'OTEL_SLA["SOURCES"] leaves it out'
                    self.stdout.write(f"{name} is not exported: {why}.")
                if name not in left_out or chosen:
                    self._show(sources[name], options["lines"], chosen is not None)
            except NoRows as error:
                failures.append(str(error))
        if failures:
            raise CommandError("\n".join(failures))
        if not (chosen or wrong):
            self.stdout.write(_looked_in())

    def _show(self, kept: LastGood[Any, Any], lines: int, is_chosen: bool) -> None:
        source = kept.source
        began = time.monotonic()
        moment = int(time.time())
        snapshot = source.exported(_taken(kept, moment))
        if source.at_most:
            # Which names are its own depends on the other sources.
            with suppress(NoRows):
                snapshot = registry.collect(moment).of(source) or snapshot
        families = list(source.families(snapshot))
        milliseconds = 1_000 * (time.monotonic() - began)
        text = write(families, (), negotiate("", "")).decode()
        samples = [
            line for line in text.split("\n") if line and not line.startswith("#")
        ]
        self.stdout.write(self.style.MIGRATE_HEADING(source.name))
        if source.required and not is_chosen:
            self.stdout.write(f"  SQL: manage.py show_metrics {source.name}")
        else:
            for line in _read_by(source):
                self.stdout.write(f"  {line}")
        dropped = "".join(
            f", {_counted(number)} dropped ({reason})"
            for reason, number in snapshot.dropped.items()
            if number
        )
        self.stdout.write(
            f"  {_counted(len(snapshot))}, {len(samples):,} series, "
            f"{milliseconds:.0f} ms{dropped}"
        )
        for line in islice(samples, lines):
            self.stdout.write(f"    {line}")


def _taken(kept: LastGood[Any, Any], moment: int) -> Any:
    """Take a snapshot, however long its first evaluation takes. Raises NoRows."""
    try:
        return kept.take(moment)
    except NotYet:
        kept.wait(moment, Deadline(_LONGEST))
        return kept.take(moment)


def _counted(rows: int) -> str:
    return f"{rows:,} row{'' if rows == 1 else 's'}"


def _read_by(source: Source[Any, Any]) -> Iterator[str]:
    """Yield the queries of a source, with their parameters."""
    if isinstance(source, FunctionSource):
        yield "a function"
    if not isinstance(source, QuerySource):
        return
    alias = source.database()
    for sql, parameters in source.statements(alias, connections[alias].vendor):
        yield f"{alias}: {sql}"
        if parameters:
            yield f"with {', '.join(map(repr, parameters))}"


def _failures_of_the_site() -> list[str]:
    """Return what is wrong with modules and settings."""
    found = [*discovery.import_faults(), *discovery.unknown_sources(registry)]
    return [*map(str, found)]


def _looked_in() -> str:
    found = discovery.modules()
    return (
        "Classes of RowMetrics and functions with @source are looked for in the module "
        f"{conf.METRICS_MODULE} of each app in INSTALLED_APPS: "
        f"{', '.join(found) or 'none has one'}."
    )


def _is(name: str, chosen: str | None) -> bool:
    return chosen in (None, name, name.rpartition(".")[2])
