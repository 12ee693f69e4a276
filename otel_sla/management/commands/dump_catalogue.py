"""Print the database as a catalogue."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from otel_sla.catalogue import CatalogueError, dump, read_database
from otel_sla.management.database_errors import database_errors
from otel_sla.management.output import OutputCommand


class Command(OutputCommand):
    help = "Print the database as a catalogue; loading it again changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with database_errors():
                text = dump(read_database())
        except CatalogueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(text, ending="")
