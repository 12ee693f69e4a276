"""The report of a period, fresh or as it was issued."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from ...accounting import InvalidPeriod, Period, parse_period
from ...database.failures import asking
from ...metrics.rows import database
from ...models import IssuedReport
from ...reports import issued, making
from ...reports.background import Failed, Pending
from ...reports.presentation import in_order, selection_in_words, shown, summary
from ...reports.refusals import NoSource, ReportRefused
from ...reports.selection import Selection
from ...reports.source import NotMeasured
from ...reports.wording import moment as moment_in_words
from ...reports.wording import zone_named
from ...text import iso_utc
from ..access import ISSUE_REPORTS, has_permission
from ..responses import unlogged
from .decorators import framed, refused, rendered, report_readers_only
from .listing import now, paged
from .report_files import FORMATS, as_file, files, format_refusal
from .report_forms import SelectionForm, address_of, after, before, overview_of

COMPONENTS_PER_PAGE = 100
NO_REPORT = "otel_sla/reports/none.html"
MOST_OUTAGES = 100
"""Outages of a component that a page lists. The files have all."""
_ISSUED = 5
RENEWED = "3"
"""Seconds after which the page of a report that is being made renews itself."""


@require_http_methods(["GET", "HEAD", "POST"])
@framed
@report_readers_only
@csrf_protect
def report(request: HttpRequest, period: str) -> HttpResponse:
    """Show the report of a period as it is now, or issue it."""
    form = SelectionForm(request.GET)
    context: dict[str, Any] = {"form": form, "here": "reports", "period": period}
    if why := format_refusal(request):
        context["why"] = why
        return rendered(request, NO_REPORT, context, status=400)
    try:
        wanted = parse_period(period)
        if not form.is_valid():
            return rendered(request, NO_REPORT, context, status=400)
        context |= _of(wanted, form.selection)
        found = making.look(wanted, form.selection, now())
    except (NoSource, NotMeasured, ImproperlyConfigured) as error:
        return _not_measured(request, context, str(error))
    except (InvalidPeriod, ReportRefused) as error:
        context["why"] = str(error)
        return rendered(request, NO_REPORT, context, status=404)
    if isinstance(found, Pending):
        return _pending(request, context, found)
    if isinstance(found, Failed):
        since = moment_in_words(iso_utc(found.since) or "", zone_named("UTC"))
        return _not_measured(request, context, found.sentence, since)
    if request.method == "POST":
        return _issue(request, context, found)
    return _show(request, context, found)


def _of(period: Period, selection: Selection) -> dict[str, Any]:
    """Return what all pages of a report show, whether it can be made or not."""
    return {
        "title": period.label,
        "wanted": period,
        "selection": selection,
        "chips": selection_in_words(selection.as_json()),
        "neighbours": _neighbours(period, selection),
        "change": overview_of(period.text, selection),
        "issued_before": _issued(period, selection),
    }


def _neighbours(period: Period, selection: Selection) -> dict[str, Any]:
    """Return the addresses of the periods before and after, where there are any."""
    if period.kind == "dates":
        return {}
    found = {}
    for word, neighbour in (("earlier", before), ("later", after)):
        try:
            one = neighbour(period)
        except InvalidPeriod:
            continue
        if word == "earlier" or one.bounds(zone_named("UTC"))[0] < now():
            found[word] = {"label": one.label, "link": address_of(one.text, selection)}
    return found


def _issued(period: Period, selection: Selection) -> list[IssuedReport]:
    """Return the latest issued reports of this period and selection."""
    with asking():
        rows = IssuedReport.objects.using(database()).defer("document")
        found = rows.filter(period=period.text, selection=str(selection))
        return list(found.order_by("-pk")[:_ISSUED])


def _pending(
    request: HttpRequest, context: dict[str, Any], found: Pending
) -> HttpResponse:
    template = "otel_sla/reports/pending.html"
    context["progress"] = found.progress
    response = rendered(request, template, context, status=202)
    if request.method != "POST":
        response["Refresh"] = RENEWED
    return response


def _not_measured(
    request: HttpRequest, context: dict[str, Any], why: str, since: str = ""
) -> HttpResponse:
    context |= {"why": why, "since": since}
    template = "otel_sla/reports/not_measured.html"
    return unlogged(rendered(request, template, context, status=503))


def _show(
    request: HttpRequest, context: dict[str, Any], document: dict[str, Any]
) -> HttpResponse:
    kind = request.GET.get("format", "")
    if kind in FORMATS:
        return as_file(document, kind)
    page = paged(in_order(document), request, COMPONENTS_PER_PAGE)
    context |= {
        "document": document,
        "summary": summary(document),
        "components": shown(list(page), document["min_coverage"], MOST_OUTAGES),
        "page": page,
        "files": files(request),
        "may_issue": has_permission(request, ISSUE_REPORTS),
        "seen": _figures(document),
    }
    return rendered(request, "otel_sla/reports/report.html", context)


def _figures(document: dict[str, Any]) -> str:
    """Return what tells the figures of two documents apart."""
    return issued.digest({"components": document["components"]})


def _issue(
    request: HttpRequest, context: dict[str, Any], document: dict[str, Any]
) -> HttpResponse:
    """Issue the report, if its figures are those that the user has seen."""
    if not has_permission(request, ISSUE_REPORTS):
        return refused(request, ISSUE_REPORTS)
    try:
        if request.POST.get("seen") != _figures(document):
            context["why_not_issued"] = _(
                "The figures have changed since you opened this page. Check them, "
                "and issue the report again."
            )
        else:
            row = issued.issue(document, str(request.user))
            address = resolve_url("otel_sla:issued_report", row.pk)
            return HttpResponseRedirect(address)
    except ReportRefused as error:
        context["why_not_issued"] = str(error)
    response = _show(request, context, document)
    response.status_code = 409
    return response
