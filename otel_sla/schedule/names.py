"""Names of weekdays, months and nths, and lists of names, for people. Pure."""

from collections.abc import Iterable

from ..language import gettext as _
from ..language import gettext_noop, number, pgettext
from .rules import LAST

MOST = 6
"""How many names a sentence lists before it says how many more there are."""

AND = gettext_noop("%(others)s and %(last)s")
OR = gettext_noop("%(others)s or %(last)s")

# As they are typed, in catalogues and forms.
_TYPED = (
    gettext_noop("mon"),
    gettext_noop("tue"),
    gettext_noop("wed"),
    gettext_noop("thu"),
    gettext_noop("fri"),
    gettext_noop("sat"),
    gettext_noop("sun"),
)
_SHORT = (
    gettext_noop("Mon"),
    gettext_noop("Tue"),
    gettext_noop("Wed"),
    gettext_noop("Thu"),
    gettext_noop("Fri"),
    gettext_noop("Sat"),
    gettext_noop("Sun"),
)
_FULL = (
    gettext_noop("Monday"),
    gettext_noop("Tuesday"),
    gettext_noop("Wednesday"),
    gettext_noop("Thursday"),
    gettext_noop("Friday"),
    gettext_noop("Saturday"),
    gettext_noop("Sunday"),
)
_SHORT_MONTHS = (
    gettext_noop("Jan"),
    gettext_noop("Feb"),
    gettext_noop("Mar"),
    gettext_noop("Apr"),
    gettext_noop("May"),
    gettext_noop("Jun"),
    gettext_noop("Jul"),
    gettext_noop("Aug"),
    gettext_noop("Sep"),
    gettext_noop("Oct"),
    gettext_noop("Nov"),
    gettext_noop("Dec"),
)
_MONTHS = (
    gettext_noop("January"),
    gettext_noop("February"),
    gettext_noop("March"),
    gettext_noop("April"),
    gettext_noop("May"),
    gettext_noop("June"),
    gettext_noop("July"),
    gettext_noop("August"),
    gettext_noop("September"),
    gettext_noop("October"),
    gettext_noop("November"),
    gettext_noop("December"),
)


def typed_weekday(weekday: int) -> str:
    """Return a weekday as in the notation, translated: `mon`, `Mo`. Monday is 0."""
    return _(_TYPED[weekday])


def short_weekday(weekday: int) -> str:
    """Return the abbreviation of a weekday: `Mon`, `Mo`. Monday is 0."""
    return _(_SHORT[weekday])


def full_weekday(weekday: int) -> str:
    """Return the name of a weekday: `Monday`, `Montag`. Monday is 0."""
    return _(_FULL[weekday])


def short_month(month: int) -> str:
    """Return the abbreviation of a month, 1 to 12: `Oct`, `Okt`."""
    return _(_SHORT_MONTHS[month - 1])


def full_month(month: int) -> str:
    """Return the name of a month, 1 to 12: `October`, `Oktober`."""
    return _(_MONTHS[month - 1])


def nth_in_words(nth: int) -> str:
    """Return which of the weekdays of a month is meant: `first`, `last`."""
    return {
        1: pgettext("nth weekday", "first"),
        2: pgettext("nth weekday", "second"),
        3: pgettext("nth weekday", "third"),
        4: pgettext("nth weekday", "fourth"),
        5: pgettext("nth weekday", "fifth"),
        LAST: pgettext("nth weekday", "last"),
    }[nth]


def listed(texts: Iterable[str], conjunction: str = AND, most: int = MOST) -> str:
    """Join texts as a sentence does: `a, b and c`; of more, the first `most`."""
    shown = list(texts)
    if len(shown) > most:
        shown[most:] = [_("%(count)s more") % {"count": number(len(shown) - most)}]
    *others, last = shown or ("",)
    if not others:
        return last
    return _(conjunction) % {"others": ", ".join(others), "last": last}
