"""The language in use, English to begin with, and functions that ask it."""

from datetime import date
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


def use(language: Language) -> None:
    """Have all functions of this package ask that language from now on."""
    global _language
    _language = language


def gettext_noop(message: str) -> str:
    """Mark a message for translation, and return it as it is."""
    return message


def gettext(message: str) -> str:
    """Return the message in the language in use."""
    return _language.gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """Return the message in the language in use, in its form for that number."""
    return _language.ngettext(singular, plural, number)


def pgettext(context: str, message: str) -> str:
    """Return the message in the language in use; the context tells homonyms apart."""
    return _language.pgettext(context, message)


def day(day: date) -> str:
    """Write a date in figures: `2026-12-24`, `24.12.2026`."""
    return _language.day(day)


def day_in_words(day: date) -> str:
    """Write a date with the name of its month: `24 Dec 2026`, `24. Dezember 2026`."""
    return _language.day_in_words(day)


def day_of_year(day: date) -> str:
    """Write a date without its year: `24 Dec`, `24. Dezember`."""
    return _language.day_of_year(day)


def month(day: date) -> str:
    """Write the month of a date: `December 2026`, `Dezember 2026`."""
    return _language.month(day)


def weekday(day: date) -> str:
    """Write the abbreviated weekday of a date: `Thu`, `Do`."""
    return _language.weekday(day)


def number(number: int | Decimal | str) -> str:
    """Write a number with separators and all its decimals: `10,000.50`, `10.000,50`."""
    return _language.number(number)
