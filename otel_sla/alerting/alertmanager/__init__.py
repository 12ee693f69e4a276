"""Schedules as time intervals of Alertmanager. Pure.

An interval of Alertmanager is a list of entries, and contains a minute if any of them
does. An entry speaks of the wall clock of one zone, in whole minutes of a day; it can't
cross midnight, knows neither holidays nor every second week, and can't take anything
away from another one. So whole months are told by the rules wherever that is exact, and
by their dates wherever it is not.
"""

from .plan import Plan, plan
from .yaml_output import Interval, routes, time_intervals

__all__ = ["Interval", "Plan", "plan", "routes", "time_intervals"]
