"""The page that documents the API, made of its OpenAPI file."""

from __future__ import annotations

import json
import re
from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, override_settings
from jsonschema import Draft202012Validator

from otel_sla.web.api.examples import example
from otel_sla.web.api.reference import described, groups
from otel_sla.web.api.router import document

from ..support.processes import SAMPLE

pytestmark = pytest.mark.django_db

PATH = "/api/v1/docs"
DOCUMENT = document()
OPERATIONS = [
    operation
    for operations in DOCUMENT["paths"].values()
    for operation in operations.values()
]
ENDPOINTS = [one for some in groups(DOCUMENT, "").values() for one in some]
SCHEMAS = DOCUMENT["components"]["schemas"]


def test_every_endpoint_is_there_with_its_parameters(client: Client) -> None:
    text = client.get(PATH).content.decode()
    for operation in OPERATIONS:
        section = text.partition(f'<h2 id="{operation["operationId"]}">')[2]
        section = section.partition("</section>")[0]
        for parameter in operation.get("parameters", ()):
            assert f"<dt><code>{parameter['name']}</code>" in section
        for status in operation["responses"]:
            assert f"<dt>{status}</dt>" in section


def test_every_schema_is_there_and_links_lead_to_it(client: Client) -> None:
    text = client.get(PATH).content.decode()
    places = set(re.findall(r' id="([^"]+)"', text))
    assert {f"schema-{name}" for name in SCHEMAS} <= places
    links = set(re.findall(r' href="#([^"]+)"', text)) - {"main"}
    assert links <= places


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_example_is_valid_by_its_schema(name: str) -> None:
    schema = {**DOCUMENT, **SCHEMAS[name]}
    Draft202012Validator(schema).validate(example(SCHEMAS[name], SCHEMAS, "", name))


# Reports need more than the sample catalogue.
ANSWERED = [one for one in ENDPOINTS if "report" not in one.path]


@pytest.mark.parametrize("endpoint", ANSWERED, ids=lambda one: str(one.id))
def test_an_example_is_answered(endpoint: Any, admin_client: Client) -> None:
    call_command("load_catalogue", str(SAMPLE), verbosity=0)
    address = endpoint.request.removeprefix("curl '").removesuffix("'")
    answer = admin_client.get(address)
    assert answer.status_code == 200
    shown, real = json.loads(endpoint.answer), answer.json()
    if isinstance(real, list):
        shown, real = shown[0], real[0]
    assert set(shown) <= set(real)


def test_what_a_type_is_is_in_words() -> None:
    by_name = {one.name: one for one in described(DOCUMENT)}
    types = {
        field.name: "".join(part.text for part in field.type)
        for field in by_name["Component"].fields
    }
    assert types["labels"] == "object"
    assert types["agreement"] == "Promise"
    assert types["state"] == "State or null"


def test_the_page_needs_no_script_and_nothing_from_elsewhere(client: Client) -> None:
    response = client.get(PATH)
    assert response.status_code == 200
    assert "default-src 'none'" in response["Content-Security-Policy"]
    text = response.content.decode()
    assert text.count("<script") <= 1
    assert "style=" not in text
    assert not re.search(r'(src|href)="(https?:)?//', text)
    assert 'href="/api/v1/openapi.json"' in text
    assert client.post(PATH).status_code == 405


def test_the_page_is_for_readers(client: Client) -> None:
    with override_settings(OTEL_SLA={**settings.OTEL_SLA, "PUBLIC_STATUS": False}):
        assert client.get(PATH).status_code == 302
        client.force_login(User.objects.create_user("sam"))
        assert client.get(PATH).status_code == 200


def test_without_django_ninja_there_is_no_page(client: Client) -> None:
    missing = patch.dict("sys.modules", {"otel_sla.web.api.router": None})
    with missing, patch("otel_sla.web.pages.api_docs.has_api", return_value=False):
        response = client.get(PATH)
    assert response.status_code == 501
    assert "otel-sla[api]" in response.json()["detail"][0]["msg"]


def test_code_between_backticks_is_marked(client: Client) -> None:
    text = client.get(PATH).content.decode()
    assert "<code>[start, end)</code>" in text
    assert "`" not in text
