"""Push to an OTLP collector in the foreground."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext

from otel_sla.management.output import OutputCommand, Unwritable
from otel_sla.telemetry import setup as telemetry
from otel_sla.telemetry.errors import InvalidConfiguration
from otel_sla.text import one_line


class Command(OutputCommand):
    help = (
        "Push the rows of all sources to the OTLP collector, in the foreground, "
        "until SIGTERM or SIGINT. Exits with 1 if the last export failed."
    )
    about_service_windows = False
    refusals = (InvalidConfiguration,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.epilog = (
            "Endpoint, protocol and interval come from otel-config.yaml and the "
            "variables that it names. Of all processes that share the database, web "
            "workers included, one pushes at a time."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verbosity = options["verbosity"]
        lost: list[Unwritable] = []

        def say(line: str) -> None:
            """Write a line, from the thread that pushes."""
            try:
                self._say(line)
            except Unwritable as error:
                lost.append(error)
                pusher.end()

        pusher = telemetry.foreground_pusher(
            say if verbosity > 1 else lambda line: None
        )
        self.consequence = gettext("Pushing has stopped.")
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: pusher.end())
        if verbosity:
            push = pusher.push
            self._say(
                gettext("Pushing to %(endpoint)s every %(interval)s s. Stop with ^C.")
                % {"endpoint": push.endpoint, "interval": f"{push.interval:g}"}
            )
        pusher.run_in_foreground()
        if lost:
            raise lost[0]
        if pusher.failing:
            raise CommandError(gettext("The last export failed."))
        if verbosity:
            self._say(gettext("Stopped."))

    def _say(self, line: str) -> None:
        self.stdout.write(one_line(line))
        # The reader of a pipe wants it now, not with the next 8 KB.
        self.stdout.flush()
