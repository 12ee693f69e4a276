"""The settings of the reference site, with additions for larger deployments.

The variable REPLICA_URL is a read replica for everything that is not edited, and
DJANGO_SELECT the labels, separated by commas, of the components to export.
"""

import dj_database_url

from sla_site.environment import listed, text
from sla_site.settings import *

if text("REPLICA_URL"):
    DATABASES["replica"] = dj_database_url.parse(
        text("REPLICA_URL"), conn_max_age=DATABASES["default"]["CONN_MAX_AGE"]
    )
    OTEL_SLA["DATABASE"] = "replica"

OTEL_SLA["SELECT"] = listed("DJANGO_SELECT")

# To stderr, for journald or a container's log: one line a record except tracebacks,
# with times in UTC.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "format": (
                "{asctime}.{msecs:03.0f}Z level={levelname} logger={name} "
                "pid={process} {message}"
            ),
            "datefmt": "%Y-%m-%dT%H:%M:%S",
            "style": "{",
        }
    },
    "filters": {"keys": {"()": "sla_site.logs.FeedKeysHidden"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["keys"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django": {"handlers": [], "level": "WARNING"}},
}
