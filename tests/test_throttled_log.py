"""Repeated events are logged at most once a minute, and anew once they were over."""

from __future__ import annotations

import pytest

from otel_sla.logs import ThrottledLog


def test_the_first_is_due_at_once_and_the_next_after_a_minute_with_their_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    moment = 1_000.0
    monkeypatch.setattr("otel_sla.logs.time.monotonic", lambda: moment)
    log = ThrottledLog("a failure", "failures")
    assert [log.note(), log.note(), log.note("another kind")] == [
        "a failure",
        "",
        "a failure",
    ]
    moment = 1_059.9
    assert log.note() == ""
    moment = 1_060.0
    assert log.note() == "3 failures since the last such line, the last"
    moment = 1_120.0
    assert log.note() == "a failure"


def test_the_end_is_told_once_and_what_comes_back_is_due_at_once() -> None:
    log = ThrottledLog("a failure", "failures")
    assert not log.end()
    for _ in range(2):
        assert [log.note(), log.note()] == ["a failure", ""]
        assert [log.end(), log.end()] == [True, False]


def test_the_end_of_one_kind_is_not_that_of_another() -> None:
    log = ThrottledLog("a failure", "failures")
    assert [log.note("one"), log.note("other")] == ["a failure", "a failure"]
    assert log.end("one")
    assert [log.note("one"), log.note("other")] == ["a failure", ""]
