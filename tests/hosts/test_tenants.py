"""A site with a schema for each tenant, by django-tenants: docs/tenants.md."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec

import pytest

from ..support.databases import postgres_url, unavailable
from ..support.hosts import (
    PASSWORD,
    Host,
    Seen,
    Visitor,
    make_project,
    make_token,
    prepare,
)
from ..support.parts import missing
from ..support.processes import (
    GUNICORN,
    MANAGE,
    ROOT,
    Site,
    components_in,
    sample_components,
)
from ..support.receivers import Receiver

PAGE = (ROOT / "docs/tenants.md").read_text("utf-8")
_, VIEW_MODEL, ROWS_OF_ALL, MIDDLEWARE = re.findall(
    r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE
)
(VIEW,) = re.findall(r"^```sql\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)

CLIENTS = """
from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class Client(TenantMixin):
    pass


class Domain(DomainMixin):
    pass
"""
ORDERS = """
from django.db import models


class Order(models.Model):
    code = models.CharField(max_length=9)
    amount = models.IntegerField()


class AnyOrder(models.Model):
    code = models.CharField(max_length=9)
    amount = models.IntegerField()

    class Meta:
        managed = False
        db_table = "shop_order"


"""
ROWS = f"""
import os

from django.db.models import Sum
from otel_sla.bridge import RowMetrics, Sample, attribute, gauge, source

from .models import AnyOrder, Order, OrderOfAll


class OfTenant(RowMetrics):
    queryset = (Order if "WITH_ORDERS" in os.environ else AnyOrder).objects.all()
    code = attribute("code")
    amount = gauge("of_tenant.amount", "amount", help="Amount.")
    refresh = 60


@source
def by_function(read):
    for one in AnyOrder.objects.all():
        yield Sample("by_function.amount", one.amount, {{"code": one.code}})


{ROWS_OF_ALL}
"""
FILL = f"""
from clients.models import Client, Domain
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.db import connection
from shop.models import Order


class Command(BaseCommand):
    def handle(self, *args, **options):
        for schema in ("public", "a", "b"):
            host = schema if schema != "public" else "shop"
            tenant = Client.objects.create(schema_name=schema)
            Domain.objects.create(domain=f"{{host}}.example.com", tenant=tenant)
            with tenant:
                get_user_model().objects.create_superuser(
                    f"root-{{schema}}", password={PASSWORD!r}
                )
                if schema != "public":
                    Order.objects.create(code=f"of-{{schema}}", amount=len(schema))
        with connection.cursor() as cursor:
            cursor.execute({VIEW!r})
"""
CODE = """
    from django.http import HttpResponse
    from otel_sla.web.metrics import metrics

    from .models import AnyOrder

    def code(request):
        metrics(request)
        return HttpResponse(AnyOrder.objects.get().code)

    urlpatterns += [path("code", code)]
"""
URLS_OF_TENANTS = """
from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
"""
SETTINGS = """
    import os

    import dj_database_url

    DATABASES["default"] = dj_database_url.parse(
        {url!r}, engine="django_tenants.postgresql_backend"
    )
    DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
    TENANT_MODEL, TENANT_DOMAIN_MODEL = "clients.Client", "clients.Domain"
    TENANT_LIMIT_SET_CALLS = True
    OF_DJANGO = INSTALLED_APPS
    INSTALLED_APPS = ["django_tenants", "clients", *OF_DJANGO, "shop"]
    if "IN_PUBLIC_ONLY" in os.environ:
        PUBLIC_SCHEMA_URLCONF, ROOT_URLCONF = "shop.urls", "shop.urls_of_tenants"
        MIDDLEWARE.insert(0, "shop.tenants.Tenants")
    else:
        MIDDLEWARE.insert(0, "django_tenants.middleware.main.TenantMainMiddleware")
    os.environ.setdefault("OTEL_METRICS_EXPORTER", "prometheus,otlp")
    os.environ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000"
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:{port}"
"""
PLACES = """
    ALLOWED_HOSTS += [".example.com", "127.0.0.1"]
    PLACED = os.environ.get("PLACED", "shared").split()
    SHARED_APPS = ["django_tenants", "clients", *OF_DJANGO]
    TENANT_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "shop"]
    SHARED_APPS += ["otel_sla"] if "shared" in PLACED else []
    TENANT_APPS += ["otel_sla.apps.OtelSlaConfig"] if "tenants" in PLACED else []
"""
ALL = ("shop", "a", "b")


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    if find_spec("django_tenants") is None:
        missing("django-tenants")
    with postgres_url() as url:
        yield url


@pytest.fixture(scope="module")
def built(
    database: str, tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> tuple[Site, str, str]:
    """The site with two tenants, the token of scrapes, and what `check` says."""
    host = Host(
        "tenants",
        settings=SETTINGS.format(url=database, port=receiver.http_port),
        urls=CODE,
        settings_after=PLACES,
        files={
            "clients/__init__.py": "",
            "clients/models.py": CLIENTS,
            "shop/models.py": ORDERS + VIEW_MODEL,
            "shop/row_metrics.py": ROWS,
            "shop/tenants.py": MIDDLEWARE,
            "shop/urls_of_tenants.py": URLS_OF_TENANTS,
            "shop/management/commands/fill.py": FILL,
        },
        commands=("makemigrations clients shop", "migrate_schemas --shared", "fill"),
    )
    site = make_project(host, tmp_path_factory.mktemp("tenants"))
    token = make_token(site)
    return site, token, prepare(site, *host.commands)


@pytest.fixture(scope="module")
def seen(
    built: tuple[Site, str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Seen]:
    """The site with the app's addresses at each tenant's."""
    site, token, check = built
    command = (*GUNICORN, "--workers", "2", "--threads", "4", "shop.wsgi")
    with site.serving(*command) as server:
        yield Seen(check, server, token, tmp_path_factory.getbasetemp())


def scrape(seen: Seen, tenant: str, path: str = "/windows/metrics") -> str:
    visitor = Visitor(
        seen.server,
        host=f"{tenant}.example.com",
        Authorization=f"Bearer {seen.token}",
    )
    answer = visitor.open("GET", path)
    assert answer.status == 200, answer.text
    return answer.text


def test_all_addresses_have_the_same_metrics_and_none_has_a_tenant_s_rows(
    seen: Seen,
) -> None:
    with ThreadPoolExecutor(8) as threads:
        texts = list(threads.map(lambda one: scrape(seen, one), ALL * 8))
    for text in texts:
        assert components_in(text) == sample_components()
        assert not re.findall("^(?:of_tenant|by_function)_.*", text, re.MULTILINE)
        for name in ("OfTenant", "by_function"):
            assert f'otel_sla_source_up{{source="shop.{name}"}} 0' in text
        # By a view of the public schema.
        assert re.findall("^orders_amount.*", text, re.MULTILINE) == [
            'orders_amount{tenant="a"} 1',
            'orders_amount{tenant="b"} 1',
        ]


def test_after_a_scrape_a_request_goes_on_with_its_tenant(seen: Seen) -> None:
    for tenant in ("a", "b", "a"):
        assert scrape(seen, tenant, "/code") == f"of-{tenant}"


def test_a_tenant_s_users_see_all_components_where_its_urls_have_the_pages(
    seen: Seen,
) -> None:
    visitor = Visitor(seen.server, host="a.example.com")
    assert "web-shop" in visitor.visit("/windows/", "root-a").text
    (said,) = seen.messages
    assert "(otel_sla.W024) The pages are at the addresses of all tenants" in said


def test_pushes_are_of_the_public_schema(seen: Seen, receiver: Receiver) -> None:
    scrape(seen, "a")
    receiver.sink.clear()
    points = receiver.sink.expect(len(sample_components()), "service_window.in_window")
    named = {dict(one.attributes)["component"] for one in points}
    assert named == sample_components()
    assert not receiver.sink.points("of_tenant.amount")


def test_a_tenant_s_superuser_finds_nothing_of_the_app_in_the_admin(
    seen: Seen,
) -> None:
    visitor = Visitor(seen.server, host="a.example.com")
    index = visitor.visit("/admin/", "root-a").text
    assert "/admin/auth/user/" in index
    assert "otel_sla" not in index
    for path in ("schedule/", "component/add/", "override/", "feedtoken/add/"):
        answer = visitor.open("GET", f"/admin/otel_sla/{path}")
        assert answer.status == 403, path
    public = Visitor(seen.server, host="shop.example.com")
    assert "/admin/otel_sla/schedule/" in public.visit("/admin/", "root-public").text


def test_polled_paths_need_no_tenant_and_others_are_in_public_urls_only(
    built: tuple[Site, str, str], database: str
) -> None:
    site, token, _ = built
    alone = site.having(IN_PUBLIC_ONLY="1")
    assert "no issues" in alone.manage("check", "--database", "default")
    hosts = ("shop.example.com", "a.example.com", "127.0.0.1")
    polled = ("metrics", "healthz", "readyz")
    with alone.serving(*GUNICORN, "shop.wsgi", path="/windows/healthz") as server:

        def statuses(*paths: str) -> list[int]:
            return [
                Visitor(server, host=host, Authorization=f"Bearer {token}")
                .open("GET", f"/windows/{path}")
                .status
                for host in hosts
                for path in paths
            ]

        assert statuses("api/v1/components") == [401, 404, 404]
        assert statuses(*polled) == 9 * [200]
        with unavailable(database):
            assert statuses(*polled) == 9 * [200]
            assert statuses("api/v1/components") == [500, 500, 500]


@pytest.mark.parametrize(
    ("placed", "command", "said"),
    [
        ("tenants", "migrate_schemas", "otel_sla is an app of tenants"),
        ("shared tenants", "check", "otel_sla is an app of tenants"),
        ("", "check", "otel_sla is not an app of the public schema"),
    ],
)
def test_the_app_is_refused_but_in_the_public_schema(
    placed: str, command: str, said: str, built: tuple[Site, str, str]
) -> None:
    done = built[0].having(PLACED=placed).run(*MANAGE, command)
    assert done.returncode == 1
    assert f"(otel_sla.E008) {said}" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_server_starts_with_the_app_in_tenant_apps(
    built: tuple[Site, str, str],
) -> None:
    site = built[0].having(PLACED="shared tenants")
    done = site.run(sys.executable, "-c", "import shop.wsgi")
    assert "ImproperlyConfigured: otel_sla is an app of tenants" in done.stderr


def test_rows_of_a_tenant_s_model_are_refused_by_a_check(
    built: tuple[Site, str, str],
) -> None:
    done = built[0].having(WITH_ORDERS="1").run(*MANAGE, "check")
    assert done.returncode == 1
    assert "(otel_sla.E006) shop.OfTenant.queryset: reads shop.Order" in done.stderr
