"""When a service window is open: rules, overrides, time zones, holidays. Pure."""

from .errors import InvalidDefinition
from .evaluation import DAY, HORIZON, LAST, Override, Rule, Schedule, State, Window

__all__ = [
    "DAY",
    "HORIZON",
    "LAST",
    "InvalidDefinition",
    "Override",
    "Rule",
    "Schedule",
    "State",
    "Window",
]
