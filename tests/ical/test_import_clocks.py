"""Events name the same moment in many ways: each is understood, and none is missed."""

from __future__ import annotations

import pytest

from otel_sla.models import Component

from ..support.make import make_component
from .test_import_calendar import BERLIN, event, intervals, take

pytestmark = pytest.mark.django_db

NIGHTLY = (
    f"DTSTART;{BERLIN}:20261206T003000",
    f"DTEND;{BERLIN}:20261206T013000",
    "RRULE:FREQ=DAILY;COUNT=3",
)
"""Half past midnight in Berlin: in London and by UTC that is still the day before."""
SECOND = {
    "in UTC": ":20261206T233000Z",
    "in its own zone": f";{BERLIN}:20261207T003000",
    "in another zone": ";TZID=America/New_York:20261206T183000",
    "without a zone": ":20261207T003000",
}
NIGHTS = [
    ("2026-12-05T23:30", "2026-12-06T00:30"),
    ("2026-12-06T23:30", "2026-12-07T00:30"),
    ("2026-12-07T23:30", "2026-12-08T00:30"),
]


@pytest.fixture(autouse=True)
def shop() -> Component:
    """Its schedule is London's."""
    return make_component()


@pytest.mark.parametrize("written", [*SECOND.values(), ";VALUE=DATE:20261207"])
def test_an_occurrence_is_excluded_by_whatever_clock(written: str) -> None:
    outcome = take(event(*NIGHTLY, f"EXDATE{written}"))
    assert outcome.refusals == []
    assert intervals() == [NIGHTS[0], NIGHTS[2]]


@pytest.mark.parametrize("written", SECOND.values(), ids=SECOND)
@pytest.mark.parametrize("whole", [True, False])
def test_an_occurrence_is_moved_or_cancelled_by_whatever_clock(
    written: str, whole: bool
) -> None:
    series = event(*NIGHTLY)
    times = f"DTSTART;{BERLIN}:20261210T120000", f"DTEND;{BERLIN}:20261210T140000"
    which = f"RECURRENCE-ID{written}"
    take(series)
    if whole:
        take(series + event(which, *times))
        assert intervals() == [
            NIGHTS[0],
            NIGHTS[2],
            ("2026-12-10T11:00", "2026-12-10T13:00"),
        ]
    message = event(which, *times, "SEQUENCE:1", "STATUS:CANCELLED")
    assert take(series + message).count("delete") == 1
    assert intervals() == [NIGHTS[0], NIGHTS[2]]


@pytest.mark.parametrize(
    "written",
    [
        ":20270327T230000Z",
        f";{BERLIN}:20270328T000000",
        ";TZID=America/New_York:20270327T190000",
        ":20270328T000000",
    ],
)
def test_an_occurrence_is_added_by_whatever_clock_and_lasts_as_long_by_its_own(
    written: str,
) -> None:
    """From midnight to midnight in Berlin, over the change of the clocks."""
    take(
        event(
            f"DTSTART;{BERLIN}:20270301T000000",
            f"DTEND;{BERLIN}:20270302T000000",
            f"RDATE{written}",
        )
    )
    assert intervals() == [
        ("2027-02-28T23:00", "2027-03-01T23:00"),
        ("2027-03-27T23:00", "2027-03-28T23:00"),
    ]


@pytest.mark.parametrize(
    ("duration", "end"),
    [
        ("P1D", "2027-03-28T11:00"),
        ("PT24H", "2027-03-28T12:00"),
        ("P1DT1H", "2027-03-28T12:00"),
        ("PT18H", "2027-03-28T06:00"),
        ("P1W", "2027-04-03T11:00"),
        ("PT12H", "2027-03-27T23:00"),
    ],
)
def test_days_of_a_duration_are_by_the_clock_and_hours_are_hours(
    duration: str, end: str
) -> None:
    """The clocks of Berlin and London go forward in the night after the start."""
    take(event(f"DTSTART;{BERLIN}:20270327T120000", f"DURATION:{duration}"))
    assert intervals() == [("2027-03-27T11:00", end)]


def test_a_file_with_nothing_but_changed_occurrences_is_imported() -> None:
    one, other = (
        event(
            f"RECURRENCE-ID;{BERLIN}:202612{day}T030000",
            f"DTSTART;{BERLIN}:202612{day}T{hour}0000",
            "DURATION:PT1H",
        )
        for day, hour in (("06", "10"), ("13", "20"))
    )
    outcome = take(one + other)
    assert (outcome.refusals, outcome.count("create")) == ([], 2)
    assert intervals() == [
        ("2026-12-06T09:00", "2026-12-06T10:00"),
        ("2026-12-13T19:00", "2026-12-13T20:00"),
    ]
    assert take(one + other).changes == []


@pytest.mark.parametrize(
    ("day", "taken"), [("20271206", True), ("20271207", True), ("20271208", False)]
)
def test_an_event_lasts_366_days_at_most(day: str, taken: bool) -> None:
    times = "DTSTART;VALUE=DATE:20261206", f"DTEND;VALUE=DATE:{day}"
    outcome = take(event(*times))
    assert (len(intervals()), len(outcome.refusals)) == (int(taken), int(not taken))


def test_a_series_that_ends_long_after_the_horizon_is_taken_up_to_it() -> None:
    times = f"DTSTART;{BERLIN}:20261201T030000", f"DTEND;{BERLIN}:20261201T050000"
    rule = "RRULE:FREQ=DAILY;UNTIL=99991231T000000Z"
    assert take(event(*times, rule), days=10).refusals == []
    assert [start for start, _ in intervals()] == [
        f"2026-12-0{day}T02:00" for day in range(1, 6)
    ]
