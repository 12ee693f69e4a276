"""The kinds of values that rows have, and how each is read and written. Pure.

The models import it, and through them every process: what evaluates schedules, and the
holidays library, are imported where they are used.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, Literal

from . import calendar_notation, name_lists, notation
from .errors import InvalidNotation
from .rules import LAST
from .spans import Span


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of value, and how it is read and written in each place.

    `parse` reads one value of a catalogue and `load` the text of a database's column;
    both raise ValueError. `dump` returns what a catalogue holds, and `store` what a
    model's column holds. `answer` is the type in the API's JSON. Where there is
    `collect`, the catalogue takes a list of values, of which it makes one: `parse`
    reads each, and returns several. `must_be_quoted`: the catalogue refuses what YAML
    does not read as text, such as NO.
    """

    parse: Callable[[str], Any] = str
    dump: Callable[[Any], Any] = _unchanged
    load: Callable[[str], Any] = str
    store: Callable[[Any], Any] = _unchanged
    answer: Any = str
    absent: Any = None
    collect: Callable[[Iterable[Any]], Any] | None = None
    must_be_quoted: bool = False


def _dump_nth(nth: int) -> int | str:
    return "last" if nth == LAST else nth


def _dump_percentage(percentage: Decimal) -> int | float:
    text = f"{percentage.normalize():f}"
    return float(text) if "." in text else int(text)


def _dump_calendars(calendars: tuple[str, ...]) -> str | list[str]:
    return calendars[0] if len(calendars) == 1 else list(calendars)


def _parse_period(text: str) -> str:
    from .agreement_period import PERIODS

    if text not in PERIODS:
        raise InvalidNotation("unknown_period", text=text, known=", ".join(PERIODS))
    return text


def _parse_unknown_time(text: str) -> str:
    if text not in UNKNOWN_TIMES:
        known = ", ".join(UNKNOWN_TIMES)
        raise InvalidNotation("unknown_use_of_unknown", text=text, known=known)
    return text


def _union(sets: Iterable[frozenset[int]]) -> frozenset[int]:
    return frozenset().union(*sets)


def _all_names(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return name_lists.in_order(chain.from_iterable(lists))


def _load_codes(text: str) -> tuple[str, ...]:
    from .holidays import check_code

    found = name_lists.parse_codes(text)
    for name in name_lists.names_of(found):
        check_code(name)
    return found


def _one_name(text: str) -> tuple[str, ...]:
    return (text,) if text else ()


def _each_span(hours: Iterable[Span]) -> list[str]:
    return [calendar_notation.format_hours_of_day((span,)) for span in hours]


def _unless_empty(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda text: parse(text) if text else None


def _or_empty(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "" if value is None else write(value)


# Most rows have one of a few texts, and rules of the same days share a set.
_shared = lru_cache(maxsize=256)

WEEKDAYS = Kind(
    parse=notation.parse_weekdays,
    dump=notation.format_weekdays,
    load=_shared(notation.parse_weekdays),
    store=notation.format_weekdays,
    collect=_union,
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
    collect=_union,
)
MONTHS = replace(
    NUMBERS, parse=notation.parse_months, load=_shared(notation.parse_months)
)
NTH = Kind(notation.parse_nth, _dump_nth, int, answer=int | Literal["last"])
DATE = Kind(notation.parse_date, load=date.fromisoformat, answer=date)
READING = Kind(notation.parse_reading, notation.format_reading, datetime.fromisoformat)
END_READING = replace(READING, parse=notation.parse_end_of_override)
FLAG = Kind(notation.parse_flag, load=notation.parse_flag, answer=bool, absent=False)
SWITCH = Kind(notation.parse_flag, load=notation.parse_flag, answer=bool, absent=True)
WEEKDAY = Kind(
    calendar_notation.parse_weekday,
    calendar_notation.format_weekday,
    _unless_empty(calendar_notation.parse_weekday),
    _or_empty(calendar_notation.format_weekday),
)
MONTH = replace(NUMBER, parse=calendar_notation.parse_month)
DAY_OF_YEAR = Kind(
    calendar_notation.parse_day_of_year,
    str,
    _unless_empty(calendar_notation.parse_day_of_year),
    _or_empty(str),
)
HOURS = Kind(
    parse=calendar_notation.parse_hours,
    dump=_each_span,
    load=calendar_notation.parse_hours,
    store=calendar_notation.format_hours_of_day,
    answer=list[str],
    absent=(),
    collect=lambda some: tuple(chain.from_iterable(some)),
)
OBSERVED = Kind(
    calendar_notation.parse_observed,
    answer=Literal["none", "next_monday", "nearest_weekday"],
)
CLOSED_OR_OPEN = Kind(answer=Literal["closed", "open"])
TEXT = Kind(absent="")
CODE = Kind(must_be_quoted=True)
PERCENTAGE = Kind(dump=_dump_percentage)
PERIOD = Kind(_parse_period)
UNKNOWN_TIMES = ("exclude", "up", "down")
UNKNOWN_TIME = Kind(_parse_unknown_time, answer=Literal["exclude", "up", "down"])
MOMENT = Kind(answer=datetime)
"""A moment, which means the same in every time zone."""
REFERENCE = Kind()
"""The name of another row."""
REFERENCES = Kind(
    _one_name,
    list,
    answer=list[str],
    absent=(),
    collect=_all_names,
    must_be_quoted=True,
)
"""Names of other rows."""
CALENDARS = Kind(
    parse=_one_name,
    dump=_dump_calendars,
    load=_load_codes,
    store=name_lists.format_codes,
    answer=str | list[str],
    absent=(),
    collect=_all_names,
    must_be_quoted=True,
)
"""Codes of holiday calendars, and names of calendars. Columns have the codes."""
TEXTS = Kind(
    parse=name_lists.parse_lines,
    dump=list,
    load=name_lists.parse_lines,
    store=name_lists.format_lines,
    answer=list[str],
    absent=(),
    collect=_all_names,
)
LABELS = Kind(absent={})
