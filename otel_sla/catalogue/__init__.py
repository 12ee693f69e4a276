"""The catalogue file: calendars, schedules, agreements and components.

`reading` reads and checks a file, with its components on disk, `apply` changes the
database to what it says, and `Review` writes for people what that changes. `parse_file`
and `parse_text` read a catalogue into memory; `read_database` and `dump` go the other
way. Loading a dump changes nothing.
"""

from .apply import apply
from .changes import Change, Changes
from .db_read import names_that_stay, read_database
from .dump import dump, written
from .entries import (
    AgreementEntry,
    CalendarEntry,
    Catalogue,
    ComponentEntry,
    ScheduleEntry,
)
from .errors import CatalogueError
from .load import parse_file, parse_text, reading
from .review import Review, described

__all__ = [
    "AgreementEntry",
    "CalendarEntry",
    "Catalogue",
    "CatalogueError",
    "Change",
    "Changes",
    "ComponentEntry",
    "Review",
    "ScheduleEntry",
    "apply",
    "described",
    "dump",
    "names_that_stay",
    "parse_file",
    "parse_text",
    "read_database",
    "reading",
    "written",
]
