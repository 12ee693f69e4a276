"""The JSON API: what it says is what /metrics, the command and the catalogue say."""

from __future__ import annotations

import io
import json
import re
import sys
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, quote

import pytest
import yaml
from django.core.management import call_command
from django.db import OperationalError
from django.test import Client
from django.urls import include, path, reverse
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import DjangoAssertNumQueries

from otel_sla.catalogue import dump, read_database
from otel_sla.models import Component, HolidayCalendar, Override, Schedule
from otel_sla.telemetry.scrape import Scrapes
from otel_sla.web.pages import decorators

from ..site.test_docs import blocks
from ..support.asking import API, PERIOD, get
from ..support.make import (
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
    seconds,
)
from ..support.processes import ROOT, SAMPLE, make_site

pytestmark = pytest.mark.django_db

CHRISTMAS_CLOSING = {"name": "Closing", "start": "12-27", "end": "12-29"}
BOUNDARIES = ("last_start", "last_end", "next_start", "next_end")

# A host site, with the app below a path and under another namespace.
urlpatterns = [
    path("windows/", include("otel_sla.urls")),
    path("again/", include("otel_sla.urls", namespace="again")),
]


@pytest.fixture
def sample() -> None:
    call_command("load_catalogue", str(SAMPLE), verbosity=0)


def names(client: Client, query: str) -> list[str]:
    return [item["name"] for item in get(client, f"components?{query}")["items"]]


def unix(moment: str | None) -> float | None:
    return None if moment is None else datetime.fromisoformat(moment).timestamp()


def scraped(body: str) -> dict[str, dict[str, float]]:
    """What a scrape shows of every component, by the names that the API has for it."""
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(body):
        name = family.name.removeprefix("service_window_").removesuffix("_seconds")
        if name in {*BOUNDARIES, "in_window"}:
            for sample in family.samples:
                found.setdefault(sample.labels["component"], {})[name] = sample.value
    return found


def stated(items: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The same of the API's components."""
    found = {}
    for item in items:
        state = item["state"]
        moments = {name: unix(state[name]) for name in BOUNDARIES}
        known = {name: at for name, at in moments.items() if at is not None}
        found[item["name"]] = {"in_window": float(state["in_window"]), **known}
    return found


@pytest.mark.parametrize(
    "moment",
    [
        seconds(2026, 3, 29, 1, 0, 0),  # the clocks go forward in Europe
        seconds(2026, 10, 25, 0, 59, 59),  # and back
        seconds(2026, 11, 25, 17, 0, 0),  # the end of office hours in London
        seconds(2026, 12, 25, 12, 0, 0),
        seconds(2027, 12, 26, 3, 0, 0),
    ],
)
def test_states_are_those_of_a_scrape_at_the_same_moment(
    moment: int,
    client: Client,
    sample: None,
    scrapes: Scrapes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked_before = get(
        client, f"components?limit=1000&at={datetime.fromtimestamp(moment, UTC):%FT%TZ}"
    )
    monkeypatch.setattr("time.time", lambda: float(moment))
    shown = scraped(client.get("/metrics").content.decode())
    assert len(shown) == 63
    asked_now = get(client, "components?limit=1000")
    assert stated(asked_now["items"]) == shown
    assert stated(asked_before["items"]) == shown
    assert unix(asked_now["at"]) == unix(asked_now["read_at"]) == moment
    assert asked_now["dropped"] == 0


def test_components_that_are_left_out_are_counted(client: Client) -> None:
    make_component()
    for number in range(2):
        make_component(f"odd-{number}", labels={"tier": number})
    for endpoint in ("components", "timeline?from=2026-03-27&until=2026-03-28"):
        page = get(client, endpoint)
        assert (page["total"], page["dropped"]) == (1, 2)


def test_asking_about_the_future_leaves_the_next_scrape_alone(
    client: Client, scrapes: Scrapes
) -> None:
    make_component()
    get(client, "components?at=2099-01-01")
    Component.objects.update(name="renamed")
    assert b'component="renamed"' in client.get("/metrics").content
    with patch(
        "otel_sla.database.consistent_read.read", side_effect=OperationalError("gone")
    ):
        assert b'component="renamed"' in client.get("/metrics").content


def test_a_component_is_shown_as_it_is(client: Client) -> None:
    make_component(labels={"team": "payments", "a.b": "ü"})
    expected = {
        "name": "web-shop",
        "enabled": True,
        "labels": {"team": "payments", "a.b": "ü"},
        "agreement": {"name": "gold", "target": 99.9, "period": "month"},
        "schedule": "office-london",
        "timezone": "Europe/London",
        "state": {
            "in_window": True,
            "last_start": "2026-03-30T08:00:00Z",
            "last_end": "2026-03-27T17:00:00Z",
            "next_start": "2026-03-31T08:00:00Z",
            "next_end": "2026-03-30T16:00:00Z",
        },
    }
    at = "at=2026-03-30T14:00%2B02:00"
    assert get(client, f"components?{at}")["items"] == [expected]
    shown = get(client, f"components/web-shop?{at}")
    assert shown.pop("at") == "2026-03-30T12:00:00Z"
    assert shown.pop("read_at")
    assert shown.pop("budget")["scheduled"] == 22 * 8 * 3600
    assert shown == expected


def test_a_component_that_is_switched_off_has_no_state(client: Client) -> None:
    make_component()
    make_component("off", enabled=False)
    assert names(client, "") == ["web-shop"]
    assert names(client, "enabled=false") == ["off"]
    shown = get(client, "components/off")
    assert (shown["enabled"], shown["state"]) == (False, None)


def test_filters_narrow_the_list(client: Client, sample: None) -> None:
    assert names(client, "q=SHOP") == ["web-shop"]
    assert set(names(client, "q=telephony")) == {
        "contact-centre-uk",
        "contact-centre-us",
    }
    assert names(client, "label=team:payments&label=pci:true&label=region:emea") == [
        "euro-settlement"
    ]
    assert names(client, "agreement=payroll") == ["payroll-india"]
    assert names(client, "schedule=payroll-runs") == ["payroll-india"]
    assert names(client, "label=team:nobody") == []
    assert names(client, "enabled=false&label=team:logistics") == ["locker-network"]
    assert names(client, "enabled=false&state=open") == []
    opened = names(client, "state=open&at=2026-03-30T12:00")
    closed = names(client, "state=closed&at=2026-03-30T12:00")
    assert "web-shop" in opened
    assert "print-catalogue" in closed
    assert len(opened) + len(closed) == 63


@pytest.mark.parametrize("target", ["100", "99.9", "0.001"])
def test_any_target_up_to_100_percent_is_told(target: str, client: Client) -> None:
    make_component(agreement=make_agreement(target=target))
    make_component("off", enabled=False)
    for name in ("web-shop", "off"):
        shown = get(client, f"components/{name}")["agreement"]
        assert shown["target"] == float(target)


def test_a_label_with_a_colon_in_its_name_is_found(client: Client) -> None:
    make_component(labels={"a:b": "c:d"})
    assert names(client, "label=a:b:c:d") == ["web-shop"]


def test_following_the_links_gives_every_component_once(
    client: Client, sample: None
) -> None:
    seen, link = [], f"{API}components?limit=15&label=tier:2"
    while link:
        page = client.get(link).json()
        assert page["total"] == 20
        seen += [item["name"] for item in page["items"]]
        last, link = page, page["next"]
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen) == 20
    before = client.get(last["previous"]).json()
    assert [item["name"] for item in before["items"]] == seen[:15]
    assert before["previous"] is None


@pytest.mark.parametrize(
    ("query", "before", "after"),
    [
        ("", None, None),
        ("limit=20", None, None),
        ("limit=10", None, "10"),
        ("limit=10&offset=10", "0", None),
        ("limit=10&offset=5", "0", "15"),
        ("limit=5&offset=15", "10", None),
        ("limit=5&offset=5", "0", "10"),
    ],
)
def test_links_lead_to_what_is_before_and_after_and_nowhere_else(
    query: str, before: str | None, after: str | None, client: Client, sample: None
) -> None:
    """There are 20 of them."""
    page = get(client, f"components?label=tier:2&{query}")
    for link, offset in ((page["previous"], before), (page["next"], after)):
        asked = parse_qs(link.partition("?")[2]) if link else {}
        assert asked.get("offset", ["0"] if link else [None]) == [offset]
        assert asked.get("label", ["tier:2"]) == ["tier:2"]


def test_past_the_end_of_a_list_there_is_nothing(client: Client) -> None:
    make_component()
    page = get(client, "components?offset=1000000000")
    assert (page["items"], page["next"], page["total"]) == ([], None, 1)


@pytest.mark.parametrize(
    ("query", "count"), [("", 8), ("?state=open&at=2027-01-01&limit=1000", 8)]
)
def test_a_list_costs_the_same_queries_for_ten_and_for_a_thousand(
    query: str,
    count: int,
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    agreement = make_agreement()
    for first, last in ((0, 10), (10, 1_000)):
        Component.objects.bulk_create(
            Component(name=f"c{number}", agreement=agreement)
            for number in range(first, last)
        )
        with django_assert_num_queries(count):
            assert get(client, f"components{query}")["total"] in (0, last)


@pytest.mark.parametrize(
    ("endpoint", "count"),
    [
        ("components?enabled=false", 9),
        ("components/off", 9),
        (f"components/c1/windows{PERIOD}", 10),
        (f"components/c1/days{PERIOD}", 10),
        ("schedules", 5),
        ("schedules/office-london", 10),
        (f"schedules/office-london/windows{PERIOD}", 7),
        ("calendars", 5),
        ("calendars/company", 7),
        ("calendars/company/days?year=2026", 7),
        ("agreements", 2),
    ],
)
def test_an_answer_costs_as_many_queries_for_two_as_for_a_hundred(
    endpoint: str,
    count: int,
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for first, last in ((0, 2), (2, 100)):
        for number in range(first, last):
            schedule = make_schedule(f"s{number}")
            calendar = make_calendar(f"h{number}", CHRISTMAS_CLOSING)
            schedule.calendars.add(calendar)
            if number:
                schedule.includes.add(Schedule.objects.get(name="s0"))
                calendar.calendars.add(HolidayCalendar.objects.get(name="h0"))
            agreement = make_agreement(f"a{number}", schedule=schedule)
            make_component(f"c{number}", agreement=agreement)
            make_component(f"off{number}", agreement=agreement, enabled=False)
        if first == 0:
            Schedule.objects.filter(name="s1").update(name="office-london")
            HolidayCalendar.objects.filter(name="h1").update(name="company")
            Component.objects.filter(name="off1").update(name="off")
        with django_assert_num_queries(count):
            get(client, endpoint)


@pytest.mark.parametrize("component", ["web-shop", "checkout", "nightly-import"])
def test_windows_are_what_the_command_prints(
    component: str, client: Client, sample: None
) -> None:
    out = io.StringIO()
    period = {"since": "2026-10-20", "until": "2027-01-10T12:00+01:00"}
    call_command("windows", component, format="json", stdout=out, **period)
    query = "?from=2026-10-20&until=2027-01-10T12:00%2B01:00"
    answer = get(client, f"components/{component}/windows{query}")
    assert answer == json.loads(out.getvalue())


def test_windows_of_a_schedule_are_without_those_that_a_component_adds(
    client: Client, sample: None
) -> None:
    query = "windows?from=2026-11-28&until=2026-11-30"
    assert get(client, f"schedules/office-london/{query}") == []
    assert len(get(client, f"components/refunds/{query}")) == 2


def test_days_say_what_makes_them_differ(client: Client, sample: None) -> None:
    query = "days?from=2026-12-24&until=2026-12-26"
    assert get(client, f"components/web-shop/{query}") == [
        {
            "date": "2026-12-24",
            "hours": 24,
            "start": "2026-12-24T00:00:00Z",
            "end": "2026-12-25T00:00:00Z",
            "open": [{"start": "2026-12-24T09:00:00Z", "end": "2026-12-24T13:00:00Z"}],
            "exceptions": [
                {
                    "kind": "holiday",
                    "reason": "Christmas Eve",
                    "spans": [
                        {
                            "start": "2026-12-24T13:00:00Z",
                            "end": "2026-12-24T17:00:00Z",
                        }
                    ],
                }
            ],
        },
        {
            "date": "2026-12-25",
            "hours": 24,
            "start": "2026-12-25T00:00:00Z",
            "end": "2026-12-26T00:00:00Z",
            "open": [],
            "exceptions": [
                {
                    "kind": "holiday",
                    "reason": "Christmas Day",
                    "spans": [
                        {
                            "start": "2026-12-25T09:00:00Z",
                            "end": "2026-12-25T17:00:00Z",
                        }
                    ],
                }
            ],
        },
    ]
    assert get(client, f"schedules/office-london/{query}") == get(
        client, f"components/web-shop/{query}"
    )
    spring = get(
        client, "schedules/nights-london/days?from=2026-03-29&until=2026-03-30"
    )
    assert [day["hours"] for day in spring] == [23]


def test_schedules_are_as_the_catalogue_writes_them(
    client: Client, sample: None
) -> None:
    written = yaml.safe_load(dump(read_database()))["schedules"]
    listed = get(client, "schedules?limit=1000")["items"]
    assert [one["name"] for one in listed] == sorted(written)
    for name, expected in written.items():
        shown = get(client, f"schedules/{name}")
        assert shown.pop("name") == name
        shown.pop("components")
        every: dict[str, Any] = {"always_open": False, "holidays": ""}
        for of_many in ("includes", "excludes", "rules", "overrides"):
            every[of_many] = []
        assert shown == json.loads(json.dumps({**every, **expected}, default=str))


def test_a_rule_with_everything_is_as_the_catalogue_writes_it(client: Client) -> None:
    schedule = make_schedule(
        rules=(
            {
                "weekdays": "sun-thu",
                "start": time(22),
                "end": time(6, 0, 30),
                "end_day": 2,
                "nth": -1,
                "months": "12,3",
                "days_of_month": "-1,15,1",
                "every_weeks": 2,
                "anchor": "2026-01-08",
                "valid_from": "2026-01-01",
                "valid_to": "2026-12-31",
                "on_holidays": True,
            },
        )
    )
    expected = yaml.safe_load(dump(read_database()))["schedules"][schedule.name]
    shown = get(client, f"schedules/{schedule.name}")
    assert shown["rules"] == json.loads(json.dumps(expected["rules"], default=str))
    assert len(shown["rules"][0]) == 12


def test_schedules_and_agreements_count_their_enabled_components(
    client: Client, sample: None
) -> None:
    by_name = {one["name"]: one for one in get(client, "agreements")["items"]}
    assert by_name["deliveries"] == {
        "name": "deliveries",
        "target": 99.5,
        "period": "7d",
        "schedule": "deliveries-uk",
        "unknown": "exclude",
        "components": 1,
    }
    assert get(client, "schedules/office-london")["components"] == 6


@pytest.mark.parametrize(
    "name", ["shop/eu", "a/windows", "/", "ü ☃ \U0001f680", "a?b#c"]
)
def test_any_name_can_be_asked_for(name: str, client: Client) -> None:
    schedule = make_schedule(name)
    make_component(name, agreement=make_agreement(schedule=schedule))
    quoted = quote(name)
    assert len(get(client, f"components/{quoted}/windows{PERIOD}")) == 2
    assert len(get(client, f"components/{quoted}/days{PERIOD}")) == 4
    assert len(get(client, f"schedules/{quoted}/windows{PERIOD}")) == 2
    assert names(client, f"name={quote(name, safe='')}") == [name]
    if not name.endswith("/windows"):
        assert get(client, f"components/{quoted}")["name"] == name
        assert get(client, f"schedules/{quoted}")["name"] == name


def test_a_long_period_has_all_its_windows(client: Client, sample: None) -> None:
    query = "windows?from=2026-01-01&until=2036-01-01"
    found = get(client, f"schedules/nights-berlin/{query}")
    assert len(found) == 3_653
    assert found[-1]["end"] == "2036-01-01T05:00:00Z"


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("namespace", "root"), [("otel_sla", "/windows"), ("again", "/again")]
)
def test_a_host_site_has_it_where_it_likes(
    namespace: str, root: str, client: Client
) -> None:
    make_component()
    make_component("second")
    url = reverse(f"{namespace}:api", args=["components"])
    assert url == f"{root}/api/v1/components"
    page = client.get(f"{url}?limit=1").json()
    assert page["next"] == f"{url}?limit=1&offset=1"
    assert client.get(page["next"]).json()["items"][0]["name"] == "web-shop"
    document = client.get(f"{root}/api/v1/openapi.json").json()
    assert document["servers"] == [{"url": f"{root}/api/v1"}]


def test_commands_do_not_import_what_only_the_api_needs(tmp_path: Path) -> None:
    site = make_site(tmp_path)
    loaded = "import sys, sla_site.urls; print('ninja' in sys.modules)"
    assert site.manage("shell", "--no-imports", "-c", loaded) == "False\n"


def test_without_its_extra_the_api_says_so_and_the_pages_do_not_link_to_it(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ninja", None)
    monkeypatch.delitem(sys.modules, "otel_sla.web.api.router", raising=False)
    monkeypatch.setattr(decorators, "has_api", decorators.has_api.__wrapped__)
    answer = client.get("/api/v1/components")
    assert answer.status_code == 501
    (error,) = answer.json()["detail"]
    assert "Install otel-sla[api]." in error["msg"]
    make_component()
    for page in ("/", "/timeline", "/components/web-shop"):
        shown = client.get(page)
        assert shown.status_code == 200
        assert b"/api/v1/" not in shown.content


def test_overrides_are_listed_with_their_reasons(client: Client) -> None:
    schedule = make_schedule()
    Override.objects.create(
        schedule=schedule,
        start=datetime(2026, 12, 24, 12),
        end=datetime(2026, 12, 24, 17, 0, 30),
        kind="closed",
    )
    assert get(client, "schedules/office-london")["overrides"] == [
        {"from": "2026-12-24T12:00", "to": "2026-12-24T17:00:30", "kind": "closed"}
    ]


def test_the_examples_of_the_page_are_answered_as_it_says(
    client: Client, sample: None
) -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    examples = "".join(blocks(page, "console")).split("$ curl ")[1:]
    assert len(examples) == 9
    for example in examples:
        url, _, expected = example.partition("\n")
        answer = client.get(url.strip("'").removeprefix("http://127.0.0.1:8000")).json()
        if "read_at" in answer:
            answer["read_at"] = json.loads(expected)["read_at"]
        assert json.dumps(answer) == expected.rstrip(), url


@pytest.mark.usefixtures("sample")
def test_the_timeline_is_the_days_of_every_component(client: Client) -> None:
    period = "from=2026-12-21&until=2026-12-28"
    found = get(client, f"timeline?{period}&label=team:logistics&limit=3")
    assert (found["total"], len(found["items"])) == (11, 3)
    for item in found["items"]:
        days = get(client, f"components/{item['name']}/days?{period}")
        assert item["days"] == days
        assert len(days) == 7
    rest = get(client, found["next"].removeprefix(API))
    assert not {one["name"] for one in rest["items"]} & {
        one["name"] for one in found["items"]
    }


def test_a_timeline_is_of_a_month_at_most(client: Client) -> None:
    response = client.get(f"{API}timeline?from=2026-01-01&until=2026-02-02")
    assert response.status_code == 422
    assert "longer than 31 days" in response.content.decode()


def test_the_twin_of_a_page_is_the_same_choice(client: Client) -> None:
    make_component("shop", labels={"team": "payments"})
    make_component("bank", labels={"team": "people"})
    for page in ("/?label=team:payments&group=team&zone=UTC", "/timeline?q=shop"):
        link = re.search(
            r'href="(/api/v1/[^"]*)">[^<]*JSON', client.get(page).content.decode()
        )
        assert link is not None
        twin = get(client, link[1].replace("&amp;", "&").removeprefix(API))
        assert [item["name"] for item in twin["items"]] == ["shop"]


def test_a_component_has_the_outage_that_its_agreement_allows(client: Client) -> None:
    make_component(agreement=make_agreement(target="99.5"))
    found = get(client, "components/web-shop?at=2026-11-25T12:00Z")["budget"]
    assert found == {
        "start": "2026-11-01T00:00:00Z",
        "end": "2026-12-01T00:00:00Z",
        # 21 working days of eight hours.
        "scheduled": 21 * 8 * 3600,
        "allowed": 3024.0,
    }
    Component.objects.update(enabled=False)
    assert get(client, "components/web-shop")["budget"] is None
