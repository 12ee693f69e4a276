"""What differs between two reports is named, with the reason where the rows tell it."""

from __future__ import annotations

from typing import Any

import pytest

from otel_sla.reports.differences import differences

from ..support.report_document import component, document

EXCLUSION = {
    "start": "2026-10-14T10:00:00Z",
    "end": "2026-10-14T11:00:00Z",
    "seconds": 3600,
    "reason": "power cut",
    "approved_by": "Mira",
    "created": "2026-11-10T09:00:00Z",
}
CLOSING = {
    "start": "2026-10-20T16:00:00Z",
    "end": "2026-10-20T18:00:00Z",
    "seconds": 7200,
    "reason": "",
    "created": "2026-11-10T09:00:00Z",
    "is_late": True,
    "took_out_seconds": 3600,
    "took_out_down_seconds": 0,
}


def said(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    found = differences(document(component(**before)), document(component(**after)))
    return [one.replace("\u00a0", " ") for one in found]


@pytest.mark.parametrize(
    ("before", "after", "sentences"),
    [
        ({}, {}, []),
        (
            {"down_seconds": 3600, "met": False},
            {
                "down_seconds": 0,
                "met": True,
                "excused_seconds": 3600,
                "exclusions": [EXCLUSION],
            },
            [
                "web-shop: target missed before, met now; excused 0 s before, 1 h now; "
                "down 1 h before, 0 s now.",
                "web-shop: an exclusion was added: 2026-10-14 10:00:00 to 2026-10-14 "
                "11:00:00 UTC, power cut.",
            ],
        ),
        (
            {"exclusions": [EXCLUSION], "excused_seconds": 3600},
            {},
            [
                "web-shop: excused 1 h before, 0 s now.",
                "web-shop: an exclusion was removed: 2026-10-14 10:00:00 to 2026-10-14 "
                "11:00:00 UTC, power cut.",
            ],
        ),
        (
            {},
            {"scheduled_seconds": 630000, "maintenance": [CLOSING]},
            [
                "web-shop: scheduled 176 h before, 175 h now.",
                "web-shop: a closed override was added: 2026-10-20 16:00:00 to "
                "2026-10-20 18:00:00 UTC.",
            ],
        ),
        (
            {},
            {"scheduled_seconds": 630000},
            [
                "web-shop: scheduled 176 h before, 175 h now.",
                "web-shop: the schedule, its holidays or its open overrides were "
                "edited.",
            ],
        ),
        (
            {},
            {"down_seconds": 60, "availability": 0.9999},
            [
                "web-shop: availability 100 % before, 99.99 % now; down 0 s before, "
                "1 min now.",
                "web-shop: other samples were measured.",
            ],
        ),
        (
            {},
            {"target": 0.99, "agreement": "silver", "unknown": "down"},
            [
                "web-shop: target 99.9 % before, 99 % now.",
                "web-shop: the agreement was gold, now silver.",
                "web-shop: the unknown time was left out, now counted as down.",
            ],
        ),
        (
            {},
            {"notes": ["2 series give its availability."]},
            ["web-shop: same figures, but its lists or notes changed."],
        ),
    ],
)
def test_figures_and_reasons(
    before: dict[str, Any], after: dict[str, Any], sentences: list[str]
) -> None:
    assert said(before, after) == sentences


def test_components_that_come_and_go() -> None:
    before = document(component("api"), component("web-shop"))
    after = document(component("mail"), component("web-shop"))
    assert differences(before, after) == [
        "api is no longer in this report.",
        "mail is new in this report.",
    ]


def test_what_everything_was_made_from() -> None:
    before = document(component())
    after = document(
        component(), source="Prometheus at https://other.example", accounting=["else"]
    )
    assert differences(before, after) == [
        "The source was Prometheus at https://prom.example, and is now Prometheus at "
        "https://other.example.",
        "The accounting rules were changed or reworded.",
    ]


def test_a_name_can_not_end_the_sentence_in_a_terminal() -> None:
    before = document(component("a\x1b[2Jb"))
    (sentence, _) = differences(before, document(component()))
    assert "\x1b" not in sentence
