"""Accounts by hand: what counts, what does not, and where an outage begins and ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

import pytest

from otel_sla.accounting import (
    Account,
    Excuse,
    NotUp,
    Outage,
    account,
    parse_period,
)
from otel_sla.schedule import Schedule

from ..support.rule_cases import always, opens

LONDON = "Europe/London"
OFFICE = opens(("mon-fri", "09:00", "17:00"), timezone=LONDON)
DOWN = Fraction(0)

Written = tuple[str, str, Fraction | None]


def at(text: str) -> int:
    """A moment of 2026 in UTC, 10-01 09:00 or with seconds, in milliseconds."""
    reading = datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)
    return round(reading.timestamp() * 1000)


def accounted(
    *spans: Written,
    period: str = "2026-10",
    schedule: Schedule = OFFICE,
    excuses: Sequence[tuple[str, str, str]] = (),
    since: str | None = None,
) -> Account:
    """The account of a period, in which spans were down by a share, or unknown."""
    start, end = parse_period(period).bounds(schedule.zone)
    return account(
        (start * 1000, end * 1000),
        schedule.spans(start, end),
        [NotUp(at(begins), at(ends), share) for begins, ends, share in spans],
        [Excuse(at(begins), at(ends), reason) for begins, ends, reason in excuses],
        None if since is None else at(since),
    )


def seconds(found: Account) -> dict[str, float]:
    """The figures in seconds, without those that are 0."""
    names = ("scheduled", "excused", "unknown", "up", "down")
    figures = {name: getattr(found.figures, name) / 1000 for name in names}
    figures["not_in_service"] = found.not_in_service / 1000
    assert found.figures.scheduled == sum(
        getattr(found.figures, name) for name in names[1:]
    )
    return {name: float(value) for name, value in figures.items() if value}


def outages(found: Account) -> list[tuple[str, str, float, str]]:
    """The outages: from, to, seconds of downtime, and why they don't count."""

    def shown(moment: int) -> str:
        return f"{datetime.fromtimestamp(moment / 1000, UTC):%m-%d %H:%M:%S}"

    for one in found.outages:
        assert one.counted == (not one.reason)
    return [
        (shown(one.start), shown(one.end), float(one.down / 1000), one.reason)
        for one in found.outages
    ]


# October 2026 has 22 days from Monday to Friday, of eight hours each.
OCTOBER = 22 * 8 * 3600


def test_what_nothing_interrupted_was_up() -> None:
    found = accounted()
    assert seconds(found) == {"scheduled": OCTOBER, "up": OCTOBER}
    assert found.outages == []
    assert found.figures.availability() == 1


def test_an_outage_within_service_hours_counts() -> None:
    # 10:00 in London, where it is summer.
    found = accounted(("10-01 09:00", "10-01 09:12:24", DOWN))
    assert seconds(found) == {
        "scheduled": OCTOBER,
        "up": OCTOBER - 744,
        "down": 744,
    }
    assert outages(found) == [("10-01 09:00:00", "10-01 09:12:24", 744, "")]


def test_an_outage_outside_of_service_hours_is_listed_and_does_not_count() -> None:
    found = accounted(("10-03 09:00", "10-03 10:00", DOWN))
    assert seconds(found) == {"scheduled": OCTOBER, "up": OCTOBER}
    assert outages(found) == [
        ("10-03 09:00:00", "10-03 10:00:00", 3600, "outside service hours")
    ]


def test_an_outage_over_a_night_is_split_where_hours_end_and_begin() -> None:
    found = accounted(("10-01 15:50", "10-02 08:05", DOWN))
    assert seconds(found)["down"] == 15 * 60
    assert outages(found) == [
        ("10-01 15:50:00", "10-01 16:00:00", 600, ""),
        ("10-01 16:00:00", "10-02 08:00:00", 16 * 3600, "outside service hours"),
        ("10-02 08:00:00", "10-02 08:05:00", 300, ""),
    ]


def test_an_outage_is_cut_at_the_ends_of_the_period() -> None:
    found = accounted(
        ("09-30 22:00", "09-30 23:30", DOWN),
        ("10-31 23:59", "11-01 01:00", DOWN),
        schedule=always(LONDON),
    )
    assert outages(found) == [
        ("09-30 23:00:00", "09-30 23:30:00", 1800, ""),
        ("10-31 23:59:00", "11-01 00:00:00", 60, ""),
    ]


CLOCKS: dict[str, tuple[str, str, int, Written]] = {
    # In the night of the change there are five hours from 00:00 to 06:00.
    "forward": ("2026-03", "sun", 4 * 6 + 5, ("03-29 00:30", "03-29 01:30", DOWN)),
    "back": ("2026-10", "sun", 3 * 6 + 7, ("10-25 00:30", "10-25 01:30", DOWN)),
    "a whole month forward": (
        "2026-03",
        "daily",
        30 * 6 + 5,
        ("03-29 00:30", "03-29 01:30", DOWN),
    ),
}


@pytest.mark.parametrize("case", CLOCKS)
def test_time_is_counted_as_it_passed_where_clocks_change(case: str) -> None:
    period, days, hours, span = CLOCKS[case]
    schedule = opens((days, "00:00", "06:00"), timezone=LONDON)
    found = accounted(span, period=period, schedule=schedule)
    assert seconds(found) == {
        "scheduled": hours * 3600,
        "up": (hours - 1) * 3600,
        "down": 3600,
    }
    assert len(found.outages) == 1


def test_an_outage_on_a_holiday_does_not_count() -> None:
    schedule = opens(("mon-fri", "09:00", "17:00"), timezone=LONDON, holidays="GB-ENG")
    # Friday 25 December, and the substitute for Saturday's Boxing Day on Monday.
    found = accounted(
        ("12-25 10:00", "12-25 11:00", DOWN),
        ("12-28 10:00", "12-28 11:00", DOWN),
        ("12-29 10:00", "12-29 11:00", DOWN),
        period="2026-12",
        schedule=schedule,
    )
    assert seconds(found)["scheduled"] == 21 * 8 * 3600
    assert seconds(found)["down"] == 3600
    assert [reason for *_, reason in outages(found)] == [
        "outside service hours",
        "outside service hours",
        "",
    ]


def test_a_gap_ends_an_outage_and_is_unknown() -> None:
    found = accounted(
        ("10-01 09:00", "10-01 09:05", DOWN),
        ("10-01 09:05", "10-01 09:08", None),
        ("10-01 09:08", "10-01 09:10", DOWN),
        # At night nothing is scheduled, and nothing that counts is unknown.
        ("10-01 20:00", "10-01 21:00", None),
    )
    assert seconds(found) == {
        "scheduled": OCTOBER,
        "unknown": 180,
        "up": OCTOBER - 600,
        "down": 420,
    }
    assert outages(found) == [
        ("10-01 09:00:00", "10-01 09:05:00", 300, ""),
        ("10-01 09:08:00", "10-01 09:10:00", 120, ""),
    ]


def test_a_share_is_up_by_that_share_and_one_outage_with_what_is_next_to_it() -> None:
    found = accounted(
        ("10-01 09:00", "10-01 09:05", Fraction(1, 3)),
        ("10-01 09:05", "10-01 09:06", DOWN),
    )
    assert found.figures.down == 200_000 + 60_000
    assert outages(found) == [("10-01 09:00:00", "10-01 09:06:00", 260, "")]


def test_thirds_are_not_rounded() -> None:
    found = accounted(("10-01 09:00", "10-01 09:00:01", Fraction(1, 3)))
    assert found.figures.down == Fraction(2000, 3)
    assert found.figures.up == OCTOBER * 1000 - Fraction(2000, 3)


def test_windows_and_spans_off_the_whole_minute_are_exact() -> None:
    schedule = opens(
        ("daily", "08:00:17", "12:03:41"), ("daily", "12:10:01", "16:00:59")
    )
    found = accounted(
        ("10-01 07:59:30.250", "10-01 08:00:30.250", DOWN),
        ("10-01 12:03:40.999", "10-01 12:10:01.001", DOWN),
        period="2026-10-01/2026-10-02",
        schedule=schedule,
    )
    scheduled = (4 * 3600 + 3 * 60 + 24) + (3 * 3600 + 50 * 60 + 58)
    assert seconds(found) == {
        "scheduled": scheduled,
        "up": scheduled - 13.252,
        "down": 13.252,
    }
    assert [(down, reason) for *_, down, reason in outages(found)] == [
        (46.75, "outside service hours"),
        (13.25, ""),
        (0.001, ""),
        (380, "outside service hours"),
        (0.001, ""),
    ]


def test_of_overlapping_exclusions_the_first_gives_its_reason() -> None:
    found = accounted(
        ("10-01 09:00", "10-01 10:00", DOWN),
        excuses=[
            ("10-01 09:20", "10-01 09:40", "power cut"),
            ("10-01 09:10", "10-01 09:30", "the customer's firewall"),
            ("10-01 09:15", "10-01 09:25", "within another"),
        ],
    )
    assert seconds(found) == {
        "scheduled": OCTOBER,
        "excused": 30 * 60,
        "up": OCTOBER - 3600,
        "down": 30 * 60,
    }
    assert outages(found) == [
        ("10-01 09:00:00", "10-01 09:10:00", 600, ""),
        ("10-01 09:10:00", "10-01 09:30:00", 1200, "excluded: the customer's firewall"),
        ("10-01 09:30:00", "10-01 09:40:00", 600, "excluded: power cut"),
        ("10-01 09:40:00", "10-01 10:00:00", 1200, ""),
    ]


def test_an_exclusion_takes_out_what_was_up_or_unknown_too() -> None:
    found = accounted(
        ("10-01 09:00", "10-01 09:30", None),
        excuses=[
            ("10-01 07:00", "10-01 10:00", "move"),
            ("10-03 09:00", "10-03 10:00", "x"),
        ],
    )
    # From 09:00 to 11:00 in London, and nothing on the Saturday.
    assert seconds(found) == {
        "scheduled": OCTOBER,
        "excused": 2 * 3600,
        "up": OCTOBER - 2 * 3600,
    }


def test_an_exclusion_over_a_night_leaves_the_night_outside_of_service_hours() -> None:
    found = accounted(
        ("10-01 15:00", "10-01 17:00", DOWN),
        excuses=[("10-01 12:00", "10-02 12:00", "move")],
    )
    assert [reason for *_, reason in outages(found)] == [
        "excluded: move",
        "outside service hours",
    ]


def test_time_before_a_component_was_in_service_is_not_scheduled() -> None:
    found = accounted(
        ("09-30 23:00", "10-02 09:30", None),
        since="10-02 09:30",
    )
    # Thursday, and Friday from 09:00 to 10:30 in London.
    assert seconds(found) == {
        "scheduled": OCTOBER - 9.5 * 3600,
        "up": OCTOBER - 9.5 * 3600,
        "not_in_service": 9.5 * 3600,
    }


def test_downtime_before_a_component_was_in_service_is_listed() -> None:
    found = accounted(
        ("10-01 09:00", "10-01 11:00", DOWN),
        since="10-01 10:00",
        excuses=[("10-01 09:00", "10-01 09:30", "move")],
    )
    assert seconds(found)["down"] == 3600
    assert "excused" not in seconds(found)
    assert outages(found) == [
        ("10-01 09:00:00", "10-01 10:00:00", 3600, "not yet in service"),
        ("10-01 10:00:00", "10-01 11:00:00", 3600, ""),
    ]


@pytest.mark.parametrize("since", ["01-01 00:00", "09-30 23:00"])
def test_what_was_in_service_before_is_all_scheduled(since: str) -> None:
    assert seconds(accounted(since=since)) == {"scheduled": OCTOBER, "up": OCTOBER}


def test_nothing_is_scheduled_of_what_comes_later() -> None:
    found = accounted(
        ("09-30 23:00", "11-01 00:00", None),
        since="12-01 00:00",
        excuses=[("10-01 09:00", "10-01 09:30", "move")],
    )
    assert seconds(found) == {"not_in_service": OCTOBER}
    assert found.figures.coverage is None
    assert found.figures.availability() is None


def test_what_touches_the_ends_of_service_hours_does_not_count() -> None:
    found = accounted(
        ("10-01 07:00", "10-01 08:00", DOWN), ("10-01 16:00", "10-01 17:00", None)
    )
    assert seconds(found) == {"scheduled": OCTOBER, "up": OCTOBER}


def test_a_period_without_time_has_no_figures() -> None:
    nothing = account((5, 5), [(0, 10)], [NotUp(0, 10, DOWN)], [], 7)
    assert nothing.figures.scheduled == 0
    assert nothing.outages == []
    assert nothing.not_in_service == 0


def test_accounts_are_as_exact_as_milliseconds() -> None:
    found = account((0, 2000), [(0, 1)], [NotUp(999, 1001, DOWN)])
    assert found.outages == [
        Outage(999, 1000, Fraction(1), True, ""),
        Outage(1000, 1001, Fraction(1), False, "outside service hours"),
    ]
