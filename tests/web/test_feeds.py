"""Calendar feeds over HTTP: who may read them, and what they are answered."""

from __future__ import annotations

import io
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from otel_sla.ical.feeds import feed as calendar
from otel_sla.models import Component, FeedToken

from ..support.make import make_agreement, make_component, make_schedule, utc

pytestmark = pytest.mark.django_db

MOMENT = utc(2026, 11, 25, 12)


@pytest.fixture
def token() -> str:
    return FeedToken.objects.issue("ops", MOMENT)[1]


def feed(client: Client, token: str, path: str = "all.ics", **headers: str) -> Any:
    return client.get(f"/calendar/{token}/{path}", headers=headers)


def summaries(response: Any) -> set[str]:
    assert response.status_code == 200, response.content
    events = Calendar.from_ical(response.content).events
    return {str(event["SUMMARY"]).removesuffix(": service window") for event in events}


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that handlers are given: a request is in a record, not in its message."""
    return "\n".join([caplog.text, *(str(vars(one)) for one in caplog.records)])


def test_a_feed_is_a_private_calendar_file(client: Client, token: str) -> None:
    make_component()
    response = feed(client, token)
    assert summaries(response) == {"web-shop"}
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Content-Disposition"] == (
        'inline; filename="service-windows.ics"'
    )


def test_a_feed_of_the_enabled_components_only(client: Client, token: str) -> None:
    make_component()
    make_component("retired", enabled=False)
    assert summaries(feed(client, token)) == {"web-shop"}
    assert feed(client, token, "components/retired.ics").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["web-shop", "a/b", "a/../b", "..", "//", "50% & more?#", "läden 🛠", "x.ics"],
)
def test_a_component_of_any_name_has_a_feed(
    name: str, client: Client, token: str
) -> None:
    make_component(name)
    make_component("other")
    query = f"select.ics?component={quote(name, safe='')}"
    assert summaries(feed(client, token, query)) == {name}
    path = f"components/{quote(name, safe='')}.ics"
    response = feed(client, token, path)
    assert summaries(response) == {name}
    assert "/" not in response.headers["Content-Disposition"]


def test_a_name_can_not_add_a_header(client: Client, token: str) -> None:
    make_component("x")
    Component.objects.update(name='a"\r\nX-Evil: 1')
    response = feed(client, token, "select.ics?component=a%22%0D%0AX-Evil%3A%201")
    assert response.status_code == 200
    assert "X-Evil" not in response.headers
    assert "\n" not in response.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("label=team:payments", {"shop", "till"}),
        ("label=team:payments&label=tier:1", {"shop"}),
        ("label=tier:1&label=tier:2", {"shop", "till", "search"}),
        ("label=url:a:b", {"search"}),
        ("label=a:b:c", {"till"}),
        ("label=tier:2&label=tier:2&label=tier:3", {"till"}),
    ],
)
def test_a_feed_the_api_and_the_pages_choose_the_same_components_by_labels(
    query: str, expected: set[str], client: Client, token: str, settings: Any
) -> None:
    settings.OTEL_SLA = {**settings.OTEL_SLA, "PUBLIC_STATUS": True}
    make_component("shop", labels={"team": "payments", "tier": "1"})
    make_component("till", labels={"team": "payments", "tier": "2", "a:b": "c"})
    make_component("search", labels={"team": "web", "tier": "1", "url": "a:b"})
    assert summaries(feed(client, token, f"select.ics?{query}")) == expected
    listed = client.get(f"/api/v1/components?{query}").json()["items"]
    assert {one["name"] for one in listed} == expected
    page = client.get(f"/?{query}").content.decode()
    shown = set(re.findall(r'href="/components/([^"?]*)', page))
    assert shown == expected


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("select.ics", 400, "give labels, such as label=team:payments"),
        ("select.ics?label=team", 400, "'team' is not a label"),
        ("select.ics?label=:x", 400, "':x' is not a label"),
        ("select.ics?label=team:x", 404, "no enabled component has the labels team:x"),
        ("al.ics", 404, "There is no feed at this address. The feeds are all.ics"),
        ("components/shp.ics", 404, "no enabled component is named 'shp'"),
        ("select.ics?component=", 404, "no enabled component is named ''"),
    ],
)
def test_what_is_not_there_is_said_to_those_with_a_token(
    path: str, status: int, message: str, client: Client, token: str
) -> None:
    make_component()
    response = feed(client, token, path)
    assert response.status_code == status
    assert message in response.content.decode()


def test_a_component_that_can_not_be_evaluated_is_not_said_to_be_gone(
    client: Client, token: str
) -> None:
    make_component()
    Component.objects.update(labels={"job": "x"})
    response = feed(client, token, "components/web-shop.ics")
    assert response.status_code == 404
    assert response.content.decode() == (
        "no enabled component is named 'web-shop'; 1 can't be evaluated\n"
    )


def test_without_an_enabled_component_there_is_no_feed(
    client: Client, token: str
) -> None:
    response = feed(client, token)
    assert response.status_code == 404
    assert response.content == b"no component is enabled\n"


@pytest.mark.parametrize("path", ["all.ics", "components/shp.ics", "select.ics"])
def test_a_token_that_is_wrong_or_revoked_is_told_nothing(
    path: str, client: Client, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    FeedToken.objects.all().revoke(MOMENT)
    for one in ("wrong", token):
        with caplog.at_level(logging.DEBUG):
            response = feed(client, one, path)
        assert (response.status_code, response.content) == (404, b"Not found\n")
        assert one not in logged(caplog)


def test_refused_tokens_are_logged_once_a_minute_with_their_number_and_no_address(
    client: Client,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    moment = 1_000.0
    monkeypatch.setattr("otel_sla.logs.time.monotonic", lambda: moment)
    FeedToken.objects.all().revoke(MOMENT)
    for guess in ("guessed", "another", token):
        assert feed(client, guess).status_code == 404
    moment = 1_059.9
    assert feed(client, token).status_code == 404
    assert len(caplog.messages) == 1
    moment = 1_060.0
    assert client.get(f"/calendar/{token}/nothing").status_code == 404
    why = "unknown or revoked token"
    assert caplog.messages == [
        f"refused a request for a calendar from 127.0.0.1: {why}",
        "refused 4 requests for calendars since the last such line, the last from "
        f"127.0.0.1: {why}",
    ]


def test_no_token_is_logged_with_what_it_did_not_find(
    client: Client, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    strict = Client(enforce_csrf_checks=True)
    with caplog.at_level(logging.DEBUG):
        assert feed(client, token, "components/x.ics").status_code == 404
        assert feed(client, token, "al.ics").status_code == 404
        assert strict.post(f"/calendar/{token}/all.ics").status_code == 405
        for rest in ("", "/", "/a%0Ab", "//all.ics", "/components/a%0Ab.ics"):
            assert client.get(f"/calendar/{token}{rest}").status_code == 404
        assert feed(client, token, f"select.ics?{'a&' * 1_001}").status_code == 400
    assert token not in logged(caplog)


def test_no_token_is_logged_with_what_nobody_expected(
    client: Client, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    with patch("otel_sla.web.feeds.build", side_effect=RuntimeError("odd")):
        response = feed(client, token)
    assert response.status_code == 500
    assert "RuntimeError: odd" in caplog.text
    assert token not in logged(caplog)


def test_the_token_itself_is_nowhere_in_the_database(token: str) -> None:
    row = FeedToken.objects.values().get()
    assert not any(token in str(value) for value in row.values())
    assert len(row["digest"]) == 64


def test_a_token_s_use_is_noted_by_the_hour(token: str) -> None:
    def used(moment: datetime) -> Any:
        assert FeedToken.objects.admits(token, moment)
        return FeedToken.objects.get().last_used

    later = timedelta(minutes=59)
    assert used(MOMENT) == used(MOMENT + later) == MOMENT
    assert used(MOMENT + 2 * later) == MOMENT + 2 * later


@pytest.mark.django_db(transaction=True)
def test_a_feed_is_served_where_the_use_of_its_token_can_not_be_noted(
    client: Client, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    def locked(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    make_component()
    feed(client, token)
    FeedToken.objects.update(last_used=None)
    with connection.execute_wrapper(locked):
        for _ in range(3):
            assert summaries(feed(client, token)) == {"web-shop"}
    assert caplog.messages == [
        "can't note the use of a calendar's token: database is locked"
    ]
    feed(client, token)
    assert FeedToken.objects.get().last_used is not None


def test_a_feed_that_changes_twice_in_a_second_is_not_of_the_next(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", MOMENT.timestamp)
    make_component()
    for name in ("before", "after"):
        Component.objects.update(name=name)
        response = feed(client, token)
    assert summaries(response) == {"after"}
    assert response.headers["Last-Modified"] == "Wed, 25 Nov 2026 12:00:00 GMT"


def test_a_feed_that_has_not_changed_is_not_sent_again(
    client: Client, token: str
) -> None:
    component = make_component()
    response = feed(client, token)
    etag, modified = (response.headers[name] for name in ("ETag", "Last-Modified"))
    for name, value in (("If-None-Match", etag), ("If-Modified-Since", modified)):
        again = feed(client, token, **{name: value})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
        assert "private" in again.headers["Cache-Control"]
    component.agreement.schedule.rules.all().delete()
    assert feed(client, token, **{"If-None-Match": etag}).status_code == 200


def test_a_head_is_answered_without_a_body(client: Client, token: str) -> None:
    make_component()
    response = client.head(f"/calendar/{token}/all.ics")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["ETag"]


@pytest.mark.parametrize(("limit", "of"), [("COMPONENTS", 2), ("EVENTS", 2)])
def test_a_feed_that_is_too_large_is_refused_and_says_what_to_do(
    limit: str,
    of: int,
    client: Client,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calendar, f"MAX_{limit}", of)
    for number in range(of):
        make_component(f"shop-{number}")
    assert len(summaries(feed(client, token))) == of
    make_component("one-more")
    response = feed(client, token)
    assert response.status_code == 400
    assert response.content.decode() == (
        f"this feed would hold 3 {limit.lower()}, more than 2: subscribe to fewer "
        "components, such as select.ics?label=team:payments\n"
    )


def test_a_feed_that_takes_long_is_worked_out_over_several_requests(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        schedule = make_schedule(f"s{number}", timezone="Europe/Berlin")
        agreement = make_agreement(f"a{number}", schedule=schedule)
        make_component(f"shop-{number}", agreement=agreement)
    monkeypatch.setattr(calendar, "SECONDS", 0.0)
    calendar._planned.cache_clear()
    response = feed(client, token)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")
    assert response.content == (b"1 of 3 components are worked out so far: ask again\n")
    monkeypatch.setattr(calendar, "SECONDS", 10.0)
    assert len(summaries(feed(client, token))) == 3
    assert calendar._planned.cache_info().hits == 1


def test_without_the_database_a_feed_is_unavailable_not_empty(
    client: Client, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_component()
    with patch.object(
        FeedToken.objects, "admits", side_effect=OperationalError("at db:5432")
    ):
        response = feed(client, token)
    assert response.status_code == 503
    # Whoever asks may have no token at all.
    assert "The site's log says why" in response.content.decode()
    assert "db:5432" not in response.content.decode()
    assert "at db:5432" in caplog.text


def staff(*permissions: str) -> Client:
    user = User.objects.create_user("ann", password="x", is_staff=True)
    names = [f"{name}_feedtoken" for name in permissions]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(user)
    return client


def test_a_token_made_in_the_admin_is_shown_once() -> None:
    make_component()
    client = staff("add", "view")
    page = reverse("admin:otel_sla_feedtoken_add")
    response = client.post(page, {"name": "ops"}, follow=True)
    text = response.content.decode()
    address = text.partition("<code>")[2].partition("</code>")[0]
    assert address.startswith("http://testserver/calendar/")
    assert address.endswith("/all.ics")
    assert summaries(Client().get(address)) == {"web-shop"}
    row = FeedToken.objects.get()
    assert (row.name, row.created_by) == ("ops", "ann")
    again = client.get(reverse("admin:otel_sla_feedtoken_changelist"))
    assert address not in again.content.decode()


def test_a_token_is_revoked_in_the_admin_and_the_history_says_so(token: str) -> None:
    row = FeedToken.objects.get()
    client = staff("view", "change")
    page = reverse("admin:otel_sla_feedtoken_changelist")
    action = {"action": "revoke", "_selected_action": [row.pk]}
    said = client.post(page, action, follow=True).content.decode()
    assert "1 feed token revoked." in said
    assert feed(Client(), token).content == b"Not found\n"
    assert "Revoked" in LogEntry.objects.get().get_change_message()
    first = FeedToken.objects.get().revoked
    assert "0 feed tokens" in client.post(page, action, follow=True).content.decode()
    assert FeedToken.objects.get().revoked == first


@pytest.mark.parametrize(("state", "count"), [("yes", 1), ("no", 0), ("what", 1)])
def test_tokens_are_found_by_whether_they_are_live_and_say_when_by_utc(
    state: str, count: int, token: str
) -> None:
    FeedToken.objects.update(created=datetime(2026, 11, 25, 19, 5, tzinfo=UTC))
    page = reverse("admin:otel_sla_feedtoken_changelist")
    text = staff("view").get(page, {"live": state}).content.decode()
    assert text.count("2026-11-25 19:05 UTC") == count


def test_who_may_only_look_can_neither_make_nor_revoke(token: str) -> None:
    client = staff("view")
    add = reverse("admin:otel_sla_feedtoken_add")
    assert client.post(add, {"name": "x"}).status_code == 403
    page = reverse("admin:otel_sla_feedtoken_changelist")
    row = FeedToken.objects.get()
    client.post(page, {"action": "revoke", "_selected_action": [row.pk]})
    assert FeedToken.objects.get().revoked is None
    change = reverse("admin:otel_sla_feedtoken_change", args=[row.pk])
    text = client.get(change).content.decode()
    assert row.digest not in text


def test_a_token_can_be_renamed_and_stays_the_same(token: str) -> None:
    row = FeedToken.objects.get()
    client = staff("view", "change")
    change = reverse("admin:otel_sla_feedtoken_change", args=[row.pk])
    assert client.post(change, {"name": "others"}).status_code == 302
    renamed = FeedToken.objects.get()
    assert (renamed.name, renamed.digest) == ("others", row.digest)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("feed_token", *arguments, stdout=out)
    return out.getvalue().strip()


def test_the_command_makes_a_token_and_revokes_it(client: Client) -> None:
    make_component()
    path = run("ops")
    assert summaries(client.get(path)) == {"web-shop"}
    assert FeedToken.objects.get().created <= datetime.now(UTC)
    assert run("ops", "--revoke") == "1 revoked."
    assert client.get(path).status_code == 404
    with pytest.raises(CommandError, match="No valid token is named"):
        run("ops", "--revoke")


@pytest.mark.parametrize("name", ["", "x" * 201, "a\nb"])
def test_the_command_refuses_a_name_nobody_can_read(name: str) -> None:
    with pytest.raises(CommandError, match="is not a valid name"):
        run(name)


@pytest.mark.usefixtures("urls_without_feeds")
def test_without_an_address_of_feeds_the_token_is_shown_alone() -> None:
    make_schedule()
    assert "/" not in run("ops")
    page = reverse("admin:otel_sla_feedtoken_add")
    text = staff("add", "view").post(page, {"name": "x"}, follow=True)
    assert "<code>" in text.content.decode()
    assert "/calendar/" not in text.content.decode()


@pytest.fixture
def urls_without_feeds(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.support.urls_without_feeds"
