"""Sites like those of others: the README's lines suffice, or a check says why not."""

from __future__ import annotations

import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ..support.hosts import Host, Visitor, built, try_out
from ..support.parts import missing

CUSTOMER = """
from django.contrib.auth.models import AbstractUser
from django.db import models


class Customer(AbstractUser):
    email = models.EmailField(unique=True)
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["username"]
"""

SIGN_IN = """
from django.contrib.auth.views import LoginView
from django.urls import path

page = LoginView.as_view(template_name="sign-in.html")
urlpatterns += [path("sign/in", page, name="sign-in")]
"""
SIGN_IN_FORM = """
<form method="post">{% csrf_token %}{{ form }}
  <input type="hidden" name="next" value="{{ next }}">
</form>
"""
OWN_LOGIN: dict[str, Any] = {
    "has_login_page": True,
    "urls": SIGN_IN,
    "files": {"shop/templates/sign-in.html": SIGN_IN_FORM},
}
LANGUAGES = """
MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")
LANGUAGES = [("en", "English"), ("fr", "French")]
LANGUAGE_CODE = "fr"
"""
EVERY_PATH = """
from django.http import Http404
from django.urls import re_path


def page_of_cms(request, slug):
    raise Http404(slug)


urlpatterns = [*urlpatterns, re_path(r"^(?P<slug>.*)$", page_of_cms)]
"""
LAST_FIRST = """
urlpatterns = [urlpatterns[-1], *urlpatterns[:-1]]
"""

NO_URLS = "from django.urls import path\n\nurlpatterns = []\n"
NO_LOGINS: dict[str, Any] = {
    "has_login_page": True,
    "settings": """
        INSTALLED_APPS = MIDDLEWARE = []
        TEMPLATES[0]["OPTIONS"] = {}
    """,
    "files": {"shop/urls.py": NO_URLS},
}

UWSGI = (
    *(
        str(Path(sys.executable).with_name("uwsgi")),
        "--http-socket",
        "127.0.0.1:{port}",
    ),
    *("--need-app", "--die-on-term", "--master", "--processes", "2", "--module"),
)
PROBES = """
from django.http import HttpResponse


def answer(get_response):
    def middleware(request):
        if request.path == "/alive":
            return HttpResponse("alive")
        return get_response(request)

    return middleware
"""

HOSTS = [
    Host(
        "a user model of its own",
        settings="""
            INSTALLED_APPS += ["accounts"]
            AUTH_USER_MODEL = "accounts.Customer"
        """,
        files={"accounts/__init__.py": "", "accounts/models.py": CUSTOMER},
        commands=("makemigrations accounts",),
        username="ada@example.com",
    ),
    Host(
        "apps in a tuple, BASE_DIR a str",
        settings="""
            BASE_DIR = str(BASE_DIR)
            INSTALLED_APPS = tuple(INSTALLED_APPS)
        """,
    ),
    Host(
        "no BASE_DIR",
        settings="""
            ALLOWED_HOSTS = ["shop.example.com"]
            DEBUG = False
            del BASE_DIR
        """,
        is_new=False,
    ),
    Host("local times", settings="USE_TZ, TIME_ZONE = False, 'America/Chicago'"),
    Host(
        "every view requires a login",
        settings="""
            MIDDLEWARE += ["django.contrib.auth.middleware.LoginRequiredMiddleware"]
        """,
    ),
    Host(
        "metrics of its own",
        urls="""
            from django.http import HttpResponse

            urlpatterns += [path("metrics", lambda _: HttpResponse(status=204))]
        """,
        answers={"/metrics": 204},
    ),
    Host(
        "a login page of its own",
        settings="""
            INSTALLED_APPS += ["shop"]
            LOGIN_URL = "sign-in"
        """,
        **OWN_LOGIN,
    ),
    Host(
        "no admin",
        settings='INSTALLED_APPS[:] = ["shop", *INSTALLED_APPS[1:]]',
        files={"shop/urls.py": NO_URLS},
    ),
    Host(
        "no logins",
        **NO_LOGINS,
        page=403,
        says="this site has no logins",
        answers={
            "/windows/timeline": 403,
            "/windows/api/v1/components": 401,
            "/windows/calendar/x/all.ics": 404,
        },
    ),
    Host(
        "no logins, public",
        **NO_LOGINS,
        settings_after='OTEL_SLA["PUBLIC_STATUS"] = True',
    ),
    Host(
        "languages",
        settings=LANGUAGES,
        urls="""
            from django.conf.urls.i18n import i18n_patterns

            urlpatterns = i18n_patterns(*urlpatterns)
        """,
    ),
    Host(
        "the app, too, in languages",
        settings=LANGUAGES,
        urls_after="""
            from django.conf.urls.i18n import i18n_patterns

            urlpatterns = i18n_patterns(*urlpatterns)
        """,
    ),
    Host(
        "a base template of its own",
        settings="""
            INSTALLED_APPS += ["shop"]
        """,
        settings_after='OTEL_SLA["BASE_TEMPLATE"] = "shop.html"',
        files={
            "shop/templates/shop.html": "{% block extrahead %}{% endblock %}"
            "<title>{% block title %}{% endblock %}</title>"
            "{% block content %}{% endblock %}"
        },
    ),
    Host("a pattern for every path", urls=EVERY_PATH),
    Host(
        "a pattern for every path, in front",
        urls_after=EVERY_PATH + LAST_FIRST,
        metrics=404,
        without_token=404,
        page=404,
        says="The URL pattern '^(?P<slug>.*)$' (shop.urls.page_of_cms) answers instead",
    ),
]


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name)
def test_the_readme_s_lines_are_enough(host: Host, tmp_path: Path) -> None:
    try_out(host, tmp_path)


def test_the_readme_s_lines_are_enough_under_uwsgi(tmp_path: Path) -> None:
    if find_spec("pyuwsgi") is None:
        missing("pyuwsgi")
    try_out(Host("uWSGI"), tmp_path, UWSGI)


def test_probes_that_a_site_answers_for_any_host_are_still_answered(
    tmp_path: Path,
) -> None:
    host = Host(
        "probes",
        settings='MIDDLEWARE.insert(0, "shop.probes.answer")',
        files={"shop/probes.py": PROBES},
    )
    with built(host, tmp_path) as seen:
        by_address = Visitor(seen.server, host="10.0.0.1")
        assert by_address.open("GET", "/alive").text == "alive"
        assert by_address.open("GET", "/windows/").status == 400
        assert Visitor(seen.server).open("GET", "/alive").text == "alive"
        counted = "http_server_request_duration_seconds_count"
        assert re.findall(rf"^{counted}.* (.+)$", seen.scrape().text, re.M) == ["1.0"]
