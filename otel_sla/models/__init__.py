"""Components, agreements, schedules: what operators edit and gauges report on."""

from .components import Agreement, Component
from .feeds import FeedToken, Revision
from .leases import Lease
from .schedules import Override, Rule, Schedule

__all__ = [
    "Agreement",
    "Component",
    "FeedToken",
    "Lease",
    "Override",
    "Revision",
    "Rule",
    "Schedule",
]
