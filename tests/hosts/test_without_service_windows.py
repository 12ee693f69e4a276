"""A site that has the app for rows of its own, and no service windows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import pytest

from ..support.hosts import PASSWORD, Host, Seen, Visitor, built, site_in
from ..support.receivers import Receiver

FILL = f"""
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from stock.models import Disk


class Command(BaseCommand):
    def handle(self, *args, **options):
        get_user_model().objects.create_superuser("eve", password={PASSWORD!r})
        for host, size in (("a", 100), ("b", 200)):
            Disk.objects.create(host=host, size=size)
"""
FILES = {
    "stock/__init__.py": "",
    "stock/models.py": """
from django.db import models


class Disk(models.Model):
    host = models.CharField(max_length=50)
    size = models.BigIntegerField()
""",
    "stock/row_metrics.py": """
from otel_sla.bridge import RowMetrics, attribute, gauge

from .models import Disk


class Disks(RowMetrics):
    queryset = Disk.objects.all()
    host = attribute("host")
    size = gauge("disk.size", "size", unit="By", help="Size of the disk.")
""",
    "stock/management/commands/fill.py": FILL,
}
SETTINGS = """
    import os

    INSTALLED_APPS += ["stock"]
    os.environ.setdefault("OTEL_METRICS_EXPORTER", "prometheus,otlp")
    os.environ["OTEL_METRIC_EXPORT_INTERVAL"] = "1000"
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:{port}"
"""


@pytest.fixture(scope="module")
def seen(
    tmp_path_factory: pytest.TempPathFactory, receiver: Receiver
) -> Iterator[Seen]:
    host = Host(
        "no service windows",
        settings=SETTINGS.format(port=receiver.http_port),
        settings_after='OTEL_SLA["SERVICE_WINDOWS"] = False',
        files=FILES,
        commands=("makemigrations stock", "migrate", "fill"),
        has_catalogue=False,
    )
    with built(host, tmp_path_factory.mktemp("rows_only")) as seen:
        yield seen


def test_check_has_nothing_to_say(seen: Seen) -> None:
    assert seen.messages == set()
    assert "Traceback" not in seen.server.output


def test_the_site_s_rows_and_the_process_s_own_metrics_are_all_there_is(
    seen: Seen,
) -> None:
    text = seen.scrape().text
    assert set(re.findall(r"^disk.*$", text, re.MULTILINE)) == {
        'disk_size_bytes{host="a"} 100',
        'disk_size_bytes{host="b"} 200',
    }
    assert set(re.findall(r"^service_window_\w+", text, re.MULTILINE)) == {
        "service_window_collection_errors_total",
        "service_window_exports_total",
        "service_window_export_points_lost_total",
    }


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("metrics", 401),
        ("healthz", 200),
        ("readyz", 200),
        ("", 404),
        ("timeline", 404),
        ("components/web-shop", 404),
        ("api/v1/components", 404),
        ("calendar/x/all.ics", 404),
    ],
)
def test_pages_are_not_there(address: str, status: int, seen: Seen) -> None:
    visitor = Visitor(seen.server)
    assert visitor.open("GET", f"/windows/{address}").status == status


def test_the_admin_has_no_model_of_the_app_and_the_login_page_works(seen: Seen) -> None:
    visitor = Visitor(seen.server)
    assert "<h1>Log in</h1>" in visitor.open("GET", "/accounts/login/").text
    page = visitor.visit("/admin/", "eve")
    assert "/admin/auth/user/" in page.text
    assert "otel_sla" not in page.text
    assert visitor.open("GET", "/admin/otel_sla/component/").status == 404


def test_the_site_s_rows_are_pushed_by_the_holder_of_the_lease(
    seen: Seen, receiver: Receiver
) -> None:
    receiver.sink.clear()
    points = receiver.sink.expect(2 * 2, "disk.size")
    assert {one.value for one in points} == {100, 200}
    with sqlite3.connect(seen.database) as database:
        assert database.execute("SELECT name FROM otel_sla_lease").fetchall() == [
            ("otlp",)
        ]


def test_commands_about_schedules_end_in_a_sentence_and_others_work(seen: Seen) -> None:
    site = site_in(seen.database.parent)
    refused = site.run("python", "manage.py", "windows", "web-shop")
    assert refused.returncode == 1
    assert refused.stderr == (
        "CommandError: This command is about service windows, which the site does not "
        'have: OTEL_SLA["SERVICE_WINDOWS"] is False.\n'
    )
    shown = site.run("python", "manage.py", "show_metrics", "Disks")
    assert 'disk_size_bytes{host="a"} 100' in shown.stdout, shown.stderr
