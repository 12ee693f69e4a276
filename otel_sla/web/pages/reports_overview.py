"""The page of all reports: the last months by agreement, a form, and those issued."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ...accounting import Period, period_of
from ...database.failures import asking
from ...language import translated
from ...metrics.rows import database
from ...models import Agreement, Component, IssuedReport
from ...models.selections import selection_in_words
from ...reports import making
from ...reports.background import Failed, Pending, background
from ...reports.measurements import in_words
from ...reports.notes_in_words import source_in_words
from ...reports.selection import Selection
from ...reports.source import NotMeasured, Source, configured
from ...reports.wording import moment as moment_in_words
from ...reports.wording import verdict, zone_named
from ...text import iso_utc
from .decorators import framed, rendered, report_readers_only
from .listing import now, paged
from .report_forms import ReportForm, address_of, before
from .reports import RENEWED

MONTHS = 4
"""How many months are shown, the running one first."""
MOST_COMPONENTS = 1_000
"""Of more, no months are measured because somebody opens this page."""
_ISSUED_PER_PAGE = 20

Counts = dict[str, Counter[str]]
"""How many components of each agreement have each result."""
Looked = Counts | Pending | Failed


@require_safe
@framed
@report_readers_only
def reports(request: HttpRequest) -> HttpResponse:
    """Show the last months by agreement, and lead to the report that is asked for."""
    moment = now()
    today = datetime.fromtimestamp(moment, UTC).date()
    form = ReportForm(request.GET if "period" in request.GET else None)
    if form.is_bound and form.is_valid() and "change" not in request.GET:
        period = form.cleaned_data["period"]
        return HttpResponseRedirect(address_of(period.text, form.selection))
    with asking():
        alias = database()
        issued = paged(_issued(alias), request, _ISSUED_PER_PAGE)
        agreements = list(_names(alias))
        count = Component.objects.using(alias).filter(enabled=True).count()
    context = {
        "here": "reports",
        "form": form,
        "periods": list(_choices(today)),
        "agreements": agreements,
        "page": issued,
        "issued": [(one, selection_in_words(one.selection)) for one in issued],
        "count": count,
        "is_large": count > MOST_COMPONENTS,
        **_source_of(moment, count, today),
    }
    status = 400 if form.is_bound and not form.is_valid() else 200
    response = rendered(request, "otel_sla/reports/overview.html", context, status)
    if context.get("is_pending"):
        response["Refresh"] = RENEWED
    return response


def _issued(alias: str) -> QuerySet[IssuedReport]:
    return IssuedReport.objects.using(alias).defer("document")


def _names(alias: str) -> QuerySet[Agreement, str]:
    rows = Agreement.objects.using(alias).order_by("name")
    return rows.values_list("name", flat=True)


def _choices(today: date) -> Iterator[Period]:
    """Yield periods that are often asked for, the last month first."""
    month = period_of("month", today)
    for _number in range(12):
        month = before(month)
        yield month
    yield period_of("month", today)
    yield before(period_of("week", today))
    yield before(period_of("quarter", today))
    yield before(period_of("year", today))


def _source_of(moment: int, count: int, today: date) -> dict[str, Any]:
    """Return the table of the last months; or why there is none."""
    try:
        source = configured()
    except (NotMeasured, ImproperlyConfigured) as error:
        return {"why": str(error)}
    if source is None or not count or count > MOST_COMPONENTS:
        return {"source": source}
    months = [period_of("month", today)]
    while len(months) < MONTHS:
        months.append(before(months[-1]))
    looked = [_look(month, moment, source) for month in months]
    name = source_in_words(source.name)
    return {"source": source, "source_name": name, **_table(source, months, looked)}


def _look(month: Period, moment: int, source: Source) -> Looked:
    """Return the results of a month, counted in the background: this page is opened
    often, and a report of all components takes a while."""

    def work(tell: Callable[[str], None]) -> Counts:
        def steps(done: int, total: int) -> None:
            tell(in_words(done, total))

        return _counted(making.make(month, Selection(), moment, steps))

    return background.ask(("months", source.digest, month.text), work)


def _table(
    source: Source, months: list[Period], looked: list[Looked]
) -> dict[str, Any]:
    counted = [one for one in looked if isinstance(one, dict)]
    failed = next((one for one in looked if isinstance(one, Failed)), None)
    found = {
        "months": list(zip(months, map(_progress, looked), strict=True)),
        "rows": list(_rows(months, looked)),
        "is_pending": any(isinstance(one, Pending) for one in looked),
        "is_empty": len(counted) == len(looked) and not any(map(_has, counted)),
        "is_made_up": source.is_made_up,
    }
    if failed:
        since = moment_in_words(iso_utc(failed.since) or "", zone_named("UTC"))
        found |= {"why": failed.sentence, "since": since}
    return found


def _progress(looked: Looked) -> str:
    """Return how far a month is, where it has no figures yet."""
    if isinstance(looked, Pending):
        if not looked.progress:
            return _("waiting")
        return _("%(progress)s measured") % {"progress": translated(looked.progress)}
    return _("not measured") if isinstance(looked, Failed) else ""


def _has(counts: Counts) -> bool:
    """Return whether a component was measured enough to be judged."""
    return any(kind != "unknown" for counter in counts.values() for kind in counter)


def _rows(
    months: Iterable[Period], looked: Iterable[Looked]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield each agreement with what became of it in each of the months."""
    counted = [
        (month, one if isinstance(one, dict) else None)
        for month, one in zip(months, looked, strict=True)
    ]
    names = sorted({name for _month, found in counted if found for name in found})
    for name in names:
        selection = Selection.of(agreement=name)
        yield (
            name,
            [
                {
                    "link": address_of(month.text, selection),
                    "label": month.label,
                    "counts": _words(found.get(name, Counter())) if found else None,
                }
                for month, found in counted
            ],
        )


def _counted(document: dict[str, Any]) -> Counts:
    found: Counts = {}
    for one in document["components"]:
        kind = verdict(one, document["min_coverage"]).kind
        found.setdefault(one["agreement"], Counter())[kind] += 1
    return found


def _words(counts: Counter[str]) -> list[tuple[str, str, str]]:
    """Return a class, a sign and words for each result, the worst first."""
    words = {
        "missed": ("✗", _("%(count)s missed")),
        "met": ("✓", _("%(count)s met")),
        "running": ("…", _("%(count)s so far")),
        "unknown": ("?", _("%(count)s not judged")),
    }
    return [
        (kind, sign, said % {"count": counts[kind]})
        for kind, (sign, said) in words.items()
        if counts[kind]
    ]
