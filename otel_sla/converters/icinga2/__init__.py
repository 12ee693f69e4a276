"""Icinga 2's TimePeriod objects as drafts of schedules. Pure."""

from .convert import convert as convert
