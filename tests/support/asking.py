"""Asking the JSON API through Django's own test client."""

from __future__ import annotations

import json
from typing import Any

from django.test import Client

API = "/api/v1/"
PERIOD = "?from=2026-03-27&until=2026-03-31"


def get(client: Client, endpoint: str) -> Any:
    """What a successful request is answered with."""
    response = client.get(API + endpoint)
    assert response.status_code == 200, response.content
    return response.json()


def told(response: Any) -> list[tuple[list[str | int], str]]:
    """Where and what is wrong, by a response that has to be a problem."""
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    detail = json.loads(response.content)["detail"]
    assert detail
    return [(problem["loc"], problem["msg"]) for problem in detail]
