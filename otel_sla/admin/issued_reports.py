"""Issued reports: a list, to look at only. They are issued on the page of a report."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..language import day_and_time
from ..models import IssuedReport
from ..models.selections import selection_in_words
from .links import address
from .public_schema import InPublicSchema


@admin.register(IssuedReport)
class IssuedReportAdmin(InPublicSchema):
    # Not the app's own, which has a preview.
    change_form_template = "admin/change_form.html"
    list_display = ("period", "of", "issued_at", "issued_by", "is_latest", "page")
    list_filter = ("period", "issued_by")
    search_fields = ("period", "selection", "issued_by", "digest")
    fields = (
        *("period", "of", "issued_at", "issued_by", "page"),
        *("before", "differing", "after", "grouped"),
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[IssuedReport]:
        """Leave out the documents, which are long."""
        rows: QuerySet[IssuedReport] = super().get_queryset(request)
        later = IssuedReport.objects.defer("document")
        return rows.defer("document").prefetch_related(Prefetch("superseded_by", later))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("report of"), ordering="selection")
    def of(self, report: IssuedReport) -> str:
        return selection_in_words(report.selection)

    @admin.display(description=_("issued"), ordering="issued")
    def issued_at(self, report: IssuedReport) -> str:
        return _moment(report.issued)

    @admin.display(description=_("latest"), boolean=True)
    def is_latest(self, report: IssuedReport) -> bool:
        return not report.superseded_by.all()

    @admin.display(description=_("report"))
    def page(self, report: IssuedReport) -> str:
        try:
            url = reverse("otel_sla:issued_report", args=[report.pk])
        except NoReverseMatch:
            # The site leaves out the pages of reports.
            return "–"
        return format_html('<a href="{}">{}</a>', url, gettext("Open the report"))

    @admin.display(description=_("supersedes"))
    def before(self, report: IssuedReport) -> str:
        return self._linked(report.supersedes) if report.supersedes else "–"

    @admin.display(description=_("superseded by"))
    def after(self, report: IssuedReport) -> str:
        later = [(self._linked(one),) for one in report.superseded_by.all()]
        return format_html_join(", ", "{}", later) or "–"

    @admin.display(description=_("differences"))
    def differing(self, report: IssuedReport) -> str:
        """Show what differs from the report that it supersedes, line by line."""
        from ..reports.issued import differences_of

        lines = ((one,) for one in differences_of(report))
        return format_html_join(mark_safe("<br>"), "{}", lines) or "–"

    @admin.display(description=_("digest (SHA-256)"))
    def grouped(self, report: IssuedReport) -> str:
        """Show the digest, which a narrow page may break into lines."""
        digest = report.digest
        groups = ((digest[at : at + 16],) for at in range(0, len(digest), 16))
        return format_html_join(mark_safe("<wbr>"), "{}", groups)

    def _linked(self, report: IssuedReport) -> str:
        url = address(self.admin_site, "issuedreport", "change", report.pk)
        issued = gettext("the report issued %(at)s") % {"at": _moment(report.issued)}
        return format_html('<a href="{}">{}</a>', url, issued)


def _moment(moment: datetime) -> str:
    return f"{day_and_time(moment)} UTC"
