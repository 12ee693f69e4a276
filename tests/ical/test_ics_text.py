"""Calendar files are split as their programs write them, and lose nothing by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from otel_sla.ical.imports import (
    Options,
    UnusableCalendar,
    ics_text,
    joined,
    parse_bytes,
    vevent,
)
from otel_sla.ical.imports.local_time import Untakable
from otel_sla.ical.imports.maintenance import MaintenanceEvent
from otel_sla.ical.imports.vevent import EventReader, read_content

from .test_import_calendar import BERLIN, calendar, event

TIMES = ("DTSTART:20270103T020000Z", "DTEND:20270103T040000Z")
OURS = """\
BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:20200101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
END:STANDARD
END:VTIMEZONE
"""


def events(content: bytes) -> list[MaintenanceEvent]:
    reader = EventReader(Options())
    return [reader.read(block) for block in parse_bytes(content, "x.ics").events]


def test_each_calendar_of_a_file_has_its_own_method_and_zones() -> None:
    local = event("DTSTART;TZID=Ours:20270103T020000", "DURATION:PT1H")
    found = events(
        calendar(OURS.format(offset="+0300"), local)
        + calendar("METHOD:CANCEL\n", event())
        + calendar("METHOD:REQUEST\n", OURS.format(offset="-0500"), local)
    )
    assert [one.cancelled for one in found] == [False, True, False]
    assert [found[n].start.astimezone(UTC).hour for n in (0, 2)] == [23, 7]


def test_several_files_are_one_that_knows_where_its_events_are_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    todo = "BEGIN:VTODO\r\nEND:VTODO\r\n"
    texts = [parse_bytes(calendar(event(*TIMES), todo), f"{n}.ics") for n in (1, 2)]
    text = joined(texts)
    assert [block.calendar.source for block in text.events] == ["1.ics", "2.ics"]
    assert (text.source, text.others["VTODO"]) == ("2 files", 2)
    assert joined(texts[:1]).source == "1.ics"
    monkeypatch.setattr(ics_text, "MAX_EVENTS", 1)
    with pytest.raises(UnusableCalendar, match=r"2\.ics, line 4: .* more than 1 event"):
        joined(texts)


@pytest.mark.parametrize(
    "content",
    [
        calendar(event(*TIMES, "SEQUENCE:3", "DTSTAMP:20261101T000000Z")),
        calendar("METHOD:CANCEL\r\n", event()),
        calendar(
            OURS.format(offset="+0300"),
            event(
                "DTSTART;TZID=Ours:20270103T020000",
                "DURATION:PT1H",
                "RRULE:FREQ=DAILY;COUNT=3",
                f"EXDATE;{BERLIN}:20270104T020000",
                "X-MAINTNOTE-PROVIDER:example.com",
            ),
        ),
        calendar("METHOD:REQUEST\r\n", event(*TIMES, summary="a\\n\r\n  b\r\n\tc")),
    ],
)
def test_an_event_is_read_again_from_what_it_kept(content: bytes) -> None:
    (found,) = events(content)
    again = read_content(found.content)
    assert (again, again.stamp, again.content) == (found, found.stamp, found.content)
    assert again.start.utcoffset() == found.start.utcoffset()


def test_what_an_event_keeps_describes_only_zones_that_are_not_known() -> None:
    known = OURS.format(offset="+0300").replace("Ours", "Europe/Berlin")
    (found,) = events(
        calendar(known, event(f"DTSTART;{BERLIN}:20270103T020000", "DURATION:PT1H"))
    )
    assert "VTIMEZONE" not in found.content


@pytest.mark.parametrize(
    ("written", "stamp"),
    [
        (":20261101T103000Z", datetime(2026, 11, 1, 10, 30, tzinfo=UTC)),
        (":20261101T103000", datetime(2026, 11, 1, 10, 30, tzinfo=UTC)),
        (
            ";VALUE=DATE-TIME:20261101T103000Z",
            datetime(2026, 11, 1, 10, 30, tzinfo=UTC),
        ),
        (";VALUE=DATE:20261101", datetime(2026, 11, 1, tzinfo=UTC)),
        (":yesterday", None),
    ],
)
def test_a_dtstamp_is_a_moment_in_utc(written: str, stamp: datetime | None) -> None:
    (found,) = events(calendar(event(*TIMES, f"DTSTAMP{written}")))
    assert found.stamp == stamp


def test_a_character_that_is_folded_in_its_middle_is_read() -> None:
    content = calendar(event(*TIMES, summary="Störung 端 ok")).replace(
        "Störung 端".encode(),
        "Störung 端".encode()[:3] + b"\r\n " + b"\xb6rung \xe7\r\n\t\xab\xaf",
    )
    (found,) = events(content)
    assert found.summary == "Störung 端 ok"
    assert parse_bytes(content, "x.ics").notes == []


def test_texts_that_are_not_utf_8_are_read_as_windows_1252_and_that_is_said() -> None:
    content = calendar(
        event(*TIMES, "DESCRIPTION:\xdf", summary="Störung – 5 €"),
        event("DTSTART;TZID=Mitteleuropäisch:20270103T020000", "DURATION:PT1H"),
        OURS.format(offset="+0300").replace("Ours", "Mitteleuropäisch"),
    )
    text = parse_bytes(content.decode().encode("cp1252"), "x.ics")
    reader = EventReader(Options())
    first, second = map(reader.read, text.events)
    assert first.summary == "Störung – 5 €"
    assert second.start.utcoffset() == timedelta(hours=3)
    assert text.notes == [
        "line 6: This line is not UTF-8 and was read as Windows-1252 (lines "
        "like it: 3)."
    ]


def test_a_date_that_is_not_text_refuses_its_event_only() -> None:
    content = calendar(event("DTSTART:2027\xe9", "DURATION:PT1H"), event(*TIMES))
    first, second = parse_bytes(content.decode().encode("cp1252"), "x.ics").events
    with pytest.raises(Untakable):
        EventReader(Options()).read(first)
    assert EventReader(Options()).read(second).summary == "Upgrade"


def test_byte_order_marks_of_files_that_were_joined_are_left_out() -> None:
    mark = b"\xef\xbb\xbf"
    assert len(events((mark + calendar(event(*TIMES))) * 2)) == 2


def test_what_the_events_of_a_file_keep_is_limited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vevent, "MAX_KEPT", 1_000)
    local = event("DTSTART;TZID=Ours:20270103T020000", "DURATION:PT1H")
    content = calendar(OURS.format(offset="+0300"), local * 10)
    with pytest.raises(Untakable, match="their VTIMEZONEs are too long"):
        events(content)
