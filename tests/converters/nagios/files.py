"""Periods in the manner of files in the wild: pairs of days and times."""

from __future__ import annotations

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ALWAYS = [(day, "00:00-24:00") for day in DAYS]
OFFICE = [(day, "09:00-17:00") for day in DAYS[:5]]
US_HOLIDAYS = [
    ("january 1", "00:00-00:00"),
    ("monday -1 may", "00:00-00:00"),
    ("july 4", "00:00-00:00"),
    ("monday 1 september", "00:00-00:00"),
    ("thursday 4 november", "00:00-00:00"),
    ("december 25", "00:00-00:00"),
]
OUT_OF_HOURS = [(day, "00:00-09:00,17:00-24:00") for day in DAYS[:5]] + ALWAYS[5:]
FILES: list[list[tuple[str, str]]] = [
    ALWAYS,
    OFFICE,
    OUT_OF_HOURS,
    US_HOLIDAYS,
    ALWAYS + US_HOLIDAYS,
    OFFICE + US_HOLIDAYS,
    [*OUT_OF_HOURS, *((days, "00:00-24:00") for days, _ in US_HOLIDAYS)],
    [("sunday", "02:00-06:00")],
    [*ALWAYS[:6], ("sunday", "00:00-02:00,06:00-24:00")],
    [*OFFICE, ("december 24 - january 2", "00:00-00:00")],
    [*ALWAYS, ("december 24 - january 2", "00:00-00:00")],
    [*OFFICE, ("december 24", "09:00-13:00"), ("december 31", "09:00-13:00")],
    [
        *OFFICE,
        ("2026-12-24", "00:00-00:00"),
        ("2027-01-04 - 2027-01-08", "00:00-00:00"),
    ],
    [*OFFICE, ("december 24", "09:00-13:00"), ("2027-12-24", "00:00-00:00")],
    [
        *OFFICE,
        ("december 24 - january 2", "00:00-00:00"),
        ("2026-12-29", "10:00-12:00"),
    ],
    [
        *OFFICE,
        ("december 24 - january 2", "10:00-11:00"),
        ("2026-12-29", "08:00-09:00"),
    ],
    [*ALWAYS, ("day 1", "00:00-02:00,04:00-24:00")],
    [*OFFICE, ("day -1", "09:00-22:00")],
    [*OFFICE, ("day 1 - 15", "08:00-18:00")],
    [("day 20 - -1", "00:00-24:00")],
    [
        ("day 2", "00:00-24:00"),
        ("friday -2", "00:00-24:00"),
        ("monday 3", "00:00-24:00"),
        ("february 10", "00:00-24:00"),
        ("february -1", "00:00-24:00"),
        ("thursday -1 november", "00:00-24:00"),
    ],
    [
        ("2007-01-01 - 2028-02-01", "00:00-24:00"),
        ("monday 3 - thursday 4", "00:00-24:00"),
        ("day 1 - 15", "00:00-24:00"),
        ("july 10 - 15", "00:00-24:00"),
        ("april 10 - may 15", "00:00-24:00"),
    ],
    [("2025-01-01 - 2028-02-01 / 3", "00:00-24:00")],
    [("2025-04-01 / 7", "00:00-24:00"), ("day 1 - 15 / 5", "00:00-24:00")],
    [("monday 3 - thursday 4 / 2", "00:00-24:00")],
    [("july 10 - 15 / 2", "00:00-24:00")],
    [("july 31 - october 15 / 6", "00:00-24:00")],
    [("tuesday 1 april - friday 2 may", "00:00-24:00")],
    [("november 10 - february 15", "08:00-20:00")],
    [*ALWAYS, ("tuesday 2", "00:00-22:00"), ("wednesday 2", "04:00-24:00")],
    [*OFFICE, ("saturday -1", "10:00-14:00"), ("sunday 1", "10:00-14:00")],
    [("2026-01-05 / 14", "00:00-24:00"), ("2026-01-06 / 14", "00:00-24:00")],
    [*OFFICE, ("february 29", "12:00-13:00")],
    [*OFFICE, ("day 25 - 5", "07:00-19:00")],
    [("monday 1 - friday -1", "09:00-17:00")],
    [*OFFICE, ("day 5 - -3", "08:00-12:00,13:00-16:00")],
    [*ALWAYS, ("march 20 - 31", "00:00-20:00"), ("friday -1 march", "00:00-00:00")],
    [("december 20 - january 5 / 2", "00:00-24:00")],
]
