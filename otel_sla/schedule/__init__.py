"""When a service window is open: rules, overrides, time zones, holidays. Pure."""

from .errors import InvalidDefinition
from .evaluation import HORIZON, Schedule, State, Window
from .overrides import Override
from .rules import LAST, Rule
from .spans import DAY

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
