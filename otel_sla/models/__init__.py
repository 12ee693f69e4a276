"""Components, agreements, schedules: what operators edit and gauges report on."""

from .components import Agreement, Component
from .leases import Lease
from .schedules import Override, Rule, Schedule

__all__ = ["Agreement", "Component", "Lease", "Override", "Rule", "Schedule"]
