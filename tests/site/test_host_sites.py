"""Sites of others that include otel_sla: who is let in, and what need not be there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from otel_sla.models import FeedToken
from otel_sla.telemetry.scrape import Scrapes

from ..support.make import make_component

PAGES = ["/", "/timeline", "/components/web-shop"]


TOKEN = "a-token-of-these-tests"


def require_logins(settings: Any, *, public: bool) -> None:
    """Be a site that has Django require a login for every view."""
    settings.OTEL_SLA = {**settings.OTEL_SLA, "PUBLIC_STATUS": public}
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]


@pytest.mark.django_db
def test_metrics_are_scraped_where_the_site_requires_logins(
    client: Client, settings: Any, scrapes: Scrapes
) -> None:
    make_component()
    require_logins(settings, public=False)
    tokens = {"METRICS_TOKENS": [TOKEN], "PUBLIC_METRICS": False}
    settings.OTEL_SLA = {**settings.OTEL_SLA, **tokens}
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", headers=bearer).status_code == 200
    assert client.get("/metrics").status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    "feed", ["all.ics", "select.ics?component=web-shop", "components/web-shop.ics"]
)
def test_a_feed_s_token_is_enough_where_the_site_requires_logins(
    feed: str, client: Client, settings: Any
) -> None:
    make_component()
    require_logins(settings, public=False)
    row = FeedToken(name="ops")
    token = row.make(timezone.now())
    row.save()
    assert client.get(f"/calendar/{token}/{feed}").status_code == 200
    assert client.get(f"/calendar/never-was/{feed}").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("public", "status"), [(True, 200), (False, 302)])
def test_pages_are_as_public_as_told_where_the_site_requires_logins(
    page: str, public: bool, status: int, client: Client, settings: Any
) -> None:
    make_component()
    require_logins(settings, public=public)
    assert client.get(page).status_code == status


WITHOUT_LOGINS = """
import django
from django.conf import settings
from django.urls import include, path

settings.configure(
    INSTALLED_APPS=["otel_sla"],
    DATABASES={{
        "default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": {name!r}}}
    }},
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    BASE_DIR={root!r},
    OTEL_SLA={{"METRICS_TOKENS": [{token!r}]}},
)
django.setup()
urlpatterns = [path("windows/", include("otel_sla.urls"))]

from django.core.management import call_command
from django.test import Client

call_command("migrate", verbosity=0)
call_command("load_catalogue", "otel_sla/sample_catalogue.yaml", verbosity=0)
for path in ["metrics", "", "timeline", "api/v1/components", "calendar/x/all.ics"]:
    bearer = {{"authorization": "Bearer " + {token!r}}}
    response = Client().get(f"/windows/{{path}}", headers=bearer)
    print(response.status_code, path, response.content.decode()[:120].strip())
"""


def test_a_site_without_logins_and_admin_is_scraped_and_says_why_pages_are_shut(
    tmp_path: Path,
) -> None:
    root = Path(__file__).parents[2]
    name = str(tmp_path / "db.sqlite3")
    program = WITHOUT_LOGINS.format(root=str(root), name=name, token=TOKEN)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [line[:3] for line in done.stdout.splitlines() if line[:3].isdigit()] == [
        "200",
        "403",
        "403",
        "401",
        "404",
    ]
    assert "this site has no logins" in done.stdout
