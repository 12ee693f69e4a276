"""Accounting of availability: figures, outages and periods. Pure."""

from .account import Account, Excuse, Outage, account
from .figures import Figures, all_met, met
from .own_periods import OwnPeriod, own_periods
from .periods import InvalidPeriod, Period, parse_period, period_of
from .readings import InvalidSample, NotUp, compressed, not_up, restored

__all__ = [
    "Account",
    "Excuse",
    "Figures",
    "InvalidPeriod",
    "InvalidSample",
    "NotUp",
    "Outage",
    "OwnPeriod",
    "Period",
    "account",
    "all_met",
    "compressed",
    "met",
    "not_up",
    "own_periods",
    "parse_period",
    "period_of",
    "restored",
]
