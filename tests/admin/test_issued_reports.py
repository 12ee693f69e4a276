"""The admin shows issued reports, and lets nobody change or delete them."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from otel_sla.models import IssuedReport

from ..support.make import utc

pytestmark = pytest.mark.django_db

LIST = "/admin/otel_sla/issuedreport/"


def issued(day: int, **fields: Any) -> IssuedReport:
    return IssuedReport.objects.create(
        **{
            "period": "2026-10",
            "selection": "agreement gold",
            "document": {"period": "2026-10"},
            "digest": "ab" * 32,
            "issued": utc(2026, 11, day, 8, 30),
            "issued_by": "sam",
            **fields,
        }
    )


def change(report: IssuedReport) -> str:
    return reverse("admin:otel_sla_issuedreport_change", args=[report.pk])


@pytest.fixture
def reports() -> tuple[IssuedReport, IssuedReport]:
    """A report, and the one that superseded it."""
    first = issued(2)
    said = ["web-shop: availability was 99.8 %, is 99.9 % <b>."]
    return first, issued(3, supersedes=first, differences=said)


def test_the_list_says_what_was_issued_when_and_by_whom(
    admin_client: Client, reports: tuple[IssuedReport, IssuedReport]
) -> None:
    issued(4, selection="", period="2026-11")
    page = admin_client.get(LIST).content.decode()
    for said in (
        *("2026-10", "agreement gold", "all components", "sam"),
        *("2026-11-02 08:30 UTC", "2026-11-03 08:30 UTC"),
    ):
        assert said in page
    assert page.count('alt="False"') == 1


def test_a_report_s_page_names_the_differences_and_its_neighbours(
    admin_client: Client, reports: tuple[IssuedReport, IssuedReport]
) -> None:
    first, second = reports
    page = admin_client.get(change(second)).content.decode()
    assert "web-shop: availability was 99.8 %, is 99.9 % &lt;b&gt;." in page
    assert f'<a href="{change(first)}">the report issued 2026-11-02 08:30' in page
    assert "<wbr>".join(["ab" * 8] * 4) in page
    assert "What this means" not in page
    assert (
        f'<a href="{change(second)}">'
        in admin_client.get(change(first)).content.decode()
    )


def test_nobody_changes_deletes_or_adds_one(
    admin_client: Client, reports: tuple[IssuedReport, IssuedReport]
) -> None:
    first, _ = reports
    delete = reverse("admin:otel_sla_issuedreport_delete", args=[first.pk])
    posts = {
        change(first): {"period": "2027-01"},
        delete: {"post": "yes"},
        f"{LIST}add/": {"period": "2027-01"},
    }
    for path, form in posts.items():
        assert admin_client.post(path, form).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": first.pk, "post": "yes"}
    admin_client.post(LIST, chosen)
    assert IssuedReport.objects.filter(period="2026-10").count() == 2


def test_only_those_who_may_see_reports_see_them(
    client: Client, reports: tuple[IssuedReport, IssuedReport]
) -> None:
    user = User.objects.create_user("jo", is_staff=True)
    client.force_login(user)
    assert client.get(LIST).status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_issuedreport"))
    assert client.get(LIST).status_code == 200
    assert client.get(change(reports[0])).status_code == 200


def test_the_list_reads_no_document(
    admin_client: Client, django_assert_max_num_queries: Any
) -> None:
    for day in range(1, 20):
        issued(day)
    with django_assert_max_num_queries(10) as asked:
        admin_client.get(LIST)
    assert not [one for one in asked.captured_queries if "document" in one["sql"]]


def test_an_issued_report_is_saved_once() -> None:
    report = issued(2)
    report.period = "2027-01"
    with pytest.raises(ValueError, match="never changes"):
        report.save()
    report.refresh_from_db()
    assert report.period == "2026-10"


def test_selections_that_differ_in_case_are_two() -> None:
    issued(2)
    rows = IssuedReport.objects.filter(selection="agreement GOLD")
    assert not rows.exists()
