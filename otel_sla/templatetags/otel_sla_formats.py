"""Filters that write dates, moments and numbers as the reader's language does.

Dates and datetimes are written as they are: nothing is converted to another time zone.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django import template

from .. import language

register = template.Library()

for write in (
    language.day,
    language.day_in_words,
    language.day_of_year,
    language.month,
    language.weekday,
):
    register.filter(write)


@register.simple_tag
def weekdays() -> list[str]:
    """Return the abbreviated weekdays, Monday first: `Mon`, `Mo`."""
    monday = date(2001, 1, 1)
    return [language.weekday(monday + timedelta(days=day)) for day in range(7)]


@register.filter
def grouped(number: int | Decimal | str) -> str:
    """Write a number with separators: `10,000`, `10.000`; `99.95`, `99,95`."""
    return language.number(number)


@register.filter
def weekday_and_day(day: date) -> str:
    """Write a date with its weekday: `Thu 2026-12-24`, `Do 24.12.2026`."""
    return f"{language.weekday(day)} {language.day(day)}"


@register.filter
def day_and_time(moment: datetime) -> str:
    """Write a date and time to the minute: `2026-12-24 12:00`."""
    return f"{language.day(moment)} {moment:%H:%M}"


@register.filter
def weekday_and_time(moment: datetime) -> str:
    """Write a date and time to the minute, with its weekday: `Thu 2026-12-24 12:00`."""
    return f"{weekday_and_day(moment)} {moment:%H:%M}"
