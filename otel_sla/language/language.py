"""The language in use, English to begin with, and functions that ask it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal


class Language:
    """English, with ISO 8601 dates. Other languages override its methods."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return singular if number == 1 else plural

    def pgettext(self, context: str, message: str) -> str:
        return message

    def day(self, day: date) -> str:
        return f"{day:%Y-%m-%d}"

    def day_in_words(self, day: date) -> str:
        return f"{day.day} {day:%b %Y}"

    def day_of_year(self, day: date) -> str:
        return f"{day.day} {day:%b}"

    def month(self, day: date) -> str:
        return f"{day:%B %Y}"

    def weekday(self, day: date) -> str:
        return f"{day:%a}"

    def number(self, number: int | Decimal | str) -> str:
        return f"{Decimal(number):,f}"


_language = Language()
_own: ContextVar[Language | None] = ContextVar("otel_sla language", default=None)


def use(language: Language) -> None:
    """Have all functions of this package ask that language from now on."""
    global _language
    _language = language


@contextmanager
def in_english() -> Iterator[None]:
    """Write plain English within the block, in every language: for what is stored."""
    token = _own.set(Language())
    try:
        yield
    finally:
        _own.reset(token)


def _in_use() -> Language:
    return _own.get() or _language


def gettext_noop(message: str) -> str:
    """Mark a message for translation, and return it as it is."""
    return message


def gettext(message: str) -> str:
    """Return the message in the language in use."""
    return _in_use().gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the message in the language in use, in its form for that number."""
    return _in_use().ngettext(singular, plural, number)


def pgettext(context: str, message: str) -> str:
    """Return the message in the language in use; the context tells homonyms apart."""
    return _in_use().pgettext(context, message)


def day(day: date) -> str:
    """Write a date in figures: `2026-12-24`, `24.12.2026`."""
    return _in_use().day(day)


def day_in_words(day: date) -> str:
    """Write a date with the name of its month: `24 Dec 2026`, `24. Dezember 2026`."""
    return _in_use().day_in_words(day)


def day_of_year(day: date) -> str:
    """Write a date without its year: `24 Dec`, `24. Dezember`."""
    return _in_use().day_of_year(day)


def month(day: date) -> str:
    """Write the month of a date: `December 2026`, `Dezember 2026`."""
    return _in_use().month(day)


def weekday(day: date) -> str:
    """Write the abbreviated weekday of a date: `Thu`, `Do`."""
    return _in_use().weekday(day)


def weekday_and_day(day: date) -> str:
    """Write a date with its weekday: `Thu 2026-12-24`, `Do 24.12.2026`."""
    language = _in_use()
    return f"{language.weekday(day)} {language.day(day)}"


def day_and_time(moment: datetime) -> str:
    """Write a date and time to the minute: `2026-12-24 12:00`."""
    return f"{day(moment)} {moment:%H:%M}"


def weekday_and_time(moment: datetime) -> str:
    """Write a date and time to the minute, with its weekday: `Thu 2026-12-24 12:00`."""
    return f"{weekday_and_day(moment)} {moment:%H:%M}"


def number(number: int | Decimal | str) -> str:
    """Write a number with separators and all its decimals: `10,000.50`, `10.000,50`."""
    return _in_use().number(number)
