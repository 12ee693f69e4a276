"""A report as one HTML file that stands alone: to be mailed, filed and printed."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from ..models import IssuedReport
from .issued import differences_of
from .presentation import in_order, shown, summary
from .wording import moment, zone_named

_STYLE = Path(__file__).with_name("document.css")


def as_html(document: dict[str, Any], issued: dict[str, Any] | None = None) -> str:
    """Render the document. `issued` are the facts of an issued report."""
    context = {
        "document": document,
        "summary": summary(document),
        "components": shown(in_order(document), document["min_coverage"]),
        "issued": issued,
        "style": style(),
    }
    return render_to_string("otel_sla/reports/document.html", context)


@cache
def style() -> str:
    """Return the style sheet of the file."""
    return _STYLE.read_text()


def style_digest() -> str:
    """Return the source by which a Content-Security-Policy allows the style sheet."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return f"'sha256-{digest}'"


def issued_facts(row: IssuedReport) -> dict[str, Any]:
    """Return what as_html() shows of an issued report."""
    return {
        "id": row.pk,
        "issued": row.issued.isoformat(),
        "by": row.issued_by,
        "digest": row.digest,
        "supersedes": row.supersedes_id,
        "differences": differences_of(row),
        "at": moment(row.issued.isoformat(), zone_named("UTC")),
    }
