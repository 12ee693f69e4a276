"""Write schedules as time intervals of Alertmanager. Pure.

An interval of Alertmanager is a list of entries, and contains a minute if any of them
does. An entry has whole minutes of days in one time zone. It can't cross midnight,
knows neither holidays nor every second week, and can't exclude anything from another
entry. So a whole month follows the rules where that is exact, and is written date by
date where it is not.
"""

from .plan import Plan, plan
from .yaml_output import Interval, routes, time_intervals

__all__ = ["Interval", "Plan", "plan", "routes", "time_intervals"]
