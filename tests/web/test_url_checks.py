"""What `check` says of a site's URLs: what hides the app's, and the login page."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest
from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.views import LoginView
from django.core.checks import CheckMessage, Tags, run_checks
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import (
    clear_url_caches,
    include,
    path,
    re_path,
    register_converter,
    set_script_prefix,
)
from django.urls.converters import StringConverter

from otel_sla.web.metrics import metrics
from otel_sla.web.url_checks import check_urls

APP = path("windows/", include("otel_sla.urls"))
LOGIN = path("accounts/login/", LoginView.as_view())


def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse()


@contextmanager
def site_of(
    monkeypatch: pytest.MonkeyPatch, patterns: Any, **given: Any
) -> Iterator[None]:
    """Be a site with those urlpatterns and settings."""
    urls = ModuleType("urls_of_a_site")
    urls.urlpatterns = patterns  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, urls.__name__, urls)
    usual: dict[str, Any] = {"LOGIN_URL": "/accounts/login/", "OTEL_SLA": {}}
    with override_settings(ROOT_URLCONF=urls.__name__, **{**usual, **given}):
        yield
    clear_url_caches()


def said(monkeypatch: pytest.MonkeyPatch, *patterns: Any, **given: Any) -> list[str]:
    """The messages about a site with those URLs and settings."""
    with site_of(monkeypatch, list(patterns), **given):
        found: list[CheckMessage] = run_checks(tags=[Tags.urls])
    return [
        f"{one.id}: {one.msg} {one.hint}"
        for one in found
        if (one.id or "").startswith("otel_sla.")
    ]


@pytest.mark.parametrize(
    ("pattern", "named", "hidden"),
    [
        pytest.param(
            re_path(r"^(?P<rest>.*)$", page),
            "'^(?P<rest>.*)$' (tests.web.test_url_checks.page)",
            "/windows/, /windows/timeline, /windows/components/web-shop, "
            "/windows/metrics, /windows/healthz, /windows/readyz, "
            "/windows/api/v1/components, /windows/calendar/x/all.ics",
            id="every path",
        ),
        pytest.param(
            path("", include([re_path(r"^((?:[\w\-]+/)*)$", page)])),
            "'^((?:[\\\\w\\\\-]+/)*)$'",
            "/windows/",
            id="pages of a CMS",
        ),
        pytest.param(
            path("<path:rest>", page), "'<path:rest>'", "/windows/", id="path:rest"
        ),
        pytest.param(
            path("windows/metrics", LoginView.as_view()),
            "'windows/metrics' (django.contrib.auth.views.LoginView)",
            "/windows/metrics.",
            id="one address",
        ),
    ],
)
def test_a_pattern_in_front_of_the_app_is_named(
    pattern: Any, named: str, hidden: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message,) = said(monkeypatch, LOGIN, pattern, APP)
    assert message.startswith(f"otel_sla.W015: The URL pattern {named}")
    assert f" answers instead of otel_sla at {hidden}" in message
    assert "in front of that pattern" in message
    assert said(monkeypatch, LOGIN, APP, pattern) == []


@pytest.mark.parametrize(
    ("include_of_app", "part"),
    [
        pytest.param(
            path("shop/", include(([APP], "shop"))),
            "'otel_sla' is not a registered namespace",
            id="another namespace",
        ),
        pytest.param(
            path("<slug:tenant>/", include("otel_sla.urls")),
            "Reverse for 'status' with no arguments not found",
            id="below arguments",
        ),
        pytest.param(
            path("windows", include("otel_sla.urls")),
            "The metrics are at /windowsmetrics, because the path of the include",
            id="no slash",
        ),
    ],
)
def test_an_include_that_does_not_work_is_told(
    include_of_app: Any, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message,) = said(monkeypatch, LOGIN, include_of_app)
    assert message.startswith("otel_sla.W015: ")
    assert part in message
    assert 'path("windows/", include("otel_sla.urls"))' in message


@pytest.mark.parametrize(
    "patterns",
    [
        pytest.param([APP], id="prefix"),
        pytest.param([path("", include("otel_sla.urls"))], id="root"),
        pytest.param([path("a/", include([APP]))], id="nested"),
        pytest.param(
            [path("windows/", include(("otel_sla.urls", "windows"), "windows"))],
            id="instance",
        ),
        pytest.param(i18n_patterns(APP), id="in languages"),
        pytest.param([APP, path("old/", include("otel_sla.urls"))], id="twice"),
        pytest.param([], id="none"),
        pytest.param([path("metrics", metrics)], id="a view"),
        pytest.param([path("<path:rest>", page)], id="only a pattern for every path"),
    ],
)
def test_an_include_that_works_or_none_is_no_reason_to_warn(
    patterns: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(monkeypatch, LOGIN, *patterns) == []


def test_a_script_name_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    set_script_prefix("/below/")
    try:
        given = {"LOGIN_URL": "/below/accounts/login/"}
        assert said(monkeypatch, LOGIN, APP, **given) == []
        (message,) = said(monkeypatch, LOGIN, path("<path:rest>", page), APP, **given)
        assert "at /below/windows/, " in message
        assert said(monkeypatch, APP, LOGIN_URL="/accounts/login/") == []
    finally:
        set_script_prefix("/")


@pytest.mark.parametrize(
    ("given", "patterns", "fault"),
    [
        ({}, [], "'/accounts/login/', where no URL pattern answers"),
        ({"LOGIN_URL": "sign-in"}, [], "'sign-in', which is neither a path nor the na"),
        ({"LOGIN_URL": "admin:login"}, [], "'admin:login', which is neither a path"),
        ({"LOGIN_URL": "/sign/in?how=sso"}, [path("sign/in", page)], ""),
        ({"LOGIN_URL": "/sign/in"}, [path("sign/in/", page)], ""),
        ({"LOGIN_URL": "sign-in"}, [path("sign/in", page, name="sign-in")], ""),
        ({}, i18n_patterns(LOGIN), ""),
        ({"LOGIN_URL": "https://sso.example.com/login"}, [], ""),
        ({"LOGIN_URL": "//sso.example.com/login"}, [], ""),
        ({"OTEL_SLA": {"PUBLIC_STATUS": True}}, [], ""),
    ],
)
def test_a_login_url_without_a_page_is_told(
    given: dict[str, Any],
    patterns: list[Any],
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = said(monkeypatch, APP, *patterns, **given)
    assert [one[:13] for one in found] == ["otel_sla.W016"] * bool(fault)
    assert all(fault in one and "LoginView" in one for one in found)


def test_without_service_windows_only_what_is_there_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without: dict[str, Any] = {"OTEL_SLA": {"SERVICE_WINDOWS": False}}
    assert said(monkeypatch, APP, **without) == [], "no page asks for a login"
    nested = path("<slug:tenant>/", include("otel_sla.urls"))
    assert said(monkeypatch, nested, **without) == [], "no page links to another"
    (message,) = said(monkeypatch, path("<path:rest>", page), APP, **without)
    assert "at /windows/metrics, /windows/healthz, /windows/readyz. " in message


class Faulty(StringConverter):
    """A converter of the site's own that has an error."""

    def to_python(self, value: str) -> str:
        raise RuntimeError(value)


register_converter(Faulty, "faulty")


@pytest.mark.parametrize(
    "patterns",
    [
        pytest.param([path("<faulty:rest>/", page), APP], id="converter"),
        pytest.param(["windows/"], id="text"),
        pytest.param(None, id="none"),
    ],
)
def test_errors_of_the_site_s_own_patterns_are_left_to_django(
    patterns: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site_of(monkeypatch, patterns):
        assert check_urls(None) == []


@pytest.mark.parametrize("given", [{"ROOT_URLCONF": "not.there"}, {}])
def test_a_site_without_urls_is_not_checked(given: dict[str, str]) -> None:
    with override_settings(**given):
        if not given:
            del settings.ROOT_URLCONF
        assert check_urls(None) == []
