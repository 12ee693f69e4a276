"""A database that is away, and somebody who asks: where it is and who we are there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .processes import make_site

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
