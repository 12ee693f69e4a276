"""Settings of the site that is measured: the reference site's, with the peers."""

import os

from sla_site.settings import *

PEER = os.environ.get("PEER", "")
ROOT_URLCONF = "benchmarks.peers"
OTEL_SLA["PUBLIC_STATUS"] = True
OTEL_SLA |= {
    "stock": {"DIRECT_EXPOSITION": False},
    "nothing": {"ENABLED": False},
    "instrumented": {"FAN_IN": False},
    "fan-in": {"FAN_IN": True},
}.get(PEER, {})
