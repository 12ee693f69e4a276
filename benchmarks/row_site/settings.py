"""Settings of the site."""

import os

import dj_database_url

SECRET_KEY = "benchmark"  # noqa: S105
ALLOWED_HOSTS = ["127.0.0.1"]
DATABASES = {
    "default": dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=600)
}
INSTALLED_APPS = ["benchmarks.row_site", "otel_sla"]
ROOT_URLCONF = "benchmarks.row_site.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
OTEL_SLA = {"SERVICE_WINDOWS": False, "PUBLIC_METRICS": True}
