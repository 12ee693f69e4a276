"""A database that is away, and somebody who asks: where it is and who we are there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import OperationalError
from django.test import Client

from otel_sla.models import FeedToken

from ..support.processes import make_site

ASK = """
import json, logging
from django.test import Client
logging.disable()
client = Client(headers={"host": "localhost"})
client.cookies["sessionid"] = "a" * 32
said = {}
for path in PATHS:
    response = client.get(path)
    said[path] = [response.status_code, response.content.decode()]
print(json.dumps(said))
"""
PATHS = (
    *("/", "/timeline", "/components/x", "/readyz", "/healthz", "/metrics"),
    *("/api/v1/components", "/api/v1/schedules", "/calendar/guessed/all.ics"),
)


PUBLIC = 'OTEL_SLA["PUBLIC_STATUS"] = True'
ATOMIC = 'DATABASES["default"]["ATOMIC_REQUESTS"] = True'


@pytest.mark.parametrize("added", ["", PUBLIC, ATOMIC])
def test_nobody_learns_of_the_database_from_its_being_away(
    added: str, tmp_path: Path
) -> None:
    site = make_site(
        tmp_path,
        DATABASE_URL="postgresql://secret_user@127.0.0.1:9/secret_name",
        DJANGO_PUBLIC_METRICS="",
    ).having_settings("away", added)
    said = json.loads(site.manage("shell", "-v0", "-c", f"PATHS = {PATHS!r}\n{ASK}"))
    status = {path: code for path, (code, _) in said.items()}
    assert status == {**dict.fromkeys(PATHS, 503), "/healthz": 200, "/metrics": 403}
    for path, (_, text) in said.items():
        assert "127.0.0.1" not in text, path
        assert "secret" not in text, path


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        *("/", "/timeline", "/components/x", "/readyz", "/calendar/TOKEN/all.ics"),
        *("/api/v1/components", "/api/v1/schedules"),
    ],
)
def test_nobody_fills_the_log_by_asking_again_and_again(
    path: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    _, token = FeedToken.objects.issue("ops", datetime.now(UTC))
    gone = OperationalError("gone from db:5432")
    with (
        patch("otel_sla.database.consistent_read.read", side_effect=gone),
        patch("otel_sla.database.consistent_read.connect", side_effect=gone),
    ):
        for _ in range(20):
            response = client.get(path.replace("TOKEN", token))
            assert response.status_code == 503
    assert 1 <= len(caplog.messages) <= 2
    assert all("gone from db:5432" in one for one in caplog.messages)


@pytest.mark.parametrize(
    "path", ["/metrics", "/healthz", "/readyz", "/api/v1/schedules"]
)
def test_nobody_fills_the_log_by_methods_that_are_none(
    path: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PURGE"):
        response = client.generic(method, path)
        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD"
    assert caplog.messages == []
