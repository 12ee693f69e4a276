"""The pages and the API of reports: who sees what, fresh, pending, failed, issued."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from otel_sla.accounting import parse_period
from otel_sla.models import Component, Exclusion, IssuedReport, Override, Schedule
from otel_sla.reports import achieved, making
from otel_sla.reports import background as in_background
from otel_sla.reports import source as sources
from otel_sla.reports.background import Failed, Pending
from otel_sla.reports.html import style_digest
from otel_sla.reports.selection import Selection
from otel_sla.web.api.report_schemas import Report

from ..support.make import make_agreement, make_component, make_schedule, utc
from ..support.measured import MadeUpSource, forget, s

pytestmark = pytest.mark.django_db

MOMENT = s("2026-11-10T12:00")
OCTOBER = "/reports/2026-10/"
PAGES = ("/reports/", OCTOBER, "/reports/issued/1/")
CONNECTED = {"PROMETHEUS": {"URL": "https://prom.example"}, "PUBLIC_REPORTS": True}
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def in_november() -> Iterator[None]:
    forget()
    with patch("time.time", lambda: float(MOMENT)):
        yield
    forget()


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[MadeUpSource]:
    """A source that has answered, as soon as it is asked."""
    made = MadeUpSource()
    monkeypatch.setattr(sources, "_source", lambda setting: made)
    monkeypatch.setattr(in_background.background, "ask", at_once)
    with override_settings(OTEL_SLA={**settings.OTEL_SLA, **CONNECTED}):
        yield made


def at_once(key: Any, work: Any, keep: float = 0) -> Any:
    return work(lambda progress: None)


def measured(period: str = "2026-10", **selection: Any) -> dict[str, Any]:
    """The report, with all that it needs having been asked for."""
    return making.make(parse_period(period), Selection.of(**selection), MOMENT)


def text_of(content: bytes) -> str:
    text = re.sub(r"<[^>]*>", " ", content.decode()).replace("\u00a0", " ")
    return unescape(" ".join(text.split()))


def shown(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, response.content.decode()
    return text_of(response.content)


def sam(*permissions: str) -> Client:
    user = User.objects.create_user("sam")
    for name in permissions:
        user.user_permissions.add(Permission.objects.get(codename=name))
    client = Client()
    client.force_login(user)
    return client


def private() -> Any:
    return override_settings(
        OTEL_SLA={**settings.OTEL_SLA, "PUBLIC_REPORTS": False, "PUBLIC_STATUS": True}
    )


@pytest.mark.parametrize("path", PAGES)
def test_who_has_not_logged_in_is_led_to_the_login(
    path: str, source: MadeUpSource
) -> None:
    with private():
        response = Client().get(path)
        assert response.status_code == 302
        assert response["Location"].endswith(f"?next={path}")


@pytest.mark.parametrize("path", PAGES)
def test_who_lacks_the_permission_is_told_its_name(
    path: str, source: MadeUpSource
) -> None:
    with private():
        assert "otel_sla.view_issuedreport" in shown(sam(), path, 403)


def test_the_permission_opens_the_reports_and_the_link_to_them(
    source: MadeUpSource,
) -> None:
    make_component()
    measured()
    with private():
        client = sam("view_issuedreport")
        assert "October 2026" in shown(client, OCTOBER)
        assert 'href="/reports/"' in client.get("/").content.decode()
        assert 'href="/reports/"' not in Client().get("/").content.decode()


def test_the_api_refuses_whom_the_pages_refuse(source: MadeUpSource) -> None:
    make_component()
    measured()
    for path in ("/api/v1/reports", "/api/v1/reports/2026-10"):
        with private():
            anonymous = Client().get(path)
            assert anonymous.status_code == 401
            assert "PUBLIC_REPORTS" in anonymous.content.decode()
        assert Client().get(path).status_code == 200
    with private():
        forbidden = sam().get("/api/v1/reports")
        assert forbidden.status_code == 403
        assert "otel_sla.view_issuedreport" in forbidden.content.decode()
    closed = {**settings.OTEL_SLA, "PUBLIC_STATUS": False}
    with override_settings(OTEL_SLA=closed):
        assert Client().get("/api/v1/reports").status_code == 200
        assert Client().get("/api/v1/components").status_code == 401


def test_a_report_shows_what_was_missed_and_why(
    client: Client, source: MadeUpSource
) -> None:
    make_component()
    make_component("stock")
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:24:24")
    source.down("web-shop", "2026-10-10T21:00", "2026-10-11T04:30")
    measured()
    text = shown(client, OCTOBER)
    for words in (
        "1 of 2 components missed the target. 1 met it.",
        "Tue 2026-10-06 09:12 – 09:24:24 BST",
        "outside service hours",
        "overspent by 1 min 50 s",
        "Prometheus at https://prom.example",
    ):
        assert words in text


def test_names_are_text_in_every_place(client: Client, source: MadeUpSource) -> None:
    make_component(HOSTILE, labels={"team": HOSTILE})
    measured()
    for path in ("/reports/", OCTOBER, f"{OCTOBER}?format=html"):
        content = client.get(path).content.decode()
        assert HOSTILE not in content
    assert "&lt;script&gt;" in client.get(OCTOBER).content.decode()


def test_a_report_that_is_being_measured_says_how_far_and_renews_itself(
    client: Client, source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    pending = Pending("12 of 31 days")
    monkeypatch.setattr(in_background.background, "ask", lambda *_: pending)
    response = client.get(OCTOBER)
    assert response.status_code == 202
    assert response["Refresh"] == "3"
    assert "12 of 31 days measured" in text_of(response.content)
    answer = client.get("/api/v1/reports/2026-10")
    assert answer.status_code == 202
    assert answer.json() == {"progress": "12 of 31 days"}
    assert answer["Retry-After"]
    overview = client.get("/reports/")
    assert overview["Refresh"]
    assert "12 of 31 days measured" in text_of(overview.content)


def test_a_failure_is_said_with_since_when_and_what_was_issued_before(
    client: Client, source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_component()
    issue(sam("view_issuedreport", "add_issuedreport"))
    forget()
    source.digest = "cd" * 32
    failed = Failed("Prometheus at https://prom.example can't be reached.", MOMENT)
    monkeypatch.setattr(in_background.background, "ask", lambda *_: failed)
    response = client.get(OCTOBER)
    assert response.status_code == 503
    text = text_of(response.content)
    assert "can't be reached. Since Tue 2026-11-10 12:00 UTC." in text
    assert "by sam" in text
    assert "can't be reached." in shown(client, "/reports/")
    answer = client.get("/api/v1/reports/2026-10")
    assert answer.status_code == 503
    assert "can't be reached." in answer.content.decode()


@pytest.mark.parametrize("period", ["2030-01", "2026-13", "2026-10?component=shop"])
def test_the_api_refuses_in_english_whatever_the_reader_s_language(
    period: str, client: Client, source: MadeUpSource
) -> None:
    make_component()
    english, german = (
        client.get(f"/api/v1/reports/{period}", headers={"Accept-Language": language})
        for language in ("en", "de")
    )
    assert german.status_code == 404
    assert german.json() == english.json()


def test_without_a_source_the_page_says_what_to_set(client: Client) -> None:
    make_component()
    with override_settings(OTEL_SLA={**settings.OTEL_SLA, "PUBLIC_REPORTS": True}):
        assert "Connect Prometheus" in shown(client, "/reports/")
        assert '"PROMETHEUS": {"URL"' in shown(client, "/reports/")
        assert "PROMETHEUS" in shown(client, OCTOBER, 503)
        assert client.get("/api/v1/reports/2026-10").status_code == 503


def test_where_nothing_was_measured_no_figure_is_shown(
    client: Client, source: MadeUpSource
) -> None:
    make_component()
    source.begin = None
    measured()
    text = shown(client, OCTOBER).partition("How time is counted")[0]
    assert "Not enough data" in text
    assert "100 %" not in text
    assert "Nothing was measured in these months" in shown(client, "/reports/")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/reports/2026-13/", "2026-13"),
        ("/reports/2026-12/", "has not begun"),
        ("/reports/2026-10/?agreement=golf", "Did you mean gold?"),
        ("/reports/2026-10/?component=web-shopp", "Did you mean web-shop?"),
        ("/reports/issued/99/", "No report has the number 99."),
    ],
)
def test_a_report_that_can_not_be_is_refused_with_what_would_be_right(
    path: str, words: str, client: Client, source: MadeUpSource
) -> None:
    make_component()
    assert words in shown(client, path, 404)


def test_a_period_may_be_two_dates(client: Client, source: MadeUpSource) -> None:
    make_component()
    measured("2026-10-01/2026-10-16")
    text = shown(client, "/reports/2026-10-01/2026-10-16/")
    assert "1 to 15 October 2026" in text


def test_the_files_are_the_document(client: Client, source: MadeUpSource) -> None:
    make_component(labels={"team": "payments"})
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:24:24")
    document = measured(label=["team:payments"])
    query = f"{OCTOBER}?label=team:payments&format="
    answer = client.get(f"{query}json")
    assert answer.json() == document
    assert answer["Content-Disposition"] == (
        'attachment; filename="sla-report-2026-10-team-payments.json"'
    )
    api = client.get("/api/v1/reports/2026-10?label=team:payments")
    assert api.json() == document
    Report.model_validate(document)
    html = client.get(f"{query}html")
    assert style_digest() in html["Content-Security-Policy"]
    assert "script-src" not in html["Content-Security-Policy"]
    assert html["Content-Disposition"].startswith("attachment; filename=")
    assert "Missed" in text_of(html.content)
    csv = client.get(f"{query}csv")
    assert csv["Content-Type"].startswith("text/csv")


def test_a_spreadsheet_runs_nothing_of_a_saved_file(
    client: Client, source: MadeUpSource
) -> None:
    make_component('=HYPERLINK("http://evil.example")', labels={"team": "+1"})
    measured()
    rows = client.get(f"{OCTOBER}?format=csv").content.decode()
    assert "HYPERLINK" in rows
    cells = re.findall(r'(?:^|,)"?([^,"\n]*)', rows, re.MULTILINE)
    assert [one for one in cells if one.startswith(("=", "+", "@"))] == []


def issue(client: Client, **changes: Any) -> Any:
    """Issue the report of October, as a browser does that has shown it."""
    measured()
    page = client.get(OCTOBER).content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen, page
    return client.post(OCTOBER, {"seen": seen[1], **changes})


def test_an_issued_report_keeps_what_was_sent(
    client: Client, source: MadeUpSource
) -> None:
    make_component()
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:24:24")
    user = sam("view_issuedreport", "add_issuedreport")
    response = issue(user)
    assert response.status_code == 302
    address = response["Location"]
    before = shown(client, address)
    row = IssuedReport.objects.get()
    assert row.issued_by == "sam"
    for words in ("✗ Missed", row.digest, "by sam", f"number {row.pk}"):
        assert words in before
    Schedule.objects.update(timezone="Asia/Tokyo")
    forget()
    measured()
    assert shown(client, address) == before
    assert "Asia/Tokyo" in shown(client, OCTOBER)
    # As JSON, which has its order and digits.
    answer = client.get(f"/api/v1/reports/issued/{row.pk}")
    assert answer.json()["digest"] == row.digest
    assert client.get(f"{address}?format=json").json() == row.document


def test_another_report_supersedes_and_names_the_difference(
    client: Client, source: MadeUpSource
) -> None:
    component = make_component()
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:24:24")
    user = sam("view_issuedreport", "add_issuedreport")
    first = issue(user)["Location"]
    assert issue(user)["Location"] == first, "nothing new to issue"
    Exclusion.objects.create(
        component=component,
        start=utc(2026, 10, 6, 8),
        end=utc(2026, 10, 6, 9),
        reason="Power cut",
        approved_by="Mira",
    )
    second = issue(user)["Location"]
    assert second != first
    text = shown(client, second)
    assert "Changes since the previous report" in text
    assert "Power cut" in text
    number = IssuedReport.objects.latest("pk").pk
    assert f"Superseded by number {number}" in shown(client, first)
    listed = client.get("/api/v1/reports").json()["items"]
    assert [one["number"] for one in listed] == [number, number - 1]
    assert listed[0]["supersedes"] == number - 1
    assert listed[0]["differences"]


def test_a_changed_row_is_noticed_by_its_digest(
    client: Client, source: MadeUpSource
) -> None:
    make_component()
    address = issue(sam("view_issuedreport", "add_issuedreport"))["Location"]
    assert "digest does not match" not in shown(client, address)
    row = IssuedReport.objects.get()
    row.document["components"][0]["met"] = None
    IssuedReport.objects.filter(pk=row.pk).update(document=row.document)
    assert "digest does not match" in shown(client, address)
    # A file would say so nowhere.
    for form in ("html", "csv", "json"):
        assert "digest does not match" in shown(client, f"{address}?format={form}")


@pytest.mark.parametrize("value", [None, [], "x", 7, {}])
def test_a_mangled_issued_report_is_a_sentence(
    value: Any, client: Client, source: MadeUpSource
) -> None:
    make_component()
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:24:24")
    address = issue(sam("view_issuedreport", "add_issuedreport"))["Location"]
    row = IssuedReport.objects.get()
    for document in mangled(row.document, value):
        IssuedReport.objects.filter(pk=row.pk).update(document=document)
        page = client.get(address)
        assert page.status_code in (200, 503), document
        assert "was changed in the database" in text_of(page.content)
        answer = client.get(f"/api/v1/reports/issued/{row.pk}")
        assert answer.status_code == 200
        assert answer.json()["is_intact"] is False


def mangled(document: dict[str, Any], value: Any) -> Iterator[Any]:
    """The document with each of its keys missing, and with the value in its place."""
    if value is not None:
        yield value
    for owner in (document, document["components"][0], document["selection"]):
        for key, kept in list(owner.items()):
            del owner[key]
            yield document
            if kept != value:
                owner[key] = value
                yield document
            owner[key] = kept


def test_the_api_says_whether_an_issued_report_is_as_it_was_issued(
    client: Client, source: MadeUpSource
) -> None:
    make_component()
    issue(sam("view_issuedreport", "add_issuedreport"))
    row = IssuedReport.objects.get()
    address = f"/api/v1/reports/issued/{row.pk}"
    assert client.get(address).json()["is_intact"] is True
    changed = {**row.document, "missed": 7}
    IssuedReport.objects.filter(pk=row.pk).update(document=changed)
    answer = client.get(address).json()
    assert (answer["is_intact"], answer["document"]["missed"]) == (False, 7)
    del changed["title"]
    IssuedReport.objects.filter(pk=row.pk).update(document=changed)
    answer = client.get(address).json()
    assert (answer["is_intact"], answer["document"]) == (False, None)


def test_a_format_that_there_is_not_is_refused_with_those_that_there_are(
    client: Client, source: MadeUpSource
) -> None:
    make_component()
    address = issue(sam("view_issuedreport", "add_issuedreport"))["Location"]
    for path in (OCTOBER, address):
        said = shown(client, f"{path}?format=xml", 400)
        assert "'xml' is not a format. Use html, csv or json." in said


def test_only_who_may_issue_can(client: Client, source: MadeUpSource) -> None:
    make_component()
    measured()
    assert "Issue this report" not in shown(client, OCTOBER)
    assert client.post(OCTOBER).status_code == 302
    reader = sam("view_issuedreport")
    assert "Issue this report" not in shown(reader, OCTOBER)
    response = reader.post(OCTOBER)
    assert response.status_code == 403
    assert "otel_sla.add_issuedreport" in response.content.decode()
    assert not IssuedReport.objects.exists()


def test_another_site_can_not_have_a_report_issued(source: MadeUpSource) -> None:
    make_component()
    measured()
    user = sam("view_issuedreport", "add_issuedreport")
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = user.cookies
    assert careful.post(OCTOBER, {"seen": "x"}).status_code == 403
    assert not IssuedReport.objects.exists()


def test_what_has_changed_since_it_was_looked_at_is_not_issued(
    source: MadeUpSource,
) -> None:
    make_component()
    user = sam("view_issuedreport", "add_issuedreport")
    response = issue(user, seen="of another page")
    assert response.status_code == 409
    assert "have changed since you opened this page" in text_of(response.content)
    assert not IssuedReport.objects.exists()


def test_a_period_that_is_not_final_is_not_issued(source: MadeUpSource) -> None:
    make_component()
    user = sam("view_issuedreport", "add_issuedreport")
    measured("2026-11")
    page = user.get("/reports/2026-11/").content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', page)
    assert seen
    response = user.post("/reports/2026-11/", {"seen": seen[1]})
    assert response.status_code == 409
    assert "can't be issued yet" in text_of(response.content)


def test_the_last_months_are_counted_by_agreement(
    client: Client, source: MadeUpSource
) -> None:
    gold = make_agreement()
    silver = make_agreement("silver", schedule=make_schedule("other"))
    make_component(agreement=gold)
    make_component("stock", agreement=silver)
    source.down("web-shop", "2026-10-06T08:12", "2026-10-06T08:24:24")
    response = client.get("/reports/")
    rows = dict(response.context["rows"])
    found = {
        name: [[words for *_, words in cell["counts"]] for cell in cells]
        for name, cells in rows.items()
    }
    assert found == {
        "gold": [["1 so far"], ["1 missed"], ["1 met"], ["1 met"]],
        "silver": [["1 so far"], ["1 met"], ["1 met"], ["1 met"]],
    }
    assert rows["gold"][1]["link"] == "/reports/2026-10/?agreement=gold"


def test_the_form_leads_to_the_report(client: Client, source: MadeUpSource) -> None:
    make_component(labels={"team": "payments"})
    chosen = {
        "period": "2026-W44",
        "agreement": "gold",
        "label": ["team:payments", ""],
        "component": "",
    }
    response = client.get("/reports/", chosen)
    assert response["Location"] == (
        "/reports/2026-W44/?agreement=gold&label=team%3Apayments"
    )
    assert client.get("/reports/", {"period": ""})["Location"] == OCTOBER
    refused = client.get("/reports/", {"period": "October"})
    assert refused.status_code == 400
    assert "October" in text_of(refused.content)
    measured()
    change = re.search(
        r'href="(/reports/\?[^"]*change=1)"', client.get(OCTOBER).content.decode()
    )
    assert change
    assert client.get(unescape(change[1])).status_code == 200


def test_a_hundred_components_take_as_many_queries_as_one(
    client: Client, source: MadeUpSource
) -> None:
    make_component()
    measured()
    with CaptureQueriesContext(
        connection,
    ) as for_one:
        client.get(OCTOBER)
    for number in range(99):
        make_component(f"component-{number:02}")
    measured()
    with CaptureQueriesContext(connection) as for_all:
        response = client.get(OCTOBER)
    assert len(response.context["components"]) == 100
    assert len(for_all) <= len(for_one) + 3, "a query more for each"


def test_long_reports_have_pages_and_the_head_counts_all(
    client: Client, source: MadeUpSource
) -> None:
    for number in range(101):
        make_component(f"component-{number:03}")
    measured()
    assert "All 101 components met their targets" in shown(client, OCTOBER)
    second = client.get(f"{OCTOBER}?page=2")
    assert [one["component"] for one in second.context["components"]] == [
        "component-100"
    ]


def test_the_page_of_a_component_shows_what_it_has_achieved(
    client: Client, source: MadeUpSource
) -> None:
    make_component()
    source.down("web-shop", "2026-11-03T10:00", "2026-11-03T10:12:24")
    Override.objects.create(
        component=Component.objects.get(),
        start=datetime(2026, 11, 5),
        end=datetime(2026, 11, 6),
        kind="closed",
        reason="Move",
    )
    text = shown(client, "/components/web-shop")
    for words in (
        "below the target of 99.9 %",
        "none: overspent by 2 min 48 s of 9 min 36 s",
        "Tue 2026-11-03 10:00 – 10:12:24 GMT, down for 12 min 24 s",
        "Tue 2026-11-03: 97.416 %, 12 min 24 s down",
        "Thu 2026-11-05: closed",
        "Sun 2026-11-08: closed",
        "1 day with outages",
    ):
        assert words in text
    with private():
        assert "Achieved so far" not in shown(Client(), "/components/web-shop")
    with override_settings(OTEL_SLA={**settings.OTEL_SLA, "PROMETHEUS": None}):
        assert "Achieved so far" not in shown(client, "/components/web-shop")


def test_a_list_shows_what_the_rules_have_recorded(
    source: MadeUpSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = {
        "component:service_up_seconds:sum_period": 99.0,
        "component:service_measured_seconds:sum_period": 100.0,
        "component:service_scheduled_seconds:sum_period": 100.0,
        "component:service_error_budget:seconds": 5.0,
        "component:service_error_budget_remaining:seconds": 4.0,
    }
    asked = []

    def instant(query: str, moment: int) -> list[tuple[dict[str, str], float]]:
        asked.append((query, moment))
        series = [
            ({"__name__": name, "component": "web-shop"}, value)
            for name, value in recorded.items()
        ]
        odd = {"__name__": "component:service_up_seconds:sum_period"}
        return [*series, ({**odd, "component": "odd"}, float("nan"))]

    monkeypatch.setattr(source, "instant", instant, raising=False)
    found = achieved.achieved(MOMENT)
    assert found == {"web-shop": achieved.Achieved(0.99, 1.0, 5.0, 4.0)}
    assert asked == [(achieved.QUERY, MOMENT)]


def test_the_status_shows_what_each_component_has_achieved(
    client: Client, source: MadeUpSource
) -> None:
    make_component()
    make_component("stock")
    source.down("web-shop", "2026-11-03T10:00", "2026-11-03T10:12:24")
    text = shown(client, "/")
    assert "Achieved" in text
    assert "overspent by 2 min 19 s" in text
    assert "100 % 10 min 5 s left" in text
    with private():
        assert "Achieved" not in shown(Client(), "/")
    with override_settings(OTEL_SLA={**settings.OTEL_SLA, "PROMETHEUS": None}):
        assert "Achieved" not in shown(client, "/")


def test_an_invalid_setting_costs_no_other_page(client: Client) -> None:
    make_component()
    odd = {**CONNECTED, "PROMETHEUS": {"URL": "prom.example"}}
    with override_settings(OTEL_SLA={**settings.OTEL_SLA, **odd}):
        shown(client, "/")
        shown(client, "/components/web-shop")
        assert "URL" in shown(client, OCTOBER, 503)
        assert "URL" in shown(client, "/reports/")


def test_a_database_that_is_away_is_said(client: Client, source: MadeUpSource) -> None:
    from django.db import OperationalError

    make_component()
    with patch(
        "otel_sla.models.Component.objects.using", side_effect=OperationalError("away")
    ):
        response = client.get(OCTOBER)
    assert response.status_code == 503
    assert "database" in response.content.decode()


def test_a_document_has_the_keys_of_the_schema(source: MadeUpSource) -> None:
    make_component()
    document = measured()
    described = Report.model_json_schema()
    assert list(document) == list(described["properties"])
    component = described["$defs"]["ReportedComponent"]["properties"]
    assert list(document["components"][0]) == list(component)
    assert json.loads(json.dumps(document)) == document
