"""What a process serves and pushes, by otel-config.yaml and the environment.

chosen = config.load(path)
"""

from .configuration import Configuration, load

__all__ = ["Configuration", "load"]
