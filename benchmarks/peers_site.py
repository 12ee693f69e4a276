"""Settings of the site that is measured: the reference site's, with the peers."""

import os

from sla_site.settings import *

ROOT_URLCONF = "benchmarks.peers"
OTEL_SLA["DIRECT_EXPOSITION"] = os.environ.get("PEER") != "stock"
