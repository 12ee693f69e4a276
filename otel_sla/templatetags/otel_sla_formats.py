"""Filters that write dates, moments and numbers as the reader's language does.

Dates and datetimes are written as they are: nothing is converted to another time zone.
"""

from datetime import date, timedelta
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
    language.weekday_and_day,
    language.day_and_time,
    language.weekday_and_time,
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
