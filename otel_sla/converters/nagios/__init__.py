"""Time periods of Nagios Core, Naemon, Centreon and Shinken."""

from .convert import convert

__all__ = ["convert"]
