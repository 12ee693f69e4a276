"""Time intervals of Alertmanager and mute timings of Grafana as schedules. Pure."""

from .converter import convert

__all__ = ["convert"]
