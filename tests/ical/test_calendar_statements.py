"""Overrides follow from the newest statements, whatever order those came in."""

from __future__ import annotations

import random
import re
from itertools import permutations

import pytest

from otel_sla.ical.imports import (
    Options,
    Outcome,
    UnusableCalendar,
    parse_bytes,
    wishes,
)
from otel_sla.ical.imports.statements import Statement, merged
from otel_sla.models import CalendarStatement, Component, Override
from otel_sla.schedule import DAY

from ..support.make import make_component
from .test_calendar_messages import SUNDAYS, london, times, weekly
from .test_import_calendar import (
    BERLIN,
    MOMENT,
    YEAR,
    calendar,
    event,
    intervals,
    take,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> Component:
    return make_component()


def message(
    number: int, *lines: str, method: str = "REQUEST", about: str = ""
) -> bytes:
    """The message of that number in a thread."""
    which = (f"RECURRENCE-ID;{BERLIN}:{about}",) if about else ()
    revision = (f"SEQUENCE:{number}", f"DTSTAMP:2026110{number}T120000Z")
    return calendar(f"METHOD:{method}\r\n", event(*revision, *which, *lines))


def series(hour: int) -> tuple[str, ...]:
    return *times(SUNDAYS[0], hour), "RRULE:FREQ=WEEKLY;COUNT=4"


THREAD: tuple[tuple[bytes, dict[str, int]], ...] = (
    # A message, and the hours in London at which maintenance begins from then on.
    (message(0, *series(3)), dict.fromkeys(SUNDAYS, 2)),
    (
        message(1, *times(SUNDAYS[1], 20), about=f"{SUNDAYS[1]}T030000"),
        dict(zip(SUNDAYS, (2, 19, 2, 2), strict=True)),
    ),
    (message(2, *series(4)), dict.fromkeys(SUNDAYS, 3)),
    (
        message(3, *times(SUNDAYS[2], 21), about=f"{SUNDAYS[2]}T040000"),
        dict(zip(SUNDAYS, (3, 3, 20, 3), strict=True)),
    ),
    (
        message(4, "STATUS:CANCELLED", method="CANCEL", about=f"{SUNDAYS[0]}T040000"),
        dict(zip(SUNDAYS[1:], (3, 20, 3), strict=True)),
    ),
    (message(5, "STATUS:CANCELLED", method="CANCEL"), {}),
    (message(6, *series(6)), dict.fromkeys(SUNDAYS, 5)),
)


def of_thread(without: str) -> list[bytes]:
    pattern = (
        re.compile(rf"({without}:.*\r\n)".encode()) if without else re.compile(b"$^")
    )
    return [pattern.sub(b"", content) for content, _ in THREAD]


@pytest.mark.parametrize("without", ["", "DTSTAMP", "SEQUENCE", "METHOD"])
def test_a_thread_comes_to_the_same_in_any_order_and_however_often(
    without: str,
) -> None:
    messages, chance = of_thread(without), random.Random(27)  # noqa: S311
    for number, (_, hours) in enumerate(THREAD, start=1):
        came = [*messages[:number], *chance.choices(messages[:number], k=2)]
        chance.shuffle(came)
        for content in came:
            assert take(content).refusals == []
        expected = [london(day, hour) for day, hour in hours.items()]
        assert intervals() == expected, (without, number)
        for content in messages[:number]:
            assert take(content).changes == []
        Override.objects.all().delete()
        CalendarStatement.objects.all().delete()


@pytest.mark.parametrize("without", ["", "DTSTAMP", "SEQUENCE", "METHOD"])
def test_what_is_kept_of_a_thread_is_the_same_in_every_order(without: str) -> None:
    said = [
        wishes(parse_bytes(content, "x"), MOMENT, MOMENT + YEAR).statements["upgrade"]
        for content in of_thread(without)
    ]
    ends = set()
    for order in permutations(said):
        known: dict[str, Statement] = {}
        for one in order:
            known, _ = merged(known, one)
        ends.add(frozenset(known.items()))
    assert len(ends) == 1
    assert {one.cancelled for key, one in ends.pop() if not key} == {False}


def one(*lines: str, method: str = "", hour: int = 2) -> bytes:
    head = f"METHOD:{method}\r\n" if method else ""
    start = f"DTSTART:20261206T{hour:02}0000Z"
    return calendar(head, event(start, "DURATION:PT2H", *lines))


def said(outcome: Outcome) -> list[str]:
    return [str(refusal) for refusal in outcome.older]


NOTICES = (
    one("SEQUENCE:0", hour=5),
    one("SEQUENCE:1", "X-MAINTNOTE-STATUS:CONFIRMED"),
    one("SEQUENCE:2", "X-MAINTNOTE-STATUS:CANCELLED"),
)


@pytest.mark.parametrize("order", [*permutations(range(3))], ids=str)
def test_a_notice_that_was_cancelled_stays_so(order: tuple[int, ...]) -> None:
    for number in order:
        take(NOTICES[number])
    assert intervals() == []
    outcome = take(NOTICES[0])
    assert outcome.changes == []
    assert said(outcome) == [
        "upgrade 'Upgrade' is older than what was imported: SEQUENCE 0, after "
        "SEQUENCE 2"
    ]
    assert take(NOTICES[2]).older == []


def test_what_is_older_by_its_dtstamp_changes_nothing() -> None:
    late, early = (one(f"DTSTAMP:2026110{day}T120000Z", hour=day) for day in (2, 1))
    take(late)
    assert said(take(early)) == [
        "upgrade 'Upgrade' is older than what was imported: SEQUENCE 0 of 2026-11-01 "
        "12:00:00Z, after SEQUENCE 0 of 2026-11-02 12:00:00Z"
    ]
    assert intervals() == [("2026-12-06T02:00", "2026-12-06T04:00")]


def test_of_equal_revisions_a_cancellation_counts_and_says_so() -> None:
    for files in ((one(), one("STATUS:CANCELLED")), (one("STATUS:CANCELLED"), one())):
        for file in files:
            outcome = take(file)
        assert intervals() == []
        CalendarStatement.objects.all().delete()
    assert said(outcome) == [
        "upgrade 'Upgrade' is not newer than what was imported: SEQUENCE 0. Raise its "
        "SEQUENCE if it is meant to change that"
    ]


def test_of_equal_messages_the_same_one_counts_whichever_comes_first() -> None:
    files = [one(method="REQUEST", hour=hour) for hour in (3, 4)]
    ends = []
    for order in (files, files[::-1]):
        for file in order:
            take(file)
        ends.append(intervals())
        CalendarStatement.objects.all().delete()
        Override.objects.all().delete()
    assert ends[0] == ends[1]


def whole(*parts: tuple[str, ...], stamp: int = 1) -> bytes:
    """An exported calendar: every event in it has the time of the export."""
    exported = f"DTSTAMP:2026110{stamp}T120000Z"
    return calendar(*(event(exported, *part) for part in parts))


MOVED = (f"RECURRENCE-ID;{BERLIN}:{SUNDAYS[1]}T030000", *times(SUNDAYS[1], 20))
EXCLUDED = f"EXDATE;{BERLIN}:{SUNDAYS[1]}T030000"


@pytest.mark.parametrize(
    ("exports", "left"),
    [
        # The occurrence is moved, and that is taken back.
        (
            [
                whole(series(3), ("SEQUENCE:1", *MOVED)),
                whole(series(3), stamp=2),
            ],
            (2, 2, 2, 2),
        ),
        # It is moved, and then left out.
        (
            [
                whole(series(3), ("SEQUENCE:1", *MOVED)),
                whole((*series(3), EXCLUDED), stamp=2),
            ],
            (2, None, 2, 2),
        ),
        # A message has moved it, and the calendar leaves it out.
        (
            [
                calendar(event("DTSTAMP:20261101T120000Z", "SEQUENCE:1", *MOVED)),
                whole((*series(3), EXCLUDED), stamp=2),
            ],
            (2, None, 2, 2),
        ),
        # The series is changed after the occurrence, which the calendar still has.
        (
            [
                whole(series(3), ("SEQUENCE:1", *MOVED)),
                whole(("SEQUENCE:2", *series(3)), ("SEQUENCE:1", *MOVED), stamp=2),
            ],
            (2, 19, 2, 2),
        ),
        # The series is changed, and its occurrence is counted anew.
        (
            [
                whole(("SEQUENCE:2", *series(3)), ("SEQUENCE:2", *MOVED)),
                whole(
                    ("SEQUENCE:3", *series(3)),
                    ("SEQUENCE:1", MOVED[0], *times(SUNDAYS[1], 15)),
                    stamp=2,
                ),
            ],
            (2, 14, 2, 2),
        ),
        # Only its older state is in the calendar that leaves it out.
        (
            [
                calendar(
                    event("SEQUENCE:2", *series(3), EXCLUDED),
                    event("SEQUENCE:1", *MOVED),
                )
            ],
            (2, None, 2, 2),
        ),
        # The calendar has both an exception and what takes its place.
        ([whole((*series(3), EXCLUDED), MOVED)], (2, 19, 2, 2)),
        # A message is about it by date.
        (
            [
                whole(series(3)),
                calendar(
                    event(
                        "SEQUENCE:1",
                        f"RECURRENCE-ID;VALUE=DATE:{SUNDAYS[1]}",
                        *times(SUNDAYS[1], 20),
                    )
                ),
                calendar(event("SEQUENCE:2", MOVED[0], "STATUS:CANCELLED")),
            ],
            (2, None, 2, 2),
        ),
    ],
)
def test_a_series_and_its_occurrences_agree_in_any_order(
    exports: list[bytes], left: tuple[int | None, ...]
) -> None:
    for order in permutations(exports):
        for content in order:
            assert take(content).refusals == []
        assert intervals() == [
            london(day, hour)
            for day, hour in zip(SUNDAYS, left, strict=True)
            if hour is not None
        ]
        assert take(exports[-1]).changes == []
        Override.objects.all().delete()
        CalendarStatement.objects.all().delete()


def test_calendars_in_one_file_are_as_if_they_came_one_by_one() -> None:
    contents = of_thread("")
    for end, hours in ((4, THREAD[3][1]), (7, THREAD[6][1])):
        take(b"".join(reversed(contents[:end])))
        assert intervals() == [london(day, hour) for day, hour in hours.items()]


def test_a_series_goes_with_what_is_beyond_the_horizon() -> None:
    far = calendar(event("SEQUENCE:1", MOVED[0], *times("20280220")))
    every_week = weekly(rule="FREQ=WEEKLY")
    for file in (every_week, far):
        take(file)
    assert intervals()[-1] == london("20280220")
    take(weekly("SEQUENCE:2", rule="FREQ=WEEKLY;COUNT=9"), days=30)
    assert len(intervals()) == 9
    take(calendar("METHOD:CANCEL\r\n", event("SEQUENCE:3")), days=30)
    assert intervals() == []


def test_an_older_file_is_still_followed_by_what_is_newer_up_to_the_horizon() -> None:
    old = weekly(rule="FREQ=WEEKLY")
    for file in (
        old,
        old.replace(b"T03", b"T01").replace(b"UID", b"SEQUENCE:1\r\nUID"),
    ):
        take(file, days=30)
    outcome = take(old, moment=MOMENT + 30 * DAY, days=30)
    assert (len(outcome.older), outcome.count("create")) == (1, 5)
    assert {start[-5:] for start, _ in intervals()} == {"00:00"}


def test_a_message_leaves_to_the_other_occurrences_what_they_are() -> None:
    take(weekly(), kind="open", days=15)
    outcome = take(calendar(event(*MOVED, "SEQUENCE:1")))
    assert (len(outcome.changes), outcome.unchanged, outcome.past) == (1, 0, 0)
    kinds = Override.objects.order_by("start").values_list("kind", flat=True)
    assert list(kinds) == ["open", "closed"]


def test_what_options_leave_out_is_newer_all_the_same() -> None:
    proposed = one("SEQUENCE:1", "STATUS:TENTATIVE")
    options = Options(tentative="skip")
    period = MOMENT, MOMENT + YEAR
    for files in ((one(), proposed), (proposed, one())):
        for file in files:
            take(file, options=options)
        assert intervals() == []
    assert wishes(parse_bytes(proposed, "x"), *period, options).skipped == {
        "tentative": 1
    }
    # The same again, by other options.
    assert take(proposed).count("create") == 1


def test_an_occurrence_of_an_earlier_release_stays_as_it_was() -> None:
    take(weekly())
    moved = Override.objects.order_by("start")[1]
    Override.objects.filter(pk=moved.pk).update(reason="Moved")
    CalendarStatement.objects.all().delete()
    CalendarStatement.objects.create(
        component=Component.objects.get(),
        uid="upgrade",
        occurrence=moved.uid.partition("#")[2],
        sequence=1,
        cancelled=False,
    )
    assert (take(weekly()).changes, take(weekly("SEQUENCE:1")).changes) == ([], [])
    assert Override.objects.get(reason="Moved").pk == moved.pk
    assert take(weekly("SEQUENCE:2")).count("update") == 1


def test_what_needs_too_much_to_be_kept_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("otel_sla.ical.imports.wanted._MOST_KEPT", 50)
    with pytest.raises(UnusableCalendar, match="that they need have more than"):
        take(one())


def test_what_is_kept_is_not_worked_out_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    take(weekly("SEQUENCE:1"))
    monkeypatch.setattr("otel_sla.ical.imports.effects.SECONDS", 0.0)
    with pytest.raises(UnusableCalendar, match="take more than 0 s to evaluate"):
        take(calendar(event(*MOVED)))
