"""Names that instruments may have, and which of them clash."""

import re
from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from .families import Kind
from .prometheus_names import names

# OpenTelemetry specification, "Instrument name syntax" and "Instrument unit".
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.\-/]{0,254}")
_UNIT = re.compile(r"[ -~]{0,63}")


def is_name(name: Any) -> bool:
    """Return whether an instrument may have the name."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def is_unit(unit: Any) -> bool:
    """Return whether an instrument may have the unit."""
    return isinstance(unit, str) and _UNIT.fullmatch(unit) is not None


@lru_cache(maxsize=4_096)
def taken_by(name: str, unit: str, kind: Kind) -> frozenset[Hashable]:
    """Return what no other instrument may have: the name, of which the SDK ignores the
    case, and the names in Prometheus."""
    return frozenset({(name.lower(),), *names(name, unit, kind)})
