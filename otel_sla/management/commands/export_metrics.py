"""Push to an OTLP collector in the foreground."""

from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from otel_sla.management.output import OutputCommand, Unwritable
from otel_sla.telemetry import setup as telemetry
from otel_sla.telemetry.errors import InvalidConfiguration
from otel_sla.text import one_line


class Command(OutputCommand):
    help = (
        "Push the service windows of all components to the OTLP collector, in the "
        "foreground, until SIGTERM or SIGINT. Exits with 1 if the last export failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.epilog = (
            "The endpoint, the protocol and the interval are those of otel-config.yaml "
            "and of the variables that it names. Workers and other pushers that share "
            "the database agree with it on who pushes."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verbosity = options["verbosity"]
        self.consequence = "Pushing has stopped."
        lost: list[Unwritable] = []

        def say(line: str) -> None:
            """Write a line, from the thread that pushes."""
            try:
                self._say(line)
            except Unwritable as error:
                lost.append(error)
                pusher.end()

        try:
            pusher = telemetry.foreground_pusher(
                say if verbosity > 1 else lambda line: None
            )
        except InvalidConfiguration as error:
            raise CommandError(str(error)) from error
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: pusher.end())
        if verbosity:
            push = pusher.push
            self._say(
                f"Pushing to {push.endpoint} every {push.interval:g} s. Stop with ^C."
            )
        pusher.run_in_foreground()
        if lost:
            raise lost[0]
        if pusher.failing:
            raise CommandError("the last export failed")
        if verbosity:
            self._say("Stopped.")

    def _say(self, line: str) -> None:
        self.stdout.write(one_line(line))
        # Whoever reads a pipe wants it now, not with the next 8 KB.
        self.stdout.flush()
