"""What calendars and their days can say: see attributes.py. Pure."""

from .attributes import Attribute, Table
from .kinds import (
    CALENDARS,
    DAY_OF_YEAR,
    FLAG,
    HOURS,
    MONTH,
    NTH,
    NUMBER,
    OBSERVED,
    TEXT,
    TEXTS,
    WEEKDAY,
)

CALENDAR: Table = (
    Attribute(
        "include",
        CALENDARS,
        "include",
        "Codes, such as GB-ENG, DE-BY/catholic, DE/nationwide, and other calendars.",
    ),
    Attribute(
        "without",
        TEXTS,
        "without",
        "Days of what it includes to take away: names, dates such as 12-26, or "
        "observed.",
    ),
)
"""A calendar, besides its name and days."""

CALENDAR_DAY: Table = (
    Attribute("name", TEXT, "name", example="Christmas closing"),
    Attribute(
        "date",
        DAY_OF_YEAR,
        "date",
        "12-24 is every year, 2026-12-24 once.",
        beside=True,
    ),
    Attribute(
        "start",
        DAY_OF_YEAR,
        "from",
        "The first day of several: 12-24 to 01-02 is every year.",
        key="from",
    ),
    Attribute("end", DAY_OF_YEAR, "to", "Inclusive.", key="to", beside=True),
    Attribute("nth", NTH, "nth", "The nth such weekday of the month."),
    Attribute("weekday", WEEKDAY, "weekday", key="day", beside=True),
    Attribute("month", MONTH, "month", beside=True),
    Attribute(
        "easter",
        NUMBER,
        "Easter",
        "Days after Easter Sunday: -2 is Good Friday, 39 Ascension Day.",
    ),
    Attribute("orthodox", FLAG, "orthodox", "From the orthodox Easter.", beside=True),
    Attribute("first_year", NUMBER, "first year", "Inclusive."),
    Attribute("last_year", NUMBER, "last year", "Inclusive.", beside=True),
    Attribute(
        "observed",
        OBSERVED,
        "observed",
        "Where it is moved to if it falls on a weekend. If that day is taken, it moves "
        "on.",
        default="none",
    ),
    Attribute(
        "hours",
        HOURS,
        "hours",
        "09:00-13:00; 09:00-12:00,14:00-17:00. Windows of that day are limited to "
        "these hours. Empty: a holiday.",
    ),
)
"""A day of a calendar, or several a year."""
