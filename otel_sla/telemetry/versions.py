"""Releases of OpenTelemetry's packages: which are installed, and do they fit together.

Imports none of them, because it is asked where they can't be imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata

from django.core.exceptions import ImproperlyConfigured

NEWEST_TRIED = {
    "opentelemetry-configuration": "0.66b2",
    "opentelemetry-exporter-otlp-proto-common": "1.45.2",
    "opentelemetry-exporter-prometheus": "0.66b2",
    "opentelemetry-instrumentation-asgi": "0.66b2",
    "opentelemetry-instrumentation-django": "0.66b2",
    "opentelemetry-sdk": "1.45.2",
    "prometheus-client": "0.26.0",
}
"""Packages, and the newest release of each that otel_sla's tests have passed with."""

_OURS = "otel-sla"
_FAMILY = "opentelemetry-"
_FOLDING = ("1.45.0", "1.45.1")


def installed(distribution: str) -> str:
    """Return the version of an installed package, "" where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def conflicts() -> list[str]:
    """Return what OpenTelemetry's packages need of each other and don't find.

    pip leaves them so, with a success, where it upgrades some of them only.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, metadata.Distribution] = {}
    for one in metadata.distributions():
        name = str(canonicalize_name(one.metadata["Name"] or ""))
        if name == _OURS or name.startswith(_FAMILY):
            # The first on the path is the one that is imported.
            found.setdefault(name, one)
    faults = []
    for name, distribution in sorted(found.items()):
        for needed in map(Requirement, distribution.requires or ()):
            other = str(canonicalize_name(needed.name))
            if not other.startswith(_FAMILY) or (
                needed.marker and not needed.marker.evaluate({"extra": ""})
            ):
                continue
            there = found[other].version if other in found else ""
            if not (there and needed.specifier.contains(there, prereleases=True)):
                faults.append(
                    f"{name} {distribution.version} needs {other}{needed.specifier}, "
                    f"but {there or 'none'} is installed"
                )
    return faults


def upgrade_command() -> str:
    """Return the command that upgrades all installed packages of OpenTelemetry."""
    names = {one.metadata["Name"] or "" for one in metadata.distributions()}
    ours = sorted(one for one in names if one.startswith(_FAMILY))
    return f"pip install --upgrade {' '.join(ours)} && pip check"


def untried() -> Mapping[str, str]:
    """Return installed packages, and their versions, that are newer than was tried."""
    from packaging.version import Version

    return {
        name: version
        for name, newest in NEWEST_TRIED.items()
        if (version := installed(name)) and Version(version) > Version(newest)
    }


def folds_series() -> bool:
    """Return whether this SDK has a limit of 2,000 series that can't be set."""
    return installed("opentelemetry-sdk") in _FOLDING


@contextmanager
def explaining_failures() -> Iterator[None]:
    """Raise ImproperlyConfigured where OpenTelemetry's packages can't be used.

    Other errors are raised as they are.
    """
    try:
        yield
    except ImproperlyConfigured:
        raise
    except Exception as error:
        reasons = conflicts()
        if not reasons:
            raise
        raise ImproperlyConfigured(
            f"OpenTelemetry can't be used here ({error}): {'; '.join(reasons)}. "
            f"Upgrade its packages together: {upgrade_command()}"
        ) from error
