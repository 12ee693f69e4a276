"""Excluding downtime in the admin: in the schedule's zone, with a preview."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import Mock, patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from otel_sla.accounting import parse_period
from otel_sla.models import Agreement, Component, Exclusion, Schedule
from otel_sla.reports.background import Failed, Pending
from otel_sla.reports.making import make
from otel_sla.reports.selection import Selection

from ..support.make import make_agreement, make_component, make_schedule, utc
from ..support.measured import MadeUpSource, forget, s, use

pytestmark = pytest.mark.django_db

ADD = "/admin/otel_sla/exclusion/add/"
LIST = "/admin/otel_sla/exclusion/"
FETCH = {"X-Requested-With": "fetch"}

CREATED = utc(2026, 10, 6, 7)
STORED: dict[str, Any] = {
    "start": utc(2026, 10, 5, 11),
    "end": utc(2026, 10, 5, 11, 30),
    "reason": "as agreed",
    "approved_by": "Ann",
    "created": CREATED,
    "created_by": "sam",
}


@pytest.fixture
def shop() -> Component:
    """Of Europe/London, open on weekdays from 09:00 to 17:00."""
    return make_component()


def form(owner: Any = None, **fields: Any) -> dict[str, Any]:
    kind = owner._meta.model_name if owner else ""
    return {
        "component": "",
        "agreement": "",
        "start": "2026-10-05 12:00",
        "end": "2026-10-05 12:30",
        "reason": "as agreed",
        "approved_by": "Ann",
        **({kind: owner.pk} if owner else {}),
        **fields,
    }


def change(row: Exclusion) -> str:
    return reverse("admin:otel_sla_exclusion_change", args=[row.pk])


def errors(client: Client, path: str, given: dict[str, Any]) -> dict[str, list[str]]:
    response = client.post(path, given)
    assert response.status_code == 200
    found: dict[str, list[str]] = response.context["adminform"].form.errors
    return {name: list(one) for name, one in found.items()}


def previewed(client: Client, given: dict[str, Any], path: str = ADD) -> str:
    response = client.post(path.removesuffix("/") + "/preview/", given, headers=FETCH)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_times_are_those_of_the_component_s_schedule(
    admin_client: Client, shop: Component
) -> None:
    response = admin_client.post(ADD, form(shop))
    assert response.status_code == 302, response.context["adminform"].form.errors
    made = Exclusion.objects.get()
    assert (made.start, made.end) == (utc(2026, 10, 5, 11), utc(2026, 10, 5, 11, 30))
    assert (made.component, made.component_name) == (shop, "web-shop")
    assert (made.reason, made.approved_by) == ("as agreed", "Ann")
    assert made.created_by == "admin"
    assert abs((datetime.now(UTC) - made.created).total_seconds()) < 600


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("2026-10-05", "2026-10-05", (utc(2026, 10, 4, 23), utc(2026, 10, 5, 23))),
        (
            "2026-10-05 12:00+02:00",
            "2026-10-05T10:00:30Z",
            (utc(2026, 10, 5, 10), utc(2026, 10, 5, 10, 0, 30)),
        ),
        # The pass of 01:30 that is meant is said.
        (
            "2026-10-25 01:30+01:00",
            "2026-10-25 01:30Z",
            (utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 1, 30)),
        ),
    ],
)
def test_an_offset_and_whole_days_are_taken(
    admin_client: Client,
    shop: Component,
    start: str,
    end: str,
    found: tuple[datetime, datetime],
) -> None:
    assert admin_client.post(ADD, form(shop, start=start, end=end)).status_code == 302
    made = Exclusion.objects.get()
    assert (made.start, made.end) == found


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"end": "2026-10-05 12:00"}, "end", "The end must be after the start."),
        ({"end": "2026-10-05 11:59"}, "end", "The end must be after the start."),
        ({"reason": " "}, "reason", "This field is required."),
        ({"start": ""}, "start", "This field is required."),
        (
            {"start": "noon"},
            "start",
            "'noon' is not a date and time. Use 2026-12-24 12:00, or with an offset "
            "from UTC 2026-12-24 12:00+01:00.",
        ),
        (
            {"end": "2026-10-25 01:30"},
            "end",
            "01:30 comes twice on 2026-10-25 in Europe/London. Use 2026-10-25 "
            "01:30+01:00 or 2026-10-25 01:30+00:00.",
        ),
        (
            {"start": "2026-03-29 01:30"},
            "start",
            "01:30 does not exist on 2026-03-29 in Europe/London: the clocks are put "
            "forward. Use another time.",
        ),
        (
            {"end": "2026-10-06"},
            "end",
            "It is not clear whether 2026-10-06 is included. Use 2026-10-07T00:00 if "
            "it is, or 2026-10-06T00:00 if not.",
        ),
        (
            {"start": "0001-01-01"},
            "start",
            "'0001-01-01' is out of range. Use a date from 1970-01-01 to before "
            "2100-01-01.",
        ),
        ({"end": "9999-12-31T23:59+14:00"}, "end", "is out of range"),
        (
            {"component": "", "agreement": ""},
            "component",
            "An exclusion applies to a component or an agreement. Choose exactly one "
            "of the two.",
        ),
        ({"component": "x"}, "component", "Select a valid choice."),
        ({"reason": "x" * 256}, "reason", "at most 255 characters"),
    ],
)
def test_an_error_is_beside_its_field(
    admin_client: Client,
    shop: Component,
    fields: dict[str, str],
    field: str,
    message: str,
) -> None:
    found = errors(admin_client, ADD, form(shop, **fields))
    assert list(found) == [field]
    assert message in " ".join(found[field])
    assert not Exclusion.objects.exists()


def test_both_of_a_component_and_an_agreement_are_refused(
    admin_client: Client, shop: Component
) -> None:
    found = errors(admin_client, ADD, form(shop, agreement=shop.agreement_id))
    assert found == {
        "agreement": [
            "An exclusion applies to a component or an agreement. Choose exactly one "
            "of the two."
        ]
    }


def test_the_zone_is_said_beside_the_times(
    admin_client: Client, shop: Component
) -> None:
    page = admin_client.get(ADD).content.decode()
    assert page.count("In the time zone of the schedule of the component") == 2
    Exclusion.objects.create(component=shop, **STORED)
    path = change(Exclusion.objects.get())
    page = admin_client.get(path).content.decode()
    assert page.count("In Europe/London, or with an offset") == 2
    assert 'value="2026-10-05 12:00"' in page


def test_a_change_is_logged_with_both_values(
    admin_client: Client, shop: Component
) -> None:
    row = Exclusion.objects.create(component=shop, **STORED)
    given = form(shop, end="2026-10-05 12:45", reason="as agreed on the phone")
    assert admin_client.post(change(row), given).status_code == 302
    entry = LogEntry.objects.get()
    assert entry.get_change_message() == (
        "Changed To: 2026-10-05 12:30 → 2026-10-05 12:45. "
        "Reason: as agreed → as agreed on the phone."
    )
    row.refresh_from_db()
    assert (row.end, row.created) == (utc(2026, 10, 5, 11, 45), CREATED)


def test_saving_it_as_it_is_changes_nothing(
    admin_client: Client, shop: Component
) -> None:
    times = {"start": utc(2026, 10, 25, 0, 30), "end": utc(2026, 10, 25, 1, 30)}
    row = Exclusion.objects.create(component=shop, **{**STORED, **times})
    page = admin_client.get(change(row))
    shown = page.context["adminform"].form
    assert shown["start"].value() == "2026-10-25 01:30+01:00"
    given = {name: shown[name].value() or "" for name in shown.fields}
    assert admin_client.post(change(row), given).status_code == 302
    assert LogEntry.objects.get().get_change_message() == "Changed nothing."
    row.refresh_from_db()
    assert {"start": row.start, "end": row.end} == times


def test_what_is_deleted_stays_in_the_history(
    admin_client: Client, shop: Component
) -> None:
    row = Exclusion.objects.create(component=shop, **STORED)
    path = reverse("admin:otel_sla_exclusion_delete", args=[row.pk])
    assert admin_client.post(path, {"post": "yes"}).status_code == 302
    entry = LogEntry.objects.get()
    assert entry.is_deletion()
    assert entry.object_repr == "web-shop 2026-10-05 11:00 to 11:30 UTC: as agreed"


def test_the_names_stay_when_what_it_is_of_is_deleted(
    admin_client: Client, shop: Component
) -> None:
    row = Exclusion.objects.create(component=shop, **STORED)
    other = Exclusion.objects.create(agreement=make_agreement("late"), **STORED)
    shop.delete()
    Agreement.objects.get(name="late").delete()
    page = admin_client.get(LIST).content.decode()
    assert "component web-shop (deleted)" in page
    assert "agreement late (deleted)" in page
    for one in (row, other):
        assert admin_client.get(change(one)).status_code == 200
    # It can still be corrected, without being of anything else.
    given = form(reason="as agreed then")
    assert admin_client.post(change(row), given).status_code == 302
    row.refresh_from_db()
    assert (row.component_name, row.reason) == ("web-shop", "as agreed then")
    assert (row.start, row.end) == (utc(2026, 10, 5, 12), utc(2026, 10, 5, 12, 30))


def test_the_list_says_who_excluded_what_when_and_why(
    admin_client: Client, shop: Component
) -> None:
    Exclusion.objects.create(component=shop, **STORED)
    nightly = make_schedule("nightly", timezone="UTC")
    silver = make_agreement("silver", schedule=nightly)
    Exclusion.objects.create(agreement=silver, **{**STORED, "reason": "moved"})
    page = " ".join(admin_client.get(LIST).content.decode().split())
    for said in (
        *("component web-shop", "2026-10-05 12:00 BST", "2026-10-05 12:30 BST"),
        *("agreement silver", "2026-10-05 11:00 UTC", "2026-10-05 11:30 UTC"),
        *("as agreed", "moved", "Ann", "sam", "2026-10-06 07:00 UTC"),
    ):
        assert said in page
    for asked, left in (
        ("of=component", ["as agreed"]),
        ("of=agreement", ["moved"]),
        ("of=deleted", []),
        (f"agreement__id__exact={silver.pk}", ["moved"]),
        ("q=web-shop", ["as agreed"]),
        ("created_by=sam", ["moved", "as agreed"]),
    ):
        rows = admin_client.get(f"{LIST}?{asked}").context["cl"].result_list
        assert [one.reason for one in rows] == left, asked


def test_the_list_asks_for_all_rows_at_once(
    admin_client: Client, shop: Component, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        Exclusion.objects.create(component=shop, **STORED)
    with django_assert_max_num_queries(12):
        admin_client.get(LIST)


def test_a_user_who_may_only_look_sees_no_form(client: Client, shop: Component) -> None:
    user = User.objects.create_user("jo", is_staff=True)
    permissions = Permission.objects.filter(content_type__app_label="otel_sla")
    user.user_permissions.add(permissions.get(codename="view_exclusion"))
    client.force_login(user)
    row = Exclusion.objects.create(component=shop, **STORED)
    page = client.get(change(row)).content.decode()
    assert "as agreed" in page
    assert 'name="reason"' not in page
    assert client.post(change(row), form(shop)).status_code == 403
    assert client.get(ADD).status_code == 403


def test_permissions_are_named_by_what_they_allow(db: None) -> None:
    of = Permission.objects.filter(content_type__app_label="otel_sla")
    names = dict(of.values_list("codename", "name"))
    assert names["view_issuedreport"] == "Can see SLA reports"
    assert names["add_issuedreport"] == "Can issue SLA reports"
    assert names["add_exclusion"] == "Can exclude downtime"
    assert not {"change_issuedreport", "delete_issuedreport"} & {*names}
    assert not [name for name in names if name.endswith("measurement")]


def test_without_a_source_the_preview_shows_the_service_time(
    admin_client: Client, shop: Component
) -> None:
    given = form(shop, start="2026-10-05 16:30", end="2026-10-05 18:00")
    text = previewed(admin_client, given)
    assert "Mon 2026-10-05 16:30 – 18:00 BST" in text
    assert "(Mon 2026-10-05 15:30 – 17:00 UTC): 30 min of service time" in text
    assert "the setting OTEL_SLA[&quot;PROMETHEUS&quot;] says where" in text
    assert (
        'October 2026</td><td data-label="Excused">0 s → <strong>30 min</strong>'
        in text
    )
    assert not Exclusion.objects.exists()


def test_an_invalid_form_has_a_preview_of_its_errors(
    admin_client: Client, shop: Component
) -> None:
    text = previewed(admin_client, form(shop, end="2026-10-05"))
    assert "Fix these to see the preview" in text
    assert 'href="#id_end"' in text
    assert "It is not clear whether 2026-10-05 is included" in text


OCTOBER = 22 * 8 * 3600
"""Service hours of October 2026, in seconds."""
MOMENT = s("2026-11-10T12:00")


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[MadeUpSource]:
    """A source that has measured October 2026, seen on 10 November."""
    forget()
    made_up = use(MadeUpSource(), monkeypatch)
    monkeypatch.setattr("otel_sla.admin.measured.configured", lambda: made_up)
    monkeypatch.setattr("otel_sla.admin.preview.time", Mock(time=lambda: MOMENT))
    yield made_up
    forget()


def measure(source: MadeUpSource) -> None:
    """Have October measured, as a report of it would."""
    make(parse_period("2026-10"), Selection(), MOMENT)
    source.asked.clear()


def test_the_preview_shows_what_becomes_of_the_figures(
    admin_client: Client, shop: Component, source: MadeUpSource
) -> None:
    # 634 s are allowed. At noon in London it is 11:00 UTC.
    source.down("web-shop", "2026-10-05T11:10", "2026-10-05T11:24")
    measure(source)
    text = previewed(admin_client, form(shop))
    before = Decimal(OCTOBER - 840) / OCTOBER * 100
    assert f"{before:.3f}"[:6] == "99.867"
    for change_of in (
        "99.867 % → <strong>100 %</strong>",
        "14 min → <strong>0 s</strong>",
        "0 s → <strong>30 min</strong>",
        "99.9 %: missed → <strong>met</strong>",
    ):
        assert change_of in text
    assert source.asked == []


def test_a_change_is_shown_against_what_is_saved(
    admin_client: Client, shop: Component, source: MadeUpSource
) -> None:
    source.down("web-shop", "2026-10-05T11:10", "2026-10-05T11:24")
    row = Exclusion.objects.create(component=shop, **STORED)
    Exclusion.objects.create(
        agreement=shop.agreement, **{**STORED, "end": utc(2026, 10, 5, 11, 15)}
    )
    measure(source)
    page = " ".join(admin_client.get(change(row)).content.decode().split())
    assert "Without the exclusion → with it" in page
    assert "9 min → <strong>0 s</strong>" in page
    assert "15 min → <strong>30 min</strong>" in page
    # A form as it was opened says the same.
    assert "Without the exclusion" in previewed(admin_client, form(shop), change(row))
    text = previewed(admin_client, form(shop, end="2026-10-05 12:20"), change(row))
    assert "Now → once this is saved" in text
    assert "0 s → <strong>4 min</strong>" in text
    assert "30 min → <strong>20 min</strong>" in text
    assert "99.9 %: met" in text


def test_an_exclusion_of_an_agreement_shows_its_components(
    admin_client: Client, shop: Component, source: MadeUpSource
) -> None:
    for number in range(12):
        make_component(f"c{number:02}", enabled=number != 3)
    make_component("other", agreement=make_agreement("other"))
    source.down("c00", "2026-10-05T11:10", "2026-10-05T11:24")
    measure(source)
    text = previewed(admin_client, form(shop.agreement))
    assert text.count('<th scope="row">') == 10
    assert "And 2 more components." in text
    for left_out in ("c03", "other</th>"):
        assert left_out not in text


def test_an_exclusion_over_two_months_shows_both(
    admin_client: Client, shop: Component, source: MadeUpSource
) -> None:
    given = form(shop, start="2026-10-31", end="2026-11-03 10:00")
    with patch("otel_sla.admin.measured.background.ask", return_value=Pending("")):
        text = previewed(admin_client, given)
    assert 'October 2026</td><td data-label="Excused">0 s </td>' in text
    assert 'November 2026</td><td data-label="Excused">0 s → <strong>9 h<' in text


def test_what_is_not_measured_yet_is_asked_for_in_the_background(
    admin_client: Client, shop: Component, source: MadeUpSource
) -> None:
    asked = Mock(return_value=Pending("3 of 31 days"))
    with patch("otel_sla.admin.measured.background.ask", asked):
        text = previewed(admin_client, form(shop))
    assert "The measurements are being fetched (3 of 31 days)." in text
    assert "0 s → <strong>30 min</strong>" in text
    assert source.asked == []
    work = asked.call_args.args[1]
    work(lambda progress: None)
    assert "100 %" in previewed(admin_client, form(shop))


def test_a_source_that_fails_is_told(
    admin_client: Client, shop: Component, source: MadeUpSource
) -> None:
    failed = Failed("https://prom.example does not answer.", MOMENT)
    with patch("otel_sla.admin.measured.background.ask", return_value=failed):
        text = previewed(admin_client, form(shop))
    assert "https://prom.example does not answer." in text
    assert "0 s → <strong>30 min</strong>" in text


def test_planned_work_has_no_figures_yet(
    admin_client: Client, shop: Component, source: MadeUpSource
) -> None:
    given = form(shop, start="2026-12-07 12:00", end="2026-12-07 12:30")
    text = previewed(admin_client, given)
    assert "Nothing is measured yet: the period is in the future." in text
    assert source.asked == []


def test_too_few_measurements_are_no_figure(
    admin_client: Client, shop: Component, source: MadeUpSource
) -> None:
    source.down("web-shop", "2026-10-01T00:00", "2026-10-05T11:10", None)
    measure(source)
    text = previewed(admin_client, form(shop))
    assert "not enough data: " in text
    assert "99.9 %: not known" in text


def test_a_component_that_can_not_be_evaluated_is_told(
    admin_client: Client, shop: Component
) -> None:
    Schedule.objects.update(timezone="Mars/Base")
    text = previewed(admin_client, form(shop))
    assert "web-shop can&#x27;t be evaluated: " in text
