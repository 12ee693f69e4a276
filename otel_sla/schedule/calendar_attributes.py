"""What calendars and their days can say: see attributes.py. Pure."""

from ..language import gettext_noop as _
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
        _("include"),
        _("Codes, such as GB-ENG, DE-BY/catholic, DE/nationwide, and other calendars."),
    ),
    Attribute(
        "without",
        TEXTS,
        _("without"),
        _(
            "Days of what it includes to take away: names, dates such as 12-26, or "
            "observed."
        ),
    ),
)
"""A calendar, besides its name and days."""

CALENDAR_DAY: Table = (
    Attribute("name", TEXT, _("name"), example="Christmas closing"),
    Attribute(
        "date",
        DAY_OF_YEAR,
        _("date"),
        _("12-24 is every year, 2026-12-24 once."),
        beside=True,
    ),
    Attribute(
        "start",
        DAY_OF_YEAR,
        _("from"),
        _("The first day of several: 12-24 to 01-02 is every year."),
        key="from",
    ),
    Attribute("end", DAY_OF_YEAR, _("to"), _("Inclusive."), key="to", beside=True),
    Attribute("nth", NTH, _("nth"), _("The nth such weekday of the month.")),
    Attribute("weekday", WEEKDAY, _("weekday"), key="day", beside=True),
    Attribute("month", MONTH, _("month"), beside=True),
    Attribute(
        "easter",
        NUMBER,
        _("Easter"),
        _("Days after Easter Sunday: -2 is Good Friday, 39 Ascension Day."),
    ),
    Attribute(
        "orthodox", FLAG, _("orthodox"), _("From the orthodox Easter."), beside=True
    ),
    Attribute("first_year", NUMBER, _("first year"), _("Inclusive.")),
    Attribute("last_year", NUMBER, _("last year"), _("Inclusive."), beside=True),
    Attribute(
        "observed",
        OBSERVED,
        _("observed"),
        _(
            "Where it is moved to if it falls on a weekend. If that day is taken, it "
            "moves on."
        ),
        default="none",
    ),
    Attribute(
        "hours",
        HOURS,
        _("hours"),
        _(
            "09:00-13:00; 09:00-12:00,14:00-17:00. Windows of that day are limited to "
            "these hours. Empty: a holiday."
        ),
    ),
)
"""A day of a calendar, or several a year."""
