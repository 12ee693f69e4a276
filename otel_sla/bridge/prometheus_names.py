"""Names that an instrument has in Prometheus: the same as the stock reader gives it.

They follow OpenTelemetry's specification, "Prometheus and OpenMetrics Compatibility".
"""

import re

from .families import Kind

_UNITS = {
    "1": "",
    "%": "percent",
    "A": "amperes",
    "By": "bytes",
    "Cel": "celsius",
    "GBy": "gigabytes",
    "GiBy": "gibibytes",
    "Hz": "hertz",
    "J": "joules",
    "KBy": "kilobytes",
    "KiBy": "kibibytes",
    "MBy": "megabytes",
    "MiBy": "mebibytes",
    "TBy": "terabytes",
    "TiBy": "tibibytes",  # as OpenTelemetry spells them
    "V": "volts",
    "W": "watts",
    "d": "days",
    "g": "grams",
    "h": "hours",
    "m": "meters",
    "min": "minutes",
    "ms": "milliseconds",
    "ns": "nanoseconds",
    "s": "seconds",
    "us": "microseconds",
}
_PER = {
    "d": "day",
    "h": "hour",
    "m": "minute",
    "mo": "month",
    "s": "second",
    "w": "week",
    "y": "year",
}
_ANNOTATION = re.compile("{.*}")
_NOT_IN_NAMES = re.compile("[^a-zA-Z0-9:]+")


def names(name: str, unit: str, kind: Kind) -> tuple[str, str]:
    """Return the Prometheus names of an instrument's family and of its samples."""
    family, suffix = _legal(name.lower()), unit_name(unit)
    if kind == "counter":
        family = family.removesuffix("_total")
    if suffix and not family.endswith(f"_{suffix}"):
        family = f"{family}_{suffix}"
    return family, f"{family}_total" if kind == "counter" else family


def unit_name(unit: str) -> str:
    """Return what Prometheus calls a unit of UCUM: bytes_per_second for By/s."""
    unit = _ANNOTATION.sub("", unit)
    if unit in _UNITS:
        return _UNITS[unit]
    above, _, below = (_legal(part) for part in unit.partition("/"))
    if not below:
        return _legal(unit).strip("_")
    above, per = _UNITS.get(above, above), f"per_{_PER.get(below, below)}"
    return f"{above}_{per}" if above else per


def _legal(text: str) -> str:
    return _NOT_IN_NAMES.sub("_", text)
