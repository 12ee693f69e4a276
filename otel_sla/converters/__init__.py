"""Schedules of other tools as a catalogue: Nagios, Icinga 2, Alertmanager. Pure."""
