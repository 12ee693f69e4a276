from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from otel_sla import telemetry
from otel_sla.invalid import InvalidConfiguration


class Command(BaseCommand):
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
        try:
            pusher = telemetry.foreground_pusher(
                self.stdout.write if verbosity > 1 else lambda line: None
            )
        except InvalidConfiguration as error:
            raise CommandError(str(error)) from error
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: pusher.end())
        if verbosity:
            push = pusher.push
            self.stdout.write(
                f"Pushing to {push.endpoint} every {push.interval:g} s. Stop with ^C."
            )
        pusher.run_in_foreground()
        if pusher.failing:
            raise CommandError("the last export failed")
        if verbosity:
            self.stdout.write("Stopped.")
