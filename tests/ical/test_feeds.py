"""A feed has exactly the windows of the engine in every calendar program."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from hypothesis import given, settings
from icalendar import Calendar, Timezone

from otel_sla.ical.feeds import Selection, build, period_of
from otel_sla.ical.feeds import feed as calendar
from otel_sla.ical.feeds.rrule import occurrences, recurrence
from otel_sla.ical.feeds.series import plan
from otel_sla.ical.feeds.vevents import Subject, spans
from otel_sla.ical.feeds.vtimezone import vtimezone
from otel_sla.metrics.source import snapshots
from otel_sla.models import Component, Revision
from otel_sla.schedule import DAY, Override, Schedule, Window, timezones
from otel_sla.schedule.calendars import CalendarDay, DayOfYear, OwnCalendar
from otel_sla.schedule.rules import LAST, Rule
from otel_sla.schedule.spans import merge
from otel_sla.schedule.utc_offsets import clock_of, settled

from ..management.test_commands import SAMPLE
from ..support.ical import Spans, read_back, unfolded, with_zones_of_its_own
from ..support.make import make_component, seconds
from ..support.strategies import composed, rules, schedules

MOMENT = seconds(2026, 11, 25, 12)
YEARS = seconds(2026, 1, 1), seconds(2028, 1, 1)
ALL_DAY = time(0), time(0), 1


def cut(windows: list[Window], start: int, end: int) -> Spans:
    """Return the windows, cut to the period where they are unbounded."""
    return [
        (start if opens is None else opens, end if closes is None else closes)
        for opens, closes in windows
    ]


def calendar_of(schedule: Schedule, start: int, end: int) -> bytes:
    """Return the feed of one component, without a database."""
    clock = settled(schedule.zone.key, start - 30 * DAY, end + 30 * DAY)
    found = plan(schedule, start, end, clock)
    shop = Subject("shop", "gold", "office", schedule.zone.key, {})
    events = [
        shop.event(span, shop.lines())
        for span in spans(found, schedule.zone, start, end)
    ]
    timezone = vtimezone(clock) if clock and found.series else b""
    return b"".join(
        (
            b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:tests\r\n",
            timezone,
            *events,
            b"END:VCALENDAR\r\n",
        )
    )


def read(body: bytes, start: int, end: int) -> Spans:
    return read_back(body, start, end).get("shop: service window", [])


def text_of(**selection: Any) -> str:
    feed = build(Selection(**selection), snapshots.take(MOMENT))
    return unfolded(feed.body).decode()


@pytest.fixture
def sample(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is in a feed doesn't hang on how busy the machine is; web/test_feeds.py
    # has what is answered when the time is up.
    monkeypatch.setattr(calendar, "SECONDS", 600.0)
    call_command("load_catalogue", SAMPLE, verbosity=0)


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize("zones_of", ["reader", "feed"])
def test_every_feed_of_the_sample_gives_the_windows_of_the_engine(
    zones_of: str,
) -> None:
    feed = build(Selection(), snapshots.take(MOMENT)).body
    if zones_of == "feed":
        feed = with_zones_of_its_own(feed)
    found = read_back(feed, *YEARS)
    components = Component.objects.enabled().with_schedules()
    assert len(components) == 63
    for component in components:
        windows = cut(component.definition().windows(*YEARS), *period_of(MOMENT))
        read = found.pop(f"{component.name}: service window", [])
        assert read == windows, component.name
    assert found == {}


@given(schedules() | composed())
@settings(max_examples=60, deadline=None)
def test_any_schedule_is_read_back_as_its_windows(schedule: Schedule) -> None:
    start, end = seconds(2025, 7, 1), seconds(2027, 7, 1)
    expected = cut(schedule.windows(start, end), start, end)
    feed = calendar_of(schedule, start, end)
    assert read(feed, start, end) == expected
    if b"BEGIN:VTIMEZONE" in feed:
        assert read(with_zones_of_its_own(feed), start, end) == expected


@given(rules())
@settings(max_examples=300, deadline=None)
def test_an_rrule_gives_the_days_of_its_rule(rule: Rule) -> None:
    pattern = recurrence(rule)
    first, last = date(2025, 1, 1).toordinal(), date(2028, 12, 31).toordinal()
    days = list(rule.days(first, last))
    if pattern is None or not days:
        return
    given = occurrences(
        pattern,
        datetime.combine(date.fromordinal(days[0]), rule.start),
        datetime.combine(date.fromordinal(days[-1]), rule.start),
    )
    assert [reading.toordinal() for reading in given] == days
    assert {reading.time() for reading in given} == {rule.start}


WEEKDAYS = frozenset(range(5))
SUNDAY = frozenset({6})
EVERY_DAY = frozenset(range(7))


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        (Rule(WEEKDAYS, *ALL_DAY), "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        (Rule(EVERY_DAY, *ALL_DAY), "FREQ=DAILY"),
        (Rule(SUNDAY, *ALL_DAY, nth=LAST), "FREQ=MONTHLY;BYDAY=-1SU"),
        (
            Rule(SUNDAY, *ALL_DAY, every_weeks=2, anchor=date(2026, 1, 1)),
            "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=SU",
        ),
        (
            Rule(EVERY_DAY, *ALL_DAY, days_of_month=frozenset({1, -1})),
            "FREQ=MONTHLY;BYMONTHDAY=-1,1",
        ),
        (
            Rule(EVERY_DAY, *ALL_DAY, every_days=8, anchor=date(2026, 1, 1)),
            "FREQ=DAILY;INTERVAL=8",
        ),
        (
            Rule(WEEKDAYS, *ALL_DAY, every_days=3, anchor=date(2026, 1, 1)),
            "FREQ=DAILY;INTERVAL=3;BYDAY=MO,TU,WE,TH,FR",
        ),
        *(
            (
                Rule(
                    SUNDAY,
                    *ALL_DAY,
                    every_weeks=weeks,
                    every_days=days,
                    anchor=date(2026, 1, 1),
                    months=frozenset({1}),
                ),
                None,
            )
            for weeks, days in ((2, 1), (1, 2))
        ),
    ],
)
def test_the_rrule_of_a_rule(rule: Rule, pattern: str | None) -> None:
    assert recurrence(rule) == pattern


def office(*overrides: Override, zone: str = "Europe/London") -> Schedule:
    hours = Rule(WEEKDAYS, time(9), time(17))
    return Schedule(timezones.zone(zone), (hours,), overrides=(overrides,))


def properties(feed: bytes, name: str) -> list[str]:
    lines = unfolded(feed).decode().splitlines()
    return [line for line in lines if re.match(rf"{name}\b", line)]


def test_a_week_s_rule_is_one_series_that_ends_with_the_period() -> None:
    feed = calendar_of(office(), *YEARS)
    assert properties(feed, "RRULE") == [
        "RRULE:FREQ=WEEKLY;UNTIL=20271231T090000Z;BYDAY=MO,TU,WE,TH,FR"
    ]
    assert properties(feed, "DTSTART;TZID=Europe/London") == [
        "DTSTART;TZID=Europe/London:20260101T090000"
    ]


def test_a_window_that_an_override_cuts_is_excluded_and_an_event_of_its_own() -> None:
    closed = Override(
        datetime(2026, 6, 3, 12), datetime(2026, 6, 3, 13), "closed", "fire drill"
    )
    feed = calendar_of(office(closed), *YEARS)
    assert properties(feed, "EXDATE") == ["EXDATE;TZID=Europe/London:20260603T090000"]
    assert [line for line in properties(feed, "DTSTART") if line.endswith("Z")] == [
        "DTSTART:20260603T080000Z",
        "DTSTART:20260603T120000Z",
    ]


def test_a_window_over_a_change_of_the_clocks_is_an_event_in_utc() -> None:
    nights = Rule(EVERY_DAY, time(22), time(6))
    feed = calendar_of(Schedule(timezones.zone("Europe/Berlin"), (nights,)), *YEARS)
    singles = [line for line in properties(feed, "DT(START|END)") if line[-1] == "Z"]
    assert singles[:4] == [
        "DTSTART:20260328T210000Z",
        "DTEND:20260329T040000Z",
        "DTSTART:20261024T200000Z",
        "DTEND:20261025T050000Z",
    ]
    assert len(properties(feed, "EXDATE")) == 4


def test_a_rule_that_always_meets_a_change_of_the_clocks_is_no_series() -> None:
    march = Rule(SUNDAY, time(0, 30), time(5), nth=LAST, months=frozenset({3}))
    schedule = Schedule(timezones.zone("Europe/Berlin"), (march,))
    period = seconds(2025, 1, 1), seconds(2029, 1, 1)
    feed = calendar_of(schedule, *period)
    assert properties(feed, "RRULE") == []
    assert read(feed, *period) == schedule.windows(*period)


def test_windows_that_two_rules_make_together_are_one_series() -> None:
    early, late = (
        Rule(WEEKDAYS, time(6), time(14)),
        Rule(WEEKDAYS, time(14), time(22), on_holidays=True),
    )
    schedule = Schedule(timezones.zone("Europe/Berlin"), (early, late))
    feed = calendar_of(schedule, *YEARS)
    assert properties(feed, "BEGIN:VEVENT") == ["BEGIN:VEVENT"]


HOURS = ((9 * 3600, 13 * 3600),)
HALF_DAY = CalendarDay("Half day", date=DayOfYear(None, 6, 3), hours=HOURS)
CLOSING = CalendarDay(
    "Closing", start=DayOfYear(None, 12, 24), end=DayOfYear(None, 1, 2)
)
COMPANY = OwnCalendar("company", days=(CLOSING, HALF_DAY))


def test_days_of_a_calendar_are_exclusions_and_a_half_day_an_event() -> None:
    schedule = replace(office(), holidays=COMPANY)
    feed = calendar_of(schedule, *YEARS)
    excluded = [line[-15:-7] for line in properties(feed, "EXDATE")]
    assert "20260603" in excluded
    assert {"20261224", "20261231", "20270101"} <= {*excluded}
    assert len(properties(feed, "RRULE")) == 1
    assert [line for line in properties(feed, "DT(START|END)") if line[-1] == "Z"] == [
        *("DTSTART:20260603T080000Z", "DTEND:20260603T120000Z"),
        *("DTSTART:20270603T080000Z", "DTEND:20270603T120000Z"),
    ]


def test_a_rule_of_an_included_schedule_is_a_series() -> None:
    """No week has every eighth day: the pattern can only be that of the rule."""
    shift = Rule(EVERY_DAY, time(6), time(14), every_days=8, anchor=date(2026, 1, 3))
    zone = timezones.zone("Europe/London")
    inner = Schedule(zone, (shift,), holidays=COMPANY)
    feed = calendar_of(Schedule(zone, includes=(inner,)), *YEARS)
    (pattern,) = properties(feed, "RRULE")
    assert "FREQ=DAILY" in pattern
    assert "INTERVAL=8" in pattern
    assert len(properties(feed, "BEGIN:VEVENT")) == 1


def test_what_is_outside_an_excluded_schedule_is_its_complement() -> None:
    inner = replace(office(), holidays=COMPANY)
    outside = Schedule(inner.zone, always_open=True, excludes=(inner,))
    feed = calendar_of(outside, *YEARS)
    assert len(properties(feed, "BEGIN:VEVENT")) < 40
    found = read(feed, *YEARS)
    assert found == outside.windows(*YEARS)
    ((first, last),) = merge(found + inner.spans(*YEARS))
    assert (first, last) == (found[0][0], found[-1][1])


def test_schedules_of_three_zones_are_as_many_events_as_they_need() -> None:
    hours = Rule(WEEKDAYS, time(9), time(17))
    names = ("Europe/London", "America/New_York", "Australia/Sydney")
    offices = tuple(Schedule(timezones.zone(name), (hours,)) for name in names)
    sun = Schedule(timezones.zone("UTC"), includes=offices)
    feed = calendar_of(sun, *YEARS)
    assert len(properties(feed, "BEGIN:VEVENT")) < len(sun.windows(*YEARS)) / 2
    assert len(properties(feed, "EXDATE")) < len(sun.windows(*YEARS)) / 2
    assert read(feed, *YEARS) == sun.windows(*YEARS)


def test_24x7_is_one_event_from_end_to_end_of_the_period() -> None:
    always = Schedule(timezones.zone("UTC"), always_open=True)
    feed = calendar_of(always, *YEARS)
    assert properties(feed, "DT(START|END)") == [
        "DTSTART:20260101T000000Z",
        "DTEND:20280101T000000Z",
    ]
    assert "cut off at its ends" in properties(feed, "COMMENT")[0]


def test_a_window_that_is_cut_off_at_one_end_says_so_and_no_other_does() -> None:
    closed = Override(datetime(2026, 3, 1), datetime(2026, 3, 2), "closed")
    again = Override(datetime(2026, 9, 1), datetime(2026, 9, 2), "closed")
    zone = timezones.zone("UTC")
    always = Schedule(zone, always_open=True, overrides=((closed, again),))
    feed = calendar_of(always, *YEARS)
    events: list[Any] = Calendar.from_ical(feed).events
    cut_off = {str(one["DTSTART"].dt.date()): "COMMENT" in one for one in events}
    assert cut_off == {"2026-01-01": True, "2026-03-02": False, "2026-09-02": True}


def test_few_windows_are_no_series() -> None:
    twice = Rule(
        SUNDAY,
        time(9),
        time(17),
        valid_from=date(2026, 1, 4),
        valid_to=date(2026, 1, 11),
    )
    feed = calendar_of(Schedule(timezones.zone("Europe/London"), (twice,)), *YEARS)
    assert properties(feed, "RRULE") == []
    assert len(properties(feed, "BEGIN:VEVENT")) == 2


def test_a_zone_about_which_sources_differ_is_written_in_utc() -> None:
    older = ZoneInfo("Europe/Paris"), ZoneInfo("Europe/London")
    schedule = office(zone="Europe/Paris")
    settled.cache_clear()
    with patch("otel_sla.schedule.utc_offsets.editions", return_value=older):
        feed = calendar_of(schedule, *YEARS)
    settled.cache_clear()
    assert properties(feed, "RRULE") == properties(feed, "BEGIN:VTIMEZONE") == []
    assert read(feed, *YEARS) == schedule.windows(*YEARS)


def test_every_vtimezone_says_what_the_zone_s_clock_says() -> None:
    for name in sorted(timezones.names()):
        zone = timezones.zone(name)
        clock = clock_of(zone, *YEARS)
        component: Any = Timezone.from_ical(vtimezone(clock))
        component["TZID"] = "Nowhere"
        theirs = component.to_tz(lookup_tzid=False)
        around = [at + late for at, _, _ in clock.changes for late in (-1, 0, 1)]
        for at in (YEARS[0] + 1, *around, YEARS[1] - 1):
            offsets = {
                datetime.fromtimestamp(at, one).utcoffset() for one in (zone, theirs)
            }
            assert len(offsets) == 1, (name, at)


def test_the_onset_of_summer_time_is_a_reading_of_the_clock_before_it() -> None:
    zone = timezones.zone("Europe/Berlin")
    lines = vtimezone(clock_of(zone, *YEARS)).decode().splitlines()
    summer = lines[lines.index("BEGIN:DAYLIGHT") : lines.index("END:DAYLIGHT")]
    assert summer[1:3] == ["DTSTART:20260329T020000", "RDATE:20270328T020000"]


def test_a_reading_near_a_repeated_hour_is_uncertain_only_within_it() -> None:
    clock = clock_of(ZoneInfo("Europe/London"), *YEARS)
    for parts, reading in (
        ((2026, 10, 24, 23, 59, 59), datetime(2026, 10, 25, 0, 59, 59)),
        ((2026, 10, 25, 0), None),
        ((2026, 10, 25, 1, 59, 59), None),
        ((2026, 10, 25, 2), datetime(2026, 10, 25, 2)),
        ((2026, 3, 29, 1), datetime(2026, 3, 29, 2)),
    ):
        assert clock.certain_reading(seconds(*parts)) == reading


@pytest.mark.django_db
def test_an_event_says_what_it_is_and_takes_up_no_time() -> None:
    make_component(labels={"team": "payments", "tier": "1"})
    feed = text_of()
    event = Calendar.from_ical(feed).events[0]
    assert str(event["SUMMARY"]) == "web-shop: service window"
    assert "Agreement gold, schedule office-london (Europe/London)" in event.description
    # icalendar 7.0 writes several categories, and reads the last of them only.
    assert "CATEGORIES:team:payments,tier:1" in feed.splitlines()
    assert event["TRANSP"] == "TRANSPARENT"


@pytest.mark.django_db
def test_a_calendar_has_a_name_and_says_how_often_to_come_back() -> None:
    make_component(labels={"team": "a, b"})
    text = text_of(labels=("team:a, b",))
    assert r"X-WR-CALNAME:team:a\, b: service windows" in text
    assert r"NAME:team:a\, b: service windows" in text
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in text
    assert r"Windows of 2025 to 2028\, UTC." in text


@pytest.mark.django_db
def test_no_text_can_add_a_line_to_a_feed() -> None:
    make_component("shop; a,b\\n🛠", labels={"x": "1\r\nATTACH:evil\x07\n"})
    text = text_of()
    assert r"SUMMARY:shop\; a\,b\\n🛠: service window" in text
    assert not re.search("[\r\n]ATTACH", text)
    assert "\x07" not in text
    assert all(len(line.encode()) <= 75 for line in build_lines())


def build_lines() -> list[str]:
    body = build(Selection(), snapshots.take(MOMENT)).body.decode()
    return body.split("\r\n")


def uids(text: str) -> list[str]:
    return re.findall("^UID:(.*?)\r$", text, re.MULTILINE)


def sequence(text: str) -> int:
    (one,) = set(re.findall("^SEQUENCE:(.*?)\r$", text, re.MULTILINE))
    return int(one)


def at(moment: int) -> str:
    return build(Selection(), snapshots.take(moment)).body.decode()


@pytest.mark.django_db
def test_a_feed_is_the_same_until_something_changes() -> None:
    make_component()
    assert at(MOMENT) == at(MOMENT + 3 * DAY)


@pytest.mark.django_db
def test_a_change_keeps_the_uid_and_raises_the_sequence_as_does_its_undoing() -> None:
    rule = make_component().agreement.schedule.rules.get()
    was = at(MOMENT)
    rule.weekdays = "mon-thu"
    rule.save()
    fewer = at(MOMENT + 10)
    rule.weekdays = "mon-fri"
    rule.save()
    again = at(MOMENT + 10)
    assert uids(was) == uids(fewer) == uids(again)
    assert sequence(was) + 10 == sequence(fewer) < sequence(again)
    assert at(MOMENT) == again


@pytest.mark.django_db
def test_a_change_of_one_component_leaves_the_others_sequence() -> None:
    make_component()
    other = make_component("checkout")
    was = at(MOMENT)
    other.labels = {"team": "payments"}
    other.save()
    text = at(MOMENT + 5)
    sequences = sorted(re.findall("SEQUENCE:(.*?)\r", text))
    assert int(sequences[1]) == int(sequences[0]) + 5
    assert sequences[0] in was


@pytest.mark.django_db
def test_a_feed_has_changed_when_a_component_has_gone() -> None:
    make_component()
    other = make_component("checkout")
    build(Selection(), snapshots.take(MOMENT))
    other.delete()
    assert build(Selection(), snapshots.take(MOMENT + 7)).changed == MOMENT + 7


@pytest.mark.django_db
def test_a_component_made_anew_has_its_uids_and_a_later_sequence() -> None:
    shop = make_component()
    was = at(MOMENT)
    shop.delete()
    make_component(labels={"team": "payments"})
    again = at(MOMENT + 1)
    assert uids(was) == uids(again)
    assert sequence(was) < sequence(again)


@pytest.mark.django_db
def test_at_new_year_the_period_moves_on_and_uids_stay() -> None:
    make_component()
    old, new = at(seconds(2026, 12, 31)), at(seconds(2027, 1, 1))
    assert uids(old) == uids(new)
    assert "UNTIL=20281229" in old
    assert "UNTIL=20291231" in new


@pytest.mark.django_db
def test_components_of_one_schedule_have_uids_of_their_own() -> None:
    make_component()
    make_component("checkout")
    found = uids(at(MOMENT))
    assert len(set(found)) == len(found) == 2


@pytest.mark.django_db
def test_a_hundred_components_take_as_many_queries_as_one(
    django_assert_max_num_queries: Any,
) -> None:
    for number in range(100):
        make_component(f"shop-{number}")
    with django_assert_max_num_queries(19):
        at(MOMENT)
    with django_assert_max_num_queries(9):
        at(MOMENT)
    assert Revision.objects.count() == 102


@pytest.mark.django_db
def test_a_schedule_is_planned_once_for_all_its_components(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    original = Schedule.windows

    def counted(self: Schedule, start: int, end: int) -> list[Window]:
        asked.append(self)
        return original(self, start, end)

    monkeypatch.setattr(Schedule, "windows", counted)
    for number in range(20):
        make_component(f"shop-{number}")
    at(MOMENT)
    assert len(asked) == 1


@pytest.mark.django_db
def test_components_that_can_not_be_evaluated_are_counted_in_the_feed() -> None:
    make_component()
    make_component("broken")
    Component.objects.filter(name="broken").update(labels={"job": "x"})
    assert "1 component can't be evaluated and is left out." in text_of()
