"""Admin sites of hosts: another beside the default one, or in place of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from otel_sla.admin import register
from otel_sla.models import Component, Override, Schedule

from ..ical.test_import_calendar import calendar, event
from ..support.make import make_agreement, make_component, make_schedule
from ..support.urls_of_admin_sites import EMPTY, ONLY_SCHEDULES, OPS, mounted
from .test_preview import form_of

pytestmark = pytest.mark.django_db
SITES = {
    "alone": mounted(ops=OPS),
    "beside the default": mounted(admin=admin.site, ops=OPS),
    "in front of the default": mounted(ops=OPS, admin=admin.site),
    "beside a default without the app": mounted(admin=EMPTY, ops=OPS),
}


@pytest.fixture
def shop() -> Component:
    """A component with more overrides than its page shows, of a schedule of another."""
    office = make_schedule("office")
    make_schedule("all").includes.add(office)
    shop = make_component("shop", agreement=make_agreement(schedule=office))
    first = datetime(2099, 1, 1, 12)
    Override.objects.bulk_create(
        Override(component=shop, kind="closed", start=at, end=at + timedelta(hours=1))
        for at in (first + timedelta(days=n) for n in range(40))
    )
    return shop


def links(text: str) -> set[str]:
    """Return the admin sites to which a page links."""
    return set(re.findall(r'href="/(?!static)(\w+)/otel_sla', text))


def in_ops(answer: Any) -> bool:
    """Return whether a page links to that site only, and names it for themes."""
    current: str = answer.wsgi_request.current_app
    return (current, links(answer.text)) == ("ops", {"ops"})


@pytest.mark.parametrize("urls", SITES.values(), ids=SITES)
def test_links_lead_to_the_admin_site_in_use(
    urls: Any, shop: Component, admin_client: Client, settings: Any
) -> None:
    settings.ROOT_URLCONF = urls
    office = Schedule.objects.get(name="office")
    at = "/ops/otel_sla"
    for path in (
        f"{at}/schedule/",
        f"{at}/schedule/{office.pk}/change/",
        f"{at}/component/{shop.pk}/change/",
        f"{at}/component/{shop.pk}/change/calendar/",
        f"{at}/component/{shop.pk}/history/",
    ):
        answer = admin_client.get(path)
        assert (path, answer.status_code) == (path, 200)
        assert in_ops(answer), path
    moved = {"action": "move", "_selected_action": shop.pk}
    assert in_ops(admin_client.post(f"{at}/component/", moved))


@pytest.mark.parametrize("urls", SITES.values(), ids=SITES)
def test_previews_and_imports_stay_in_the_admin_site_in_use(
    urls: Any, shop: Component, admin_client: Client, settings: Any
) -> None:
    settings.ROOT_URLCONF = urls
    office = Schedule.objects.get(name="office")
    change = f"/ops/otel_sla/schedule/{office.pk}/change/"
    page = admin_client.post(f"{change}preview/", form_of(office))
    assert page.status_code == 200
    assert "Used by 1 schedule" in page.text
    assert in_ops(page)
    upload = f"/ops/otel_sla/component/{shop.pk}/change/calendar/"
    start = datetime.now(UTC) + timedelta(days=9)
    file = calendar(event(f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT1H"))
    chosen = {
        "kind": "closed",
        "horizon": "365",
        "calendar": SimpleUploadedFile("a.ics", file),
    }
    shown = admin_client.post(upload, chosen)
    held, seen = shown.context["form"].held, shown.context["seen"]
    del chosen["calendar"]
    applied = {**chosen, "held": held, "seen": seen, "apply": "1"}
    answer = admin_client.post(upload, applied)
    assert answer["Location"] == f"/ops/otel_sla/component/{shop.pk}/change/"
    assert shop.overrides.filter(uid="upgrade").count() == 1


@pytest.mark.parametrize("urls", SITES.values(), ids=SITES)
def test_pages_link_to_an_admin_site_that_has_the_app(
    urls: Any, shop: Component, admin_client: Client, settings: Any
) -> None:
    settings.ROOT_URLCONF = urls
    expected = {"admin" if urls in list(SITES.values())[1:3] else "ops"}
    for path in ("/", "/components/shop", "/schedules/office"):
        assert links(admin_client.get(path).text) == expected, path


def test_without_an_admin_pages_link_to_none(
    shop: Component, admin_client: Client, settings: Any
) -> None:
    settings.ROOT_URLCONF = mounted()
    for path in ("/", "/components/shop", "/schedules/office", "/agreements/gold"):
        answer = admin_client.get(path)
        assert answer.status_code == 200
        assert not re.search('href="/admin|/otel_sla/component', answer.text), path


def test_a_site_with_some_of_the_models_counts_what_it_can_not_list(
    shop: Component, admin_client: Client, settings: Any
) -> None:
    settings.ROOT_URLCONF = mounted(few=ONLY_SCHEDULES, admin=admin.site)
    listed = admin_client.get("/few/otel_sla/schedule/?q=office")
    assert '<td class="field-used">1</td>' in listed.text
    assert links(listed.text) == {"few"}


class Theirs(admin.ModelAdmin):  # type: ignore[type-arg]
    list_per_page = 7


class TheirTable(admin.TabularInline):  # type: ignore[type-arg]
    verbose_name = "line"


def test_a_theme_s_classes_become_bases_of_the_app_s() -> None:
    site = admin.AdminSite(name="themed")
    for _ in range(2):
        register(site, Theirs, TheirTable)
    for model in (Schedule, Component, Override):
        model_admin = site.get_model_admin(model)
        assert isinstance(model_admin, Theirs)
        assert model_admin.list_per_page == 7
        assert type(model_admin).__name__ == f"{model.__name__}Admin"
    rules, overrides = site.get_model_admin(Schedule).inlines
    assert (issubclass(rules, TheirTable), issubclass(overrides, TheirTable)) == (
        False,
        True,
    )
