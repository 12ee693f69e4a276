"""The reference site, configured by its environment.

DATABASE_URL, DJANGO_DEBUG, DJANGO_SECRET_KEY and DJANGO_ALLOWED_HOSTS are read
here; the OpenTelemetry variables (OTEL_*) by otel_sla and otel-config.yaml.
"""

import os
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.management.utils import get_random_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = os.environ.get("DJANGO_DEBUG", "").lower() in {"1", "true", "yes", "on"}

# Metrics and pages need no key that lasts; logins do, across workers and restarts.
# wsgi.py and asgi.py say so when they start without one.
SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "") or get_random_secret_key()

ALLOWED_HOSTS = [
    host.strip()
    for host in os.environ.get(
        "DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]"
    ).split(",")
    if host.strip()
]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "otel_sla",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "sla_site.urls"
WSGI_APPLICATION = "sla_site.wsgi.application"
ASGI_APPLICATION = "sla_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": dj_database_url.config(
        default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}", conn_max_age=60
    )
}
ENGINE = DATABASES["default"]["ENGINE"]
if ENGINE.endswith("mysql") and find_spec("MySQLdb") is None:
    import pymysql

    pymysql.install_as_MySQLdb()
if ENGINE.endswith("sqlite3"):
    # WAL lets scrapes read while an edit is written; IMMEDIATE makes writers wait
    # for each other instead of failing half-way through a transaction.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        transaction_mode="IMMEDIATE",
    )

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator")
]

LOGIN_URL = "admin:login"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

# Served from the apps as they are, so that collectstatic is an option, not a step.
WHITENOISE_USE_FINDERS = True
warnings.filterwarnings("ignore", "No directory at")
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

# To stderr, also outside debug mode, where Django would only mail its errors.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": [], "level": "WARNING"}},
}

OTEL_SLA: dict[str, Any] = {"CONFIG_FILE": BASE_DIR / "otel-config.yaml"}
