"""How many calendars and days there may be, and how much a list may name."""

from ...language import figure
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
    if number > MOST_CALENDARS:
        raise InvalidDefinition("name", "too_many_calendars", most=MOST_CALENDARS)
    if days > MOST_DAYS_IN_ALL:
        most = figure(MOST_DAYS_IN_ALL)
        raise InvalidDefinition("days", "too_many_days_in_all", most=most)


def check_days(number: int) -> None:
    """Refuse too many days of one calendar. Raises InvalidDefinition."""
    if number > MOST_DAYS:
        count = figure(number)
        raise InvalidDefinition("days", "too_many_days", count=count, most=MOST_DAYS)


def check_list(field: str, number: int) -> None:
    """Refuse too many entries of a list. Raises InvalidDefinition."""
    if number > MOST_LISTED:
        count = figure(number)
        raise InvalidDefinition(field, "too_many_listed", count=count, most=MOST_LISTED)
