"""Easter Sunday, against dateutil and a few dates by hand."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from otel_sla.schedule.calendars.easter import orthodox, western

YEARS = range(1900, 2201)


def test_easter_is_when_dateutil_says() -> None:
    assert [western(year) for year in YEARS] == [
        easter(year, EASTER_WESTERN) for year in YEARS
    ]
    assert [orthodox(year) for year in YEARS] == [
        easter(year, EASTER_ORTHODOX) for year in YEARS
    ]


def test_easter_is_on_the_published_dates() -> None:
    # The earliest and the latest of the western church, and both apart and together.
    assert western(1818) == date(1818, 3, 22)
    assert western(2038) == date(2038, 4, 25)
    assert (western(2024), orthodox(2024)) == (date(2024, 3, 31), date(2024, 5, 5))
    assert western(2025) == orthodox(2025) == date(2025, 4, 20)


def test_easter_is_a_sunday_of_its_year_in_every_year() -> None:
    for year in range(MINYEAR, MAXYEAR + 1):
        for day in (western(year), orthodox(year)):
            assert (day.year, day.weekday()) == (year, 6)
