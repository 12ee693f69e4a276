"""The reference site, with a database and a key of the tests' own."""

import os

os.environ.setdefault("DJANGO_SECRET_KEY", "tests only")

from sla_site.settings import *

DATABASES["default"]["TEST"] = {"NAME": ":memory:"}
MIDDLEWARE = [
    entry
    for entry in MIDDLEWARE
    # Whitenoise warns where collectstatic has not run.
    if "whitenoise" not in entry
]
OTEL_SLA = {**OTEL_SLA, "PUBLIC_METRICS": True, "PUBLIC_STATUS": True}
