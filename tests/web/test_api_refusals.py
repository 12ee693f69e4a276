"""What the API refuses or can't answer: it says where, and what would be right."""

from __future__ import annotations

from datetime import time
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from ..support.asking import API, PERIOD, get, told
from ..support.make import (
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
)
from ..support.raw import write_raw

pytestmark = pytest.mark.django_db


BAD_INPUT = [
    # endpoint, status, where, what
    ("components/web-shp", 404, ["path", "name"], "There is no component 'web-shp'"),
    ("components/a%00b", 404, ["path", "name"], "There is no component 'a\\x00b'"),
    ("schedules/none", 404, ["path", "name"], "There is no schedule 'none'"),
    ("", 404, [], "no endpoint '': openapi.json lists them"),
    ("components/", 404, [], "no endpoint 'components/'"),
    ("nothing%0A", 404, [], "no endpoint 'nothing\\n'"),
    (
        "components?at=noon",
        422,
        ["query", "at"],
        "'noon' is not a valid date and time. Use ISO 8601",
    ),
    ("components?at=", 422, ["query", "at"], "'' is not a valid date and time"),
    (
        "components?at=1969-12-31",
        422,
        ["query", "at"],
        "out of range. Use a date from 1970-01-01 to",
    ),
    ("components?at=2100-01-01", 422, ["query", "at"], "to before 2100-01-01"),
    (
        "components?at=0001-01-01T00:00%2B05:00",
        422,
        ["query", "at"],
        "is not a valid date and time",
    ),
    ("components?limit=0", 422, ["query", "limit"], "greater than or equal to 1"),
    ("components?limit=1001", 422, ["query", "limit"], "less than or equal to 1000"),
    ("components?offset=-1", 422, ["query", "offset"], "greater than or equal to 0"),
    (f"components?offset={'9' * 5_000}", 422, ["query", "offset"], "integer"),
    (
        "components?state=ajar",
        422,
        ["query", "state"],
        "'open', 'closed', 'opening' or 'closing'",
    ),
    ("components?enabled=perhaps", 422, ["query", "enabled"], "valid boolean"),
    ("components?label=team", 422, ["query", "label", 0], "'team' is not a label"),
    ("components?label=:x", 422, ["query", "label", 0], "':x' is not a label"),
    (f"components?q={'x' * 201}", 422, ["query", "q"], "at most 200 characters"),
    ("components?" + "label=a:b&" * 21, 422, ["query", "label"], "at most 20 items"),
    ("components?labels=a:b", 422, ["query", "labels"], "Use agreement, at, enabled"),
    ("components?" + "a=b&" * 1_001, 400, [], "exceeded"),
    ("components/web-shop/windows", 422, ["query", "from"], "required"),
    (
        "components/web-shop/windows?from=2026-01-01&until=2026-01-01",
        422,
        ["query", "until"],
        "The start of the period, from, must be before its end, until.",
    ),
    (
        "components/web-shop/windows?from=2026-01-01&until=2036-01-03",
        422,
        ["query", "until"],
        "The period is longer than 3653 days",
    ),
    (
        "components/web-shop/days?from=2026-01-01&until=2027-01-03",
        422,
        ["query", "until"],
        "The period is longer than 366 days",
    ),
    (
        "components/web-shop/days?from=2026-02-30&until=2026-03-01",
        422,
        ["query", "from"],
        "'2026-02-30' is not a valid date. Use YYYY-MM-DD, for example 2026-12-24.",
    ),
]


@pytest.mark.parametrize(("endpoint", "status", "where", "what"), BAD_INPUT)
def test_bad_input_is_told_where_and_what(
    endpoint: str, status: int, where: list[str | int], what: str, client: Client
) -> None:
    make_component()
    response = client.get(API + endpoint)
    assert response.status_code == status
    found, message = told(response)[0]
    assert found == where
    assert what in message


def test_no_database_is_asked_for_what_it_would_not_take(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get(f"{API}schedules/a%00b/windows{PERIOD}").status_code == 404


def test_two_things_that_are_wrong_are_both_told(client: Client) -> None:
    response = client.get(f"{API}components?limit=x&at=y")
    assert [where for where, _ in told(response)] == [
        ["query", "limit"],
        ["query", "at"],
    ]


ODD = ["%00", "%ED%A0%80", "%FF%FE", "9" * 400, "%F0%9F%9A%80", "%E2%80%AE", "'; --"]
ODD += ["..", "%0D%0A", "{}", "%25s", "x" * 3_000, "NaN", "-0", "1e999", "null"]


@pytest.mark.parametrize("odd", ODD)
def test_nothing_that_can_be_typed_is_an_error_of_the_server(
    odd: str, client: Client
) -> None:
    make_component()
    queries = ("at", "q", "label", "agreement", "schedule", "state", "enabled", "limit")
    asked = [f"components?{name}={odd}" for name in (*queries, "offset", odd)]
    for kind in ("components", "schedules"):
        asked += [f"{kind}/{odd}", f"{kind}/{odd}/windows{PERIOD}"]
        asked += [f"{kind}/x/days?from={odd}&until={odd}", f"{kind}/{odd}/days{PERIOD}"]
    for endpoint in (*asked, odd):
        response = client.get(API + endpoint)
        assert response.status_code in (200, 404, 422), endpoint
        if response.status_code != 200:
            assert told(response)


def test_more_windows_than_anybody_reads_are_refused(client: Client) -> None:
    every_minute = tuple(
        {"weekdays": "daily", "start": time(hour, at), "end": time(hour, at, 30)}
        for hour in range(24)
        for at in range(60)
    )
    make_schedule("busy", rules=every_minute)
    response = client.get(
        f"{API}schedules/busy/windows?from=2026-01-01&until=2036-01-01"
    )
    assert response.status_code == 422
    assert told(response) == [
        (
            ["query", "until"],
            "More than 10,000 windows overlap the period. Use a shorter one.",
        )
    ]
    week = get(client, "schedules/busy/windows?from=2026-01-01&until=2026-01-07")
    assert len(week) == 6 * 24 * 60


@pytest.mark.parametrize(
    "endpoint", ["components", "components/x", "openapi.json", "nothing", "schedules"]
)
def test_who_may_not_read_is_told_to_log_in(
    endpoint: str, client: Client, settings: Settings
) -> None:
    make_component("x")
    settings.OTEL_SLA = {**settings.OTEL_SLA, "PUBLIC_STATUS": False}
    # Whatever the site asks of its other pages, a script gets no redirect.
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    response = client.get(API + endpoint)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Session ")
    assert "Log in to the site" in told(response)[0][1]
    client.force_login(get_user_model().objects.create_user("reader"))
    assert client.get(API + endpoint).status_code == (
        404 if endpoint == "nothing" else 200
    )


@pytest.mark.parametrize(
    "method", ["post", "put", "patch", "delete", "options", "trace"]
)
def test_only_reading_is_allowed(method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = getattr(client, method)(f"{API}components")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"
    assert "is read-only" in told(response)[0][1]


@pytest.mark.parametrize(("most", "status"), [(2, 200), (1, 422)])
def test_as_many_windows_as_are_allowed_are_listed(
    most: int, status: int, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Friday and a Monday."""
    make_component()
    monkeypatch.setattr("otel_sla.web.api.responses.MOST_WINDOWS", most)
    response = client.get(f"{API}components/web-shop/windows{PERIOD}")
    assert response.status_code == status


def test_the_head_of_an_answer_can_be_asked_for(client: Client) -> None:
    make_component()
    response = client.head(f"{API}components/web-shop")
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response["Cache-Control"] == "no-store"


ENDPOINTS = [
    "components",
    "components?enabled=false",
    "components/web-shop",
    f"components/web-shop/windows{PERIOD}",
    f"components/web-shop/days{PERIOD}",
    "schedules",
    "schedules/office-london",
    f"schedules/office-london/windows{PERIOD}",
    "agreements",
    "calendars",
    "calendars/company",
    "calendars/company/days?year=2026",
]


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_database_that_fails_is_503_with_the_reason_in_the_log(
    endpoint: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    make_calendar("company")
    failure = OperationalError("no connection to db:5432")
    with (
        patch("otel_sla.database.consistent_read.read", side_effect=failure),
        patch("otel_sla.database.consistent_read.connect", side_effect=failure),
    ):
        response = client.get(API + endpoint)
    assert response.status_code == 503
    assert "The site's log says why" in told(response)[0][1]
    assert "db:5432" not in response.content.decode()
    assert "no connection to db:5432" in caplog.text
    assert client.get(API + endpoint).status_code == 200


def test_a_login_that_can_not_be_looked_up_is_503(
    client: Client, settings: Settings
) -> None:
    client.force_login(get_user_model().objects.create_user("reader"))
    settings.OTEL_SLA = {**settings.OTEL_SLA, "PUBLIC_STATUS": False}
    failure = OperationalError("server closed the connection")
    with patch("otel_sla.web.api.view.may_read", side_effect=failure):
        response = client.get(f"{API}components")
    assert response.status_code == 503
    assert told(response) == [
        ([], "The database is unavailable. The site's log says why.")
    ]


def test_states_are_told_for_as_long_as_a_scrape_tells_them(client: Client) -> None:
    make_component()
    before = get(client, "components")
    failure = OperationalError("server closed the connection")
    with patch("otel_sla.database.consistent_read.read", side_effect=failure):
        later = get(client, "components?at=2026-03-30T12:00Z")
        shown = get(client, "components/web-shop")
    assert later["read_at"] == before["read_at"] == shown["read_at"]
    assert later["items"][0]["state"]["in_window"] is True


@pytest.mark.parametrize(
    ("statement", "failing"),
    [
        (
            "UPDATE otel_sla_schedule SET timezone = 'Mars/Base' WHERE name = 'bad'",
            {
                "components/bad": "component 'bad' can't be evaluated",
                f"components/bad/windows{PERIOD}": "'Mars/Base' is not an",
                "schedules/bad": "'Mars/Base' is not an",
            },
        ),
        (
            "UPDATE otel_sla_rule SET weekdays = 'someday' WHERE schedule_id IN "
            "(SELECT id FROM otel_sla_schedule WHERE name = 'bad')",
            {
                "components/bad": "component 'bad' can't be evaluated",
                f"components/bad/days{PERIOD}": "'someday' is not a valid",
                "schedules/bad": "'someday' is not a valid",
            },
        ),
        (
            # A column of text has room for bytes in SQLite alone.
            "UPDATE otel_sla_schedule SET timezone = CAST(x'ff' AS BLOB) "
            "WHERE name = 'bad'",
            {
                "components/bad": "component 'bad' can't be evaluated",
                "schedules": "a row can't be shown: timezone: Input should be a valid",
            },
        ),
        (
            "UPDATE otel_sla_schedule SET holidays = CAST(x'ff' AS BLOB) "
            "WHERE name = 'bad'",
            {
                "components/bad": "component 'bad' can't be evaluated",
                "schedules": "The site's log says why",
            },
        ),
        (
            "UPDATE otel_sla_holidaycalendar SET include = CAST(x'ff' AS BLOB)",
            {
                "components/bad": "component 'bad' can't be evaluated",
                "calendars": "The site's log says why",
                "calendars/company": "The site's log says why",
            },
        ),
        (
            "UPDATE otel_sla_calendarday SET date = '13-45'",
            {
                "components/bad": "component 'bad' can't be evaluated",
                "calendars/company": "holiday calendar 'company' can't be evaluated",
                "calendars/company/days?year=2026": "date: 13-45 does not exist",
            },
        ),
        (
            "UPDATE otel_sla_schedule SET always_open = 'maybe' WHERE name = 'bad'",
            {
                "components/bad": "component 'bad' can't be evaluated",
            },
        ),
        (
            "UPDATE otel_sla_component SET labels = '[1]' WHERE name = 'bad'",
            {"components/bad": "component 'bad' can't be evaluated"},
        ),
    ],
)
def test_a_row_past_all_validation_costs_its_own_answers(
    statement: str, failing: dict[str, str], client: Client
) -> None:
    make_component()
    schedule = make_schedule("bad")
    schedule.calendars.add(make_calendar("company", {"name": "A", "date": "12-24"}))
    make_component("bad", agreement=make_agreement("bad", schedule=schedule))
    if not write_raw(statement):
        return
    listed = get(client, "components")
    assert [item["name"] for item in listed["items"]] == ["web-shop"]
    assert listed["dropped"] == 1
    for endpoint, message in failing.items():
        response = client.get(API + endpoint)
        assert response.status_code == 503, endpoint
        assert message in told(response)[0][1]


def test_a_target_that_is_no_number_is_null(client: Client) -> None:
    make_component()
    if not write_raw("UPDATE otel_sla_agreement SET target = 'abc'"):
        return
    assert get(client, "components")["items"][0]["agreement"]["target"] is None
    assert client.get(f"{API}agreements").status_code == 503


@pytest.mark.parametrize("target", ["150", "-5", "'NaN'", "1e400"])
def test_a_target_that_is_no_percentage_allows_nothing(
    target: str, client: Client
) -> None:
    make_component()
    statement = f"UPDATE otel_sla_agreement SET target = {target}"  # noqa: S608
    if not write_raw(statement):
        return
    shown = get(client, "components/web-shop")
    assert (shown["agreement"]["target"], shown["budget"]) == (None, None)
    assert client.get("/components/web-shop").status_code == 200
    if target in ("150", "-5"):
        assert get(client, "agreements")["items"][0]["target"] is None


def test_labels_of_a_switched_off_row_past_all_validation_are_left_out(
    client: Client,
) -> None:
    make_component(enabled=False)
    for labels in ("[1]", '{"a": 1}', "null"):
        assert write_raw(f"UPDATE otel_sla_component SET labels = '{labels}'")  # noqa: S608
        assert get(client, "components?enabled=false&q=web")["items"][0]["labels"] == {}
