"""Pages follow a site's language and formats; what machines read does not."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client, override_settings
from django.urls import reverse

from otel_sla import checks
from otel_sla.models import Schedule

from ..support.make import make_component, make_schedule, utc

pytestmark = pytest.mark.django_db

SECOND_PASS = utc(2026, 10, 25, 1, 30)
"""02:30 in Europe/Berlin, which comes twice that night."""

GERMAN: dict[str, Any] = {"LANGUAGE_CODE": "de", "USE_THOUSAND_SEPARATOR": True}
OWN_FORMATS = {**GERMAN, "FORMAT_MODULE_PATH": ["tests.support.site_formats"]}
LANGUAGES: dict[str, dict[str, Any]] = {
    "German": GERMAN,
    "Arabic": {**GERMAN, "LANGUAGE_CODE": "ar"},
    "formats of the site's own": OWN_FORMATS,
}
ENGLISH: dict[str, dict[str, Any]] = {
    "no translations": {"USE_I18N": False, "USE_THOUSAND_SEPARATOR": True},
    "local times": {"USE_TZ": False, "TIME_ZONE": "Europe/Berlin"},
    "far off": {"TIME_ZONE": "Pacific/Chatham"},
}
FORMATS = LANGUAGES | ENGLISH

FOR_MACHINES = r'\b(?:class|d|datetime|href|value|viewBox|width|x[12]?)="[^"]*"'
"""Attributes that browsers, scripts and style sheets read."""

LOCALE = "django.middleware.locale.LocaleMiddleware"


@pytest.fixture(autouse=True)
def twice() -> Any:
    with patch("time.time", SECOND_PASS.timestamp):
        yield


def pages_of(client: Client) -> dict[str, str]:
    paths = [
        *("/", "/timeline", "/components/always", "/components/night"),
        *("/metrics", "/api/v1/components", "/api/v1/components/night"),
    ]
    found = {}
    for path in paths:
        response = client.get(path)
        assert response.status_code == 200
        # No number of components is above 999 here.
        found[path] = re.sub(".*(duration|http).*", "", response.content.decode())
    return found


@pytest.fixture
def rows() -> None:
    always = make_schedule("always", (), timezone="Europe/Berlin", always_open=True)
    make_component("always", agreement=agreement(always))
    saturdays = {"weekdays": "sat", "start": "22:00", "end": "02:30"}
    night = make_schedule("night", (saturdays,), timezone="Europe/Berlin")
    make_component("night", agreement=agreement(night))


def agreement(schedule: Any) -> Any:
    return schedule.agreements.create(name=schedule.name, target="99.9")


@pytest.mark.usefixtures("rows", "scrapes")
@pytest.mark.parametrize("formats", ENGLISH.values(), ids=ENGLISH)
def test_english_pages_are_the_same_whatever_the_site_s_settings_are(
    formats: dict[str, Any], client: Client
) -> None:
    before = pages_of(client)
    with override_settings(**formats):
        assert pages_of(client) == before


@pytest.mark.usefixtures("rows", "scrapes")
@pytest.mark.parametrize("formats", LANGUAGES.values(), ids=LANGUAGES)
def test_what_machines_read_is_the_same_in_every_language(
    formats: dict[str, Any], client: Client
) -> None:
    before = pages_of(client)
    with override_settings(**formats):
        after = pages_of(client)
    for path, page in before.items():
        if path.startswith(("/metrics", "/api")):
            assert after[path] == page
        else:
            found = re.findall(FOR_MACHINES, after[path])
            assert found == re.findall(FOR_MACHINES, page)
            assert len(found) > 100


@pytest.mark.usefixtures("rows", "scrapes")
def test_programs_are_answered_in_english_whatever_language_they_accept(
    client: Client,
) -> None:
    Schedule.objects.filter(name="night").update(timezone="Mars/Olympus")
    for path in (
        *("/metrics", "/readyz", "/api/v1/openapi.json", "/api/v1/components"),
        *("/api/v1/schedules/nowhere", "/api/v1/schedules/night"),
        *("/api/v1/components?state=ajar", "/api/v1/components?label=payments"),
        *("/calendar/guessed/all.ics", "/api/v1/components/night/windows"),
    ):
        english, german = (
            re.sub(".*(duration|http).*", "", client.get(path, headers=one).text)
            for one in ({}, {"Accept-Language": "de"})
        )
        assert german == english
        assert english


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("formats", "day", "target"),
    [(GERMAN, "So 25.10.2026", "99,9 %"), (OWN_FORMATS, "So 25~10~26", "99·9 %")],
    ids=["Django's", "its own"],
)
def test_pages_have_the_formats_of_a_site_without_the_middleware_for_languages(
    formats: dict[str, Any], day: str, target: str, client: Client
) -> None:
    middleware = [one for one in settings.MIDDLEWARE if one != LOCALE]
    with override_settings(MIDDLEWARE=middleware, **formats):
        pages = [
            client.get(path, headers={"Accept-Language": "en"}).content.decode()
            for path in ("/", "/components/night")
        ]
    assert all(target in page for page in pages)
    assert f"{day} 02:30 CET</time>" in pages[1]


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("formats", FORMATS.values(), ids=FORMATS)
def test_the_admin_s_preview_is_drawn_alike_whatever_the_site_s_formats_are(
    formats: dict[str, Any], admin_client: Client
) -> None:
    form = {
        "name": "new",
        "timezone": "Europe/Berlin",
        "always_open": "on",
        "rules-TOTAL_FORMS": "0",
        "rules-INITIAL_FORMS": "0",
        "overrides-TOTAL_FORMS": "0",
        "overrides-INITIAL_FORMS": "0",
    }
    url = reverse("admin:otel_sla_schedule_preview_new")
    fetch = {"X-Requested-With": "fetch"}
    before = re.findall(FOR_MACHINES, admin_client.post(url, form, headers=fetch).text)
    assert 'width="1000"' in before
    with override_settings(**formats):
        after = admin_client.post(url, form, headers=fetch).text
    assert re.findall(FOR_MACHINES, after) == before


@pytest.mark.usefixtures("rows")
def test_times_that_come_twice_have_their_zone_s_abbreviation(
    client: Client,
) -> None:
    page = client.get("/components/night").content.decode()
    assert "Sun 2026-10-25 02:30 CET</time> in Europe/Berlin" in page
    assert "Sun 2026-10-25 02:30 CEST</time></td>" in page


@pytest.mark.usefixtures("rows")
@override_settings(TIME_ZONE="Asia/Tokyo")
def test_the_age_of_rows_is_in_utc_in_a_site_of_another_zone(client: Client) -> None:
    client.get("/")
    later = SECOND_PASS.timestamp() + 60
    gone = patch(
        "otel_sla.database.consistent_read.read", side_effect=OperationalError("gone")
    )
    with gone, patch("time.time", lambda: later):
        page = client.get("/").content.decode()
    assert "Showing data from" in page
    assert ">2026-10-25 01:30:00 UTC</time>" in page


ENGINE = {"BACKEND": "django.template.backends.django.DjangoTemplates"}
FINDING = {
    "in the folders of apps": ({"APP_DIRS": True}, False),
    "in no folder": ({"APP_DIRS": False}, True),
}


@pytest.mark.parametrize(("engine", "warned"), FINDING.values(), ids=FINDING)
def test_a_site_whose_engine_does_not_find_the_pages_is_told_what_would(
    engine: dict[str, Any], warned: bool
) -> None:
    with override_settings(TEMPLATES=[{**ENGINE, **engine}]):
        found = checks.check_templates(None)
    assert [one.id for one in found] == ["otel_sla.W019"] * warned
    for one in found:
        assert "no template engine finds otel_sla/status.html" in one.msg
        assert "APP_DIRS = True" in str(one.hint)


@override_settings(TEMPLATES=[], ROOT_URLCONF="django.conf.urls.i18n")
def test_a_site_without_the_pages_needs_no_template_engine() -> None:
    assert checks.check_templates(None) == []
