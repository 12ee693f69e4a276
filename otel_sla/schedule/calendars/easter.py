"""The date of Easter Sunday.

Both algorithms are from Jean Meeus, Astronomical Algorithms (1991), chapter 8.
"""

from datetime import date, timedelta
from functools import lru_cache


@lru_cache(maxsize=1_024)
def western(year: int) -> date:
    """Return Easter Sunday of the western churches.

    The algorithm is that published anonymously in Nature, 20 April 1876, which is
    known as that of Meeus, Jones and Butcher. Before 1583 it is proleptic.
    """
    golden = year % 19
    century, of_century = divmod(year, 100)
    leap_centuries, after_leap = divmod(century, 4)
    moon_correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moon_correction + 15) % 30
    leaps, after = divmod(of_century, 4)
    to_sunday = (32 + 2 * after_leap + 2 * leaps - epact - after) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=1_024)
def orthodox(year: int) -> date:
    """Return Easter Sunday of the orthodox churches, as a date of the Gregorian
    calendar.

    It is that of the Julian calendar, by Meeus. A Julian date from March on is behind
    by a day for each century so far without a leap day, less the two days by which
    the calendars agreed in the third century.
    """
    moon = (19 * (year % 19) + 15) % 30
    to_sunday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7
    month, day = divmod(moon + to_sunday + 114, 31)
    behind = year // 100 - year // 400 - 2
    return date(year, month, day + 1) + timedelta(days=behind)
