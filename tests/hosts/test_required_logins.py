"""Who is let in where a site has Django require a login for every view."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from otel_sla.models import FeedToken

from ..support.make import make_component

PAGES = ["/", "/timeline", "/components/web-shop"]


def require_logins(settings: Any, *, public: bool) -> None:
    """Be a site that has Django require a login for every view."""
    settings.OTEL_SLA = {**settings.OTEL_SLA, "PUBLIC_STATUS": public}
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]


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
    token = row.make(datetime.now(UTC))
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
