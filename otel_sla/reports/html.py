"""A report as one HTML file that stands alone: to be mailed, filed and printed."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from .presentation import shown, summary
from .wording import moment, zone_named

_STYLE = Path(__file__).with_name("document.css")


def as_html(document: dict[str, Any], issued: dict[str, Any] | None = None) -> str:
    """Render the document. `issued` has what is known of an issued report: its id,
    digest, when and by whom it was issued."""
    context = {
        "document": document,
        "summary": summary(document),
        "components": shown(document["components"], document["min_coverage"]),
        "issued": issued and _issued(issued),
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


def _issued(issued: dict[str, Any]) -> dict[str, Any]:
    return {**issued, "at": moment(issued["issued"], zone_named("UTC"))}
