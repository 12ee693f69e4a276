"""Words, dates and numbers in the language of their reader.

Pure, but for host_language.py, by which AppConfig.ready has everything follow Django's
active language. Until then, and in programs without Django, the language is English.

- gettext(), ngettext() and pgettext() translate now: what a page, a form or a command
  is about to show.
- A Sentence is English text that can be translated later: errors, which are raised in
  one place, logged in another and kept for the next reader. HTML shows it translated.
- day(), weekday(), number() and the like write values as the language does.
"""

from .language import (
    Language,
    day,
    day_in_words,
    day_of_year,
    gettext,
    gettext_noop,
    month,
    ngettext,
    number,
    pgettext,
    use,
    weekday,
)
from .sentence import Sentence, translated

__all__ = [
    "Language",
    "Sentence",
    "day",
    "day_in_words",
    "day_of_year",
    "gettext",
    "gettext_noop",
    "month",
    "ngettext",
    "number",
    "pgettext",
    "translated",
    "use",
    "weekday",
]
