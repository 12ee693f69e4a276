"""The reference site, configured by its environment.

DATABASE_URL and DJANGO_* are read here (docs/security.md lists them); the
OpenTelemetry variables (OTEL_*) by otel_sla and otel-config.yaml.
"""

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dj_database_url
from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from .environment import is_on, listed, proxy_header, seconds, text

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = is_on("DJANGO_DEBUG")

# Database commands need no key; servers refuse to start without one, see startup.py.
# With a random one, logins would end with the worker that made it.
SECRET_KEY = text("DJANGO_SECRET_KEY", get_random_secret_key() if DEBUG else "")

ALLOWED_HOSTS = listed("DJANGO_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

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
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
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
        "DIRS": [BASE_DIR / "sla_site" / "templates"],
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
    "default": dj_database_url.parse(
        text("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}"),
        # wsgi.py sets more. Under ASGI no second request uses a connection.
        conn_max_age=seconds("DJANGO_CONN_MAX_AGE"),
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
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# For all users; the admin has a login of its own, for staff.
LOGIN_URL = "login"

# Browsers send secure cookies to localhost over plain HTTP as well, to other hosts only
# over HTTPS.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = is_on(
    "DJANGO_SECURE_COOKIES", default=not DEBUG
)
CSRF_TRUSTED_ORIGINS = listed("DJANGO_CSRF_TRUSTED_ORIGINS")
SECURE_SSL_REDIRECT = is_on("DJANGO_SSL_REDIRECT")
# Probes come from inside, behind the proxy that ends TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = proxy_header("DJANGO_PROXY_SSL_HEADER")
SECURE_HSTS_SECONDS = seconds("DJANGO_HSTS_SECONDS")
# These two also affect other hosts of the domain.
SECURE_HSTS_INCLUDE_SUBDOMAINS = is_on("DJANGO_HSTS_INCLUDE_SUBDOMAINS")
SECURE_HSTS_PRELOAD = is_on("DJANGO_HSTS_PRELOAD")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# For the admin. The app's pages set their own.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en-us"
# The browser's language, of these.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "sla_site" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

# Served from the apps as they are, so that collectstatic is an option, not a step.
WHITENOISE_USE_FINDERS = True
warnings.filterwarnings("ignore", "No directory at")
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

# To stderr, also outside debug mode, where Django would only mail errors.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"keys": {"()": "sla_site.logs.FeedKeysHidden"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["keys"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": [], "level": "WARNING"}},
}

PROMETHEUS_URL = text("DJANGO_PROMETHEUS_URL")

OTEL_SLA: dict[str, Any] = {
    "METRICS_TOKENS": listed("DJANGO_METRICS_TOKENS"),
    "METRICS_TOKEN_FILE": text("DJANGO_METRICS_TOKEN_FILE") or None,
    "PROMETHEUS": {
        "URL": PROMETHEUS_URL,
        "TOKEN_FILE": text("DJANGO_PROMETHEUS_TOKEN_FILE") or None,
    }
    if PROMETHEUS_URL
    else None,
    "PUBLIC_METRICS": is_on("DJANGO_PUBLIC_METRICS"),
    "PUBLIC_STATUS": is_on("DJANGO_PUBLIC_STATUS"),
}
