"""Words, dates and numbers in the language of their reader.

Pure, but for log_entries.py, and host_language.py, by which AppConfig.ready has
everything follow Django's active language. Until then, and in programs without Django,
the language is English.

- gettext(), ngettext() and pgettext() translate now. They are for packages that don't
  know Django, and for reports; admin, management, models and web use Django's own.
- A Sentence is English text that can be translated later: errors, which are raised in
  one place, logged in another and kept for the next reader. HTML shows it translated.
  A Phrase is a value in it that each language writes otherwise, such as a date.
- in_english() writes English for what is stored or read by programs. It has no effect
  on Django's own functions, for which there is translation.override(None).
- day(), weekday(), number() and the like write values as the language does.
"""

from .language import (
    Language,
    day,
    day_and_time,
    day_in_words,
    day_of_year,
    gettext,
    gettext_noop,
    in_english,
    month,
    ngettext,
    number,
    pgettext,
    use,
    weekday,
    weekday_and_day,
    weekday_and_time,
)
from .sentence import Phrase, Sentence, figure, translated

__all__ = [
    "Language",
    "Phrase",
    "Sentence",
    "day",
    "day_and_time",
    "day_in_words",
    "day_of_year",
    "figure",
    "gettext",
    "gettext_noop",
    "in_english",
    "month",
    "ngettext",
    "number",
    "pgettext",
    "translated",
    "use",
    "weekday",
    "weekday_and_day",
    "weekday_and_time",
]
