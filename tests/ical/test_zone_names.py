"""A zone is what its program means by the name, with a description of it or without."""

from __future__ import annotations

import time
from datetime import UTC, timedelta

import pytest

from otel_sla.ical.imports import Options, parse_bytes, windows_names
from otel_sla.ical.imports.file_timezones import UndefinedZone
from otel_sla.ical.imports.local_time import Untakable
from otel_sla.ical.imports.vevent import EventReader, read_content
from otel_sla.schedule import timezones

from .test_ics_text import events
from .test_import_calendar import calendar, event

SUMMER = "20270703T020000"


def zone(name: str, standard: str, daylight: str, *, by_hour: str = "") -> str:
    """Describe a European zone, in the manner of Outlook or of Lotus Notes."""
    return "\r\n".join(
        (
            "BEGIN:VTIMEZONE",
            f"TZID:{name}",
            "BEGIN:STANDARD",
            "DTSTART:16010101T030000",
            f"TZOFFSETFROM:{daylight}",
            f"TZOFFSETTO:{standard}",
            f"RRULE:FREQ=YEARLY;{by_hour}BYDAY=-1SU;BYMONTH=10",
            "END:STANDARD",
            "BEGIN:DAYLIGHT",
            "DTSTART:16010101T020000",
            f"TZOFFSETFROM:{standard}",
            f"TZOFFSETTO:{daylight}",
            f"RRULE:FREQ=YEARLY;{by_hour}BYDAY=-1SU;BYMONTH=3",
            "END:DAYLIGHT",
            "END:VTIMEZONE",
            "",
        )
    )


def hour(name: str, described: str = "", at: str = SUMMER) -> int:
    """The hour by UTC of two o'clock in a zone that is written so."""
    content = calendar(described, event(f"DTSTART;TZID={name}:{at}", "DURATION:PT1H"))
    (found,) = events(content)
    return found.start.astimezone(UTC).hour


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Berlin",
        '"Europe/Berlin"',
        '" Europe/Berlin "',
        " Europe/Berlin",
        "europe/berlin",
        "W. Europe Standard Time",
        '"w. europe standard time"',
        "/freeassociation.sourceforge.net/Europe/Berlin",
        "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin",
        "/mozilla.org/20070129_1/Europe/Berlin",
        '"/vendor/Europe/Berlin"',
        "UTC+02:00",
        "UTC+2",
        "GMT+0200",
        "+02:00",
        '"+0200"',
        '"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"',
        r"(GMT+01.00) Brussels\, Copenhagen\, Madrid\, Paris",
    ],
)
def test_a_name_is_known_by_itself(name: str) -> None:
    assert hour(name) == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("America/New_York", 6),
        ("America/New York", 6),
        ("/x/America/Argentina/Buenos_Aires", 5),
        ("UTC", 2),
        ("utc", 2),
        ("tzone://Microsoft/Utc", 2),
        ("Etc/GMT+5", 7),
        ("GMT-05:00", 7),
        ("-0330", 5),
        ("(UTC-05:00) Eastern Time (US & Canada)", 6),
        ("(UTC-05:00) Eastern Time (US and Canada)", 6),
        ("(UTC) Dublin, Edinburgh, Lisbon, London", 1),
        ("UTC-11", 13),
        ("EST", 7),
    ],
)
def test_a_name_is_not_taken_for_another(name: str, expected: int) -> None:
    assert hour(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        "Nowhere",
        "/vendor/Berlin",
        "/vendor/Custom/EST",
        "(UTC+01:00) Amsterdam, Berlin",
        "+99:00",
        "GMT+1x",
        "../../etc/passwd",
        "Customized Time Zone",
    ],
)
def test_a_name_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(
        UndefinedZone, match="is unknown, and the file has no VTIMEZONE"
    ):
        hour(f'"{name}"')


@pytest.mark.parametrize(
    ("described", "used"),
    [
        (r"(UTC+01:00) Amsterdam\, Berlin", '"(UTC+01:00) Amsterdam, Berlin"'),
        (r"(UTC+01:00) Amsterdam\, Berlin", "(UTC+01:00) Amsterdam, Berlin"),
        (r"(UTC+01:00) Amsterdam\, Berlin", r"(UTC+01:00) Amsterdam\, Berlin"),
        ("(UTC+01:00) Amsterdam, Berlin", r'"(UTC+01:00) Amsterdam\, Berlin"'),
        ('"Ours"', "Ours"),
        (" Ours", '" Ours "'),
        ("Ours", "Ours;VALUE=DATE-TIME"),
    ],
)
def test_a_description_is_found_however_the_two_names_are_written(
    described: str, used: str
) -> None:
    assert hour(used, zone(described, "+0100", "+0200")) == 0


@pytest.mark.parametrize("by_hour", ["BYMINUTE=0;BYHOUR=2;", "BYHOUR=2;BYSECOND=0;"])
def test_a_zone_of_lotus_notes_is_read(by_hour: str) -> None:
    notes = zone("Western/Central Europe", "+0100", "+0200", by_hour=by_hour)
    name = '"Western/Central Europe"'
    for at, expected in ((SUMMER, 0), ("20270103T020000", 1)):
        assert hour(name, notes, at) == expected
    for many in ("BYHOUR=2,3;", "BYMINUTE=0,1;", "BYSECOND=1,2;"):
        with pytest.raises(UndefinedZone, match="more often than daily"):
            hour(name, zone("Western/Central Europe", "+0100", "+0200", by_hour=many))


@pytest.mark.parametrize(
    ("name", "standard", "daylight", "expected"),
    [
        ("EST", "-0500", "-0400", 6),
        ("GMT", "+0000", "+0100", 1),
        ("UTC+01:00", "+0100", "+0200", 0),
        ("UTC", "+0100", "+0200", 2),
        ("Europe/Berlin", "-0500", "-0400", 0),
    ],
)
def test_names_of_fixed_offsets_mean_what_the_file_says_they_do(
    name: str, standard: str, daylight: str, expected: int
) -> None:
    """But for UTC, and for places, about which our own data know more."""
    assert hour(name, zone(name, standard, daylight)) == expected


def test_a_time_in_utc_has_no_other_zone() -> None:
    assert hour("Europe/Berlin", at=f"{SUMMER}Z") == 2


def test_times_without_a_zone_can_be_on_the_clock_of_their_calendar() -> None:
    content = calendar(
        "X-WR-TIMEZONE:America/New_York\r\n",
        event(f"DTSTART:{SUMMER}", "DTEND:20270703T040000", f"EXDATE:{SUMMER}"),
        event("DTSTART;VALUE=DATE:20270703"),
        event(f"RECURRENCE-ID:{SUMMER}", "STATUS:CANCELLED"),
        event(f"DTSTART;TZID=Europe/Berlin:{SUMMER}", "DURATION:PT1H"),
    )
    blocks = parse_bytes(content, "x.ics").events
    for reader, key in (
        (EventReader(Options()), SUMMER),
        (EventReader(Options(timezone="calendar")), "20270703T060000Z"),
    ):
        timed, day, cancelled, placed = map(reader.read, blocks)
        assert (set(timed.excluded), cancelled.recurrence_id) == ({key}, key)
        assert (timed.start.tzinfo is not None) == key.endswith("Z")
        assert sum(timed.length, timedelta()) == timedelta(hours=2)
        assert (day.start.tzinfo, placed.start.hour) == (None, 2)
        again = read_content(timed.content)
        assert (again, again.start.utcoffset()) == (timed, timed.start.utcoffset())


def test_a_calendar_s_clock_that_is_not_known_refuses_times_without_a_zone() -> None:
    content = calendar(
        "X-WR-TIMEZONE:Moon\r\n", event(f"DTSTART:{SUMMER}", "DURATION:PT1H")
    )
    (block,) = parse_bytes(content, "x.ics").events
    assert EventReader(Options()).read(block).start.tzinfo is None
    with pytest.raises(UndefinedZone, match="'Moon'"):
        EventReader(Options(timezone="calendar")).read(block)


def test_a_start_and_an_end_are_both_in_a_zone_or_both_not() -> None:
    content = calendar(
        "X-WR-TIMEZONE:Europe/Berlin\r\n",
        event(f"DTSTART:{SUMMER}Z", "DTEND:20270703T040000"),
    )
    (block,) = parse_bytes(content, "x.ics").events
    with pytest.raises(Untakable, match="for only one of its start and its end"):
        EventReader(Options(timezone="calendar")).read(block)


def test_hostile_zones_are_refused_within_seconds() -> None:
    many = "RRULE:FREQ=YEARLY;BYMONTH=3\r\n" * 1_900
    crowded = zone("Ours", "+0100", "+0200").replace("RRULE:", f"{many}RRULE:", 1)
    began = time.process_time()
    for name, described in (("/a" * 1_000_000, ""), ("Ours", crowded)):
        with pytest.raises(UndefinedZone) as error:
            hour(name, described)
        assert len(str(error.value)) < 300
    assert time.process_time() - began < 5


def test_all_zones_that_windows_shows_are_known() -> None:
    assert set(windows_names._PLACES.values()) <= timezones.names()
