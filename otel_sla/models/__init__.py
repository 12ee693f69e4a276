"""Components, agreements, schedules: what operators edit and gauges report on."""

from .components import Agreement, Component
from .schedules import Override, Rule, Schedule

__all__ = ["Agreement", "Component", "Override", "Rule", "Schedule"]
