"""A tour of the site with hostile intent: by its addresses, headers, rows and forms.

What a wrong token gets is in web/test_scrape_auth.py.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from otel_sla.models import FeedToken, IssuedReport
from otel_sla.models.feeds import digest_of
from otel_sla.telemetry.scrape import Scrapes

from ..support.hostile import (
    ESCAPED,
    HEADERS,
    LINK,
    MARKUP,
    admin_addresses,
    everything_stored,
    make_catalogue,
    model_admins,
    run_by,
    staff,
    text_columns,
    write_past_all_forms,
)
from ..support.processes import GUNICORN, WSGI, Server, make_site

TOKEN = "0123456789-a-token-of-the-tour"
FORGED = 'service_window_in_window{component="web-shop"} 7'
BREAKS = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""What a browser, or Python's splitlines, may take for the end of a line."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    site = make_site(
        tmp_path_factory.mktemp("tour"),
        DJANGO_METRICS_TOKENS=f"another-token-of-the-tour,{TOKEN}",
        DJANGO_PUBLIC_METRICS="",
    ).load_sample()
    with site.serving(*GUNICORN, WSGI) as server:
        yield server


def sent(server: Server, target: str, *headers: str, method: str = "GET") -> str:
    """Send a request as it is written, and return the answer as it comes."""
    lines = (f"{method} {target} HTTP/1.1", "Connection: close", *headers)
    if not any(one.lower().startswith("host:") for one in headers):
        lines += ("Host: localhost",)
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connected:
        connected.sendall("\r\n".join((*lines, "", "")).encode("latin-1"))
        try:
            while part := connected.recv(65_536):
                answer += part
        except ConnectionResetError:
            # It has said what it had to say before it has read everything.
            pass
    return answer.decode("utf-8", "replace")


def status_of(answer: str) -> int:
    found = re.match(r"HTTP/1\.1 (\d+) ", answer)
    return int(found[1]) if found else 0


RIGHT = f"Authorization: Bearer {TOKEN}"
TRICKS = [
    "/metrics",
    "//metrics",
    "/./metrics",
    "/metrics/",
    "/metrics//",
    "/METRICS",
    "/%6detrics",
    "/metrics%2f",
    "/metrics%00",
    "/metrics%0a",
    "/metrics;token",
    "/metrics#x",
    "/%2e%2e/metrics",
    "/%2e/metrics",
    "/x/../metrics",
    "/admin/../metrics",
    "/static/../metrics",
    "/components/../metrics",
    "/api/v1/../../metrics",
    "/calendar/x/../../metrics",
    f"/metrics?token={TOKEN}",
    f"/metrics?Authorization=Bearer%20{TOKEN}",
    f"/metrics/{TOKEN}",
    f"http://localhost/metrics?access_token={TOKEN}",
]


def test_the_tour_s_own_token_opens_the_metrics(server: Server) -> None:
    answer = sent(server, "/metrics", RIGHT)
    assert status_of(answer) == 200
    assert "service_window_in_window{" in answer


@pytest.mark.parametrize("target", TRICKS)
def test_no_way_of_writing_the_address_goes_past_the_token(
    target: str, server: Server
) -> None:
    answer = sent(server, target)
    assert status_of(answer) in (301, 302, 400, 401, 404)
    assert "service_window_" not in answer


@pytest.mark.parametrize(
    "headers",
    [
        (RIGHT, RIGHT),
        (RIGHT, "Authorization: Bearer another-token-of-the-tour"),
        ("Authorization: Bearer wrong", RIGHT),
        (RIGHT, "Authorization: Basic eDp5"),
        (f"Authorization : Bearer {TOKEN}",),
        ("Authorization:", f" Bearer {TOKEN}"),
        (f"Authorization_: Bearer {TOKEN}",),
        (f"Proxy-Authorization: Bearer {TOKEN}",),
        (f"X-Forwarded-Authorization: Bearer {TOKEN}",),
        (f"Cookie: Authorization=Bearer {TOKEN}",),
        ("X-Original-URL: /metrics", "X-Forwarded-For: 127.0.0.1"),
        ("Authorization: Bearer " + "x" * 100_000,),
        (RIGHT, "X-Large: " + "x" * 100_000),
        (RIGHT, *(f"X-Many-{number}: x" for number in range(1_000))),
        (RIGHT, "Host: metrics.example.com"),
        (RIGHT, "Host: localhost@metrics.example.com"),
    ],
)
def test_no_headers_but_the_right_one_open_the_metrics(
    headers: tuple[str, ...], server: Server
) -> None:
    answer = sent(server, "/metrics", *headers)
    assert status_of(answer) in (0, 400, 401, 431)
    assert "service_window_" not in answer
    assert server.process.poll() is None


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PURGE"]
)
def test_no_other_method_is_answered(method: str, server: Server) -> None:
    answer = sent(server, "/metrics", RIGHT, "Content-Length: 0", method=method)
    assert status_of(answer) == 405
    assert TOKEN not in answer


@pytest.mark.parametrize(
    "path",
    [
        "/static/../sla_site/settings.py",
        "/static/%2e%2e/%2e%2e/sla_site/settings.py",
        "/static/..%2f..%2fmanage.py",
        "/static//etc/passwd",
        "/static/otel_sla/../../../conf.py",
        "/metrics-tokens",
        "/otel-config.yaml",
        "/db.sqlite3",
    ],
)
def test_no_file_but_static_ones_is_served(path: str, server: Server) -> None:
    answer = sent(server, path)
    assert status_of(answer) in (400, 404)
    assert "root:" not in answer
    assert "import" not in answer


@pytest.mark.parametrize(
    "target",
    [
        "/components/x%0d%0aSet-Cookie:%20xss=1",
        "/?next=%0d%0aSet-Cookie:%20xss=1",
        "/admin/%0d%0aSet-Cookie:%20xss=1/",
        "/calendar/x/components/%0d%0aSet-Cookie:%20xss=1.ics",
        "/api/v1/%0d%0aSet-Cookie:%20xss=1",
        "/metrics%0d%0aSet-Cookie:%20xss=1",
    ],
)
def test_no_address_becomes_a_header(target: str, server: Server) -> None:
    headers = sent(server, target).partition("\r\n\r\n")[0].lower().splitlines()
    assert not [one for one in headers if one.startswith("set-cookie: xss")]


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/admin/login/", "/nowhere", "/metrics"]
)
def test_browsers_run_nothing_that_is_not_a_file_of_the_site(
    path: str, server: Server
) -> None:
    headers = sent(server, path).partition("\r\n\r\n")[0].splitlines()
    named = dict(one.partition(": ")[::2] for one in headers[1:])
    policy = named["Content-Security-Policy"]
    for part in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert named["X-Frame-Options"] == "DENY"
    assert named["X-Content-Type-Options"] == "nosniff"
    assert named["Referrer-Policy"] == "same-origin"
    assert "; Secure" in named.get("Set-Cookie", "; Secure")


@pytest.mark.parametrize("start", ["//evil.example/", "/\\evil.example/", "/%2fevil/"])
def test_nobody_is_sent_to_another_site(start: str, server: Server) -> None:
    answer = sent(server, start)
    location = re.search(r"^location: (.*)$", answer, re.MULTILINE | re.IGNORECASE)
    assert location is None or re.match(r"/(?![/\\])", location[1])


@pytest.mark.django_db
def test_no_name_becomes_a_header(client: Client, settings: Settings) -> None:
    row = make_catalogue(HEADERS)
    _, token = FeedToken.objects.issue("ops", datetime.now(UTC))
    name = quote(row.name, safe="")
    addresses = [
        f"/components/{name}",
        f"/api/v1/components/{name}",
        f"/calendar/{token}/components/{name}.ics",
        f"/calendar/{token}/select.ics?component={name}",
    ]
    for public in (True, False):
        settings.OTEL_SLA = {**settings.OTEL_SLA, "PUBLIC_STATUS": public}
        for address in addresses:
            response = client.get(address)
            assert response.status_code in (200, 302, 401, 404), address
            assert "xss" not in response.cookies
            assert not any("\n" in value for value in response.headers.values())


def pages() -> list[str]:
    """The pages, of whatever is asked for, and of what makes no sense."""
    odd = quote(MARKUP, safe="")
    return [
        "/",
        f"/?group=team&label=team:{odd}&zone={odd}&state={odd}&q={odd}&page={odd}",
        "/?group=team",
        f"/?group={odd}",
        "/timeline",
        f"/timeline?start={odd}&span={odd}&zone={odd}",
        f"/components/{odd}",
        f"/components/{odd}?month={odd}&zone={odd}",
        f"/components/none-{odd}",
        f"/none/{odd}",
        "/reports/",
        f"/reports/?period={odd}&label={odd}&agreement={odd}&component={odd}",
        f"/reports/{odd}/",
        f"/reports/2026-10/?label={odd}&agreement={odd}&component={odd}&format={odd}",
        *issued_reports(),
        f"/accounts/login/?next={odd}",
        f"/admin/login/?next={odd}",
        "/admin/",
        "/admin/otel_sla/",
        f"/admin/otel_sla/component/?q={odd}",
        f"/admin/otel_sla/component/?label={odd}",
        f"/admin/otel_sla/component/{odd}/change/",
        *admin_addresses(),
        *(f"/api/v1/{one}" for one in ("components", "schedules", "agreements")),
    ]


def issued_reports() -> list[str]:
    paths = [f"/reports/issued/{row.pk}/" for row in IssuedReport.objects.all()]
    return [*paths, *(f"{path}?format=html" for path in paths)]


def safely(response: Any, address: str) -> str:
    """Return the text of an answer in which nothing smuggled would be run."""
    kind = response.headers.get("Content-Type", "")
    text: str = response.content.decode()
    # Of what is saved, only the HTML of a report can be opened in a browser.
    is_saved = response.headers.get("Content-Disposition", "").startswith("attachment")
    assert not is_saved or kind.startswith("text/html")
    if kind.startswith("text/html"):
        assert run_by(text) == [], address
    else:
        # Nothing that a spreadsheet would open, and what it is, is said.
        assert re.match(r"(application/json|text/(plain|calendar))\b|$", kind), address
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    return text


@pytest.mark.django_db
def test_markup_in_every_name_label_and_reason_stays_text_on_every_page(
    admin_client: Client, scrapes: Scrapes
) -> None:
    make_catalogue(MARKUP, ("team", MARKUP), (MARKUP, LINK), ("url", LINK))
    shown = set()
    for address in pages():
        response = admin_client.get(address)
        assert response.status_code < 500, address
        if ESCAPED in safely(response, address):
            shown.add(address.partition("?")[0])
    # Or the pages would be safe for having shown nothing.
    paths = ("/", "/timeline", f"/components/{quote(MARKUP, safe='')}", "/reports/")
    for path in (*paths, *issued_reports()):
        assert path.partition("?")[0] in shown
    for model in ("component", "schedule", "agreement", "override", "feedtoken"):
        listed = reverse(f"admin:otel_sla_{model}_changelist")
        assert {one for one in shown if one.startswith(listed)} > {listed}


WRITTEN_BY_PEOPLE = {
    *("name", "labels", "reason"),
    *("created_by", "approved_by", "issued_by"),
    *("component", "component_name", "agreement_name"),
    *("selection", "document", "differences"),
}
"""Columns in which forms take any text: the test before has markup in all of them."""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "column"),
    [
        pytest.param(
            *(model, column),
            id=f"{model.__name__}.{column}",
            marks=pytest.mark.long if column in WRITTEN_BY_PEOPLE else (),
        )
        for model, column in text_columns()
    ],
)
def test_markup_in_any_column_stays_text_on_every_page(
    model: Any, column: str, admin_client: Client, scrapes: Scrapes
) -> None:
    make_catalogue("web-shop", ("team", "payments"))
    row = model.objects.first()
    addresses = [*admin_addresses(), "/", "/timeline", "/components/web-shop"]
    addresses += ["/reports/", *issued_reports()]
    addresses += [f"/api/v1/{one}" for one in ("components", "schedules", "agreements")]
    write_past_all_forms(row, column, MARKUP)
    admin_client.raise_request_exception = False
    for address in addresses:
        safely(admin_client.get(address), address)


@pytest.mark.django_db
def test_no_label_becomes_a_sample_on_a_page(
    admin_client: Client, scrapes: Scrapes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page and the scrape are compared by their values, of which some count seconds.
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    value = "".join(f"{one}{FORGED}{one}#" for one in BREAKS)
    row = make_catalogue("web-shop", ("team", value))
    scraped = admin_client.get("/metrics").content.decode().split("\n")
    real = [one for one in scraped if 'component="web-shop"' in one]
    samples = admin_client.get("/components/web-shop").context["samples"]
    assert [one["value"] for one in samples] == [
        line.rpartition(" ")[2] for line in real
    ]
    change = reverse("admin:otel_sla_component_change", args=[row.pk])
    shown = admin_client.get(change).context["exported"].splitlines()
    assert [line.partition("{")[0] for line in shown] == [
        line.partition("{")[0] for line in real
    ]


@pytest.mark.django_db
def test_markup_in_a_form_stays_text_in_its_errors_and_its_preview(
    admin_client: Client,
) -> None:
    row = make_catalogue("web-shop")
    shown = 0
    for address in admin_addresses():
        page = admin_client.get(address)
        if page.status_code != 200 and "/preview/" not in address:
            continue
        form = address.replace("preview/", "").replace("/history/", "/change/")
        text = admin_client.get(form).content.decode()
        typed = dict.fromkeys(
            re.findall(r'<(?:input|textarea)[^>]* name="(.*?)"', text)
        )
        counts = dict(re.findall(r'name="(\S+_FORMS)" value="(\d+)"', text))
        keys = dict(re.findall(r'name="(\S+-id)" value="(\d+)"', text))
        filled = {**dict.fromkeys(typed, MARKUP), **counts, **keys}
        for unasked in ("_save", "_addanother", "_continue", "action"):
            filled.pop(unasked, None)
        answer = admin_client.post(address, filled)
        shown += ESCAPED in safely(answer, address)
    moving = {
        "action": "move",
        "_selected_action": [row.pk, MARKUP],
        "agreement": MARKUP,
        "select_across": MARKUP,
    }
    listed = reverse("admin:otel_sla_component_changelist")
    safely(admin_client.post(listed, moving), listed)
    assert shown >= 5


@pytest.mark.django_db
def test_markup_in_a_question_to_the_api_stays_json(client: Client) -> None:
    odd = quote(MARKUP, safe="")
    for address in (
        odd,
        f"components/{odd}",
        f"components?at={odd}&label={odd}&limit={odd}",
        f"schedules/{odd}/windows?from={odd}&until={odd}",
        f"agreements/{odd}",
    ):
        response = client.get(f"/api/v1/{address}")
        assert 400 <= response.status_code < 500
        assert response["Content-Type"] == "application/json"
        assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db
def test_no_form_is_taken_from_another_site() -> None:
    row = make_catalogue("web-shop")
    _, token = FeedToken.objects.issue("ops", datetime.now(UTC))
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.create_superuser("sam"))
    addresses = [
        *admin_addresses(),
        *map(reverse, ("admin:login", "admin:logout", "admin:password_change")),
        "/",
        "/timeline",
        "/components/web-shop",
        "/metrics",
        "/healthz",
        "/readyz",
        "/api/v1/components",
        f"/calendar/{token}/all.ics",
    ]
    form = {"action": "move", "_selected_action": row.pk, "post": "yes", "name": "x"}
    before = everything_stored()
    for address in addresses:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            response = client.generic(method, address, b"x=y")
            assert response.status_code in (403, 405), (method, address)
        response = client.post(address, form)
        assert response.status_code in (403, 405), address
    assert everything_stored() == before
    # And the user is still logged in.
    assert client.get("/admin/").status_code == 200


SECRET = "secret-shop"


def attempts() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every view of the admin, asked for and posted to, and every action of it."""
    for address in admin_addresses():
        yield "get", address, {}
        yield "post", address, {"name": "hacked", "post": "yes"}
    for model_admin in model_admins():
        listed = reverse(f"admin:otel_sla_{model_admin.opts.model_name}_changelist")
        keys = [row.pk for row in model_admin.model.objects.all()]
        names = [*(name for name, _ in admin.site.actions), *model_admin.actions]
        assert "delete_selected" in names
        for name in names:
            form = {"action": name, "_selected_action": keys, "select_across": "1"}
            yield "post", listed, form
            more = {"post": "yes", "agreement": "1", "confirmed": "yes"}
            yield "post", listed, {**form, **more}


@pytest.mark.django_db
def test_staff_without_a_permission_get_nowhere_in_the_admin() -> None:
    make_catalogue(SECRET)
    client = staff()
    before = everything_stored()
    tried = list(attempts())
    assert len(tried) > 60
    for method, address, form in tried:
        response = getattr(client, method)(address, form)
        assert response.status_code in (403, 405), (method, address, form)
        assert SECRET not in response.content.decode()
    for address in ("/admin/", "/admin/otel_sla/", "/admin/autocomplete/"):
        assert SECRET not in client.get(address).content.decode()
    assert everything_stored() == before


ONE_OF_A_KIND = ("component", "exclusion", "feedtoken")
"""Of the admins that have a preview and more, a preview, or an action of their own."""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "model",
    [
        pytest.param(name, marks=() if name in ONE_OF_A_KIND else pytest.mark.long)
        for name in (one.opts.model_name for one in model_admins())
    ],
)
def test_staff_who_may_look_at_one_kind_of_row_change_none_and_see_no_other_list(
    model: str,
) -> None:
    make_catalogue(SECRET)
    client = staff(f"view_{model}")
    before = everything_stored()
    for method, address, form in attempts():
        response = getattr(client, method)(address, form)
        if not address.startswith(f"/admin/otel_sla/{model}/"):
            assert response.status_code in (403, 405), (method, address, form)
        elif "action" in form:
            # Not on offer: the list is all there is, and nothing to be confirmed.
            text = response.content.decode()
            assert f'<option value="{form["action"]}"' not in text
            assert 'name="post"' not in text
            assert 'name="confirmed"' not in text
            assert 'value="Preview"' not in text
    assert everything_stored() == before


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["nobody", "a user who is no staff"])
def test_who_is_no_staff_is_sent_to_log_in(kind: str, client: Client) -> None:
    make_catalogue(SECRET)
    if kind != "nobody":
        client.force_login(get_user_model().objects.create_user("reader"))
    before = everything_stored()
    for method, address, form in attempts():
        response = getattr(client, method)(address, form)
        assert response.status_code == 302, (method, address)
        assert response["Location"].startswith("/admin/login/?next=")
    assert everything_stored() == before


@pytest.mark.django_db
def test_what_resembles_a_feed_s_token_opens_nothing(client: Client) -> None:
    make_catalogue("web-shop")
    row, token = FeedToken.objects.issue("ops", datetime.now(UTC))
    gone, revoked = FeedToken.objects.issue("gone", datetime.now(UTC))
    FeedToken.objects.filter(pk=gone.pk).revoke(datetime.now(UTC))
    assert client.get(f"/calendar/{token}/all.ics").status_code == 200
    bodies = set()
    for one in (
        revoked,
        row.digest,
        digest_of(row.digest),
        str(row.pk),
        row.name,
        token[:-1],
        f"{token}x",
        token.swapcase(),
        f"%20{token}",
        f"{token}%00",
        f"{token}%0a",
        "' OR 1=1 --",
        "%25",
        "x" * 5_000,
        "\ud800".encode("utf-8", "surrogatepass").hex(),
    ):
        response = client.get(f"/calendar/{one}/all.ics")
        assert response.status_code == 404, one
        bodies.add(response.content)
    assert bodies == {b"Not found\n"}


def test_the_tour_reads_markup_as_a_browser_does() -> None:
    assert run_by(f"<p title='{MARKUP}'>") != []
    assert run_by(f'<script type="application/json">"{MARKUP}"</script>') != []
    assert run_by(f"<a href='{LINK}'>x</a>") != []
    assert run_by("<p onclick=x>") != []
    assert run_by("<p title='&lt;xss&gt;'>&lt;xss&gt;</p>") == []
