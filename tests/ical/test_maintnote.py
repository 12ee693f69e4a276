"""Providers' notices say what is maintained, how much it matters, and how it stands."""

from __future__ import annotations

import pytest

from otel_sla.ical.imports import Options

from .test_ics_text import TIMES, events
from .test_import_calendar import calendar, event

NOTICE = (
    "X-MAINTNOTE-PROVIDER:example.com",
    "X-MAINTNOTE-ACCOUNT:137.035999173",
    "X-MAINTNOTE-MAINTENANCE-ID;X-MAINTNOTE-PRECEDENCE=NON-PRIMARY:Ext-91",
    "X-MAINTNOTE-MAINTENANCE-ID;X-MAINTNOTE-PRECEDENCE=PRIMARY:WorkOrder-31415",
    "X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=NO-IMPACT:link\\, east",
    "X-MAINTNOTE-OBJECT-ID:2001:db8::d06:f00d",
    "X-MAINTNOTE-IMPACT:DEGRADED",
)


def test_a_notice_is_read_and_is_the_reason() -> None:
    (found,) = events(calendar(event(*TIMES, *NOTICE, "X-MAINTNOTE-STATUS:CONFIRMED")))
    notice = found.notice
    assert notice is not None
    assert (notice.provider, notice.account) == ("example.com", "137.035999173")
    assert notice.objects == (
        ("link, east", "NO-IMPACT"),
        ("2001:db8::d06:f00d", "DEGRADED"),
    )
    assert (notice.impact, notice.status) == ("DEGRADED", "CONFIRMED")
    assert found.reason == (
        "example.com WorkOrder-31415: Upgrade (link, east, 2001:db8::d06:f00d)"
    )


def test_what_is_not_a_notice_has_its_summary_for_a_reason() -> None:
    (found,) = events(calendar(event(*TIMES)))
    assert (found.notice, found.reason) == (None, "Upgrade")


@pytest.mark.parametrize(
    ("lines", "cancelled", "tentative"),
    [
        (["X-MAINTNOTE-STATUS:CANCELLED"], True, False),
        (["X-MAINTNOTE-STATUS:Canceled"], True, False),
        (["STATUS:CANCELED"], True, False),
        (["X-MAINTNOTE-STATUS:Cancelled", "STATUS:CONFIRMED"], True, False),
        (["X-MAINTNOTE-STATUS:CONFIRMED", "STATUS:CANCELLED"], True, False),
        (["X-MAINTNOTE-STATUS:TENTATIVE"], False, True),
        (["X-MAINTNOTE-STATUS:TENTATIVE", "STATUS:CONFIRMED"], False, True),
        (["X-MAINTNOTE-STATUS:CONFIRMED", "STATUS:TENTATIVE"], False, False),
        (["STATUS:TENTATIVE"], False, True),
        (["X-MAINTNOTE-STATUS:IN-PROCESS"], False, False),
        (["X-MAINTNOTE-STATUS:COMPLETED"], False, False),
        (["X-MAINTNOTE-STATUS:RE-SCHEDULED"], False, False),
        (["X-MAINTNOTE-STATUS:X-OWN"], False, False),
    ],
)
def test_the_status_of_a_notice_goes_before_that_of_its_event(
    lines: list[str], cancelled: bool, tentative: bool
) -> None:
    (found,) = events(calendar(event(*TIMES, *lines)))
    assert found.cancelled is cancelled
    if not cancelled:
        assert found.tentative is tentative
        assert (found.skipped(Options(tentative="skip")) == "tentative") is tentative
        assert found.skipped(Options()) is None


@pytest.mark.parametrize(
    ("lines", "skipped"),
    [
        (["IMPACT:NO-IMPACT"], True),
        (["IMPACT:no-impact", "OBJECT-ID:a", "OBJECT-ID:b"], True),
        (["IMPACT:OUTAGE", "OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=NO-IMPACT:a"], True),
        (["IMPACT:NO-IMPACT", "OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=OUTAGE:a"], False),
        (["IMPACT:REDUCED-REDUNDANCY"], False),
        (["IMPACT:X-UNKNOWN"], False),
        (["PROVIDER:example.com"], False),
    ],
)
def test_maintenance_that_nobody_should_notice_is_left_out(
    lines: list[str], skipped: bool
) -> None:
    (found,) = events(calendar(event(*TIMES, *(f"X-MAINTNOTE-{one}" for one in lines))))
    assert found.skipped(Options()) == ("no_impact" if skipped else None)
    assert found.skipped(Options(no_impact="import")) is None


@pytest.mark.parametrize(
    ("line", "free"),
    [
        ("TRANSP:TRANSPARENT", True),
        ("TRANSP:TRANSPARENT-NOCONFLICT", True),
        ("TRANSP:OPAQUE", False),
        ("X-MICROSOFT-CDO-BUSYSTATUS:FREE", True),
        ("X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", False),
        ("BUSYSTATUS:FREE", True),
    ],
)
def test_what_blocks_nobody_s_time_is_imported_unless_told_otherwise(
    line: str, free: bool
) -> None:
    (found,) = events(calendar(event(*TIMES, line)))
    assert found.busy is not free
    assert found.skipped(Options()) is None
    assert found.skipped(Options(free="skip")) == ("free" if free else None)
