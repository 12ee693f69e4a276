"""Service windows as metrics: rows, groups, instruments."""


def register() -> None:
    """Make service windows a source of this process. For AppConfig.ready."""
    from ..bridge.registry import registry
    from .source import snapshots

    registry.register(snapshots)
