"""One answer for all prefork workers of a program. Does not depend on Django."""

from .memory import Incomplete
from .totals_files import UnusableDirectory, check_base
from .worker import FanIn, default_base, group_of_parent

__all__ = [
    "FanIn",
    "Incomplete",
    "UnusableDirectory",
    "check_base",
    "default_base",
    "group_of_parent",
]
