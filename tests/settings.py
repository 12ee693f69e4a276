"""The reference site, with a database and a key of the tests' own."""

import os

from .support.databases import url_of_tests

os.environ.setdefault("DJANGO_SECRET_KEY", "tests only")
os.environ["DATABASE_URL"] = url_of_tests()

from sla_site.settings import *

if ENGINE.endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": ":memory:"}
else:
    DATABASES["default"]["TEST"] = {"NAME": "otel_sla_tests"}
if ENGINE.endswith("mysql"):
    DATABASES["default"]["TEST"]["CHARSET"] = "utf8mb4"
MIDDLEWARE = [
    entry
    for entry in MIDDLEWARE
    # Whitenoise warns where collectstatic has not run.
    if "whitenoise" not in entry
]
# A site whose times are local ones, of which an hour repeats in autumn.
if os.environ.get("OTEL_SLA_TEST_USE_TZ") == "0":
    USE_TZ, TIME_ZONE = False, "Europe/Berlin"
OTEL_SLA = {**OTEL_SLA, "PUBLIC_METRICS": True, "PUBLIC_STATUS": True}
INSTALLED_APPS = [*INSTALLED_APPS, "tests.recipes", "tests.shop"]
# The site's takes a quarter of a second for every user of a test.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
