"""Releases of OpenTelemetry's packages: which are installed, and do they fit together.

Imports none of them, because it is used where they can't be imported. What parses
versions is imported only to explain a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import metadata
from traceback import walk_tb
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from packaging.requirements import Requirement

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
_PACKAGE = "opentelemetry"
# It imports private parts of the SDK of its own release, and requires none.
_ENCODER = "opentelemetry-exporter-otlp-proto-common"
_FOLDING = ("1.45.0", "1.45.1")
_NAME = re.compile(r"^Name: *(\S+)", re.MULTILINE)


def installed(distribution: str) -> str:
    """Return the version of an installed package, "" where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def conflicts() -> list[str]:
    """Return what OpenTelemetry's packages need of each other and don't find.

    Where pip upgrades some of them only, it leaves them so and succeeds.
    """
    from packaging.utils import canonicalize_name

    found = _distributions()
    faults = []
    for name, distribution in sorted(found.items()):
        for needed in _requirements(name, distribution):
            other = canonicalize_name(needed.name)
            if other.startswith(_FAMILY):
                there = found[other].version if other in found else ""
                if not there or not needed.specifier.contains(there, prereleases=True):
                    faults.append(
                        f"{name} {distribution.version} needs {other}"
                        f"{needed.specifier}, but {there or 'none'} is installed"
                    )
    return faults


def upgrade_command() -> str:
    """Return the command that upgrades all installed packages of OpenTelemetry."""
    names = sorted(one for one in _distributions() if one.startswith(_FAMILY))
    return f"pip install --upgrade {' '.join(names)} && pip check"


def tried_command() -> str:
    """Return the command that installs the newest releases which have been tried."""
    pins = (f"{name}=={one}" for name, one in NEWEST_TRIED.items() if installed(name))
    return f"pip install {' '.join(pins)} && pip check"


def untried() -> Mapping[str, str]:
    """Return the packages that are newer than what was tried, with their versions."""
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
    """Raise ImproperlyConfigured where the releases of OpenTelemetry's packages are why
    they can't be used; other errors are raised as they are."""
    try:
        yield
    except ImproperlyConfigured:
        raise
    except Exception as error:
        if not _is_theirs(error):
            raise
        if faults := conflicts():
            remedy = f"Upgrade them together: {upgrade_command()}"
        else:
            faults = [f"{name} {one} was not tried" for name, one in untried().items()]
            remedy = f"Install what was tried: {tried_command()}"
        if not faults:
            raise
        raise ImproperlyConfigured(
            f"OpenTelemetry's packages can't be used ({error}): "
            f"{'; '.join(faults)}. {remedy}"
        ) from error


def _is_theirs(error: Exception) -> bool:
    if isinstance(error, ImportError) and (error.name or "").startswith(_PACKAGE):
        return True
    *_, (frame, _) = walk_tb(error.__traceback__)
    return str(frame.f_globals.get("__name__")).startswith(_PACKAGE)


def _distributions() -> dict[str, metadata.Distribution]:
    """Return what is installed of OpenTelemetry, and otel_sla itself."""
    from packaging.utils import canonicalize_name

    found: dict[str, metadata.Distribution] = {}
    for one in metadata.distributions():
        # Not parsed: parsing the metadata of every package takes longer than all other
        # checks of a command.
        text = one.read_text("METADATA") or one.read_text("PKG-INFO") or ""
        named = _NAME.search(text)
        name = canonicalize_name(named[1]) if named else ""
        if name == _OURS or name.startswith(_FAMILY):
            # The first on the path is what is imported.
            found.setdefault(name, one)
    return found


def _requirements(
    name: str, distribution: metadata.Distribution
) -> Iterator[Requirement]:
    from packaging.requirements import Requirement
    from packaging.version import Version

    for needed in map(Requirement, distribution.requires or ()):
        # What an extra needs is left out: nothing tells whether it was asked for.
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            yield needed
    if name == _ENCODER:
        major, minor, *_ = Version(distribution.version).release
        yield Requirement(f"opentelemetry-sdk=={major}.{minor}.*")
