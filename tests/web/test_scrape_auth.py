"""Who may scrape: nobody but those with a token, unless the site says otherwise."""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncClient, Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from otel_sla.telemetry.scrape import Scrapes
from otel_sla.web import scrape_auth, scrape_tokens

from ..support.make import make_component

OLD, NEW = "the-token-of-yesterday", "the-token-of-tomorrow"


@pytest.fixture(autouse=True)
def no_refusals_before() -> Iterator[None]:
    scrape_auth.refusals.forget()
    yield
    scrape_auth.refusals.forget()


def let_in(settings: Settings, **changes: Any) -> None:
    """Be a site that is not public, and says who may scrape."""
    settings.OTEL_SLA = {**settings.OTEL_SLA, "PUBLIC_METRICS": False, **changes}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def status(client: Client, token: str | None = None) -> int:
    headers = {} if token is None else bearer(token)
    return client.get("/metrics", headers=headers).status_code


@pytest.mark.django_db
def test_every_token_of_a_rotation_opens_the_metrics(
    client: Client, settings: Settings, scrapes: Scrapes
) -> None:
    make_component()
    let_in(settings, METRICS_TOKENS=(OLD, NEW))
    for token in (OLD, NEW):
        response = client.get("/metrics", headers=bearer(token))
        assert response.status_code == 200
        assert b'component="web-shop"' in response.content
    let_in(settings, METRICS_TOKENS=[NEW])
    assert [status(client, one) for one in (OLD, NEW)] == [401, 200]


@pytest.mark.django_db
def test_debug_mode_and_the_setting_open_them_to_everybody(
    client: Client, settings: Settings, scrapes: Scrapes
) -> None:
    let_in(settings, METRICS_TOKENS=[OLD])
    assert status(client) == 401
    settings.DEBUG = True
    assert status(client) == 200
    settings.DEBUG = False
    let_in(settings, METRICS_TOKENS=[OLD], PUBLIC_METRICS=True)
    assert status(client) == 200


def test_without_a_word_about_it_they_are_shut_and_say_what_to_set(
    client: Client, settings: Settings
) -> None:
    settings.OTEL_SLA = {}
    response = client.get("/metrics", headers=bearer(OLD))
    assert response.status_code == 403
    for name in ("METRICS_TOKENS", "METRICS_TOKEN_FILE", "PUBLIC_METRICS"):
        assert f'OTEL_SLA["{name}"]' in response.content.decode()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        OLD,
        f"Basic {OLD}",
        f"Token {OLD}",
        f"Bearer {NEW}",
        f"Bearer {OLD}x",
        f"Bearer {OLD[:-1]}",
        f"Bearer {OLD.upper()}",
        f"Bearer {OLD}, Bearer {NEW}",
        f"Bearer {OLD},Bearer {OLD}",
        f"Bearer Bearer {OLD}",
        f"Bearer {OLD} {OLD}",
        f"Bearer {OLD}\x00",
        f"Bearer {OLD}é",
        f"Bearer\t{OLD}",
        f"Bearer {'x' * 100_000}",
    ],
)
def test_what_is_not_the_token_is_401_and_says_what_is_needed(
    header: str | None,
    client: Client,
    settings: Settings,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    let_in(settings, METRICS_TOKENS=[OLD])
    headers = {} if header is None else {"authorization": header}
    # No database mark: a query would fail the test.
    response = client.get("/metrics", headers=headers)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="metrics"'
    assert response["Cache-Control"] == "no-store"
    assert "token" in response.content.decode()
    assert OLD not in response.content.decode()


@pytest.mark.parametrize("header", [f"bearer {OLD}", f"BEARER   {OLD} "])
def test_the_scheme_is_written_as_http_allows(
    header: str, client: Client, settings: Settings
) -> None:
    let_in(settings, METRICS_TOKENS=[OLD])
    # 503: let in, to where these tests have nothing to serve.
    response = client.get("/metrics", headers={"authorization": header})
    assert response.status_code == 503


@pytest.mark.parametrize("blank", [[""], ["", "  "], []])
def test_a_blank_token_is_none(
    blank: list[str], client: Client, settings: Settings
) -> None:
    let_in(settings, METRICS_TOKENS=blank)
    assert status(client, "") == 403


def test_a_token_in_the_address_or_a_cookie_opens_nothing(
    client: Client, settings: Settings
) -> None:
    let_in(settings, METRICS_TOKENS=[OLD])
    client.cookies["token"] = client.cookies["Authorization"] = OLD
    for name in ("token", "access_token", "bearer", "authorization"):
        assert client.get("/metrics", {name: OLD}).status_code == 401


def test_nothing_is_collected_for_those_who_are_refused(
    client: Client, settings: Settings, scrapes: Scrapes, monkeypatch: Any
) -> None:
    let_in(settings, METRICS_TOKENS=[OLD])

    def answer(self: Scrapes, *headers: str) -> None:
        pytest.fail("something was collected")

    monkeypatch.setattr(Scrapes, "answer", answer)
    assert status(client, NEW) == 401


async def _asked_under_asgi(token: str) -> int:
    response = await AsyncClient().get("/metrics", headers=bearer(token))
    return response.status_code


def test_it_is_the_same_under_asgi(settings: Settings) -> None:
    from asgiref.sync import async_to_sync

    let_in(settings, METRICS_TOKENS=[OLD])
    asked = async_to_sync(_asked_under_asgi)
    assert [asked(NEW), asked(OLD)] == [401, 503]


def test_a_file_of_tokens_is_read_anew_at_every_request(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"\ufeff# of Prometheus\n\n  {OLD}  \r\n# {NEW}\n", "utf-8")
    let_in(settings, METRICS_TOKEN_FILE=str(file))
    before = file.stat()
    assert [status(client, one) for one in (OLD, NEW)] == [503, 401]
    # Of the same length, and the same time.
    file.write_text(f"\ufeff# of Prometheus\n\n  {NEW}   \r\n# {OLD}\n", "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [status(client, one) for one in (OLD, NEW)] == [401, 503]
    assert status(client, "#") == 401


UNUSABLE = {
    "absent": "can't be read: No such file or directory",
    "empty": "has no token: write one token a line",
    "comments": "has no token: write one token a line",
    "a directory": "is not a regular file",
    "a pipe": "is not a regular file",
    "too large": "has more than 65,536 bytes",
    "no text": "can't be read: it is not UTF-8 text",
}


def make_unusable(kind: str, file: Path) -> None:
    match kind:
        case "empty":
            file.write_text("")
        case "comments":
            file.write_text(f"# {NEW}\n\n")
        case "a directory":
            file.mkdir()
        case "a pipe":
            os.mkfifo(file)
        case "too large":
            file.write_text(f"{NEW}\n" * 10_000)
        case "no text":
            file.write_bytes(b"\xff\xfe\n" + NEW.encode())


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_file_that_can_not_be_used_lets_nobody_in_and_the_log_says_why(
    kind: str,
    client: Client,
    settings: Settings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = tmp_path / "tokens"
    make_unusable(kind, file)
    let_in(settings, METRICS_TOKEN_FILE=file)
    response = client.get("/metrics", headers=bearer(NEW))
    assert response.status_code == 401
    assert str(file) not in response.content.decode()
    assert f"{file} {UNUSABLE[kind]}" in caplog.text
    assert status(client) == 401
    # Those of the settings are not of the file.
    let_in(settings, METRICS_TOKEN_FILE=file, METRICS_TOKENS=[OLD])
    assert [status(client, one) for one in (OLD, NEW)] == [503, 401]


def test_the_user_that_may_not_read_the_file_is_named(
    client: Client,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    file = tmp_path / "tokens"
    file.write_text(NEW)
    let_in(settings, METRICS_TOKEN_FILE=file)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # Root, as which tests may run, is never refused.
    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert status(client) == 401
    assert f"{file} can't be read by the user root: Permission denied" in caplog.text
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000_000)
    assert status(client, OLD) == 401
    assert "by the user 4000000000: Permission denied" in caplog.text


def test_refusals_are_logged_once_a_minute_with_their_number_and_never_the_token(
    client: Client,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    let_in(settings, METRICS_TOKENS=[OLD])
    moments = iter([1_000.0] * 50 + [1_001.0, 1_059.9, 1_060.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(moments))
    with caplog.at_level(logging.DEBUG):
        for _ in range(50):
            assert client.get(f"/metrics?token={NEW}", headers=bearer(NEW))
        assert len(caplog.messages) == 1
        # Of another reason.
        status(client)
        assert len(caplog.messages) == 2
        status(client, NEW)
        assert len(caplog.messages) == 2
        status(client, NEW)
    one, several = "a request", "51 requests"
    assert caplog.messages == [
        f"refused {one} for the metrics from 127.0.0.1: a wrong token",
        f"refused {one} for the metrics from 127.0.0.1: no token",
        f"refused {several} for the metrics since the last such line, the last from "
        "127.0.0.1: a wrong token",
    ]
    assert OLD not in caplog.text
    assert NEW not in caplog.text


def test_all_tokens_are_compared_whichever_is_the_right_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[bytes] = []

    def compare(one: bytes, other: bytes) -> bool:
        assert len(one) == len(other) == 32
        compared.append(other)
        return one == other

    monkeypatch.setattr(scrape_tokens, "compare_digest", compare)
    known = [scrape_tokens.Token(text, "here") for text in (OLD, NEW, "x")]
    assert scrape_tokens.matches(OLD, known)
    assert len(compared) == 3


@pytest.mark.django_db
@pytest.mark.parametrize(("debug", "linked"), [(True, True), (False, False)])
def test_pages_link_to_the_metrics_where_a_browser_may_read_them(
    debug: bool, linked: bool, client: Client, settings: Settings
) -> None:
    let_in(settings, METRICS_TOKENS=[OLD])
    settings.DEBUG = debug
    assert (b'href="/metrics"' in client.get("/").content) == linked
