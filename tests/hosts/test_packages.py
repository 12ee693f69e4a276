"""Sites whose databases, requests and telemetry others have a hand in as well."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from ..support.hosts import (
    Host,
    Seen,
    Visitor,
    built,
    make_project,
    make_token,
    prepare,
    try_out,
)
from ..support.parts import missing
from ..support.processes import GUNICORN, Server, components_in, sample_components

NO_LAST_LOGIN = """
from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in


class Logins(AppConfig):
    name = "logins"

    def ready(self):
        user_logged_in.disconnect(dispatch_uid="update_last_login")
"""
ROUTERS = """
APPS = {"users": {"admin", "auth", "contenttypes", "sessions"}, "windows": {"otel_sla"}}


class ByApp:
    def db_for_read(self, model, **hints):
        return next((db for db in APPS if model._meta.app_label in APPS[db]), None)

    db_for_write = db_for_read

    def allow_migrate(self, db, app_label, **hints):
        return app_label in APPS.get(db, ())
"""
PROVIDER = """
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import MeterProvider

    metrics.set_meter_provider(MeterProvider())
"""
COUNTING = """
    from django.http import HttpResponse
    from opentelemetry import metrics

    orders = metrics.get_meter("shop").create_counter("orders")

    def order(request):
        orders.add(3)
        return HttpResponse(status=204)

    urlpatterns += [path("order", order)]
"""
TAKES_NO_READER = """
    from opentelemetry import metrics

    metrics.set_meter_provider(metrics.NoOpMeterProvider())
"""

HOSTS = [
    Host(
        # Its users log in without a write.
        "django-read-only",
        settings="""
            import sys

            DJANGO_READ_ONLY = "gunicorn" in sys.argv[0]
            INSTALLED_APPS += ["django_read_only", "logins.Logins"]
            SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
        """,
        files={"logins.py": NO_LAST_LOGIN},
    ),
    Host(
        "ATOMIC_REQUESTS",
        settings="""
            DATABASES["default"]["ATOMIC_REQUESTS"] = True
            DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE"}
        """,
    ),
    Host(
        "several databases",
        settings="""
            for name in ("users", "windows"):
                file = BASE_DIR / f"{name}.sqlite3"
                DATABASES[name] = {**DATABASES["default"], "NAME": file}
            DATABASE_ROUTERS = ["routers.ByApp"]
        """,
        files={"routers.py": ROUTERS},
        commands=("migrate --database users", "migrate --database windows"),
    ),
]
OWN = """
import json

from django.contrib.auth import get_user_model
from django.http import HttpResponse, JsonResponse
from django.urls import include, path
from opentelemetry import metrics
from prometheus_client import Counter

from .settings import reader

carts = Counter("carts", "Carts.")
orders = metrics.get_meter("shop").create_counter("orders")


def order(request):
    carts.inc(get_user_model().objects.filter(is_active=True).count() + 1)
    orders.add(3)
    return HttpResponse(status=204)


def read(request):
    found = json.loads(reader.get_metrics_data().to_json())["resource_metrics"]
    return JsonResponse({
        "resource": [one["resource"] for one in found],
        "metrics": [
            (metric["name"], [one["value"] for one in metric["data"]["data_points"]])
            for one in found
            for scope in one["scope_metrics"]
            if scope["scope"]["name"] == "shop"
            for metric in scope["metrics"]
        ],
    })


urlpatterns = [
    path("", include("django_prometheus.urls")),
    path("order", order),
    path("read", read),
]
"""
WITHOUT_US = """
from .settings import *

INSTALLED_APPS.remove("otel_sla")
ROOT_URLCONF = "shop.own"
"""
EXPORTERS = Host(
    "exporters of its own",
    settings="""
        from opentelemetry import metrics
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import InMemoryMetricReader

        BEFORE, AFTER = (
            f"django_prometheus.middleware.Prometheus{which}Middleware"
            for which in ("Before", "After")
        )
        DATABASES["default"]["ENGINE"] = "django_prometheus.db.backends.sqlite3"
        INSTALLED_APPS += ["django_prometheus"]
        MIDDLEWARE = [BEFORE, *MIDDLEWARE, AFTER]
        reader = InMemoryMetricReader()
        metrics.set_meter_provider(MeterProvider([reader]))
    """,
    urls="""
        from .own import urlpatterns as own

        urlpatterns += own
    """,
    files={"shop/own.py": OWN, "shop/without_us.py": WITHOUT_US},
)


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_a_site_with_others_around_it_is_served(host: Host, tmp_path: Path) -> None:
    if host.name == "django-read-only" and find_spec("django_read_only") is None:
        missing(host.name)
    try_out(host, tmp_path)


def families(text: str) -> list[str]:
    return re.findall(r"^# (?:HELP|TYPE) .*", text, re.MULTILINE)


def exported(server: Server) -> tuple[list[str], list[str], str]:
    """What the site exports by other packages after an order, for which it asks the
    database, as scrapes of ours do."""
    visitor = Visitor(server)
    assert visitor.open("GET", "/order").status == 204
    text = visitor.open("GET", "/metrics").text
    read = visitor.open("GET", "/read").text
    return (
        families(text),
        re.findall("^carts_total .*", text, re.MULTILINE),
        re.sub('("service.instance.id": )"[^"]+"', r"\1...", read),
    )


def test_what_a_site_exports_by_other_packages_is_as_without_this_app(
    tmp_path: Path,
) -> None:
    if find_spec("django_prometheus") is None:
        missing("django-prometheus")
    site = make_project(EXPORTERS, tmp_path)
    token, check = make_token(site), prepare(site)
    with site.serving(*GUNICORN, "shop.wsgi") as server:
        seen = Seen(check, server, token, tmp_path)
        assert components_in(seen.scrape().text) == sample_components()
        with_us = exported(server)
        scraped = seen.scrape().text
    bare = site.having(DJANGO_SETTINGS_MODULE="shop.without_us")
    with bare.serving(*GUNICORN, "shop.wsgi") as server:
        assert exported(server) == with_us
        assert Visitor(server).open("GET", "/windows/metrics").status == 404
    assert with_us[1] == ["carts_total 2.0"]
    assert '["orders", [3]]' in with_us[2]
    # Only OpenTelemetry's provider is shared.
    assert not {*families(scraped)} & {*with_us[0]}
    assert "carts" not in scraped
    assert re.findall("^orders_total.* (.*)", scraped, re.MULTILINE) == ["3.0"]
    assert not seen.messages


def test_a_provider_of_the_site_s_own_has_its_metrics_and_ours(tmp_path: Path) -> None:
    host = Host("a MeterProvider of its own", settings=PROVIDER, urls=COUNTING)
    with built(host, tmp_path) as seen:
        assert Visitor(seen.server).open("GET", "/order").status == 204
        scraped = seen.scrape().text
        page = Visitor(seen.server).visit("/windows/", host.username)
    assert re.search("^orders_total.* 3.0$", scraped, re.MULTILINE)
    assert components_in(scraped) == sample_components()
    assert page.status == 200


def test_a_provider_that_takes_no_reader_is_named_in_the_answer(tmp_path: Path) -> None:
    with built(Host("another provider", settings=TAKES_NO_READER), tmp_path) as seen:
        scraped = seen.scrape()
    assert scraped.status == 503
    assert "the MeterProvider that was set already" in scraped.text
    assert "takes no reader" in scraped.text
