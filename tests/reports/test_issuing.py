"""An issued report supersedes the latest one, also one issued or changed meanwhile."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection, connections

from otel_sla.models import IssuedReport
from otel_sla.reports import issued

from ..support.make import make_schedule
from ..support.report_document import component, document

LATEST = issued.latest


class Issuer(Thread):
    """Somebody who issues the report."""

    def __init__(self, report: dict[str, Any]) -> None:
        super().__init__()
        self.report = report

    def run(self) -> None:
        try:
            issued.issue(self.report, "Ann")
        finally:
            connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_issue_one_report_that_supersedes_the_other() -> None:
    make_schedule("office")
    both_have_looked = Barrier(2)

    def latest(*args: Any) -> IssuedReport | None:
        found = LATEST(*args)
        # With a lock only one gets here, and goes on after a second.
        with suppress(BrokenBarrierError):
            both_have_looked.wait(1)
        return found

    issuers = [
        Issuer(document(component(down_seconds=down), is_final=True))
        for down in (60, 120)
    ]
    if connection.vendor == "sqlite":
        # A database in memory has one connection: there the second comes later.
        for one in issuers:
            issued.issue(one.report, "Ann")
    else:
        with patch.object(issued, "latest", latest):
            for one in issuers:
                one.start()
            for one in issuers:
                one.join()
    first, second = IssuedReport.objects.order_by("pk")
    assert first.supersedes is None
    assert second.supersedes == first


@pytest.mark.django_db
def test_a_report_that_was_changed_in_the_database_is_superseded_and_named() -> None:
    make_schedule("office")
    first = issued.issue(document(component(), is_final=True), "Ann")
    # As somebody does who wants it to say something else.
    changed = {**first.document, "components": [], "accounting": None}
    IssuedReport.objects.filter(pk=first.pk).update(document=changed)
    second = issued.issue(document(component(), is_final=True), "Ann")
    assert second.supersedes == first
    assert second.differences == [
        f"Report {first.pk} was changed in the database after it had been issued, so "
        "that what differs from it is not known."
    ]
