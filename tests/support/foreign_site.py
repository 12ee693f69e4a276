"""Put otel_sla into a new Django site, in a new environment, and scrape it.

    python -m tests.support.foreign_site [--postgres URL] [--prometheus PROGRAM]

Builds the wheel, makes a Django project elsewhere with a user model, a required login
and a Prometheus endpoint of its own, installs the wheel into a fresh virtual
environment, and does what the README says: INSTALLED_APPS, one include(), migrate,
load. Then gunicorn serves it on a new database of the PostgreSQL at the URL, a real
Prometheus scrapes it with a token, and what it knows is printed. The same site under
ASGI, with a MeterProvider of its own, has to answer as well. Everything it has made is
removed. Needs nothing but Python's standard library, PostgreSQL and Prometheus.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit

from .new_site import (
    ROOT,
    Failed,
    Project,
    build_wheel,
    expect,
    free_port,
    get,
    new_project,
    running,
    say,
    until,
)

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
INSTALLED = (
    *("gunicorn", "uvicorn", "psycopg[binary]"),
    *("dj-database-url", "django-prometheus"),
)
GUNICORN = ("gunicorn", "--no-control-socket", "--bind", "127.0.0.1:{port}")
SERVERS = {
    "WSGI": (*GUNICORN, "--workers", "2", "shop.wsgi"),
    "ASGI": ("uvicorn", "--port", "{port}", "shop.asgi:application"),
}

USER = """
from django.contrib.auth.models import AbstractUser
from django.db import models


class Customer(AbstractUser):
    email = models.EmailField(unique=True)
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["username"]
"""
SETTINGS = """
import os
import dj_database_url

ALLOWED_HOSTS = ["127.0.0.1"]
DEBUG = False
DATABASES = {
    "default": {
        **dj_database_url.parse(os.environ["SHOP_DATABASE"]),
        "ENGINE": "django_prometheus.db.backends.postgresql",
    }
}
AUTH_USER_MODEL = "accounts.Customer"
INSTALLED_APPS += ["accounts", "django_prometheus", "otel_sla"]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    *MIDDLEWARE,
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
LOGIN_URL = "admin:login"
OTEL_SLA = {"METRICS_TOKEN_FILE": BASE_DIR / "scrape-token"}

if os.environ.get("SHOP_METERS"):
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import MeterProvider

    metrics.set_meter_provider(MeterProvider())
"""
URLS = """
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django_prometheus.exports import ExportToDjangoView
from opentelemetry import metrics

metrics.get_meter("shop").create_counter("shop.orders").add(3)
urlpatterns = [
    path("admin/", admin.site.urls),
    path("own/metrics", login_not_required(ExportToDjangoView)),
    path("windows/", include("otel_sla.urls")),
]
"""
SAMPLE = "import otel_sla; print(otel_sla.__path__[0] + '/sample_catalogue.yaml')"
STATEMENT = (
    "import sys, psycopg; "
    "psycopg.connect(sys.argv[1], autocommit=True, connect_timeout=5)"
    ".execute(sys.argv[2])"
)
SCRAPING = """
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: service-windows
    metrics_path: /windows/metrics
    authorization: {{credentials_file: {token}}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: the-site-s-own
    metrics_path: /own/metrics
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--postgres", metavar="URL", default=POSTGRES)
    parser.add_argument("--prometheus", metavar="PROGRAM", default="prometheus")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        if shutil.which(options.prometheus) is None:
            raise Failed(f"{options.prometheus} is not installed")
        with ExitStack() as stack:
            made = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            tour(made, options.postgres, options.prometheus, stack)
    except Failed as error:
        sys.exit(f"FAILED: {error}")
    say(f"passed in {time.monotonic() - began:.0f} s, and everything is removed")


def tour(made: Path, postgres: str, prometheus: str, stack: ExitStack) -> None:
    """Go all the way, in that directory. Raises Failed."""
    wheel = build_wheel(made)
    say(f"built {wheel.name}")
    project = make_project(made, wheel)
    address = urlsplit(postgres)
    name = f"foreign_site_{secrets.token_hex(6)}"
    project.run("-c", STATEMENT, postgres, f"CREATE DATABASE {name}")
    stack.callback(
        project.run, "-c", STATEMENT, postgres, f"DROP DATABASE {name} WITH (FORCE)"
    )
    project.environment["SHOP_DATABASE"] = address._replace(path=f"/{name}").geturl()
    project.manage("makemigrations", "accounts")
    project.manage("migrate", "--verbosity", "0")
    say(project.manage("check", "--database", "default").strip())
    sample = project.run("-c", SAMPLE).strip()
    say(project.manage("load_catalogue", sample).splitlines()[-1])
    port = stack.enter_context(serving(project, "WSGI"))
    look(port, project)
    with serving(project.having(SHOP_METERS="1"), "ASGI") as another:
        look(another, project)
        _, exposition = get(another, "/windows/metrics", project.token)
        expect("\nshop_orders_total 3" in exposition, "the site's own counter is shown")
        say("the MeterProvider of the site's own is taken, and its counter shown")
    known = stack.enter_context(scraping(made, prometheus, port, project))
    report(known)


def make_project(made: Path, wheel: Path) -> Project:
    """Make a site with the wheel, its own users and a token."""
    project = new_project(made, *("-c", ROOT / "constraints.txt", wheel), *INSTALLED)
    directory = project.directory
    project.run("-m", "django", "startapp", "accounts")
    (directory / "accounts" / "models.py").write_text(USER, "utf-8")
    with (directory / "shop" / "settings.py").open("a", encoding="utf-8") as settings:
        settings.write(SETTINGS)
    (directory / "shop" / "urls.py").write_text(URLS, "utf-8")
    token = directory / "scrape-token"
    token.write_text(f"{secrets.token_urlsafe(32)}\n", "utf-8")
    token.chmod(0o600)
    return project


@contextmanager
def serving(project: Project, interface: str) -> Iterator[int]:
    """Serve the project over the interface; yield its port."""
    port = free_port()
    command = [one.format(port=port) for one in SERVERS[interface]]
    given = (project.directory, project.environment)
    with running(*given, project.python, "-m", *command):
        until(lambda: get(port, "/windows/readyz")[0] == 200, "a site that is ready")
        say(f"served over {interface}")
        yield port


def look(port: int, project: Project) -> None:
    """Compare what the site answers with what it should; say it."""
    token = project.token
    status, exposition = get(port, "/windows/metrics", token)
    expect(status == 200, f"a scrape with the token is 200, not {status}: {exposition}")
    for wrong in ("", f"{token}x"):
        status, _ = get(port, "/windows/metrics", wrong)
        expect(status == 401, f"a scrape with token {wrong!r} is 401, not {status}")
    say("a scrape without the token, or with a wrong one, is refused")
    status, own = get(port, "/own/metrics")
    expect(status == 200, f"the site's own endpoint is 200, not {status}")
    for text in (exposition, own):
        families = re.findall(r"^# TYPE (\S+)", text, re.MULTILINE)
        twice = {one for one in families if families.count(one) > 1}
        expect(not twice, f"no family is there twice, as are {twice}")
    shared = set(re.findall(r"^# TYPE (\S+)", exposition, re.MULTILINE)) & set(
        re.findall(r"^# TYPE (\S+)", own, re.MULTILINE)
    )
    expect(not shared, f"both endpoints have families of their own, but for {shared}")
    expect("django_http_requests" in own, "the site's own endpoint has its families")
    say("the site's own Prometheus endpoint and this one have no family in common")
    for path, wanted in (("", 302), ("healthz", 200), ("readyz", 200)):
        status, _ = get(port, f"/windows/{path}")
        expect(status == wanted, f"/windows/{path} is {wanted}, not {status}")
    say("pages are behind the site's login, health is not")


@contextmanager
def scraping(
    made: Path, program: str, port: int, project: Project
) -> Iterator[Callable[[str], list[tuple[dict[str, str], str]]]]:
    """Run a Prometheus that scrapes the site; yield what answers queries."""
    own = free_port()
    token = project.directory / "scrape-token"
    file = made / "prometheus.yml"
    file.write_text(SCRAPING.format(token=token, port=port), "utf-8")
    command = (
        program,
        f"--config.file={file}",
        f"--storage.tsdb.path={made / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{own}",
    )

    def ask(query: str) -> list[tuple[dict[str, str], str]]:
        status, text = get(own, f"/api/v1/query?query={quote(query)}")
        found = json.loads(text)["data"]["result"] if status == 200 else []
        return [(one["metric"], one["value"][1]) for one in found]

    with running(made, project.environment, *command):
        until(lambda: len(ask("up == 1")) == 2, "a Prometheus that has scraped twice")
        yield ask


def report(ask: Callable[[str], list[tuple[dict[str, str], str]]]) -> None:
    """Print what Prometheus knows."""
    for query in (
        "up",
        "count(service_window_in_window)",
        "service_window_components",
        'service_window_info{component="web-shop"}',
        'service_window_next_start_seconds{component="web-shop"}',
    ):
        until(partial(ask, query), query)
        for labels, value in ask(query):
            shown = ", ".join(
                f"{name}={text}" for name, text in labels.items() if name != "__name__"
            )
            say(f"Prometheus: {query} is {value}" + (f" ({shown})" if shown else ""))
    ((_, count),) = ask("count(service_window_in_window)")
    ((_, components),) = ask("service_window_components")
    expect(count == components, f"all {components} components are known, not {count}")


if __name__ == "__main__":
    main()
