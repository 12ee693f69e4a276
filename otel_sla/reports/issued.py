"""Issue reports: keep them as they are, and say what differs from the one before."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256

from django.db import router, transaction

from ..language import Phrase, gettext_noop, in_english, number
from ..language import gettext as _
from ..models import IssuedReport
from ..models.locks import lock_issuing
from .differences import differences
from .document import Document
from .quantities import at
from .refusals import ReportRefused
from .selection import Selection
from .wanted import FINAL_AFTER
from .wording import parsed, title

MALFORMED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What reading a document raises that was changed in the database."""
_OF_THE_MAKING = ("made_at", "is_final", "notes")
"""What may differ between two reports that say the same."""

CHANGED = gettext_noop(
    "Report %(number)s was changed in the database after it had been issued, so that "
    "what differs from it is not known."
)


def canonical(document: Document) -> str:
    """Return the document as the JSON that the digest is of: sorted, without spaces."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def digest(document: Document) -> str:
    """Return the SHA-256 of the document, in hexadecimal."""
    return sha256(canonical(document).encode()).hexdigest()


def issue(document: Document, issued_by: str) -> IssuedReport:
    """Keep the report, superseding the latest of the same period and selection.

    That one is returned where it says the same. Raises ReportRefused for a report that
    is not final.
    """
    if not document["is_final"]:
        ends = max(parsed(one["end"]) for one in document["components"])
        when = Phrase(lambda: at(ends.timestamp() + FINAL_AFTER))
        period = Phrase(lambda: title(document))
        raise ReportRefused("not_final", period=period, when=when)
    selection = str(Selection.from_json(document["selection"]))
    alias = router.db_for_write(IssuedReport)
    with transaction.atomic(alias):
        lock_issuing(alias)
        before = latest(document["period"], selection, alias)
        found: list[str] = []
        if before is not None and not is_intact(before):
            found = [CHANGED % {"number": before.pk}]
        elif before is not None:
            if _says(before.document) == _says(document):
                return before
            with in_english():
                found = differences(before.document, document)
        issued = IssuedReport(
            period=document["period"],
            selection=selection,
            document=document,
            digest=digest(document),
            issued=datetime.now(UTC).replace(microsecond=0),
            issued_by=issued_by,
            supersedes=before,
            differences=found,
        )
        issued.save(using=alias)
    return issued


def latest(period: str, selection: str, alias: str) -> IssuedReport | None:
    """Return the latest report of that period and selection."""
    rows = IssuedReport.objects.using(alias)
    return rows.filter(period=period, selection=selection).order_by("-pk").first()


def differences_of(issued: IssuedReport) -> list[str]:
    """Return what differs from the report that it supersedes, in the language in use.

    The stored sentences are English. They are returned as they are if comparing the two
    documents again gives others: an earlier version may have worded them differently.
    """
    stored: list[str] = issued.differences
    # The other document may be large: read it only to translate.
    is_english = _(CHANGED) == CHANGED and number("0.5") == "0.5"
    before = None if is_english or not stored else issued.supersedes
    if before is None:
        return stored
    if stored == [CHANGED % {"number": before.pk}]:
        return [_(CHANGED) % {"number": before.pk}]
    try:
        with in_english():
            is_told = differences(before.document, issued.document) == stored
        return differences(before.document, issued.document) if is_told else stored
    except MALFORMED:
        return stored


def is_intact(issued: IssuedReport) -> bool:
    """Return whether the stored document still has the digest that it was issued
    with."""
    try:
        return digest(issued.document) == issued.digest
    except UnicodeEncodeError:
        # Half a pair of surrogates, which no report has.
        return False


def _says(document: Document) -> str:
    said = {key: document[key] for key in document if key not in _OF_THE_MAKING}
    return canonical(said)
