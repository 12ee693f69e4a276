"""The status page: states, what is left out, the order, the search, and first steps."""

from __future__ import annotations

import re
from datetime import datetime, time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client, override_settings

from otel_sla.checks import check_templates
from otel_sla.models import Component, Override

from ..support.make import make_agreement, make_component, make_schedule, seconds

pytestmark = pytest.mark.django_db

NOON = seconds(2026, 11, 25, 12)
"""A Wednesday."""
SESSION = "django.contrib.sessions.backends.db.SessionStore.load"
HOST_PAGE = """<!doctype html><html lang="en"><head>
<title>{% block title %}{% endblock %}</title>{% block extrahead %}{% endblock %}
</head><body><h2>Of the host</h2>
<main>{% block content %}{% endblock %}</main></body></html>"""


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with patch("time.time", lambda: float(NOON)):
        yield


@pytest.fixture
def of_every_state() -> None:
    """Components by the pill that they have, in zones whose order is another."""
    for name, start, end, zone in (
        ("open", 9, 17, "UTC"),
        ("closing", 9, 13, "Atlantic/Reykjavik"),
        ("closed", 1, 2, "Europe/London"),
        ("maintenance", 9, 18, "Africa/Abidjan"),
    ):
        rule = {"weekdays": "daily", "start": time(start), "end": time(end)}
        schedule = make_schedule(name, (rule,), timezone=zone)
        make_component(name, agreement=make_agreement(f"a-{name}", schedule=schedule))
        if name == "maintenance":
            Override.objects.create(
                schedule=schedule,
                start=datetime(2026, 11, 25, 11),
                end=datetime(2026, 11, 25, 15),
                kind="closed",
                reason="new disks",
            )
    make_component("unusable", labels={"job": "x"})


def page_of(client: Client, path: str, **parameters: Any) -> str:
    return " ".join(client.get(path, parameters).content.decode().split())


def rows_of(client: Client, **parameters: Any) -> list[str]:
    return [entry.name for entry in client.get("/", parameters).context["page"]]


@pytest.mark.usefixtures("of_every_state")
def test_each_state_has_a_pill_with_a_shape_and_a_word(client: Client) -> None:
    sections = client.get("/").context["sections"]
    assert {row["entry"].name: row["pill"] for _, rows in sections for row in rows} == {
        "closed": ("closed", "○", "Closed"),
        "closing": ("closing", "◐", "Closes soon"),
        "maintenance": ("maintenance", "◆", "Maintenance"),
        "open": ("open", "●", "Open"),
        "unusable": ("unknown", "?", "Unknown"),
    }
    text = page_of(client, "/")
    assert "new disks; opens 15:00 GMT, in 3 h" in text
    assert "its labels: " in text


@pytest.mark.usefixtures("of_every_state")
@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"state": "maintenance"}, ["maintenance"]),
        ({"state": "unknown"}, ["unusable"]),
        ({"state": "closed"}, ["closed", "maintenance"]),
        ({"state": "open"}, ["closing", "open"]),
        ({"q": "usable"}, ["unusable"]),
        ({"label": "job:x"}, []),
        ({"agreement": "a-open"}, ["open"]),
    ],
)
def test_what_is_left_out_is_found_by_what_is_known_of_it(
    parameters: dict[str, str], found: list[str], client: Client
) -> None:
    assert rows_of(client, **parameters) == found


@pytest.mark.usefixtures("of_every_state")
@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "closed closing maintenance open unusable"),
        ("-name", "unusable open maintenance closing closed"),
        ("state", "unusable maintenance closed closing open"),
        ("-state", "open closing closed maintenance unusable"),
        ("agreement", "unusable closed closing maintenance open"),
        ("zone", "unusable maintenance closing closed open"),
        ("-zone", "open closed closing maintenance unusable"),
    ],
)
def test_the_order_is_in_the_address(sort: str, order: str, client: Client) -> None:
    assert rows_of(client, sort=sort) == order.split()


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("shop", ["web-shop"]),
        ("WEB", ["web-shop"]),
        ("pay", ["web-shop"]),
        ("team", []),
        ("team:payments", ["web-shop"]),
        ("Team:Pay", ["web-shop"]),
        ("team:payments tier:1", ["web-shop"]),
        ("team:payments tier:2", []),
        ("payments web", ["web-shop"]),
        ("db:main", ["db:main"]),
    ],
)
@pytest.mark.parametrize("path", ["/", "/timeline"])
def test_a_search_takes_words_and_labels(
    path: str, q: str, found: list[str], client: Client
) -> None:
    make_component(labels={"team": "payments", "tier": "1"})
    make_component("db:main", labels={"tier": "2"})
    page = client.get(path, {"q": q}).context["page"]
    assert [entry.name for entry in page] == found
    found_by_api = client.get("/api/v1/components", {"q": q}).json()["items"]
    assert [one["name"] for one in found_by_api] == found


def test_filters_are_set_by_labels_and_removed_one_by_one(client: Client) -> None:
    make_component(labels={"team": "payments", "tier": "1"})
    text = page_of(client, "/", q="web", label="team:payments", sort="state")
    more = "?q=web&amp;label=team%3Apayments&amp;label=tier%3A1&amp;sort=state"
    assert f'<a class="chip" href="{more}">tier:1</a>' in text
    assert 'href="?q=web&amp;sort=state">team:payments' in text
    assert 'href="?label=team%3Apayments&amp;sort=state">“web”' in text
    assert '<a href="?sort=state">Clear all</a>' in text
    kept = "?q=web&amp;label=team%3Apayments"
    assert f'href="/timeline{kept}"' in text
    assert f'href="/components/web-shop{kept}"' in text


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("component", "times in each component&#x27;s own zone"),
        ("Asia/Tokyo", "times in Asia/Tokyo"),
    ],
)
def test_the_filter_of_a_zone_says_whose_times_are_shown(
    client: Client, zone: str, words: str
) -> None:
    make_component()
    text = page_of(client, "/timeline", zone=zone)
    assert f'<a class="chip" href="?">{words} <' in text


def test_filters_suggest_what_there_is(client: Client) -> None:
    make_component(labels={"team": "payments"})
    text = page_of(client, "/")
    for list_of, value in (
        ("sought", "web-shop"),
        ("labels", "team:payments"),
        ("label-names", "team"),
        ("agreements", "gold"),
        ("zones", "Europe/London"),
    ):
        suggested = re.search(f'<datalist id="{list_of}"[^>]*>(.*?)</datalist>', text)
        assert suggested
        assert f'<option value="{value}">' in suggested[1]
        assert f'list="{list_of}"' in text


def test_numbers_are_grouped(client: Client) -> None:
    agreement = make_agreement()
    Component.objects.bulk_create(
        Component(name=f"c{number:04}", agreement=agreement) for number in range(1_500)
    )
    text = page_of(client, "/")
    assert "<title>1,500 of 1,500 service windows open</title>" in text
    assert "<caption>1,500 components</caption>" in text
    assert len(text) < 150_000


def test_old_rows_are_told_beside_the_heading_and_in_the_title(client: Client) -> None:
    make_component()
    client.get("/")
    failure = OperationalError("gone")
    with (
        patch("otel_sla.database.consistent_read.read", side_effect=failure),
        patch("time.time", lambda: NOON + 60.0),
    ):
        text = page_of(client, "/")
    assert "<title>Old data: 1 of 1 service windows open</title>" in text
    assert "<h1>Status</h1>" in text


@pytest.mark.parametrize("path", ["/", "/?q=x"])
def test_a_site_without_components_says_what_to_do_first(
    path: str, client: Client, admin_client: Client
) -> None:
    text = page_of(client, path)
    assert "load_catalogue" in text
    assert "metrics_path: /metrics" in text
    assert 'targets: ["testserver"]' in text
    assert "/admin/otel_sla/component/add/" not in text
    assert 'href="/accounts/login/?next=%2F' in text
    assert 'href="/admin/otel_sla/component/add/"' in page_of(admin_client, path)


def test_a_page_names_its_user_and_how_to_log_out(client: Client) -> None:
    make_component()
    assert "Log out" not in page_of(client, "/")
    client.force_login(User.objects.create_user("ada"))
    text = page_of(client, "/")
    assert "Logged in as <strong>ada</strong>" in text
    assert '<form method="post" action="/accounts/logout/">' in text
    assert "Manage" not in text
    assert client.post("/accounts/logout/")["Location"] == "/"


def test_a_page_is_shown_where_its_user_can_t_be_read(client: Client) -> None:
    make_component()
    client.force_login(User.objects.create_superuser("sam"))
    with patch(SESSION, side_effect=OperationalError("gone")):
        text = page_of(client, "/")
    assert "web-shop" in text
    assert "sam" not in text


@pytest.fixture
def host(tmp_path: Path) -> Any:
    """A site whose own template the pages extend."""
    (tmp_path / "host.html").write_text(HOST_PAGE)
    templates = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    given = {**settings.OTEL_SLA, "BASE_TEMPLATE": "host.html"}
    with override_settings(TEMPLATES=templates, OTEL_SLA=given):
        yield


def test_a_base_template_that_is_not_there_is_told_by_a_check() -> None:
    given = {**settings.OTEL_SLA, "BASE_TEMPLATE": "hots.html"}
    with override_settings(OTEL_SLA=given):
        (fault,) = check_templates(None)
    assert "finds hots.html" in fault.msg
    assert fault.hint == 'OTEL_SLA["BASE_TEMPLATE"] names it.'
    assert list(check_templates(None)) == []


@pytest.mark.usefixtures("host")
@pytest.mark.parametrize("path", ["/", "/timeline", "/components/web-shop", "/?zone=x"])
def test_pages_are_part_of_the_host_s_own(path: str, client: Client) -> None:
    make_component()
    text = client.get(path).content.decode()
    assert "<h2>Of the host</h2>" in text
    assert text.count("<main") == text.count("<html") == text.count("<head>") == 1
    assert text.count("pages.css") == text.count("pages.js") == 1
    assert '<nav class="pages" aria-label="Pages">' in text
    assert 'class="menu"' not in text
