"""A report's document: figures as counted by hand, and what is said with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from otel_sla.accounting import parse_period
from otel_sla.models import Agreement, Component, Exclusion, Override, Rule, Schedule
from otel_sla.reports import making
from otel_sla.reports.refusals import ReportRefused
from otel_sla.reports.selection import Selection

from ..support.make import make_agreement, make_component, make_schedule, utc
from ..support.measured import MadeUpSource, forget, s, use

pytestmark = pytest.mark.django_db

MOMENT = s("2026-11-10T12:00")
OCTOBER = 22 * 8 * 3600
"""Service hours of October 2026: 22 working days of 8 hours."""


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> MadeUpSource:
    return use(MadeUpSource(), monkeypatch)


def report(
    period: str = "2026-10", moment: int = MOMENT, **selection: Any
) -> dict[str, Any]:
    return making.make(parse_period(period), Selection.of(**selection), moment)


def only(document: dict[str, Any]) -> dict[str, Any]:
    (component,) = document["components"]
    return component  # type: ignore[no-any-return]


def test_a_month_of_one_component_as_counted_by_hand(source: MadeUpSource) -> None:
    make_component(labels={"team": "payments"})
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:24:24")
    source.down("web-shop", "2026-10-10T21:00", "2026-10-11T04:30")
    # Friday's window ends at 16:00 UTC in summer time.
    source.down("web-shop", "2026-10-09T15:59", "2026-10-09T16:30")
    # After the change of clocks it is 17:00 UTC.
    source.down("web-shop", "2026-10-27T09:00", "2026-10-27T09:01", None)
    document = report()
    one = only(document)
    notes = one.pop("notes")
    assert notes == []
    assert one == {
        "component": "web-shop",
        "agreement": "gold",
        "labels": {"team": "payments"},
        "schedule": "office-london",
        "timezone": "Europe/London",
        "start": "2026-09-30T23:00:00Z",
        "end": "2026-11-01T00:00:00Z",
        "until": "2026-11-01T00:00:00Z",
        "target": 0.999,
        "agreement_period": "month",
        "unknown": "exclude",
        "availability": (OCTOBER - 60 - 804) / (OCTOBER - 60),
        "coverage": (OCTOBER - 60) / OCTOBER,
        "scheduled_seconds": OCTOBER,
        "measured_seconds": OCTOBER - 60,
        "unknown_seconds": 60,
        "excused_seconds": 0,
        "down_seconds": 804,
        "up_seconds": OCTOBER - 864,
        "budget_seconds": 633.6,
        "budget_left_seconds": -170.4,
        "met": False,
        "in_service_since": None,
        "not_in_service_seconds": 0,
        "judged": [
            {
                "start": "2026-09-30T23:00:00Z",
                "end": "2026-11-01T00:00:00Z",
                "availability": (OCTOBER - 60 - 804) / (OCTOBER - 60),
                "coverage": (OCTOBER - 60) / OCTOBER,
                "scheduled_seconds": OCTOBER,
                "down_seconds": 804,
                "budget_seconds": 633.6,
                "met": False,
            }
        ],
        "outages": [
            outage("06T08:12:00", "06T08:24:24", 744),
            outage("09T15:59:00", "09T16:00:00", 60),
            outage("09T16:00:00", "09T16:30:00", 1800, "outside service hours"),
            outage("10T21:00:00", "11T04:30:00", 27000, "outside service hours"),
        ],
        "exclusions": [],
        "maintenance": [],
    }
    assert document["missed"] == 1
    assert document["is_final"]
    assert document["notes"] == []


def outage(start: str, end: str, seconds: float, reason: str = "") -> dict[str, Any]:
    return {
        "start": f"2026-10-{start}Z",
        "end": f"2026-10-{end}Z",
        "seconds": seconds,
        "counted": not reason,
        "reason": reason,
    }


def test_a_share_of_a_second_is_a_float(source: MadeUpSource) -> None:
    make_component()
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:13", Fraction(2, 3))
    source.down("web-shop", "2026-10-07T08:12:00.500", "2026-10-07T08:13")
    one = only(report())
    assert one["down_seconds"] == 79.5
    assert one["outages"][1]["start"] == "2026-10-07T08:12:00.500Z"
    assert [each["seconds"] for each in one["outages"]] == [20, 59.5]


def test_exclusions_of_component_and_agreement_count_once(
    source: MadeUpSource,
) -> None:
    component = make_component()
    exclude(component=component, start=utc(2026, 10, 6, 8), end=utc(2026, 10, 6, 10))
    exclude(
        agreement=component.agreement,
        start=utc(2026, 10, 6, 9),
        end=utc(2026, 10, 6, 20),
        reason="flood",
    )
    exclude(component=component, start=utc(2026, 11, 6), end=utc(2026, 11, 7))
    source.down("web-shop", "2026-10-06T07:30", "2026-10-06T09:30")
    one = only(report())
    # 08:00 to 16:00 UTC is the whole window of the day.
    assert one["excused_seconds"] == 8 * 3600
    assert one["down_seconds"] == 0
    assert one["scheduled_seconds"] == OCTOBER
    assert one["budget_seconds"] == 604.8
    assert [each["seconds"] for each in one["exclusions"]] == [2 * 3600, 7 * 3600]
    assert one["exclusions"][1]["reason"] == "flood"
    assert one["exclusions"][0]["approved_by"] == "Mira"
    assert one["met"] is True


def exclude(**fields: Any) -> Exclusion:
    fields = {"reason": "power cut", "approved_by": "Mira", **fields}
    return Exclusion.objects.create(**fields)


def test_an_override_entered_late_is_marked_with_what_it_took_out(
    source: MadeUpSource,
) -> None:
    component = make_component()
    source.down("web-shop", "2026-10-06T11:30", "2026-10-06T12:30")
    late = Override.objects.create(
        component=component,
        start=datetime(2026, 10, 6, 13),
        end=datetime(2026, 10, 6, 14),
        kind="closed",
        reason="restart",
    )
    Override.objects.filter(pk=late.pk).update(created=utc(2026, 10, 6, 14))
    planned = Override.objects.create(
        schedule=component.agreement.schedule,
        start=datetime(2026, 10, 20, 16),
        end=datetime(2026, 10, 20, 20),
        kind="closed",
    )
    Override.objects.filter(pk=planned.pk).update(created=utc(2026, 10, 12))
    one = only(report())
    assert one["scheduled_seconds"] == OCTOBER - 2 * 3600
    # 13:00 to 14:00 in London is 12:00 to 13:00 UTC, the last half of the outage.
    assert one["down_seconds"] == 1800
    assert one["maintenance"] == [
        {
            "start": "2026-10-06T12:00:00Z",
            "end": "2026-10-06T13:00:00Z",
            "seconds": 3600,
            "reason": "restart",
            "created": "2026-10-06T14:00:00Z",
            "is_late": True,
            "took_out_seconds": 3600,
            "took_out_down_seconds": 1800,
        },
        {
            "start": "2026-10-20T15:00:00Z",
            "end": "2026-10-20T19:00:00Z",
            "seconds": 4 * 3600,
            "reason": "",
            "created": "2026-10-12T00:00:00Z",
            "is_late": False,
            "took_out_seconds": 3600,
            "took_out_down_seconds": 0,
        },
    ]
    assert one["notes"] == [
        "An override was entered after it had begun, and took 1 h out of the service "
        "hours, 0.5 h of which were down."
    ]


def test_time_before_the_first_sample_is_not_scheduled(source: MadeUpSource) -> None:
    make_component()
    source.begins["web-shop"] = s("2026-10-06T12:00") * 1000
    one = only(report())
    # Three working days before, and four hours of the 6th.
    assert one["not_in_service_seconds"] == (3 * 8 + 4) * 3600
    assert one["scheduled_seconds"] == OCTOBER - 28 * 3600
    assert one["coverage"] == 1.0
    assert one["in_service_since"] == "2026-10-06T12:00:00Z"
    assert one["met"] is True
    assert one["notes"] == [
        "It has been in service since its first sample, 2026-10-06 12:00 UTC. 28 h of "
        "service hours before that are left out."
    ]


def test_a_component_without_samples_has_no_figures(source: MadeUpSource) -> None:
    make_component()
    source.begin = None
    document = report()
    one = only(document)
    assert document["notes"][0].startswith("component:availability:bool has no samples")
    assert one["availability"] is None
    assert one["coverage"] == 0.0
    assert one["met"] is None
    assert one["unknown_seconds"] == OCTOBER
    assert one["notes"][0].startswith("It has no samples before")


def test_a_component_that_began_after_the_period_was_not_in_service(
    source: MadeUpSource,
) -> None:
    make_component()
    source.begins["web-shop"] = s("2026-11-06") * 1000
    one = only(report())
    assert one["scheduled_seconds"] == 0
    assert one["not_in_service_seconds"] == OCTOBER
    assert one["met"] is None


def test_no_verdict_where_too_little_was_measured(source: MadeUpSource) -> None:
    make_component()
    source.down("web-shop", "2026-10-05", "2026-10-17", None)
    one = only(report())
    assert one["coverage"] == pytest.approx(12 / 22)
    assert one["met"] is None
    assert "Only 54\u00a0% of its service hours were measured." in one["notes"][0]


@pytest.mark.parametrize(
    ("policy", "availability", "met"),
    [
        ("exclude", 1.0, True),
        ("up", 1.0, True),
        ("down", (OCTOBER - 3600) / OCTOBER, False),
    ],
)
def test_unknown_time_counts_as_the_agreement_says(
    source: MadeUpSource, policy: str, availability: float, met: bool
) -> None:
    make_component()
    Agreement.objects.update(unknown=policy)
    source.down("web-shop", "2026-10-05T09:00", "2026-10-05T10:00", None)
    one = only(report())
    assert one["availability"] == availability
    assert one["met"] is met
    assert one["unknown_seconds"] == 3600
    assert len(one["notes"]) == (policy != "exclude")


def test_a_quarter_judges_each_month(source: MadeUpSource) -> None:
    make_component()
    source.down("web-shop", "2026-08-05T10:00", "2026-08-05T10:30")
    one = only(report("2026-Q3"))
    assert [each["met"] for each in one["judged"]] == [True, False, True]
    assert one["met"] is False
    assert one["notes"] == ["The target is judged by calendar month: 1 of 3 missed."]


def test_weeks_that_end_in_the_month_are_measured_from_their_beginning(
    source: MadeUpSource,
) -> None:
    make_component()
    Agreement.objects.update(period="week")
    # On the Wednesday before the month, in the week that ends in it.
    source.down("web-shop", "2026-09-30T10:00", "2026-09-30T11:00")
    one = only(report())
    assert [each["start"] for each in one["judged"]] == [
        "2026-09-27T23:00:00Z",
        "2026-10-04T23:00:00Z",
        "2026-10-11T23:00:00Z",
        "2026-10-18T23:00:00Z",
    ]
    assert [each["met"] for each in one["judged"]] == [False, True, True, True]
    assert one["down_seconds"] == 0
    assert one["met"] is False


def test_a_rolling_period_ends_with_the_report(source: MadeUpSource) -> None:
    make_component()
    Agreement.objects.update(period="90d")
    source.down("web-shop", "2026-08-05T10:00", "2026-08-05T12:00")
    one = only(report())
    (judged,) = one["judged"]
    assert judged["start"] == "2026-08-03T00:00:00Z"
    assert judged["end"] == "2026-11-01T00:00:00Z"
    assert judged["down_seconds"] == 7200
    assert judged["met"] is False
    assert one["down_seconds"] == 0
    assert one["notes"] == [
        "The target is judged over the 90 days before 2026-11-01 00:00 UTC: "
        "99.615\u00a0%, missed."
    ]


def test_a_report_shorter_than_the_agreement_s_period_judges_nothing(
    source: MadeUpSource,
) -> None:
    make_component()
    one = only(report("2026-10-05/2026-10-12"))
    assert one["scheduled_seconds"] == 40 * 3600
    assert one["judged"] == []
    assert one["met"] is None
    assert "judged by calendar month" in one["notes"][0]


def test_the_running_month_has_figures_up_to_now_and_its_whole_budget(
    source: MadeUpSource,
) -> None:
    make_component()
    make_component("api")
    source.down("api", "2026-10-06T10:00", "2026-10-06T10:11")
    moment = s("2026-10-14T10:02")
    document = report(moment=moment)
    api, one = document["components"]
    # Nine working days, and an hour of the 14th until two minutes ago.
    assert one["until"] == "2026-10-14T10:00:00Z"
    assert one["scheduled_seconds"] == (9 * 8 + 2) * 3600
    assert one["budget_seconds"] == 633.6
    assert one["met"] is None
    assert not document["is_final"]
    assert document["notes"][0].startswith("The period is not over. Figures are up to")
    # More than the budget of the whole month is spent.
    assert api["met"] is False


def test_a_period_in_the_future_is_refused(source: MadeUpSource) -> None:
    make_component()
    with pytest.raises(ReportRefused, match="December 2026 has not begun yet"):
        report("2026-12")
    assert source.asked == []


def test_a_schedule_that_can_not_be_evaluated_costs_its_own_component(
    source: MadeUpSource,
) -> None:
    make_component()
    other = make_schedule("broken", timezone="Europe/Paris")
    make_component("api", agreement=make_agreement("silver", schedule=other))
    Schedule.objects.filter(pk=other.pk).update(timezone="Mars/Base")
    broken, shop = report()["components"]
    assert broken["met"] is None
    assert broken["scheduled_seconds"] == 0
    assert broken["availability"] is None
    assert (
        "Its schedule can't be evaluated: timezone: 'Mars/Base'" in broken["notes"][0]
    )
    assert shop["met"] is True


def test_a_schedule_edited_since_is_noticed_by_what_was_recorded(
    source: MadeUpSource,
) -> None:
    make_component()
    source.scheduled["web-shop"] = OCTOBER
    assert only(report())["notes"] == []
    Rule.objects.update(end=time(16))
    assert only(report())["notes"] == [
        "Today's schedule has 154 h of service hours, and 176 h were recorded then: "
        "22 h less. The schedule was edited since."
    ]


def test_another_agreement_then_is_said(source: MadeUpSource) -> None:
    make_component()
    today = ("gold", "office-london", "Europe/London")
    source.descriptions["web-shop"] = {today, ("silver", "nights", "Europe/Paris")}
    assert only(report())["notes"] == [
        "In this period it also had agreement silver, schedule nights and time zone "
        "Europe/Paris. The figures use today's."
    ]


def test_components_that_are_gone_are_named(source: MadeUpSource) -> None:
    make_component()
    silver = ("silver", "office-london", "Europe/London")
    source.descriptions["old-shop"] = {silver}
    assert report()["notes"] == [
        "No longer in the database, but exported in this period: old-shop. Renamed "
        "or deleted components are not reported on."
    ]
    assert report(agreement="gold")["notes"] == []


def test_several_series_are_said(source: MadeUpSource) -> None:
    make_component()
    source.series = 2
    assert only(report())["notes"] == [
        "2 series give its availability. At each moment the highest counts."
    ]


def test_samples_that_begin_together_may_have_been_forgotten(
    source: MadeUpSource,
) -> None:
    make_component()
    make_component("api")
    source.begin = s("2026-10-06T12:00") * 1000
    (note,) = report()["notes"]
    assert "2 components are all from about 2026-10-06 12:00 UTC" in note


def test_disabled_components_are_left_out_unless_named(source: MadeUpSource) -> None:
    make_component()
    make_component("api", enabled=False)
    document = report()
    assert only(document)["component"] == "web-shop"
    assert document["notes"] == ["Left out because they are disabled: api."]
    assert only(report(component=["api"]))["notes"] == [
        "It is disabled today, so it is measured but not exported."
    ]


def test_what_is_selected(source: MadeUpSource) -> None:
    make_component(labels={"team": "payments", "tier": "1"})
    make_component("api", labels={"team": "payments"})
    silver = make_agreement("silver", target=Decimal("99.5"))
    make_component("mail", labels={"team": "office"}, agreement=silver)

    def names(**selection: Any) -> list[str]:
        return [one["component"] for one in report(**selection)["components"]]

    assert names() == ["api", "mail", "web-shop"]
    assert names(agreement="silver") == ["mail"]
    assert names(label=["team:payments"]) == ["api", "web-shop"]
    assert names(label=["team:payments", "tier:1"]) == ["web-shop"]
    assert names(label=["team:payments", "team:office"]) == ["api", "mail", "web-shop"]
    assert names(component=["mail", "api"]) == ["api", "mail"]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        ({"component": ["web-shp"]}, "No component is named 'web-shp'. Did you mean"),
        ({"agreement": "goold"}, "No agreement is named 'goold'. Did you mean gold?"),
        ({"label": ["team:paiments"]}, "Did you mean team:payments?"),
        ({"label": ["zone:x"]}, "No component has the label zone:x. Known: team:pay"),
        ({"agreement": "silver"}, "No enabled component matches all of these: agree"),
    ],
)
def test_unknown_names_are_refused_with_the_closest(
    source: MadeUpSource, selection: dict[str, Any], message: str
) -> None:
    make_component(labels={"team": "payments"})
    make_agreement("silver")
    with pytest.raises(ReportRefused) as refused:
        report(**selection)
    assert message in str(refused.value)
    Component.objects.update(enabled=False)
    with pytest.raises(ReportRefused, match="All components of this selection are dis"):
        report()
