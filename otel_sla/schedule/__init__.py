"""When a service window is open: rules, overrides, time zones, holidays. Pure."""

from typing import TYPE_CHECKING, Any

from .errors import InvalidDefinition
from .overrides import Override
from .rules import LAST, Rule
from .spans import DAY

if TYPE_CHECKING:
    from .evaluation import HORIZON, Schedule, State, Window

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


def __getattr__(name: str) -> Any:
    """Import what evaluates schedules when it is first used.

    Every process of a site imports the models, which don't need it.
    """
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import evaluation

    return getattr(evaluation, name)
