"""A newcomer types the README's lines, one after the other, and sees what it says."""

from __future__ import annotations

import re
from pathlib import Path

from ..support import readme
from ..support.hosts import (
    PASSWORD,
    Seen,
    Visitor,
    append,
    make_token,
    site_in,
    type_in,
)
from ..support.processes import components_in, sample_components

ADA = {
    "DJANGO_SUPERUSER_USERNAME": "ada",
    "DJANGO_SUPERUSER_EMAIL": "ada@example.com",
    "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
}
RUNSERVER = ("python", "manage.py", "runserver", "--noreload", "127.0.0.1:{port}")
GUNICORN = ("gunicorn", "--bind", "127.0.0.1:{port}", "shop.wsgi")


def test_the_readme_s_lines_work_as_typed_in_a_new_project(tmp_path: Path) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    type_in(site_in(project), "cd .. && django-admin startproject shop shop")
    site = site_in(project)
    append(project / "shop/settings.py", readme.APP)
    append(project / "shop/urls.py", readme.INCLUDE, readme.LOGIN_PAGE)
    type_in(site, readme.LOAD)
    type_in(site, "python manage.py createsuperuser --no-input", **ADA)
    with site.serving(*RUNSERVER, path="/windows/healthz") as server:
        here = f"127.0.0.1:{server.port}"
        page = Visitor(server, here).visit("/windows/", "ada")
        assert (page.status, "web-shop" in page.text) == (200, True), page.text
        assert components_in(server.get("/windows/metrics").text) == sample_components()
        assert server.get("/static/otel_sla/pages.css").status == 200

    append(project / "shop/settings.py", readme.PRODUCTION)
    type_in(site, readme.COLLECT)
    token = make_token(site)
    check = type_in(site, "python manage.py check --deploy")
    with site.serving(*GUNICORN) as server:
        seen = Seen(check, server, token, project / "db.sqlite3")
        assert seen.scrape("").status == 401
        assert components_in(seen.scrape().text) == sample_components()
        page = Visitor(server).visit("/windows/", "ada")
        assert (page.status, "web-shop" in page.text) == (200, True), page.text
        assert {one for one in seen.messages if "W002" not in one} == set()
    (stylesheet,) = re.findall(r'stylesheet" href="/static/(.*?)"', page.text)
    assert (project / "staticfiles" / stylesheet).is_file()
