"""A report as it was issued, with its digest, and what differs from the one before."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ...database.failures import asking
from ...metrics.rows import database
from ...models import IssuedReport
from ...reports.html import issued_facts
from ...reports.issued import MALFORMED, is_intact
from ...reports.presentation import in_order, selection_in_words, shown, summary
from ...reports.selection import Selection
from ...reports.wording import title
from .decorators import framed, rendered, report_readers_only
from .listing import paged
from .report_files import FORMATS, as_file, files, format_refusal
from .report_forms import address_of
from .reports import COMPONENTS_PER_PAGE, MOST_OUTAGES, NO_REPORT


@require_safe
@framed
@report_readers_only
def issued_report(request: HttpRequest, number: int) -> HttpResponse:
    """Show an issued report from what was stored, and from nothing else."""
    with asking():
        rows = IssuedReport.objects.using(database())
        row = rows.filter(pk=number).first()
    if row is None:
        why = _("No report has the number %(number)s.") % {"number": number}
        return _none(request, number, why, 404)
    if why := format_refusal(request):
        return _none(request, number, why, 400)
    try:
        return _shown(request, row)
    except MALFORMED:
        if is_intact(row):
            raise
        why = _("This report can't be shown: it was changed in the database.")
        return _none(request, number, why, 503)


def _none(request: HttpRequest, number: int, why: str, status: int) -> HttpResponse:
    context = {"period": number, "why": why}
    return rendered(request, NO_REPORT, context, status=status)


def _shown(request: HttpRequest, row: IssuedReport) -> HttpResponse:
    document: dict[str, Any] = row.document
    with asking():
        issued = issued_facts(row)
    kind = request.GET.get("format", "")
    intact = is_intact(row)
    if kind in FORMATS and intact:
        return as_file(document, kind, issued)
    page = paged(in_order(document), request, COMPONENTS_PER_PAGE)
    with asking():
        newer = list(row.superseded_by.using(database()).defer("document"))
    if row.supersedes_id:
        address = reverse("otel_sla:issued_report", args=[row.supersedes_id])
        issued["links"] = {"supersedes": address}
    context = {
        "here": "reports",
        "title": title(document),
        "chips": selection_in_words(document["selection"]),
        "document": document,
        "summary": summary(document),
        "components": shown(list(page), document["min_coverage"], MOST_OUTAGES),
        "page": page,
        "issued": {**issued, "is_intact": intact},
        "superseded_by": newer,
        "fresh": address_of(
            document["period"], Selection.from_json(document["selection"])
        ),
        "files": files(request),
    }
    return rendered(request, "otel_sla/reports/issued.html", context)
