"""The pages: what they show of components, to whom, and whatever is asked for."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from otel_sla.models import Agreement, Component, Override, Schedule
from otel_sla.telemetry.scrape import Scrapes
from otel_sla.web.component_list import STATES
from otel_sla.web.pages.forms import PageForm

from ..support.make import (
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
    seconds,
)
from ..support.raw import write_raw

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 11, 25, 12)
"""A Wednesday."""

SESSION = "django.contrib.sessions.backends.db.SessionStore.load"
PAGES = ("/", "/timeline", "/components/web-shop")


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with patch("time.time", lambda: float(NOON)):
        yield


def text_of(client: Client, path: str, **parameters: Any) -> str:
    response = client.get(path, parameters)
    assert response.status_code == 200, response.content.decode()
    return " ".join(response.content.decode().split())


def words_of(client: Client, path: str, **parameters: Any) -> str:
    """The text of a page as it is read, without its tags."""
    return " ".join(re.sub("<[^>]*>", "", text_of(client, path, **parameters)).split())


def listed(client: Client, path: str = "/", **parameters: Any) -> list[str]:
    """The names of the components on the page, in its order."""
    response = client.get(path, parameters)
    assert response.status_code == 200
    return [entry.name for entry in response.context["page"]]


def close(schedule: Schedule, reason: str) -> None:
    Override.objects.create(
        schedule=schedule,
        start=datetime(2026, 11, 25),
        end=datetime(2026, 11, 26),
        kind="closed",
        reason=reason,
    )


def test_a_special_day_of_an_included_schedule_is_the_reason(client: Client) -> None:
    half_day = {"name": "Half day", "date": "11-25", "hours": "09:00-11:30"}
    london = make_schedule("london")
    london.calendars.add(make_calendar("company", half_day))
    whole = make_schedule("whole", (), timezone="UTC")
    whole.includes.add(london)
    make_component(agreement=make_agreement(schedule=whole))
    opens = "Half day; opens Thu 09:00 UTC, in 21 h"
    assert f"Closed {opens}" in words_of(client, "/")
    assert f"Closed: {opens}" in text_of(client, "/components/web-shop")
    for path in ("/timeline", "/components/web-shop"):
        text = text_of(client, path)
        assert '09:00-11:30</span> <span class="reason">closed: Half day' in text
    assert "<title>closed: Half day, Wed 11:30 to 17:00</title>" in text


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_for_those_who_have_logged_in(path: str, client: Client) -> None:
    make_component()
    private = {**settings.OTEL_SLA, "PUBLIC_STATUS": False}
    with override_settings(OTEL_SLA=private):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/?next=/")
        client.force_login(User.objects.create_user("sam"))
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/?state=open&label=team:payments&page=2",
        "/timeline?span=4weeks&start=2026-10-19",
        "/components/web-shop?month=2026-12&zone=UTC",
    ],
)
def test_a_login_leads_to_what_was_asked_for(address: str, client: Client) -> None:
    with override_settings(OTEL_SLA={**settings.OTEL_SLA, "PUBLIC_STATUS": False}):
        login = client.get(address)["Location"]
    path, _, query = login.partition("?")
    assert path == "/accounts/login/"
    assert parse_qs(query) == {"next": [address]}


@pytest.mark.parametrize("path", PAGES)
def test_pages_load_nothing_from_elsewhere_and_are_not_kept(
    path: str, client: Client
) -> None:
    make_component()
    response = client.get(path)
    policy = response["Content-Security-Policy"].split(";")
    assert dict(one.split(maxsplit=1) for one in policy) == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'self'",
    }
    assert response["Cache-Control"] == "no-store"
    assert "<style" not in response.content.decode()
    assert "style=" not in response.content.decode()
    assert response.content.decode().count("<script") == 1


@pytest.mark.parametrize(
    ("url", "sources"),
    [
        ("static/", "style-src 'self';"),
        ("https://cdn.example.com/s/", "style-src 'self' https://cdn.example.com;"),
        ("//cdn.example.com/s/", "script-src 'self' https://cdn.example.com;"),
    ],
)
def test_styles_come_from_where_the_site_has_its_static_files(
    url: str, sources: str, client: Client
) -> None:
    with override_settings(STATIC_URL=url):
        assert sources in client.get("/")["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_pages_are_only_read(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", PAGES)
def test_a_page_says_that_the_database_fails_and_the_log_says_why(
    path: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with patch(
        "otel_sla.database.consistent_read.read",
        side_effect=OperationalError("at db:5432"),
    ):
        response = client.get(path)
    assert response.status_code == 503
    assert "site&#x27;s log says why" in response.content.decode()
    assert "db:5432" not in response.content.decode()
    assert "at db:5432" in caplog.text


@pytest.mark.parametrize("path", ["/", "/timeline"])
def test_a_page_of_old_rows_says_so(path: str, client: Client) -> None:
    make_component()
    client.get(path)
    failure = OperationalError("gone")
    with (
        patch("time.time", lambda: NOON + 60.0),
        patch("otel_sla.database.consistent_read.read", side_effect=failure),
    ):
        text = text_of(client, path)
    assert "2026-11-25 12:00:00 UTC" in text
    assert "The database is unavailable. Showing data from" in text
    assert "web-shop" in text


@pytest.mark.parametrize("path", ["/", "/timeline"])
def test_a_page_counts_the_components_that_are_left_out(
    path: str, client: Client
) -> None:
    make_component()
    assert "left out" not in text_of(client, path)
    for number in range(2):
        make_component(f"odd-{number}", labels={"tier": number})
    assert "2 components left out" in text_of(client, path)


@pytest.mark.parametrize("path", ["/", "/timeline"])
def test_a_page_says_that_edits_are_not_evaluated_yet(
    path: str, client: Client
) -> None:
    make_component()
    assert "being evaluated" not in text_of(client, path)
    Schedule.objects.update(timezone="Asia/Tokyo")
    # For as long as a page waits, that is.
    with patch("otel_sla.metrics.source.ServiceWindows.wait"):
        text = text_of(client, path)
    assert "Changes of 1 schedule are still being evaluated." in text
    assert "web-shop" in text


@pytest.mark.parametrize("path", PAGES)
def test_names_and_labels_are_escaped(path: str, client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    shop = make_component(labels={"team": evil})
    make_component(evil)
    close(shop.agreement.schedule, evil)
    text = text_of(client, path)
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


def test_the_status_says_until_when_each_component_is_open(client: Client) -> None:
    make_component(labels={"team": "payments"})
    make_component("off", enabled=False)
    text = text_of(client, "/")
    assert "Open until 17:00 GMT, 5 h left" in words_of(client, "/")
    assert '<time datetime="2026-11-25T17:00:00+00:00">until 17:00' in text
    assert 'gold</a> <span class="quiet">99.9 %' in text
    assert "team:payments" in text
    assert "off</a>" not in text
    assert "<title>1 of 1 service windows open</title>" in text


def test_the_status_says_why_a_component_is_closed(client: Client) -> None:
    shop = make_component()
    close(shop.agreement.schedule, "moving house")
    text = words_of(client, "/")
    assert "Maintenance moving house; opens Thu 09:00 GMT, in 21 h" in text
    assert "closed: moving house, Wed 12:00 to 17:00" in text_of(client, "/")


def test_out_of_hours_no_reason_is_made_up(client: Client) -> None:
    make_component()
    with patch("time.time", lambda: float(NOON + 6 * 3600)):
        assert "Closed opens Thu 09:00 GMT, in 15 h" in words_of(client, "/")


def test_the_strip_is_the_next_48_hours(client: Client) -> None:
    make_component()
    text = text_of(client, "/")
    assert (
        'aria-label="Open, Wed 12:00 to 17:00; Open, Thu 09:00 to 17:00; Open, Fri '
        '09:00 to 12:00"'
    ) in text


def test_without_components_the_status_says_what_to_do(client: Client) -> None:
    assert "load_catalogue" in text_of(client, "/")


@pytest.fixture
def several() -> None:
    """Components in each of the states."""
    for name, start, end in (
        ("closed", time(1), time(2)),
        ("closing", time(9), time(13)),
        ("open", time(9), time(17)),
        ("opening", time(13), time(17)),
    ):
        rule = {"weekdays": "daily", "start": start, "end": end}
        schedule = make_schedule(name, (rule,), timezone="UTC")
        agreement = make_agreement(f"under-{name}", schedule=schedule)
        make_component(name, agreement=agreement, labels={"team": name[:4], "x": "1"})


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, ["closed", "closing", "open", "opening"]),
        ({"state": "open"}, ["closing", "open"]),
        ({"state": "closed"}, ["closed", "opening"]),
        ({"state": "opening"}, ["opening"]),
        ({"state": "closing"}, ["closing"]),
        ({"q": "OPEN"}, ["open", "opening"]),
        ({"q": "clos"}, ["closed", "closing"]),
        ({"q": "1"}, ["closed", "closing", "open", "opening"]),
        ({"label": "team:open"}, ["open", "opening"]),
        ({"label": ["x:1", "team:clos"]}, ["closed", "closing"]),
        (
            {"label": ["", "x:1"], "state": "", "zone": ""},
            ["closed", "closing", "open", "opening"],
        ),
        ({"agreement": "under-open"}, ["open"]),
        ({"schedule": "closing"}, ["closing"]),
        ({"q": "nothing"}, []),
    ],
)
@pytest.mark.parametrize("path", ["/", "/timeline"])
@pytest.mark.usefixtures("several")
def test_filters_are_in_the_address(
    path: str, parameters: Any, found: list[str], client: Client
) -> None:
    assert listed(client, path, **parameters) == found


@pytest.mark.parametrize("query", ["", "?state=closed", "?q=nothing", "?page=2"])
@pytest.mark.usefixtures("several")
def test_the_headline_counts_what_is_open_of_all_whatever_is_asked_for(
    query: str, client: Client
) -> None:
    make_component("always", agreement=Agreement.objects.get(name="under-open"))
    text = text_of(client, f"/{query}")
    title = text.partition("<title>")[2].partition("</title>")[0]
    assert re.findall(r"\d+", title) == ["3", "5"]


@pytest.mark.usefixtures("several")
def test_tiles_count_all_components_whatever_is_asked_for(client: Client) -> None:
    tiles = client.get("/?q=nothing&state=open").context["tiles"]
    counts = {tile.kind: tile.number for tile in tiles}
    assert counts == {
        "open": 2,
        "closing": 1,
        "opening": 1,
        "maintenance": 0,
        "closed": 2,
    }
    links = {tile.kind: tile.link for tile in tiles}
    assert links["closing"] == "?q=nothing&state=closing"


def test_other_filters_and_other_days_lead_to_the_first_page(client: Client) -> None:
    status = client.get("/?q=c&state=open&page=2").context
    links = {tile.kind: tile.link for tile in status["tiles"]}
    assert links["closing"] == "?q=c&state=closing"
    assert status["all"] == "?q=c"
    timeline = client.get("/timeline?span=day&start=2026-11-25&page=2").context
    assert timeline["later"] == "?span=day&start=2026-11-26"
    assert timeline["today"] == "?span=day"


def test_the_form_knows_all_states() -> None:
    values = [value for value, _ in PageForm().fields["state"].choices]  # type: ignore[attr-defined]
    assert sorted(filter(None, values)) == sorted([*STATES, "maintenance", "unknown"])


@pytest.mark.usefixtures("several")
def test_components_are_grouped_by_a_label(client: Client) -> None:
    make_component("unlabelled", agreement=Agreement.objects.all()[0])
    sections = client.get("/?group=team").context["sections"]
    assert [
        (value, [row["entry"].name for row in rows]) for value, rows in sections
    ] == [
        ("team: (no such label)", ["unlabelled"]),
        ("team: clos", ["closed", "closing"]),
        ("team: open", ["open", "opening"]),
    ]


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("", "Open until 17:00 GMT"),
        ("component", "Open until 17:00 GMT"),
        ("UTC", "Open until 17:00 UTC"),
        ("Asia/Tokyo", "Open until Thu 02:00 JST"),
    ],
)
def test_times_are_in_the_component_s_zone_or_the_one_asked_for(
    zone: str, words: str, client: Client
) -> None:
    make_component()
    assert words in words_of(client, "/", zone=zone)
    assert words in text_of(client, "/components/web-shop", zone=zone)


@pytest.mark.parametrize(
    ("path", "parameters", "message"),
    [
        ("/", {"zone": "Europe/Londn"}, "Did you mean Europe/London?"),
        ("/", {"label": "payments"}, "is not a label with its value. Use name:value"),
        (
            "/",
            {"state": "ajar"},
            "State: &#x27;ajar&#x27; is not a choice. Use one of open, closing",
        ),
        ("/", {"q": "x" * 300}, "at most 200 characters"),
        ("/", {"q": "\0"}, "Null characters are not allowed"),
        (
            "/timeline",
            {"start": "tomorrow"},
            "From: Not a valid date. Use one such as 2026-12-24.",
        ),
        ("/timeline", {"start": "9999-12-31"}, "From: Use a date from 1970 to 2099."),
        (
            "/timeline",
            {"span": "year"},
            "Period: &#x27;year&#x27; is not a choice. Use one of week, day",
        ),
        (
            "/components/web-shop",
            {"month": "May"},
            "Month: Not a valid date. Use one such as 2026-12.",
        ),
        ("/components/web-shop", {"zone": "x"}, "is not an IANA time zone"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_shown_for_it(
    path: str, parameters: dict[str, str], message: str, client: Client
) -> None:
    make_component()
    response = client.get(path, parameters)
    assert response.status_code == 400
    text = response.content.decode()
    assert message in text
    assert "Open until" not in text


def test_a_list_of_10_000_is_paged_at_a_constant_number_of_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    agreement = make_agreement()
    Component.objects.bulk_create(
        Component(name=f"c{number:05}", agreement=agreement) for number in range(10_000)
    )
    for path in ("/?page=2", "/timeline?page=2", "/components/c00007"):
        with django_assert_num_queries(8):
            client.get(path)
    assert listed(client, page="134")[-1] == "c09999"
    assert listed(client, page="nonsense")[0] == "c00000"
    text = text_of(client, "/", page="2", q="c0")
    assert "?page=3&amp;q=c0" in text or "q=c0&amp;page=3" in text


@pytest.mark.parametrize(
    ("start", "hours"), [("2026-03-29", "23 h"), ("2026-10-25", "25 h")]
)
def test_days_on_which_the_clocks_change_are_marked(
    start: str, hours: str, client: Client
) -> None:
    make_component()
    text = text_of(client, "/timeline", span="day", start=start, zone="component")
    assert f'<span class="clocks">{hours}</span>' in text
    assert "clocks" not in text_of(
        client, "/timeline", span="day", start=start, zone="UTC"
    )


def test_a_date_that_a_zone_has_skipped_is_no_day(client: Client) -> None:
    samoa = make_schedule("samoa", timezone="Pacific/Apia")
    make_component(agreement=make_agreement("samoan", schedule=samoa))
    own = text_of(client, "/timeline", start="2011-12-26", zone="component")
    assert "no such day" in own


def test_a_component_has_its_windows_month_and_agreement(client: Client) -> None:
    schedule = make_schedule(holidays="GB-ENG")
    gold = make_agreement(schedule=schedule, target="99.5")
    make_component(agreement=gold, labels={"team": "payments"})
    text = text_of(client, "/components/web-shop", month="2026-12")
    assert '<h2 id="month">December 2026</h2>' in text
    assert "closed: Christmas Day" in text
    assert text.count('<th scope="row">upcoming</th>') == 9
    assert "99.5 % within the service window, per calendar month" in text
    # 21 working days of eight hours, of which a two-hundredth.
    assert "open for 168 h" in text
    # Whose midnight it is.
    assert ">Sun 2026-11-01 00:00 GMT</time> to <time" in text
    assert "<dt>Allowed downtime</dt><dd>50 min 24 s</dd>" in text
    assert "?month=2027-01" in text


def test_a_month_has_its_own_days_only(client: Client) -> None:
    make_component()
    weeks = client.get("/components/web-shop?month=2026-02").context["weeks"]
    days = [cell.date.day for week in weeks for cell in week if cell]
    assert days == list(range(1, 29))
    assert {len(week) for week in weeks} == {7}


def test_a_component_s_metrics_are_there_as_promql(
    client: Client, scrapes: Scrapes
) -> None:
    make_component('a "quoted" name')
    samples = client.get('/components/a "quoted" name').context["samples"]
    assert samples[4] == {
        "promql": 'service_window_in_window{component="a \\"quoted\\" name"}',
        "value": "1",
    }
    assert len(samples) == 10


def test_a_name_with_slashes_has_its_page(client: Client) -> None:
    make_component("a/b c/ü?")
    text = text_of(client, "/")
    link = "/components/a/b%20c/%C3%BC%3F"
    assert f'href="{link}"' in text
    assert client.get(link).status_code == 200


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        (None, "No component has this name."),
        ({"enabled": False}, "This component is disabled"),
        ({"labels": {"job": "x"}}, "This component&#x27;s row can&#x27;t be used"),
    ],
)
def test_a_component_that_is_not_reported_says_why(
    fields: dict[str, Any] | None, why: str, client: Client
) -> None:
    make_component("other")
    if fields:
        make_component()
        Component.objects.filter(name="web-shop").update(**fields)
    response = client.get("/components/web-shop")
    assert response.status_code == 404
    assert why in response.content.decode()


def test_only_those_who_may_edit_it_are_shown_where(
    client: Client, admin_client: Client
) -> None:
    shop = make_component()
    link = f"/admin/otel_sla/component/{shop.pk}/change/"
    assert link not in text_of(client, "/components/web-shop")
    assert link in text_of(admin_client, "/components/web-shop")
    client.force_login(User.objects.create_user("sam", is_staff=True))
    assert link not in text_of(client, "/components/web-shop")


def test_a_component_says_where_its_calendar_is(
    client: Client, admin_client: Client
) -> None:
    make_component("a b")
    text = text_of(client, "/components/a b")
    assert "http://testserver/calendar/TOKEN/components/a%20b.ics" in text
    assert "/admin/otel_sla/feedtoken/add/" not in text
    assert "/admin/otel_sla/feedtoken/add/" in text_of(admin_client, "/components/a b")


@pytest.mark.parametrize("period", ["decade", ""])
def test_an_agreement_of_an_unknown_period_costs_its_own_lines(
    period: str, client: Client
) -> None:
    make_component()
    if not write_raw("UPDATE otel_sla_agreement SET period = %s", [period]):
        return
    budget = client.get("/api/v1/components/web-shop").json()["budget"]
    assert budget is None
    text = text_of(client, "/components/web-shop")
    assert 'href="/agreements/gold">gold</a>' in text
    assert 'href="/schedules/office-london">office-london</a>' in text
    assert "Allowed downtime" not in text


@pytest.mark.parametrize("target", ["100", "99.9", "0.001"])
def test_any_target_up_to_100_percent_is_shown(target: str, client: Client) -> None:
    make_component(agreement=make_agreement(target=target))
    shown = rf"\b{re.escape(target)}(\.0)? %"
    assert re.search(shown, text_of(client, "/"))
    assert re.search(shown, text_of(client, "/components/web-shop"))


@pytest.mark.parametrize("target", ["nan", "inf", "lots", "-1", "1e400"])
def test_a_target_that_is_none_is_left_out_of_a_page(
    target: str, client: Client, scrapes: Scrapes
) -> None:
    make_component()
    if not write_raw("UPDATE otel_sla_agreement SET target = %s", [target]):
        return
    page = client.get("/components/web-shop")
    assert page.status_code == 200
    assert "Target" not in page.content.decode()


def test_a_name_with_a_line_break_costs_no_page(client: Client) -> None:
    make_component()
    Component.objects.update(name="web\nshop")
    make_component("web-2")
    for path in ("/", "/timeline"):
        text = client.get(path).content.decode()
        assert 'href="/components/web%0Ashop"' in text
        assert 'href="/components/web-2"' in text
    page = client.get("/components/web%0Ashop")
    assert page.status_code == 200
    assert page.context["entry"].name == "web\nshop"


@pytest.mark.parametrize("path", ["/", "/timeline", "/components/web-shop"])
def test_a_page_says_so_where_nobody_can_be_known_to_be_logged_in(
    path: str, client: Client
) -> None:
    make_component()
    client.force_login(User.objects.create_user("sam"))
    with override_settings(OTEL_SLA={**settings.OTEL_SLA, "PUBLIC_STATUS": False}):
        assert client.get(path).status_code == 200
        with patch(SESSION, side_effect=OperationalError("gone")):
            assert client.get(path).status_code == 503


def test_old_rows_are_shown_to_whoever_it_is(client: Client) -> None:
    make_component()
    client.force_login(User.objects.create_superuser("sam"))
    client.get("/")
    failure = OperationalError("gone")
    with (
        patch(SESSION, side_effect=failure),
        patch("otel_sla.database.consistent_read.read", side_effect=failure),
    ):
        text = text_of(client, "/components/web-shop")
    assert "Open until 17:00 GMT" in text
    assert "Edit component" not in text
