"""A report as a table for spreadsheets: a row a component."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any
from unicodedata import normalize

from ..language import in_english
from .wording import availability, is_short, verdict

Document = dict[str, Any]

_BOM = "\ufeff"
"""Spreadsheets take a file for UTF-8 if it begins with this."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""Spreadsheets evaluate a cell that begins with one of these, also in wide letters."""
_MET = {True: "yes", False: "no", None: ""}

_AS_THEY_ARE = (
    "scheduled_seconds",
    "measured_seconds",
    "unknown_seconds",
    "excused_seconds",
    "down_seconds",
    "up_seconds",
    "budget_seconds",
    "budget_left_seconds",
    "not_in_service_seconds",
)


@in_english()
def as_csv(document: Document) -> str:
    """Return the report as CSV, with the byte order mark that spreadsheets look for.

    It is in English for all readers. No cell is a formula, whatever the names and
    reasons are.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in document["components"]:
        writer.writerow(_cell(write(document, one)) for write in COLUMNS.values())
    return _BOM + out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, int | float):
        return value
    text = "" if value is None else str(value)
    shown = normalize("NFKC", text)
    is_formula = shown.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA)
    return f"'{text}" if is_formula else text


def _availability(document: Document, one: Document) -> object:
    """Return the figure, where enough was measured for one."""
    return "" if is_short(one, document["min_coverage"]) else one["availability"]


def _remark(document: Document, one: Document) -> str:
    least = document["min_coverage"]
    if is_short(one, least):
        return _plain(availability(one, least))
    return _plain(verdict(one, least).words)


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def _column(name: str) -> Callable[[Document, Document], object]:
    return lambda document, one: one[name]


def _counted(*, counted: bool) -> Callable[[Document, Document], object]:
    return lambda document, one: sum(
        outage["counted"] is counted for outage in one["outages"]
    )


COLUMNS: dict[str, Callable[[Document, Document], object]] = {
    "period": lambda document, one: document["period"],
    **{name: _column(name) for name in ("component", "agreement")},
    "labels": lambda document, one: " ".join(
        f"{name}:{value}" for name, value in sorted(one["labels"].items())
    ),
    **{name: _column(name) for name in ("schedule", "timezone", "start", "end")},
    **{name: _column(name) for name in ("until", "target")},
    "availability": _availability,
    "coverage": _column("coverage"),
    "met": lambda document, one: _MET[one["met"]],
    "result": _remark,
    **{name: _column(name) for name in _AS_THEY_ARE},
    "outages": _counted(counted=True),
    "outages_not_counted": _counted(counted=False),
    "in_service_since": _column("in_service_since"),
    "notes": lambda document, one: _plain(" ".join(one["notes"])),
}
"""The columns, and what is in them."""
