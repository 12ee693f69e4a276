"""The reference site with what larger deployments add, from the environment.

REPLICA_URL is a read replica, from which all is read that is not edited. DJANGO_SELECT
names the labels, with commas between, of the components that this process exports.
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

# To stderr, for journald or a container's log: one line a record but for tracebacks,
# moments in UTC.
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
