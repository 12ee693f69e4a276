"""Sites like those of others: the README's lines suffice, or a check says why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..support.hosts import Host, try_out

CUSTOMER = """
from django.contrib.auth.models import AbstractUser
from django.db import models


class Customer(AbstractUser):
    email = models.EmailField(unique=True)
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["username"]
"""

HOSTS = [
    Host("a new project"),
    Host("a new project in debug mode", is_new=False, settings="ALLOWED_HOSTS = ['*']"),
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
    Host("BASE_DIR is a str", settings="BASE_DIR = str(BASE_DIR)"),
    Host(
        "no BASE_DIR",
        settings="""
            ALLOWED_HOSTS = ["shop.example.com"]
            DEBUG = False
            del BASE_DIR
        """,
        is_new=False,
    ),
    Host(
        "every view requires a login",
        settings="""
            MIDDLEWARE += ["django.contrib.auth.middleware.LoginRequiredMiddleware"]
        """,
    ),
    Host(
        "metrics of its own at /metrics",
        urls="""
            from django.http import HttpResponse

            urlpatterns += [path("metrics", lambda request: HttpResponse("own 1"))]
        """,
    ),
    Host(
        "a login page of its own",
        settings='LOGIN_URL = "sign-in"',
        urls="""
            from django.contrib.auth.views import LoginView

            page = LoginView.as_view(template_name="sign-in.html")
            urlpatterns += [path("sign/in", page, name="sign-in")]
        """,
        settings_after='TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]',
        files={
            "templates/sign-in.html": '<form method="post">{% csrf_token %}'
            '<input type="hidden" name="next" value="{{ next }}">{{ form }}</form>'
        },
        has_login_page=True,
    ),
    Host(
        "in languages",
        settings="""
            MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")
            LANGUAGES = [("en", "English"), ("fr", "French")]
        """,
        urls="""
            from django.conf.urls.i18n import i18n_patterns

            urlpatterns = i18n_patterns(*urlpatterns)
        """,
    ),
    Host(
        "a pattern for every path",
        urls="""
            from django.http import HttpResponse
            from django.urls import re_path

            urlpatterns += [re_path(r"^(?P<path>.*)$", lambda *_, **__: HttpResponse())]
        """,
    ),
]


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: host.name.replace(" ", "-"))
def test_the_readme_s_lines_are_enough(host: Host, tmp_path: Path) -> None:
    try_out(host, tmp_path)
