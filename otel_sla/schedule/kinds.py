"""The kinds of values that rows have, and how each is read and written. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

from . import notation
from .agreement_period import PERIODS
from .errors import InvalidNotation
from .rules import LAST


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of value, and how it is read and written in each place.

    `parse` reads one value of a catalogue and `load` the text of a database's column;
    both raise ValueError. `dump` returns what a catalogue holds, and `store` what a
    model's column holds. `answer` is the type in the API's JSON. `is_set`: the
    catalogue takes a list of values, each of which `parse` makes a set of.
    `must_be_quoted`: the catalogue refuses what YAML does not read as text, such as NO.
    """

    parse: Callable[[str], Any] = str
    dump: Callable[[Any], Any] = _unchanged
    load: Callable[[str], Any] = str
    store: Callable[[Any], Any] = _unchanged
    answer: Any = str
    absent: Any = None
    is_set: bool = False
    must_be_quoted: bool = False


def _dump_nth(nth: int) -> int | str:
    return "last" if nth == LAST else nth


def _dump_percentage(percentage: Decimal) -> int | float:
    text = f"{percentage.normalize():f}"
    return float(text) if "." in text else int(text)


def _parse_period(text: str) -> str:
    if text not in PERIODS:
        raise InvalidNotation("unknown_period", text=text, known=", ".join(PERIODS))
    return text


WEEKDAYS = Kind(
    parse=notation.parse_weekdays,
    dump=notation.format_weekdays,
    load=notation.parse_weekdays,
    store=notation.format_weekdays,
    is_set=True,
)
CLOCK = Kind(notation.parse_clock, notation.format_clock, time.fromisoformat)
END = Kind(notation.parse_end, notation.format_clock, time.fromisoformat)
NUMBER = Kind(notation.parse_number, load=int, answer=int)
NUMBERS = Kind(
    parse=notation.parse_numbers,
    dump=notation.in_order,
    load=notation.parse_numbers,
    store=notation.format_numbers,
    answer=list[int],
    absent=frozenset(),
    is_set=True,
)
MONTHS = replace(NUMBERS, parse=notation.parse_months, load=notation.parse_months)
NTH = Kind(notation.parse_nth, _dump_nth, int, answer=int | Literal["last"])
DATE = Kind(notation.parse_date, load=date.fromisoformat, answer=date)
READING = Kind(notation.parse_reading, notation.format_reading, datetime.fromisoformat)
END_READING = replace(READING, parse=notation.parse_end_of_override)
FLAG = Kind(notation.parse_flag, load=notation.parse_flag, answer=bool, absent=False)
SWITCH = Kind(notation.parse_flag, load=notation.parse_flag, answer=bool, absent=True)
CLOSED_OR_OPEN = Kind(answer=Literal["closed", "open"])
TEXT = Kind(absent="")
CODE = Kind(absent="", must_be_quoted=True)
PERCENTAGE = Kind(dump=_dump_percentage)
PERIOD = Kind(_parse_period)
REFERENCE = Kind()
"""The name of another row."""
LABELS = Kind(absent={})
