"""Faults of a Prometheus: each ends in time, and is a sentence without a secret."""

from __future__ import annotations

import logging
import socket
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import requests

from otel_sla.prometheus.setting import parse_setting
from otel_sla.reports import prometheus
from otel_sla.reports.prometheus import Client
from otel_sla.reports.prometheus_answers import TooMuch
from otel_sla.reports.source import NotMeasured

from ..support.fake_api import EMPTY, FakeApi, Told, fake_api
from ..support.receivers import black_hole, make_certificate, receiving

TOKEN = "sXf3-never-shown_81~"
SECONDS = 5.0
"""Much more than a refusal takes, and much less than TIMEOUT."""


@pytest.fixture(autouse=True)
def _direct(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(prometheus, "PAUSES", (0.0, 0.0))


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with fake_api() as found:
        yield found


def client_of(url: str, **keys: Any) -> Client:
    setting = parse_setting({"URL": url, **keys})
    assert setting
    return Client(setting)


def refusal(client: Client) -> NotMeasured:
    began = time.monotonic()
    with pytest.raises(NotMeasured) as error:
        client.at("up", 0)
    assert time.monotonic() - began < SECONDS
    return error.value


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    return file


ERROR = {"status": "error", "errorType": "execution", "error": "no\n such  thing"}
VECTOR = {"metric": {"component": "shop"}, "value": [1, "1"]}


def vector(*result: Any, **more: Any) -> dict[str, Any]:
    data = {"resultType": "vector", "result": list(result)}
    return {"status": "success", "data": data, **more}


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        # A page in place of the API
        (Told(200, b"<html>Log in</html>"), "answered with a page of HTML instead of"),
        (
            Told(200, b"ok", {"Content-Type": "text/plain"}),
            "answered with text/plain in",
        ),
        (Told(200, b""), "answered with something instead of JSON"),
        (
            Told(404, b"<html>", {}),
            "has no Prometheus API at that URL: 404",
        ),
        (Told(405, b"", {}), "has no Prometheus API at that URL: 405"),
        # Refused
        (Told(401, b"no org id"), "refused access: 401 Unauthorized. Check TOKEN_FILE"),
        (Told(403, ERROR), "refused access: 403 Forbidden. Check TOKEN_FILE"),
        (Told(422, ERROR), "can't evaluate a query: no such thing"),
        (Told(400, {**ERROR, "error": "x" * 5_000}), "x" * 199 + "…"),
        (Told(500, b"oops"), "can't evaluate a query: 500 Internal Server Error"),
        # Only a part
        (
            Told(200, vector(warnings=["no store\nmatched"])),
            "some of the samples: no store matched.",
        ),
        (Told(200, vector(isPartial=True)), "returned only some of the samples"),
        # Another version, or something else
        (Told(200, {}), "is not that of the Prometheus API: it has no status."),
        (Told(200, []), "is not that of the Prometheus API: it has no status."),
        (Told(200, b"[" * 100_000), "answered with something instead of JSON"),
        (Told(200, {"status": "success"}), "neither a vector nor a matrix."),
        (
            Told(200, {"status": "success", "data": {"resultType": "scalar"}}),
            "neither a vector nor a matrix.",
        ),
        (
            Told(200, {"status": "success", "data": {"resultType": "matrix"}}),
            "the result is not a list.",
        ),
        (Told(200, vector({"metric": {}})), "a series has no labels or no samples."),
        (Told(200, vector({"value": [1, "1"]})), "a series has no labels or no"),
        (Told(200, vector({**VECTOR, "metric": {"a": 1}})), "a series has no labels"),
        (Told(200, vector({**VECTOR, "value": [1, 1]})), "a series has no labels"),
        (Told(200, vector({**VECTOR, "value": ["1", "1"]})), "a series has no labels"),
        (
            Told(200, vector({**VECTOR, "value": [1e999, "1"]})),
            "a series has no labels",
        ),
        (Told(200, vector({**VECTOR, "value": [1]})), "a series has no labels"),
        (Told(200, vector("shop")), "a series has no labels or no samples."),
    ],
)
def test_an_answer_that_can_t_be_used_is_told_in_a_sentence(
    api: FakeApi, told: Told, sentence: str
) -> None:
    api.answers = [told]
    said = str(refusal(client_of(api.url)))
    assert sentence in said
    assert said.startswith(f"{api.url} ")
    assert "\n" not in said
    assert len(api.asked) == 1, "asking again would not help"


@pytest.mark.parametrize("moment", [3_599, 10_801])
def test_a_sample_of_another_time_than_asked_is_refused(
    api: FakeApi, moment: int
) -> None:
    series = {"metric": {"component": "shop"}, "values": [[7_200, "0"], [moment, "0"]]}
    data = {"resultType": "matrix", "result": [series]}
    api.answers = [Told(200, {"status": "success", "data": data})]
    with pytest.raises(NotMeasured, match="of another time than was asked for"):
        client_of(api.url).between("up", 3_600, 10_800, 3_600)


@pytest.mark.parametrize(
    "told",
    [
        Told(422, {**ERROR, "error": "query processing would load too many samples"}),
        Told(422, {**ERROR, "error": "cannot select more than -search.maxSamples"}),
        Told(503, {**ERROR, "errorType": "timeout", "error": "query timed out"}),
        Told(413, b"too large"),
        Told(200, b"x" * 60_000, drips=True),
    ],
    ids=["prometheus", "victoria", "timeout", "proxy", "huge"],
)
def test_what_is_too_much_at_once_can_be_asked_for_in_halves(
    api: FakeApi, told: Told
) -> None:
    api.answers = [told]
    assert isinstance(refusal(client_of(api.url)), TooMuch)
    assert len(api.asked) == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_what_may_pass_is_asked_for_again_twice(api: FakeApi, status: int) -> None:
    api.answers = [Told(status, b""), Told(status, ERROR), Told()]
    assert client_of(api.url).at("up", 0) == []
    assert len(api.asked) == 3
    api.asked.clear()
    api.answers = [Told(status, b"busy")]
    assert "is not available: " in str(refusal(client_of(api.url)))
    assert len(api.asked) == 3


def test_a_server_that_is_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    said = str(refusal(client_of(f"http://127.0.0.1:{port}")))
    assert said == (
        f"http://127.0.0.1:{port} can't be reached: [Errno 111] Connection refused. "
        'Check the URL in OTEL_SLA["PROMETHEUS"], and that the server runs.'
    )


def test_no_attempt_is_made_for_which_no_time_is_left(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prometheus, "PAUSES", (10.0, 10.0))
    api.answers = [Told(503, b"")]
    refusal(client_of(api.url, TIMEOUT=8))
    assert len(api.asked) == 1


@pytest.mark.parametrize("body", [b"[", b""], ids=["drip", "nothing"])
def test_a_slow_server_ends_with_the_timeout(api: FakeApi, body: bytes) -> None:
    api.answers = [Told(200, body, drips=True)]
    said = str(refusal(client_of(api.url, TIMEOUT=0.3)))
    assert said == (
        f"{api.url} did not answer within 0.3 s. If it is only slow, raise TIMEOUT in "
        'OTEL_SLA["PROMETHEUS"].'
    )


def test_a_black_hole_ends_with_the_timeout() -> None:
    with black_hole() as port:
        said = str(refusal(client_of(f"http://127.0.0.1:{port}", TIMEOUT=0.3)))
    assert "did not answer within 0.3 s" in said


def test_a_connection_is_kept_and_renewed_where_the_server_has_closed_it(
    api: FakeApi,
) -> None:
    client = client_of(api.url)
    client.at("up", 0)
    client.at("up", 0)
    assert len({one.port for one in api.asked}) == 1
    api.answers = [Told(headers={"Connection": "lost"}), Told()]
    client.at("up", 0)
    client.at("up", 0)
    assert len({one.port for one in api.asked}) == 2


def test_redirects_are_not_followed_and_a_token_goes_nowhere_else(
    api: FakeApi, token_file: Path
) -> None:
    with fake_api() as other:
        place = f"http://user:pass@127.0.0.1:{other.port}/login?state=secret"
        api.answers = [Told(307, b"", {"Location": place})]
        said = str(refusal(client_of(api.url, TOKEN_FILE=token_file)))
        assert other.asked == []
    assert f"redirects to http://127.0.0.1:{other.port}/login. Redirects are" in said
    assert "secret" not in said


@pytest.mark.parametrize("offset", [-300, 300])
def test_clocks_apart_are_a_note_until_they_are_not(api: FakeApi, offset: int) -> None:
    client = client_of(api.url)
    date = formatdate(time.time() + offset, usegmt=True)
    api.answers = [Told(headers={"Date": date}), Told(headers={"Date": formatdate()})]
    client.at("up", 0)
    (note,) = client.notes
    side = "ahead of" if offset > 0 else "behind"
    assert note.startswith(f"The clock of {api.url} is ")
    assert f" s {side} the clock of this site." in note
    client.at("up", 0)
    assert client.notes == []


def test_a_token_is_read_anew_and_never_shown(
    api: FakeApi, token_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = client_of(api.url, TOKEN_FILE=token_file, HEADERS={"X-Key": TOKEN})
    client.at("up", 0)
    token_file.write_text("# no comment\n")
    token_file.write_text("another-one\n")
    client.at("up", 0)
    sent = [one.headers["Authorization"] for one in api.asked]
    assert sent == [f"Bearer {TOKEN}", "Bearer another-one"]
    token_file.write_text(TOKEN)
    api.answers = [Told(400, {**ERROR, "error": f"bad header: Bearer {TOKEN}"})]
    error = refusal(client)
    assert "bad header: Bearer ***" in str(error)
    setting = client._setting
    shown = [caplog.text, repr(client), repr(setting), repr(error), str(error.params)]
    assert TOKEN not in "".join(shown)
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_a_user_and_the_headers_are_sent(api: FakeApi, token_file: Path) -> None:
    keys = {"USER": "shop", "PASSWORD_FILE": token_file, "HEADERS": {"X-Org": "a"}}
    client = client_of(f"{api.url}/prefix/", **keys)
    client.between("up", 0, 60, 60)
    (asked,) = api.asked
    authorization = requests.auth._basic_auth_str("shop", TOKEN)
    assert asked.headers["Authorization"] == authorization
    assert asked.headers["X-Org"] == "a"
    assert asked.path == "/prefix/api/v1/query_range"
    wanted = {"query": ["up"], "start": ["0"], "end": ["60"], "step": ["60"]}
    assert asked.parameters == wanted


def test_a_netrc_of_the_site_s_user_is_not_used(
    api: FakeApi, token_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    client_of(api.url).at("up", 0)
    client_of(api.url, TOKEN_FILE=token_file).at("up", 0)
    without, with_token = api.asked
    assert "Authorization" not in without.headers
    assert with_token.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "can't be read: No such file or directory."),
        (b"", "is empty. Write the secret into its first line."),
        (b"\n \n", "is empty."),
        (b"\xff\xfe\x00", "can't be read: it is not UTF-8 text."),
        ("schlüssel".encode(), "has characters that no Authorization header can carry"),
        (b"two words", "has characters that no Authorization header can carry"),
    ],
)
def test_a_token_file_that_can_t_be_used_is_named(
    api: FakeApi, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    said = str(refusal(client_of(api.url, TOKEN_FILE=file)))
    assert said.startswith(f'OTEL_SLA["PROMETHEUS"]["TOKEN_FILE"]: {file} {sentence}')
    assert api.asked == []


def test_a_token_file_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    said = str(refusal(client_of("http://127.0.0.1:1", TOKEN_FILE=tmp_path)))
    assert "can't be read: it is not a regular file" in said


def test_a_certificate_that_is_not_trusted_is_told(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    with receiving(certificate=certificate) as found:
        said = str(refusal(client_of(f"https://127.0.0.1:{found.http_port}")))
    assert "can't be reached: self-signed certificate" in said


def test_without_requests_it_is_told_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(NotMeasured, match=r"pip install 'otel-sla\[reports\]'"):
        client_of("http://127.0.0.1:1")


def test_the_labels_of_series_are_searched_for(api: FakeApi) -> None:
    api.answers = [Told(body={"status": "success", "data": [{"a": "b"}]})]
    assert client_of(api.url).label_sets("up", 0, 60) == [{"a": "b"}]
    api.answers = [Told(body=EMPTY)]
    with pytest.raises(NotMeasured, match="is not a list of labels"):
        client_of(api.url).label_sets("up", 0, 60)
