"""Print the database as a catalogue."""

from typing import Any

from otel_sla.catalogue import CatalogueError, dump, read_database
from otel_sla.management.output import OutputCommand


class Command(OutputCommand):
    help = "Print the database as a catalogue. Loading it again changes nothing."
    refusals = (CatalogueError,)

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(dump(read_database()), ending="")
