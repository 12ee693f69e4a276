"""Sites whose databases, requests and telemetry others have a hand in as well."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from ..support.hosts import Host, Visitor, built, try_out
from ..support.parts import missing
from ..support.processes import components_in, sample_components

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
        "django-prometheus",
        settings="""
            BEFORE, AFTER = (
                f"django_prometheus.middleware.Prometheus{which}Middleware"
                for which in ("Before", "After")
            )
            DATABASES["default"]["ENGINE"] = "django_prometheus.db.backends.sqlite3"
            INSTALLED_APPS += ["django_prometheus"]
            MIDDLEWARE = [BEFORE, *MIDDLEWARE, AFTER]
        """,
        urls="""
            from django.urls import include, path

            urlpatterns += [path("", include("django_prometheus.urls"))]
        """,
        answers={"/metrics": 200},
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
PACKAGES = {
    one: one.replace("-", "_") for one in ("django-prometheus", "django-read-only")
}


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_a_site_with_others_around_it_is_served(host: Host, tmp_path: Path) -> None:
    if host.name in PACKAGES and find_spec(PACKAGES[host.name]) is None:
        missing(host.name)
    try_out(host, tmp_path)


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
