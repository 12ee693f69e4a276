"""A calendar is uploaded, seen, and applied as it was seen, by those who may."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from otel_sla.admin import calendar_form
from otel_sla.language.log_entries import in_words
from otel_sla.models import Component, Override, Schedule

from ..ical.test_calendar_mails import mail
from ..ical.test_import_calendar import calendar, event, tomorrow
from ..support.make import make_component, make_schedule

pytestmark = pytest.mark.django_db

OPTIONS = {"kind": "closed", "horizon": "365", "tentative": "on", "free": "on"}


def url(row: Any) -> str:
    return reverse(f"admin:otel_sla_{row._meta.model_name}_calendar", args=[row.pk])


def work(*lines: str, uid: str = "upgrade", summary: str = "Upgrade") -> str:
    return event(f"DTSTART;VALUE=DATE:{tomorrow()}", *lines, uid=uid, summary=summary)


def upload(client: Client, row: Any, content: bytes, name: str = "x.ics") -> str:
    file = SimpleUploadedFile(name, content)
    response = client.post(url(row), {**OPTIONS, "calendar": file, "show": "1"})
    assert response.status_code == 200
    return response.content.decode()


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="(held|seen)" value="(.*?)">', page)
    return dict(found)


def confirm(client: Client, row: Any, page: str, **changes: str) -> Any:
    form = {**OPTIONS, **hidden(page), "apply": "1", **changes}
    return client.post(url(row), form)


@pytest.fixture
def shop() -> Component:
    return make_component()


def test_a_calendar_is_shown_then_applied_and_the_history_says_who(
    shop: Component, admin_client: Client, admin_user: User
) -> None:
    gone = Override.objects.create(
        component=shop,
        start=datetime(2099, 1, 1),
        end=datetime(2099, 1, 2),
        kind="closed",
        uid="gone",
    )
    lines = event("DTSTART:20990101T000000Z", "STATUS:CANCELLED", uid="gone")
    page = upload(admin_client, shop, calendar(work(), lines))
    assert "Added: 1. Changed: 0. Deleted: 1. Unchanged: 0. Past: 0." in page
    assert "<td>closed 2099-01-01 00:00 to 2099-01-02 00:00</td><td></td>" in page
    assert "Compared with the saved version: <strong>" in page
    assert "for 1 component." in page
    assert [row.pk for row in Override.objects.all()] == [gone.pk]
    assert confirm(admin_client, shop, page).status_code == 302
    (row,) = Override.objects.all()
    assert (row.component, row.reason, row.uid) == (shop, "Upgrade", "upgrade")
    (entry,) = LogEntry.objects.all()
    assert (entry.user, entry.object_id) == (admin_user, str(shop.pk))
    assert in_words(entry) == (
        f"Imported the calendar x.ics. Added override {row}. "
        "Deleted override closed 2099-01-01 00:00 to 2099-01-02 00:00."
    )


def test_a_schedule_s_calendar_shows_what_becomes_of_the_schedules_with_it(
    admin_client: Client,
) -> None:
    schedule = make_component().agreement.schedule
    other = make_schedule("both", rules=())
    other.includes.add(schedule)
    whole = work("DURATION:P7D")
    page = upload(admin_client, schedule, calendar(whole))
    assert "Used by 1 schedule, for 0 components" in page
    assert page.count("<strong>") >= 3
    assert "no difference" not in page
    assert confirm(admin_client, schedule, page).status_code == 302
    assert Override.objects.get().schedule == schedule


def test_a_change_names_the_override_before_and_after(
    shop: Component, admin_client: Client
) -> None:
    page = upload(admin_client, shop, calendar(work()))
    assert (page.count(">Before</th>"), page.count(">After</th>")) == (0, 1)
    confirm(admin_client, shop, page)
    later = calendar(work("DURATION:P2D", "SEQUENCE:1", summary="Longer"))
    page = upload(admin_client, shop, later)
    assert (page.count(">Before</th>"), page.count(">After</th>")) == (1, 1)
    before = str(Override.objects.get())
    confirm(admin_client, shop, page)
    after = str(Override.objects.get())
    assert f"<td>{before}</td><td>{after}</td>" in page
    newest = LogEntry.objects.order_by("-pk")[0]
    assert in_words(newest).endswith(f"Changed override {before} → {after}.")


def test_what_was_not_seen_is_not_applied(
    shop: Component, admin_client: Client
) -> None:
    page = upload(admin_client, shop, calendar(work()))
    answer = confirm(admin_client, shop, page, kind="open")
    assert "Not applied: what it changes is not what" in answer.content.decode()
    assert not Override.objects.exists()
    assert confirm(admin_client, shop, page, seen="").status_code == 200
    assert not Override.objects.exists()
    assert (
        confirm(admin_client, shop, answer.content.decode(), kind="open").status_code
        == 302
    )
    assert Override.objects.get().kind == "open"


def test_the_options_are_those_of_the_command(
    shop: Component, admin_client: Client
) -> None:
    zone = "X-WR-TIMEZONE:Asia/Tokyo\r\n"
    weekly = "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=3"
    series = event(f"DTSTART:{tomorrow()}T120000", *weekly)
    page = upload(admin_client, shop, calendar(zone, series))
    assert "Added: 3." in page
    held = hidden(page)["held"]
    short = admin_client.post(
        url(shop), {**OPTIONS, "horizon": "10", "own_zone": "on", "held": held}
    )
    text = short.content.decode()
    assert "Added: 2." in text
    assert re.search(r"closed \d{4}-\d\d-\d\d 0[34]:00", text)
    confirm(admin_client, shop, text, horizon="10", own_zone="on")
    other = calendar(work(uid="other"))
    page = upload(admin_client, shop, other)
    assert "Not in the calendar, but kept: 2 imported overrides." in page
    pruned = confirm(admin_client, shop, page, prune="on").content.decode()
    assert "Deleted: 2." in pruned


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html>", "x.ics, line 1: The file does not begin with BEGIN:VCALENDAR"),
        (calendar(), "x.ics: The file has no events."),
        (b"x" * 1_000_001, "The file is larger than 1 MB. Use manage.py"),
        (mail().as_bytes(), "The mail has no calendar"),
        (b"", "The submitted file is empty."),
    ],
)
def test_what_is_no_calendar_is_an_error_of_the_form(
    content: bytes, said: str, shop: Component, admin_client: Client
) -> None:
    page = upload(admin_client, shop, content)
    assert said in page
    assert 'name="apply"' not in page


def test_what_is_not_imported_is_told_with_its_reason(
    shop: Component, admin_client: Client
) -> None:
    newer = calendar(work("SEQUENCE:1"))
    confirm(admin_client, shop, upload(admin_client, shop, newer))
    page = upload(
        admin_client,
        shop,
        calendar(
            work("DURATION:P2D"),
            work("X-MAINTNOTE-IMPACT:NO-IMPACT", uid="unnoticed"),
            work("RRULE:FREQ=SECONDLY", uid="often"),
        ),
    )
    assert "Older than what was imported: 1." in page
    assert "Events left out: 1 without impact." in page
    assert "often &#x27;Upgrade&#x27; repeats SECONDLY" in page


def test_a_message_can_not_prune(shop: Component, admin_client: Client) -> None:
    page = upload(admin_client, shop, calendar("METHOD:CANCEL\r\n", work()))
    answer = confirm(admin_client, shop, page, prune="on")
    assert "without deleting what is not in it" in answer.content.decode()


def test_without_a_file_the_form_asks_for_one(
    shop: Component, admin_client: Client
) -> None:
    answer = admin_client.post(url(shop), {**OPTIONS, "show": "1"})
    assert "Choose a file." in answer.content.decode()


def test_a_mail_in_another_charset_is_carried_as_it_is(
    shop: Component, admin_client: Client
) -> None:
    content = calendar(work(summary="Störung")).decode().encode("latin-1")
    raw = b"Content-Type: text/calendar; charset=iso-8859-1\r\n\r\n" + content
    page = upload(admin_client, shop, raw, "störung.eml")
    confirm(admin_client, shop, page)
    assert Override.objects.get().reason == "Störung"


def test_what_is_carried_is_signed_for_a_user_a_row_and_an_hour(
    shop: Component, admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = upload(admin_client, shop, calendar(work()))
    old = "The upload is more than an hour old"
    held = hidden(page)["held"]
    for row, text in (
        (make_component("till"), held),
        (shop.agreement.schedule, held),
        (shop, held[:-1]),
    ):
        assert (
            old
            in admin_client.post(url(row), {**OPTIONS, "held": text}).content.decode()
        )
    sam = User.objects.create_superuser("sam", password="x")
    client = Client()
    client.force_login(sam)
    assert old in confirm(client, shop, page).content.decode()
    monkeypatch.setattr(calendar_form, "_HOUR", -1)
    assert old in confirm(admin_client, shop, page).content.decode()
    assert not Override.objects.exists()


def test_a_calendar_that_the_site_would_not_take_back_is_refused_at_once(
    shop: Component, admin_client: Client, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10_100
    page = upload(admin_client, shop, calendar(work()))
    assert "too large for this site&#x27;s DATA_UPLOAD_MAX_MEMORY_SIZE" in page


def test_a_name_and_a_title_can_do_nothing_to_the_page(
    shop: Component, admin_client: Client
) -> None:
    evil = "<script>alert(1)</script>"
    page = upload(admin_client, shop, calendar(work(summary=evil)), f"{evil}.ics")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_long_history_is_cut(shop: Component, admin_client: Client) -> None:
    page = upload(admin_client, shop, calendar(work("RRULE:FREQ=DAILY")))
    assert "more changes." in page
    confirm(admin_client, shop, page)
    message = in_words(LogEntry.objects.get())
    assert message.count("Added override") == 50
    assert message.endswith("more changes.")


@pytest.mark.parametrize("model", ["component", "schedule"])
@pytest.mark.parametrize("missing", ["change", "add", "override"])
def test_who_may_not_change_all_of_it_may_not_upload(
    missing: str, model: str, shop: Component, client: Client
) -> None:
    names = {
        f"change_{model}",
        f"view_{model}",
        *(f"{verb}_override" for verb in ("view", "add", "change", "delete")),
    }
    lost = {
        "change": {f"change_{model}"},
        "add": {"add_override"},
        "override": {"add_override", "change_override", "delete_override"},
    }[missing]
    user = User.objects.create_user("sam", is_staff=True)
    row = shop if model == "component" else shop.agreement.schedule
    change = reverse(f"admin:otel_sla_{model}_change", args=[row.pk])
    client.force_login(user)
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    assert "Import a calendar" in client.get(change).content.decode()
    assert client.get(url(row)).status_code == 200
    user.user_permissions.set(Permission.objects.filter(codename__in=names - lost))
    assert "Import a calendar" not in client.get(change).content.decode()
    for answer in (client.get(url(row)), client.post(url(row), OPTIONS)):
        assert answer.status_code == 403


def test_a_row_that_is_not_there_and_a_forged_request_are_refused(
    shop: Component, admin_user: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    page = reverse("admin:otel_sla_schedule_calendar", args=[999_999])
    assert client.get(page).status_code == 404
    assert client.post(url(shop), OPTIONS).status_code == 403
    assert Schedule.objects.exists()
