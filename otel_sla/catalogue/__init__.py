"""The catalogue file: schedules, agreements and components as operators keep them.

`parse_file` reads and checks one, `apply` brings the database in line with it,
`read_database` and `dump` go the other way. Loading a dump changes nothing.
"""

from .apply import Changes, apply
from .document import CatalogueError
from .dump import dump, read_database
from .entries import AgreementEntry, Catalogue, ComponentEntry, ScheduleEntry
from .parse import parse_file, parse_text

__all__ = [
    "AgreementEntry",
    "Catalogue",
    "CatalogueError",
    "Changes",
    "ComponentEntry",
    "ScheduleEntry",
    "apply",
    "dump",
    "parse_file",
    "parse_text",
    "read_database",
]
