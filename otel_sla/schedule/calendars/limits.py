"""How many calendars and days there may be, and how much a list may name."""

from ..errors import InvalidDefinition

MOST_CALENDARS = 100
MOST_DAYS = 366
"""Days of its own that a calendar has at most."""
MOST_DAYS_IN_ALL = 10_000
"""Days of their own that all calendars together have at most."""
MOST_LISTED = 100
"""Entries of one list: of calendars, of schedules, or of days to leave out."""


def check_calendars(number: int, days: int) -> None:
    """Refuse too many calendars, or days of all of them. Raises InvalidDefinition."""
    _check("name", "too_many_calendars", number, MOST_CALENDARS)
    _check("days", "too_many_days_in_all", days, MOST_DAYS_IN_ALL)


def check_days(number: int) -> None:
    """Refuse too many days of one calendar. Raises InvalidDefinition."""
    _check("days", "too_many_days", number, MOST_DAYS)


def check_list(field: str, number: int) -> None:
    """Refuse too many entries of a list. Raises InvalidDefinition."""
    _check(field, "too_many_listed", number, MOST_LISTED)


def _check(field: str, code: str, number: int, most: int) -> None:
    if number > most:
        raise InvalidDefinition(field, code, count=f"{number:,}", most=f"{most:,}")
