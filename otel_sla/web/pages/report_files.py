"""A report as a file: JSON, CSV or HTML that stands alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ...reports.csv_file import as_csv
from ...reports.document import as_json
from ...reports.html import as_html, style_digest

Document = dict[str, Any]

FORMATS = ("html", "csv", "json")
_TYPES = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


def as_file(
    document: Document, kind: str, issued: dict[str, Any] | None = None
) -> HttpResponse:
    """Return the report in one of FORMATS, to be saved."""
    writers: dict[str, Callable[[], str]] = {
        "html": lambda: as_html(document, issued),
        "csv": lambda: as_csv(document),
        "json": lambda: as_json(document),
    }
    response = HttpResponse(writers[kind](), content_type=_TYPES[kind])
    name = _name(document, issued)
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {style_digest()}; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


def format_refusal(request: HttpRequest) -> str:
    """Return what is wrong with the format that is asked for; empty if nothing is."""
    kind = request.GET.get("format", "")
    if not kind or kind in FORMATS:
        return ""
    return _("%(kind)r is not a format. Use %(some)s or %(last)s.") % {
        "kind": kind,
        "some": ", ".join(FORMATS[:-1]),
        "last": FORMATS[-1],
    }


def files(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the formats of the report that is shown, each with its address."""
    query = request.GET.copy()
    query.pop("page", None)
    found = []
    for kind in FORMATS:
        query["format"] = kind
        found.append((kind.upper(), f"{request.path}?{query.urlencode()}"))
    return found


def _name(document: Document, issued: dict[str, Any] | None) -> str:
    """Return the name of the file, in characters that every system takes."""
    selection = document["selection"]
    parts = ["sla-report", document["period"], selection["agreement"] or ""]
    parts += [*selection["label"], *selection["component"]]
    if issued:
        parts.append(f"issued-{issued['id']}")
    plain = (re.sub(r"[^A-Za-z0-9._]+", "-", part).strip("-.") for part in parts)
    return "-".join(filter(None, plain))[:120]
