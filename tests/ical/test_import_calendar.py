"""Maintenance calendars are imported as overrides, exactly or not at all."""

from __future__ import annotations

import io
import shlex
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import recurring_ical_events
from dateutil.rrule import rrulestr
from django.core.management import CommandError, call_command
from django.db import DataError
from django.db.models import QuerySet
from icalendar import Calendar

from otel_sla.catalogue import apply as load
from otel_sla.catalogue import dump, parse_text, read_database
from otel_sla.ical.feeds import Selection, build
from otel_sla.ical.imports import (
    Outcome,
    UnusableCalendar,
    apply,
    parse_bytes,
    wishes,
)
from otel_sla.ical.imports import ics_text as calendar_text
from otel_sla.ical.imports.options import DEFAULTS, Options
from otel_sla.ical.imports.rrule import followed
from otel_sla.metrics.source import snapshots
from otel_sla.models import Component, Override, Schedule
from otel_sla.schedule import DAY

from ..site.test_docs import blocks
from ..support.make import make_agreement, make_component, make_schedule, seconds

pytestmark = pytest.mark.django_db

MOMENT = seconds(2026, 11, 25, 12)
YEAR = 365 * DAY
BERLIN = "TZID=Europe/Berlin"


def event(*lines: str, uid: str = "upgrade", summary: str = "Upgrade") -> str:
    return "\r\n".join(
        ("BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", *lines, "END:VEVENT", "")
    )


def calendar(*parts: str) -> bytes:
    head = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:tests\r\n"
    return (head + "".join(parts) + "END:VCALENDAR\r\n").encode()


def take(
    content: bytes | str,
    *targets: Any,
    moment: int = MOMENT,
    days: int = 365,
    options: Options = DEFAULTS,
    **chosen: Any,
) -> Outcome:
    if isinstance(content, str):
        content = calendar(content)
    horizon = moment + days * DAY
    asked = wishes(parse_bytes(content, "file.ics"), moment, horizon, options)
    return apply(
        asked,
        targets or (Component.objects.get(),),
        moment=moment,
        horizon=horizon,
        **chosen,
    )


def intervals() -> list[tuple[str, str]]:
    return [
        (f"{row.start:%Y-%m-%dT%H:%M}", f"{row.end:%Y-%m-%dT%H:%M}")
        for row in Override.objects.order_by("start")
    ]


def why(outcome: Outcome) -> str:
    (refusal,) = outcome.refusals
    return refusal.why


@pytest.fixture(autouse=True)
def shop() -> Component:
    return make_component()


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (
            ("DTSTART:20261206T020000Z", "DTEND:20261206T043000Z"),
            "2026-12-06T02:00",
            "2026-12-06T04:30",
        ),
        (
            ("DTSTART:20270706T020000Z", "DURATION:PT2H30M"),
            "2027-07-06T03:00",
            "2027-07-06T05:30",
        ),
        (
            (
                "DTSTART;TZID=America/New_York:20261206T220000",
                "DTEND;TZID=America/New_York:20261207T020000",
            ),
            "2026-12-07T03:00",
            "2026-12-07T07:00",
        ),
        (
            (
                "DTSTART;TZID=W. Europe Standard Time:20261206T220000",
                "DURATION:P1DT1H",
            ),
            "2026-12-06T21:00",
            "2026-12-07T22:00",
        ),
        (
            ("DTSTART:20261206T220000", "DTEND:20261207T020000"),
            "2026-12-06T22:00",
            "2026-12-07T02:00",
        ),
        (
            ("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20261227"),
            "2026-12-24T00:00",
            "2026-12-27T00:00",
        ),
        (("DTSTART;VALUE=DATE:20261224",), "2026-12-24T00:00", "2026-12-25T00:00"),
        (
            (
                "DTSTART;TZID=Europe/London:20270328T003000",
                "DTEND;TZID=Europe/London:20270328T030000",
            ),
            "2027-03-28T00:30",
            "2027-03-28T03:00",
        ),
        (
            ("DTSTART:20271031T003000Z", "DTEND:20271031T020000Z"),
            "2027-10-31T01:30",
            "2027-10-31T02:00",
        ),
    ],
)
def test_an_event_is_an_interval_on_the_schedule_s_clock(
    lines: tuple[str, ...], start: str, end: str, shop: Component
) -> None:
    outcome = take(event(*lines))
    assert outcome.refusals == []
    assert intervals() == [(start, end)]
    row = Override.objects.get()
    assert (row.kind, row.reason, row.uid) == ("closed", "Upgrade", "upgrade")
    assert row.component == shop


def test_an_override_means_the_very_instants_of_its_event() -> None:
    make_schedule("always", rules=(), always_open=True, timezone="America/Havana")
    agreement = make_agreement("a", schedule=Schedule.objects.get(name="always"))
    target = make_component("always", agreement=agreement)
    first = seconds(2026, 10, 20)
    for number in range(0, 24 * 28, 7):
        opens = first + number * 3600
        stamp = f"{datetime.fromtimestamp(opens, UTC):%Y%m%dT%H%M%SZ}"
        outcome = take(
            event(f"DTSTART:{stamp}", "DURATION:PT5H", uid=f"e{number}"),
            target,
            moment=first - DAY,
        )
        if outcome.refusals:
            continue
        target = Component.objects.with_schedules().get(name="always")
        gaps = target.definition().windows(opens - 60, opens + 5 * 3600 + 60)
        assert (gaps[0].end, gaps[1].start) == (opens, opens + 5 * 3600)
        Override.objects.all().delete()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ("DTSTART:20271031T010000Z", "DTEND:20271031T030000Z"),
            "starts in the second pass of the hour that Europe/London repeats on "
            "2027-10-31. An override would mean the first: 01:00",
        ),
        (
            ("DTSTART:20271030T220000Z", "DTEND:20271031T013000Z"),
            "ends in the second pass",
        ),
        (("DTSTART:20261206T020000Z",), "has neither DTEND nor DURATION"),
        (
            ("DTSTART:20261206T020000Z", "DTEND:20261206T010000Z"),
            "does not end after its start",
        ),
        (
            ("DTSTART:20261206T020000Z", "DURATION:-PT1H"),
            "does not end after its start",
        ),
        (("DTEND:20261206T020000Z",), "has no DTSTART"),
        (
            ("DTSTART:20261206T020000Z", "DTEND:24261206T010000Z"),
            "lasts more than 366 days",
        ),
        (("DTSTART:tomorrow", "DURATION:PT1H"), "DTSTART that can't be read: 'tomorr"),
        (
            ("DTSTART;VALUE=TEXT:20261206T020000Z", "DURATION:PT1H"),
            "has a DTSTART that can't be read: '20261206T020000Z'",
        ),
        (
            ("DTSTART:20261206T020000Z", "DURATION:PT1H", "EXDATE:never"),
            "has an EXDATE that can't be read: 'never'",
        ),
        (
            ("DTSTART:20261206", "EXDATE:" + ",".join(["20261206"] * 30_000)),
            "has more than 200,000 characters",
        ),
        (
            ("DTSTART:20261206", *["X-MAINTNOTE-OBJECT-ID:x"] * 2_000),
            "has more than 2,000 lines",
        ),
        (
            ("DTSTART:20261206T020000Z", "DTSTART:20261207T020000Z", "DURATION:PT1H"),
            "has DTSTART 2 times",
        ),
        (
            ("DTSTART:20261206T020000Z", "DTEND:20261206T040000"),
            "has a time zone for only one of its start and its end",
        ),
        (
            ("DTSTART;TZID=Nowhere/Land:20261206T020000", "DURATION:PT1H"),
            "is in the time zone 'Nowhere/Land', which is unknown",
        ),
        (
            ("DTSTART;TZID=../../etc/passwd:20261206T020000", "DURATION:PT1H"),
            "is in the time zone '../../etc/passwd', which is unknown",
        ),
        (
            ("DTSTART:20261206T020000Z", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"),
            "repeats SECONDLY: use DAILY, WEEKLY, MONTHLY or YEARLY",
        ),
        (
            ("DTSTART:20261206T020000Z", "DURATION:PT1H", "RRULE:FREQ=NEVER"),
            "has an RRULE that can't be read",
        ),
        (
            (
                "DTSTART:20261206T020000Z",
                "DURATION:PT1H",
                "RRULE:FREQ=DAILY;BYSETPOS=9",
            ),
            "repeats DAILY with BYSETPOS",
        ),
        (
            (
                "DTSTART:20261206T020000Z",
                "DURATION:PT1H",
                "RRULE:FREQ=DAILY;INTERVAL=0",
            ),
            "an INTERVAL or a COUNT below 1",
        ),
        (
            (
                "DTSTART:20261206T020000Z",
                "DURATION:PT1H",
                f"RRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))};BYMINUTE="
                f"{','.join(map(str, range(60)))}",
            ),
            "repeats more than 50,000 times up to the horizon",
        ),
        (
            (
                "DTSTART:20261206T020000Z",
                "DURATION:PT1H",
                f"RRULE:FREQ=DAILY;BYDAY={','.join(['MO'] * 1000)}",
            ),
            "has an RRULE of more than 1,000 characters",
        ),
        (
            (
                "DTSTART:20261206T020000Z",
                "DURATION:PT1H",
                "RRULE:FREQ=YEARLY;BYEASTER=1",
            ),
            "repeats by BYEASTER, which is not in the standard",
        ),
        (
            (
                "DTSTART:20261206T020000Z",
                "DURATION:PT1H",
                *(f"RRULE:FREQ=DAILY;COUNT={count}" for count in range(1, 12)),
            ),
            "has 11 RRULEs: use at most 10",
        ),
        (
            ("DTSTART:20261206T020000Z", "DURATION:PT1H", "EXRULE:FREQ=DAILY"),
            "has an EXRULE",
        ),
        (
            (
                "DTSTART:20261206T020000Z",
                "DURATION:PT1H",
                "RECURRENCE-ID;RANGE=THISANDFUTURE:20261206T020000Z",
            ),
            "changes all later occurrences (RANGE)",
        ),
        (
            (
                "DTSTART:20261206T020000Z",
                "DURATION:PT1H",
                "RDATE;VALUE=PERIOD:20261207T020000Z/20261207T010000Z",
            ),
            "does not end after its start",
        ),
        (("DTSTART:99991231T235959Z", "DURATION:P10D"), ""),
    ],
)
def test_what_can_not_be_said_exactly_is_refused_and_says_why(
    lines: tuple[str, ...], said: str
) -> None:
    good = event("DTSTART:20261210T020000Z", "DURATION:PT1H", uid="good")
    began = time.process_time()
    outcome = take(event(*lines) + good)
    assert time.process_time() - began < 5
    assert said in why(outcome)
    assert [row.uid for row in Override.objects.all()] == ["good"]


def test_an_event_without_a_uid_is_refused() -> None:
    outcome = take(event("DTSTART:20261206T020000Z", "DURATION:PT1H", uid=""))
    assert "has no UID" in why(outcome)


def test_a_refused_event_leaves_what_was_imported_of_it() -> None:
    take(event("DTSTART:20261206T020000Z", "DURATION:PT1H"))
    take(event("DTSTART:20261206T020000Z"), prune=True)
    assert len(intervals()) == 1


def test_importing_again_changes_nothing() -> None:
    file = event(
        "DTSTART:20261206T020000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=5"
    )
    first = take(file)
    ids = set(Override.objects.values_list("id", flat=True))
    again = take(file)
    assert (first.count("create"), again.unchanged, again.changes) == (5, 5, [])
    assert set(Override.objects.values_list("id", flat=True)) == ids


def test_a_changed_event_changes_its_override() -> None:
    take(event("DTSTART:20261206T020000Z", "DURATION:PT1H"))
    pk = Override.objects.get().pk
    outcome = take(
        event("DTSTART:20261207T020000Z", "DURATION:PT2H", summary="Later"),
        kind="open",
    )
    row = Override.objects.get()
    assert (row.pk, row.reason, row.kind) == (pk, "Later", "open")
    assert outcome.count("update") == 1
    assert intervals() == [("2026-12-07T02:00", "2026-12-07T04:00")]


@pytest.mark.parametrize(
    ("method", "status"), [("", "STATUS:CANCELLED"), ("METHOD:CANCEL\r\n", "STATUS:X")]
)
def test_a_cancelled_event_deletes_its_overrides(method: str, status: str) -> None:
    lines = ("DTSTART:20261206T020000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3")
    take(event(*lines))
    assert take(calendar(method, event(*lines, status))).count("delete") == 3
    assert intervals() == []


def test_what_the_file_no_longer_has_is_told_and_deleted_only_with_prune() -> None:
    hand = Override.objects.create(
        component=Component.objects.get(),
        start=datetime(2026, 12, 1),
        end=datetime(2026, 12, 2),
        kind="closed",
    )
    take(event("DTSTART:20261206T020000Z", "DURATION:PT1H"))
    other = event("DTSTART:20261208T020000Z", "DURATION:PT1H", uid="other")
    outcome = take(other)
    assert [one.override.uid for one in outcome.vanished] == ["upgrade"]
    assert len(intervals()) == 3
    assert take(other, prune=True).count("delete") == 1
    uids = set(Override.objects.values_list("uid", flat=True))
    assert uids == {"", "other"}
    assert Override.objects.get(uid="") == hand


SERIES = (
    f"DTSTART;{BERLIN}:20261101T030000",
    f"DTEND;{BERLIN}:20261101T050000",
    "RRULE:FREQ=WEEKLY;BYDAY=SU",
)


def test_a_series_is_written_out_to_the_horizon_on_its_own_clock() -> None:
    take(event(*SERIES), days=200)
    found = intervals()
    assert found[0] == ("2026-11-29T02:00", "2026-11-29T04:00")
    assert ("2027-03-28T02:00", "2027-03-28T04:00") in found
    assert found[-1][0] == "2027-06-13T02:00"
    assert len(found) == 29


def test_a_shorter_horizon_leaves_what_a_longer_one_has_written() -> None:
    take(event(*SERIES), days=200)
    assert take(event(*SERIES), days=30).changes == []
    assert len(intervals()) == 29


def test_occurrences_are_excluded_added_moved_and_cancelled() -> None:
    series = event(
        "DTSTART:20261206T020000Z",
        "DTEND:20261206T030000Z",
        "RRULE:FREQ=DAILY;COUNT=6",
        "EXDATE:20261207T020000Z",
        "EXDATE;VALUE=DATE:20261208",
        "RDATE:20261220T100000Z",
        "RDATE;VALUE=PERIOD:20261221T100000Z/PT5H",
    )
    moved = event(
        "RECURRENCE-ID:20261209T020000Z",
        "DTSTART:20261209T220000Z",
        "DTEND:20261209T230000Z",
        summary="Moved",
    )
    gone = event(
        "RECURRENCE-ID:20261210T020000Z",
        "DTSTART:20261210T020000Z",
        "DTEND:20261210T030000Z",
        "STATUS:CANCELLED",
    )
    take(series)
    assert len(intervals()) == 6
    outcome = take(series + moved + gone)
    assert (outcome.count("update"), outcome.count("delete")) == (1, 1)
    assert intervals() == [
        ("2026-12-06T02:00", "2026-12-06T03:00"),
        ("2026-12-09T22:00", "2026-12-09T23:00"),
        ("2026-12-11T02:00", "2026-12-11T03:00"),
        ("2026-12-20T10:00", "2026-12-20T11:00"),
        ("2026-12-21T10:00", "2026-12-21T15:00"),
    ]


def test_a_series_of_whole_days() -> None:
    take(
        event(
            "DTSTART;VALUE=DATE:20261224",
            "RRULE:FREQ=DAILY;UNTIL=20261227",
            "EXDATE;VALUE=DATE:20261225",
        )
    )
    assert [start for start, _ in intervals()] == [
        "2026-12-24T00:00",
        "2026-12-26T00:00",
        "2026-12-27T00:00",
    ]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261209T005959Z", "2026-12-08"),
        ("20261209T010000Z", "2026-12-09"),
        ("20261209T015959", "2026-12-08"),
        ("20261209T020000", "2026-12-09"),
        ("20261209", "2026-12-09"),
    ],
)
def test_an_until_is_inclusive_whatever_it_is_written_in(until: str, last: str) -> None:
    rule = f"RRULE:FREQ=DAILY;UNTIL={until}"
    take(event(f"DTSTART;{BERLIN}:20261206T020000", "DURATION:PT1H", rule))
    assert intervals()[-1] == (f"{last}T01:00", f"{last}T02:00")


def test_what_is_over_is_neither_taken_nor_touched() -> None:
    file = event(
        "DTSTART:20261201T020000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=10"
    )
    take(file)
    later = seconds(2026, 12, 5, 2, 30)
    outcome = take(
        event("STATUS:CANCELLED", "DTSTART:20261201T020000Z", "DURATION:PT1H"),
        moment=later,
    )
    assert outcome.count("delete") == 6
    assert [start for start, _ in intervals()] == [
        f"2026-12-0{day}T02:00" for day in range(1, 5)
    ]
    assert take(event("DTSTART:20200101T000000Z", "DURATION:PT1H", uid="old")).past == 1


def test_an_event_that_is_held_again_leaves_what_it_was_before() -> None:
    take(event("DTSTART:20261201T020000Z", "DURATION:PT1H"))
    again = event("DTSTART:20261210T020000Z", "DURATION:PT1H")
    later = seconds(2026, 12, 5)
    assert take(again, moment=later).count("create") == 1
    assert take(again, moment=later).unchanged == 1
    assert [start for start, _ in intervals()] == [
        "2026-12-01T02:00",
        "2026-12-10T02:00",
    ]


def test_nightly_loads_of_an_old_dump_leave_to_the_calendar_what_is_its_own() -> None:
    take(event("DTSTART:20261206T020000Z", "DURATION:PT1H"))
    old = parse_text(dump(read_database()), "dump.yaml")
    moved = event("DTSTART:20261207T020000Z", "DURATION:PT1H", "SEQUENCE:1")
    assert take(moved).count("update") == 1
    for _ in range(2):
        assert not load(old)
        assert take(moved).changes == []
    assert intervals() == [("2026-12-07T02:00", "2026-12-07T03:00")]
    assert take(event("STATUS:CANCELLED", "SEQUENCE:2")).count("delete") == 1
    assert not load(old)
    assert intervals() == []


def test_a_dump_in_an_empty_database_is_what_was_imported_there_before() -> None:
    take(event("DTSTART:20261201T020000Z", "DURATION:PT1H"))
    later = seconds(2026, 12, 5)
    file = event("DTSTART:20261210T020000Z", "DURATION:PT1H") + event(
        *SERIES, uid="weekly"
    )
    take(file, moment=later)
    dumped = parse_text(dump(read_database()), "dump.yaml")
    Component.objects.all().delete()
    load(dumped)
    assert read_database() == dumped
    assert take(file, moment=later).changes == []


def test_an_override_that_is_there_twice_goes_with_its_event() -> None:
    file = event("DTSTART:20261206T020000Z", "DURATION:PT1H")
    take(file)
    row = Override.objects.get()
    row.pk = None
    row.save()
    outcome = take(file)
    assert (outcome.unchanged, outcome.count("delete")) == (1, 1)
    assert intervals() == [("2026-12-06T02:00", "2026-12-06T03:00")]


def test_of_two_revisions_of_an_event_the_later_sequence_counts() -> None:
    old = event("DTSTART:20261206T020000Z", "DURATION:PT1H", "SEQUENCE:1")
    new = event("DTSTART:20261207T020000Z", "DURATION:PT1H", "SEQUENCE:2")
    take(new + old)
    assert intervals() == [("2026-12-07T02:00", "2026-12-07T03:00")]
    twins = old + event("DTSTART:20261208T020000Z", "DURATION:PT1H", "SEQUENCE:1")
    assert "without a SEQUENCE that tells which is newer" in why(take(twins))
    assert take(old + old).refusals == []


def test_a_long_uid_and_a_long_summary_are_kept_short() -> None:
    long = event(
        "DTSTART:20261206T020000Z",
        "DURATION:PT1H",
        uid="u" * 3000,
        summary="x" * 3000,
    )
    assert take(long).count("create") == 1
    assert take(long).unchanged == 1
    row = Override.objects.get()
    assert row.uid.startswith("sha256:")
    assert (len(row.reason), row.reason[-1]) == (255, "…")


def test_a_summary_can_do_nothing_to_a_page_or_a_terminal() -> None:
    take(
        event(
            "DTSTART:20261206T020000Z",
            "DURATION:PT1H",
            summary="a\x1b[31mb\u202ec \\n 👩\u200d💻 d",
        )
    )
    assert Override.objects.get().reason == "a [31mb c 👩\u200d💻 d"


def test_a_zone_that_only_the_file_knows() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:20200101T000000\r\n"
        "TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    maintenance = event("DTSTART;TZID=Ours:20261206T050000", "DURATION:PT1H")
    take(calendar(zone, maintenance))
    assert intervals() == [("2026-12-06T02:00", "2026-12-06T03:00")]
    for broken in (
        zone.replace("+0300", "wrong"),
        zone.replace("BEGIN:STANDARD", "BEGIN:STANDARD\r\nRRULE:FREQ=SECONDLY"),
        zone.replace("STANDARD", "NOTHING"),
    ):
        began = time.process_time()
        outcome = take(calendar(broken, maintenance))
        assert time.process_time() - began < 5
        assert "whose VTIMEZONE in the file is broken" in why(outcome)


def test_our_own_data_go_before_a_file_s_description_of_a_known_zone() -> None:
    zone = (
        "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\n"
        "DTSTART:20200101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\n"
        "END:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    maintenance = event(f"DTSTART;{BERLIN}:20261206T050000", "DURATION:PT1H")
    take(calendar(zone, maintenance))
    assert intervals() == [("2026-12-06T04:00", "2026-12-06T05:00")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "is empty"),
        (b"<html>\n", "line 1: The file does not begin with BEGIN:VCALENDAR"),
        (b"PK\x03\x04\x00\x00", "The file is not text"),
        ("BEGIN:VCALENDAR".encode("utf-16"), "The file is UTF-16. Save it as UTF-8."),
        (calendar(event())[:-40], "The file is cut off: END:VEVENT is missing"),
        (calendar(event())[:-17], "The file is cut off: END:VCALENDAR is missing"),
        (
            calendar("BEGIN:VEVENT\r\nEND:VTODO\r\n"),
            "line 5: 'END:VTODO' does not end the last BEGIN",
        ),
        (
            b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
            "The file does not begin with BEGIN:VCALENDAR",
        ),
        (b"x" * 50_000_000, "is larger than 10 MB"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused_as_a_whole(
    content: bytes, said: str
) -> None:
    began = time.process_time()
    with pytest.raises(UnusableCalendar) as error:
        take(content)
    assert time.process_time() - began < 5
    assert said in str(error.value)
    assert str(error.value).startswith("file.ics")


def test_a_byte_order_mark_and_bare_line_feeds_are_taken() -> None:
    file = calendar(event("DTSTART:20261206T020000Z", "DURATION:PT1H"))
    take(b"\xef\xbb\xbf" + file.replace(b"\r\n", b"\n"))
    assert len(intervals()) == 1


def test_what_is_no_event_and_what_is_inside_events_is_passed_over() -> None:
    todo = "BEGIN:VTODO\r\nUID:t\r\nDTSTART:20261206T020000Z\r\nEND:VTODO\r\n"
    alarm = "BEGIN:VALARM\r\nDURATION:PT99H\r\nUID:x\r\nEND:VALARM"
    file = calendar(todo, event("DTSTART:20261206T020000Z", "DURATION:PT1H", alarm))
    assert take(file).refusals == []
    assert intervals() == [("2026-12-06T02:00", "2026-12-06T03:00")]


def test_too_many_events_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_text, "MAX_EVENTS", 2)
    events = [
        event("DTSTART:20261206T020000Z", "DURATION:PT1H", uid=f"e{number}")
        for number in range(3)
    ]
    with pytest.raises(UnusableCalendar, match="The file has more than 2 events"):
        take("".join(events))


def test_rules_that_never_match_end_the_import_not_the_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("otel_sla.ical.imports.wanted.SECONDS", 0.1)
    never = ("DTSTART:20261206T020000Z", "DURATION:PT1H")
    rule = "RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30"
    events = [event(*never, rule, uid=f"e{number}") for number in range(200)]
    began = time.process_time()
    with pytest.raises(UnusableCalendar, match=r"take more than 0\.1 s to evaluate"):
        take("".join(events))
    assert time.process_time() - began < 10


def test_a_rule_that_never_matches_is_soon_known_for_one() -> None:
    rules = [
        "FREQ=DAILY;COUNT=3;INTERVAL=7;BYDAY=MO",
        "FREQ=WEEKLY;BYMONTH=6;BYWEEKNO=1",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=11",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
    ]
    times = ("DTSTART:20261206T020000Z", "DURATION:PT1H")
    events = [event(*times, f"RRULE:{rule}", uid=rule) for rule in rules]
    began = time.process_time()
    outcome = take("".join(events))
    taken = time.process_time()
    assert (outcome.refusals, len(outcome.changes)) == ([], len(rules))
    for rule in rules:
        assert not list(rrulestr(rule, dtstart=datetime(2026, 12, 6, 2)))
    # dateutil has looked up to the year 9999 now.
    assert taken - began < (time.process_time() - taken) / 4


@pytest.mark.parametrize("year", [1601, 1896, 2024])
@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=YEARLY;INTERVAL=3;BYWEEKNO=1,53;BYDAY=MO;WKST=SU",
        "FREQ=YEARLY;BYYEARDAY=-1,366;COUNT=7",
        "FREQ=MONTHLY;INTERVAL=7;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
        "FREQ=WEEKLY;INTERVAL=53;BYDAY=SU,MO;WKST=SU",
        "FREQ=DAILY;INTERVAL=97;BYHOUR=2,14",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=TH",
    ],
)
def test_a_rule_is_followed_in_years_that_are_as_those_asked_for(
    rule: str, year: int
) -> None:
    start, until = datetime(year, 2, 28, 2), datetime(2037, 1, 1)
    expected = takewhile(lambda at: at <= until, rrulestr(rule, dtstart=start))
    assert list(followed(rule, start, until)) == list(expected)


ZONE = """\
BEGIN:VTIMEZONE
TZID:Ours
BEGIN:STANDARD
DTSTART:{since}T020000
RRULE:FREQ=YEARLY;{november}
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:{since}T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
END:VTIMEZONE
"""


def test_a_zone_that_takes_for_ever_to_ask_is_refused_within_seconds() -> None:
    nightly = event("DTSTART;TZID=Ours:20261206T020000", "DURATION:PT1H", *SERIES[2:])
    outlook = ZONE.format(since="16010101", november="BYMONTH=11;BYDAY=1SU")
    assert take(calendar(outlook.replace("\n", "\r\n"), nightly)).refusals == []
    assert intervals()[0] == ("2026-12-06T07:00", "2026-12-06T08:00")
    dates = ",".join(["20200101T000000"] * 20_000)
    for zone, what in (
        (ZONE.format(since="00010101", november="BYDAY=SU,MO,TU"), "1,000 times"),
        (outlook.replace("RRULE:", f"RDATE:{dates}\nRRULE:"), "100,000 characters"),
        (
            ZONE.format(since="20200101", november="BYMONTH=11;BYMONTHDAY=31"),
            "its clock never changes by FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=11",
        ),
    ):
        began = time.process_time()
        assert what in why(take(calendar(zone.replace("\n", "\r\n"), nightly)))
        assert time.process_time() - began < 10


def test_the_lines_of_an_old_mac_are_lines() -> None:
    file = calendar(event("DTSTART:20261206T020000Z", "DURATION:PT1H"))
    assert take(file.replace(b"\r\n", b"\r")).count("create") == 1


def test_an_import_reads_series_as_other_readers_do() -> None:
    lines = [
        (f"DTSTART;{BERLIN}:20261025T013000", f"DTEND;{BERLIN}:20261025T053000"),
        (f"DTSTART;{BERLIN}:20261031T220000", f"DTEND;{BERLIN}:20261101T060000"),
        ("DTSTART:20261130T100000Z", "DTEND:20261130T120000Z"),
    ]
    rules = [
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
        "FREQ=MONTHLY;BYDAY=-1SU",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY;BYMONTH=3,12;BYDAY=1TU,-1FR",
        "FREQ=DAILY;COUNT=40",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    ]
    target = make_component("berlin", agreement=_berlin())
    for times in lines:
        for rule in rules:
            file = calendar(event(*times, f"RRULE:{rule}"))
            outcome = take(file, target)
            theirs = recurring_ical_events.of(Calendar.from_ical(file)).between(
                *(datetime.fromtimestamp(at, UTC) for at in (MOMENT, MOMENT + YEAR))
            )
            zone = target.agreement.schedule.definition().zone
            expected = sorted(
                f"{one['DTSTART'].dt.astimezone(zone):%Y-%m-%dT%H:%M}" for one in theirs
            )
            assert outcome.refusals == []
            assert [start for start, _ in intervals()] == expected, (times, rule)
            Override.objects.all().delete()


def _berlin() -> Any:
    return make_agreement(
        "berlin", schedule=make_schedule("berlin", timezone="Europe/Berlin")
    )


def test_a_night_s_maintenance_ends_when_calendars_show_it_to() -> None:
    make_component("berlin", agreement=_berlin())
    take(
        event(
            f"DTSTART;{BERLIN}:20261206T010000",
            f"DTEND;{BERLIN}:20261206T050000",
            "RRULE:FREQ=WEEKLY",
        ),
        Component.objects.get(name="berlin"),
    )
    assert ("2027-03-28T01:00", "2027-03-28T05:00") in intervals()


def test_a_feed_that_is_imported_gives_the_windows_it_was_made_of() -> None:
    sample = Path(__file__).parents[2] / "otel_sla" / "sample_catalogue.yaml"
    call_command("load_catalogue", str(sample), verbosity=0)
    snapshot = snapshots.take(MOMENT)
    never = make_agreement("never", schedule=make_schedule("never", rules=()))
    for name in ("refunds", "stock-berlin", "consolidation", "dollar-settlement"):
        source = Component.objects.with_schedules().get(name=name)
        never.schedule.timezone = source.agreement.schedule.timezone
        never.schedule.save()
        target = make_component(f"copy of {name}", agreement=never)
        feed = build(Selection(component=name), snapshot).body
        outcome = take(feed, target, kind="open")
        assert outcome.refusals == []
        copy = Component.objects.with_schedules().get(pk=target.pk)
        period = MOMENT + DAY, MOMENT + 360 * DAY
        assert copy.definition().windows(*period) == source.definition().windows(
            *period
        )


def run(tmp_path: Path, content: bytes | str, *arguments: str) -> str:
    file = tmp_path / "maintenance.ics"
    file.write_bytes(calendar(content) if isinstance(content, str) else content)
    out = io.StringIO()
    call_command("import_calendar", str(file), *arguments, stdout=out)
    return out.getvalue()


def tomorrow() -> str:
    return f"{datetime.now(UTC) + timedelta(days=1):%Y%m%d}"


def test_the_command_says_what_it_did_and_what_it_could_not(tmp_path: Path) -> None:
    day = tomorrow()
    good = event(f"DTSTART;VALUE=DATE:{day}")
    bad = event(
        "DTSTART:20261206T020000Z",
        "RRULE:FREQ=SECONDLY",
        "DURATION:PT1H",
        uid="bad",
        summary="Too often",
    )
    said = run(tmp_path, good + bad, "--component", "web-shop")
    start = f"{day[:4]}-{day[4:6]}-{day[6:]}T00:00"
    assert f"+ web-shop: closed {start} to " in said
    assert "1 created, 0 updated, 0 deleted, 0 unchanged, 0 past." in said
    assert "1 could not be imported:\n! bad 'Too often' repeats SECONDLY" in said
    said = run(
        tmp_path,
        event("DTSTART:20261206T020000Z", uid="x", summary=""),
        "--component",
        "web-shop",
    )
    assert (
        "1 kept although their event is not in the file. --prune deletes them:" in said
    )
    assert f"? web-shop: closed {start} to " in said


def test_the_command_imports_onto_several_components_or_a_schedule(
    tmp_path: Path,
) -> None:
    make_component("till")
    file = event(f"DTSTART;VALUE=DATE:{tomorrow()}")
    twice = ("web-shop", "till", "--component", "web-shop")
    assert "2 created" in run(tmp_path, file, "--component", *twice)
    assert "1 created" in run(tmp_path, file, "--schedule", *2 * ["office-london"])
    assert Override.objects.filter(schedule__name="office-london").count() == 1


def test_the_calendars_page_says_what_the_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component("refunds")
    page = (Path(__file__).parents[2] / "docs" / "calendars.md").read_text()
    (tmp_path / "changes.ics").write_text("".join(blocks(page, "ics")))
    monkeypatch.chdir(tmp_path)
    examples = "".join(blocks(page, "console")).split("$ python manage.py ")[1:]
    for example in examples:
        command, _, expected = example.partition("\n")
        out = io.StringIO()
        call_command(*shlex.split(command), stdout=out)
        assert out.getvalue() == expected, command
    assert len(examples) == 2


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    file = event(f"DTSTART;VALUE=DATE:{tomorrow()}")
    said = run(tmp_path, file, "--component", "web-shop", "--dry-run")
    assert "1 created" in said
    assert "a dry run, nothing was applied." in said
    assert not Override.objects.exists()


def test_when_the_database_refuses_a_part_nothing_is_applied(tmp_path: Path) -> None:
    first = event(f"DTSTART;VALUE=DATE:{tomorrow()}")
    run(tmp_path, first, "--component", "web-shop")
    both = first + event(f"DTSTART;VALUE=DATE:{tomorrow()}", uid="second")
    arguments = ("--component", "web-shop", "--kind", "open")
    with (
        patch.object(QuerySet, "bulk_update", side_effect=DataError("disk full")),
        pytest.raises(CommandError, match=r"disk full\nNothing was applied"),
    ):
        run(tmp_path, both, *arguments)
    assert [row.kind for row in Override.objects.all()] == ["closed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--component", "web-shp"],
            "No component is named 'web-shp'. Did you mean web-shop?",
        ),
        (["--schedule", "x"], "No schedule is named 'x'"),
        (
            ["--component", "web-shop", "--horizon", "0"],
            "--horizon must be 1 to 3,650 days",
        ),
    ],
)
def test_the_command_says_what_would_be_right(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(CommandError) as error:
        run(tmp_path, event(), *arguments)
    assert said in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.ics", tmp_path):
        with pytest.raises(CommandError, match="Nothing was applied"):
            call_command("import_calendar", str(path), "--component", "web-shop")


def test_ten_thousand_events_take_as_much_longer_as_they_are_more(
    tmp_path: Path,
) -> None:
    day = tomorrow()

    def seconds(count: int, said: str) -> float:
        """CPU seconds; compared with each other, because machines differ."""
        file = "".join(
            event(f"DTSTART:{day}T020000Z", "DURATION:PT1H", uid=f"e{number}")
            for number in range(count)
        )
        began = time.process_time()
        found = run(tmp_path, file, "--component", "web-shop")
        assert said in found
        assert "is larger than" not in found
        return time.process_time() - began

    first = seconds(1_000, "1000 created")
    assert seconds(10_000, "9000 created") < 30 * first


def test_more_overrides_than_can_be_evaluated_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The package has a function of that name.
    module = sys.modules["otel_sla.ical.imports.target_import"]
    monkeypatch.setattr(module, "MAX_OVERRIDES", 3)
    file = event(f"DTSTART;VALUE=DATE:{tomorrow()}", "RRULE:FREQ=WEEKLY")
    with pytest.raises(CommandError, match="web-shop would have more than 3"):
        run(tmp_path, file, "--component", "web-shop")
    assert not Override.objects.exists()
