"""System checks of the site's URLs: what hides the app's, and the login page."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings as site
from django.core.checks import Warning
from django.shortcuts import resolve_url
from django.urls import (
    NoReverseMatch,
    Resolver404,
    ResolverMatch,
    URLResolver,
    get_resolver,
    get_script_prefix,
    resolve,
    reverse,
)
from django.utils.translation import get_language

from ..conf import conf
from ..telemetry import process_role

_APP = "otel_sla"
_INCLUDE = 'path("windows/", include("otel_sla.urls"))'
_ARGUMENTS: dict[str, dict[str, str]] = {
    "status": {},
    "timeline": {},
    "component": {"name": "web-shop"},
    "metrics": {},
    "healthz": {},
    "readyz": {},
    "api": {"endpoint": "components"},
    "feed": {"token": "x"},
}
"""What makes an address, by the name of its pattern."""
_ALWAYS_THERE = ("metrics", "healthz", "readyz")


def check_urls(app_configs: Any, **kwargs: Any) -> list[Warning]:
    """Return otel_sla.W015 and W016: the app is out of reach, or a login page is. And
    W024: its pages are at the addresses of all tenants.

    Return nothing where ROOT_URLCONF does not include the app: the site may only push,
    or choose a URLconf by the request.
    """
    if process_role.runs_silently():
        return []
    # The patterns are the site's. Django's own checks report the errors in them.
    with suppress(Exception):
        if _includes_app(get_resolver()):
            if conf.SERVICE_WINDOWS:
                return [
                    *_out_of_reach(_ARGUMENTS),
                    *_no_login_page(),
                    *_shown_to_tenants(),
                ]
            # None of these links to another or asks for a login.
            return [*_out_of_reach(_ALWAYS_THERE)]
    return []


def _includes_app(resolver: URLResolver) -> bool:
    return any(
        one.app_name == _APP or _includes_app(one)
        for one in resolver.url_patterns
        if isinstance(one, URLResolver)
    )


def _out_of_reach(names: Iterable[str]) -> Iterator[Warning]:
    try:
        addresses = {
            name: reverse(f"{_APP}:{name}", kwargs=_ARGUMENTS[name]) for name in names
        }
    except NoReverseMatch as error:
        if "status" not in names:
            return
        yield Warning(
            f"The pages of otel_sla can't link to each other: {error}",
            hint=f"Add {_INCLUDE} to ROOT_URLCONF itself: in no other namespace, and "
            "below no path that has arguments.",
            id="otel_sla.W015",
        )
        return
    if not addresses["metrics"].endswith("/metrics"):
        yield Warning(
            f"The metrics are at {addresses['metrics']}, because the path of the "
            "include does not end in a slash.",
            hint=f"Write {_INCLUDE}.",
            id="otel_sla.W015",
        )
    hidden: dict[str, list[str]] = {}
    for name, address in addresses.items():
        found = _resolved(address)
        if found and (found.app_names[-1:], found.url_name) != ([_APP], name):
            hidden.setdefault(_described(found), []).append(address)
    for pattern, found_there in hidden.items():
        yield Warning(
            f"{pattern} answers instead of otel_sla at {', '.join(found_there)}.",
            hint=f"In urlpatterns, put {_INCLUDE} in front of that pattern.",
            id="otel_sla.W015",
        )


def _no_login_page() -> Iterator[Warning]:
    if conf.PUBLIC_STATUS or not apps.is_installed("django.contrib.auth"):
        return
    try:
        target = urlsplit(resolve_url(site.LOGIN_URL))
    except NoReverseMatch:
        fault = "which is neither a path nor the name of a URL pattern"
    else:
        if target.netloc or not target.path.startswith(get_script_prefix()):
            return  # Another service answers.
        # Middleware redirects to the second and third.
        language = get_language() or site.LANGUAGE_CODE
        tried = (target.path, f"{target.path}/", f"/{language}{target.path}")
        if any(map(_resolved, tried)):
            return
        fault = "where no URL pattern answers"
    yield Warning(
        "The status page redirects users to LOGIN_URL to log in: "
        f"{str(site.LOGIN_URL)!r}, {fault}.",
        hint="Set LOGIN_URL, or add a page: path('accounts/login/', LoginView.as_view("
        "template_name='otel_sla/login.html')). Silence this if another service "
        "answers.",
        id="otel_sla.W016",
    )


def _shown_to_tenants() -> Iterator[Warning]:
    # ROOT_URLCONF is that of the tenants, unless each type of them has its own.
    if apps.is_installed("django_tenants") and not conf.PUBLIC_STATUS:
        yield Warning(
            "The pages are at the addresses of all tenants: the users of each tenant "
            "see all components.",
            hint=f"Add {_INCLUDE} to PUBLIC_SCHEMA_URLCONF, and not to ROOT_URLCONF. "
            "Silence this if all tenants' users may see them.",
            id="otel_sla.W024",
        )


def _resolved(address: str) -> ResolverMatch | None:
    """Return what answers a request for the address; None if nothing does."""
    with suppress(Resolver404):
        # A web server removes what FORCE_SCRIPT_NAME has added to the address.
        return resolve("/" + address.removeprefix(get_script_prefix()))
    return None


def _described(found: ResolverMatch) -> str:
    view = getattr(found.func, "view_class", found.func)
    name = getattr(view, "__qualname__", type(view).__qualname__)
    return f"The URL pattern {found.route!r} ({view.__module__}.{name})"
