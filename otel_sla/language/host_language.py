"""The language that Django has activated, of the request or of the site."""

from datetime import date
from decimal import Decimal

from django.utils import dateformat, formats, translation
from django.utils.dates import WEEKDAYS_ABBR

from .language import Language

_AMERICAN = {
    # Django's defaults, and what stands for them: dates that can't be misread.
    "DATE_FORMAT": ("N j, Y", "j M Y"),
    "MONTH_DAY_FORMAT": ("F j", "j M"),
    "SHORT_DATE_FORMAT": ("m/d/Y", "Y-m-d"),
    "YEAR_MONTH_FORMAT": ("F Y", "F Y"),
}


class HostLanguage(Language):
    """Django's active language, with its formats or those of FORMAT_MODULE_PATH."""

    def gettext(self, message: str) -> str:
        return translation.gettext(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return translation.ngettext(singular, plural, number)

    def pgettext(self, context: str, message: str) -> str:
        return translation.pgettext(context, message)

    def day(self, day: date) -> str:
        return _written(day, "SHORT_DATE_FORMAT")

    def day_in_words(self, day: date) -> str:
        return _written(day, "DATE_FORMAT")

    def day_of_year(self, day: date) -> str:
        return _written(day, "MONTH_DAY_FORMAT")

    def month(self, day: date) -> str:
        return _written(day, "YEAR_MONTH_FORMAT")

    def weekday(self, day: date) -> str:
        return str(WEEKDAYS_ABBR[day.weekday()])

    def number(self, number: int | Decimal | str) -> str:
        if translation.get_language() is None:
            # Translations are off: Django would not group the digits.
            return super().number(number)
        return formats.number_format(number, use_l10n=True, force_grouping=True)


def _written(day: date, name: str) -> str:
    default, ours = _AMERICAN[name]
    pattern = formats.get_format(name)
    return dateformat.format(day, ours if pattern == default else pattern)
