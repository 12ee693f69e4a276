"""A message about one occurrence changes only that one, whenever it arrives."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from otel_sla.models import CalendarStatement, Component, Override, Schedule
from otel_sla.schedule import DAY

from ..support.make import make_component
from .test_import_calendar import BERLIN, MOMENT, calendar, event, intervals, take

pytestmark = pytest.mark.django_db

SUNDAYS = ("20261206", "20261213", "20261220", "20261227")


def weekly(*more: str, rule: str = "FREQ=WEEKLY;COUNT=4") -> bytes:
    times = (f"DTSTART;{BERLIN}:20261206T030000", f"DTEND;{BERLIN}:20261206T050000")
    return calendar(event(*times, f"RRULE:{rule}", *more))


def about(day: str, *more: str, method: str = "", **named: str) -> bytes:
    head = f"METHOD:{method}\r\n" if method else ""
    which = f"RECURRENCE-ID;{BERLIN}:{day}T030000"
    return calendar(head, event(which, *more, **named))


def times(day: str, hour: int = 3) -> tuple[str, str]:
    start, end = f"{day}T{hour:02}0000", f"{day}T{hour + 2:02}0000"
    return f"DTSTART;{BERLIN}:{start}", f"DTEND;{BERLIN}:{end}"


def london(day: str, hour: int = 2) -> tuple[str, str]:
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    return f"{date}T{hour:02}:00", f"{date}T{hour + 2:02}:00"


SERIES = weekly()
CANCEL = about(SUNDAYS[1], *times(SUNDAYS[1]), "SEQUENCE:1", method="CANCEL")
MOVE = about(SUNDAYS[2], *times("20261221", 20), "SEQUENCE:1", method="REQUEST")
CANCEL_BY_STATUS = about(SUNDAYS[3], *times(SUNDAYS[3]), "STATUS:CANCELLED")
FILES = (SERIES, CANCEL, MOVE, CANCEL_BY_STATUS)
LEFT = [london(SUNDAYS[0]), london("20261221", 19)]


@pytest.fixture(autouse=True)
def shop() -> Component:
    return make_component()


@pytest.mark.parametrize("times_each", [1, 2])
@pytest.mark.parametrize("order", [*permutations(range(4))], ids=str)
def test_messages_come_to_the_same_in_any_order_and_however_often(
    order: tuple[int, ...], times_each: int
) -> None:
    schedule = Schedule.objects.get()
    for number in order:
        for _ in range(times_each):
            assert take(FILES[number], schedule).refusals == []
    assert intervals() == LEFT
    for file in FILES:
        outcome = take(file, schedule)
        assert (outcome.changes, outcome.noted) == ([], 0)
    assert intervals() == LEFT


@pytest.mark.parametrize(
    ("message", "left"),
    [
        (CANCEL, (0, 2, 3)),
        (CANCEL_BY_STATUS, (0, 1, 2)),
        (about(SUNDAYS[0], "STATUS:CANCELLED"), (1, 2, 3)),
        (about(SUNDAYS[0], method="CANCEL"), (1, 2, 3)),
        (about(SUNDAYS[0], "STATUS:CANCELLED", method="PUBLISH"), (1, 2, 3)),
        (about(SUNDAYS[0], "STATUS:CANCELLED", method="REQUEST"), (1, 2, 3)),
        (
            calendar(event("RECURRENCE-ID:20261220T020000Z", "STATUS:CANCELLED")),
            (0, 1, 3),
        ),
    ],
)
def test_a_cancelled_occurrence_goes_and_the_others_stay(
    message: bytes, left: tuple[int, ...]
) -> None:
    take(SERIES)
    outcome = take(message)
    assert (len(outcome.changes), outcome.count("delete"), outcome.noted) == (1, 1, 0)
    assert (outcome.refusals, outcome.vanished) == ([], [])
    assert intervals() == [london(SUNDAYS[number]) for number in left]


@pytest.mark.parametrize("method", ["", "REQUEST", "PUBLISH"])
def test_an_occurrence_that_is_moved_twice_is_one(method: str) -> None:
    take(SERIES)
    for sequence, hour in ((1, 10), (2, 20)):
        moved = about(
            SUNDAYS[2],
            *times("20261221", hour),
            f"SEQUENCE:{sequence}",
            method=method,
            summary=f"At {hour}",
        )
        assert take(moved).count("update") == 1
        assert take(moved).changes == []
    others = [london(SUNDAYS[number]) for number in (0, 1)]
    assert intervals() == [*others, london("20261221", 19), london(SUNDAYS[3])]
    assert Override.objects.get(reason="At 20").uid == "upgrade#20261220T020000Z"


def test_an_older_message_about_an_occurrence_changes_nothing() -> None:
    take(SERIES)
    take(about(SUNDAYS[2], *times("20261221", 20), "SEQUENCE:5"))
    assert take(MOVE.replace(b"20261221T20", b"20261221T21")).changes == []
    assert take(about(SUNDAYS[2], "SEQUENCE:4", method="CANCEL")).changes == []
    assert london("20261221", 19) in intervals()
    assert take(about(SUNDAYS[2], "SEQUENCE:6", method="CANCEL")).count("delete") == 1
    assert take(about(SUNDAYS[2], *times("20261221"), "SEQUENCE:5")).changes == []


def test_a_series_of_a_higher_sequence_replaces_what_was_said_of_occurrences() -> None:
    for file in FILES:
        take(file)
    take(weekly("SEQUENCE:2"))
    assert intervals() == [london(day) for day in SUNDAYS]
    assert not CalendarStatement.objects.exclude(occurrence="").exists()


def test_a_whole_calendar_that_has_the_occurrence_says_what_becomes_of_it() -> None:
    for file in FILES:
        take(file)
    back = event(
        f"RECURRENCE-ID;{BERLIN}:{SUNDAYS[1]}T030000",
        *times(SUNDAYS[1], 6),
        "SEQUENCE:2",
    )
    whole = SERIES.replace(b"END:VCALENDAR\r\n", back.encode() + b"END:VCALENDAR\r\n")
    for file in (whole, SERIES):
        take(file)
        assert intervals() == [LEFT[0], london(SUNDAYS[1], 5), LEFT[1]]


def test_a_cancelled_series_takes_all_of_it_along() -> None:
    for file in FILES:
        take(file)
    assert take(weekly("SEQUENCE:1", "STATUS:CANCELLED")).count("delete") == 2
    for file in FILES:
        assert take(file).changes == []
    assert intervals() == []


def test_a_series_that_is_cancelled_without_its_times_is_cancelled() -> None:
    take(SERIES)
    outcome = take(calendar("METHOD:CANCEL\r\n", event("SEQUENCE:1")))
    assert (outcome.refusals, outcome.count("delete")) == ([], 4)


def test_a_message_is_about_its_own_series_and_its_own_target() -> None:
    till = make_component("till")
    other = SERIES.replace(b"UID:upgrade", b"UID:other")
    for file in (SERIES, other):
        take(file, till, Component.objects.get(name="web-shop"))
    outcome = take(CANCEL, till)
    assert (outcome.count("delete"), outcome.vanished) == (1, [])
    assert Override.objects.count() == 15


def test_a_moved_occurrence_is_kept_wherever_it_is_moved_to() -> None:
    far = about(SUNDAYS[2], *times("20280220"), "SEQUENCE:1", method="REQUEST")
    for files in ((SERIES, far), (far, SERIES)):
        Override.objects.all().delete()
        CalendarStatement.objects.all().delete()
        for file in files:
            take(file, days=60)
        assert intervals()[-1] == london("20280220")
        assert len(intervals()) == 4


def test_an_occurrence_that_can_not_be_moved_stays_what_it_was() -> None:
    take(SERIES)
    second_pass = ("DTSTART:20271031T010000Z", "DTEND:20271031T030000Z")
    assert len(take(about(SUNDAYS[2], *second_pass)).refusals) == 1
    assert len(take(about(SUNDAYS[2], times(SUNDAYS[2])[0])).refusals) == 1
    assert take(SERIES).changes == []
    assert intervals() == [london(day) for day in SUNDAYS]


def test_an_occurrence_that_is_over_stays_when_it_is_cancelled() -> None:
    take(SERIES)
    later = MOMENT + 20 * DAY
    assert take(CANCEL, moment=later).changes == []
    assert take(SERIES, moment=later).changes == []
    assert intervals() == [london(day) for day in SUNDAYS]


def test_a_dry_run_remembers_nothing() -> None:
    assert take(CANCEL, dry_run=True).noted == 1
    assert take(SERIES, dry_run=True).count("create") == 4
    assert not CalendarStatement.objects.exists()
    take(CANCEL)
    assert take(SERIES, dry_run=True).count("create") == 3
    assert not Override.objects.exists()


def test_statements_go_with_what_they_are_of() -> None:
    take(CANCEL)
    take(CANCEL, Schedule.objects.get())
    assert CalendarStatement.objects.count() == 2
    Component.objects.all().delete()
    assert [str(row) for row in CalendarStatement.objects.all()] == [
        "upgrade#20261213T020000Z: cancelled"
    ]


def command(tmp_path: Path, content: bytes, *arguments: str) -> str:
    file, out = tmp_path / "message.ics", io.StringIO()
    file.write_bytes(content)
    call_command(
        "import_calendar", str(file), "--component", "web-shop", *arguments, stdout=out
    )
    return out.getvalue()


def test_a_whole_calendar_with_changed_occurrences_is_imported_with_prune() -> None:
    take(calendar(event("DTSTART;VALUE=DATE:20270101", uid="gone")))
    changed = event(
        f"RECURRENCE-ID;{BERLIN}:{SUNDAYS[2]}T030000", *times("20261221", 20)
    )
    whole = SERIES.replace(b"END:VCALENDAR", changed.encode() + b"END:VCALENDAR")
    outcome = take(whole, prune=True)
    assert (outcome.count("create"), outcome.count("delete")) == (4, 1)
    assert london("20261221", 19) in intervals()


UNREADABLE = about(SUNDAYS[2], f"DTSTART;{BERLIN}:20261221T200000", method="REQUEST")
ADD = calendar("METHOD:ADD\r\n", event(*times("20270103"), "SEQUENCE:1"))
CANCEL_ALL = calendar("METHOD:CANCEL\r\n", event(*times(SUNDAYS[0])))
REQUEST = calendar("METHOD:REQUEST\r\n", event(*times("20270103"), "SEQUENCE:1"))


def test_a_message_is_not_imported_with_prune(tmp_path: Path) -> None:
    take(SERIES)
    by_method = ADD, REQUEST, CANCEL_ALL
    for content in (CANCEL, MOVE, CANCEL_BY_STATUS, UNREADABLE, *by_method):
        for more in ((), ("--dry-run",)):
            with pytest.raises(CommandError) as error:
                command(tmp_path, content, "--prune", *more)
            assert str(error.value) == (
                "The file is a message about 'upgrade' only (RECURRENCE-ID or METHOD), "
                "so it can't tell which other overrides to delete. Import it without "
                "deleting what is not in it (--prune).\n"
                "Nothing was applied."
            )
    assert len(intervals()) == 4
    assert [row.occurrence for row in CalendarStatement.objects.all()] == [""]


@pytest.mark.parametrize(
    "method", ["ADD", "COUNTER", "DECLINECOUNTER", "REFRESH", "REPLY"]
)
def test_a_message_that_does_not_state_the_event_changes_nothing(method: str) -> None:
    take(SERIES)
    before = intervals()
    added = event(*times("20270103"), "SEQUENCE:1")
    outcome = take(calendar(f"METHOD:{method}\r\n", added))
    assert intervals() == before
    (refusal,) = outcome.refusals
    assert f"METHOD:{method}" in str(refusal)


def test_what_is_pruned_is_forgotten() -> None:
    for file in FILES:
        take(file)
    other = calendar(event("DTSTART:20261206T020000Z", "DURATION:PT1H", uid="other"))
    take(other, prune=True)
    take(SERIES)
    assert london(SUNDAYS[1]) in intervals()


def test_the_command_says_that_a_cancellation_came_first(tmp_path: Path) -> None:
    day = f"{datetime.now(UTC) + timedelta(days=7):%Y%m%d}"
    lines = (f"DTSTART:{day}T020000Z", "DURATION:PT1H")
    cancel = calendar(event(f"RECURRENCE-ID:{day}T020000Z", "STATUS:CANCELLED"))
    said = "1 cancelled before their series is imported: it will leave them out."
    assert said in command(tmp_path, cancel)
    assert said not in command(tmp_path, cancel)
    series = calendar(event(*lines, "RRULE:FREQ=DAILY;COUNT=2"))
    assert "1 created" in command(tmp_path, series)
