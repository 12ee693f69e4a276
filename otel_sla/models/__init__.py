"""Components, agreements, schedules: what operators edit and gauges report on."""

from .components import Agreement, Component
from .feeds import FeedToken, Revision
from .leases import Lease
from .notices import OccurrenceNotice
from .schedules import Override, Rule, Schedule

__all__ = [
    "Agreement",
    "Component",
    "FeedToken",
    "Lease",
    "OccurrenceNotice",
    "Override",
    "Revision",
    "Rule",
    "Schedule",
]
