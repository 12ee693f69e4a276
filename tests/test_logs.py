"""Log messages are one line, whatever the errors of others say."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from pathlib import Path

import pytest
from django.db import ProgrammingError

import otel_sla
from otel_sla.metrics.components import Fault
from otel_sla.metrics.source import ServiceWindows, Snapshots
from otel_sla.web import unavailable

HOSTILE = (
    'relation "otel_sla_component" does not exist\nLINE 1: SELECT ...\r\n'
    "            ^\x1b[31m\x00\u2028\u202e\x85HINT:  none"
)
SHOWN = (
    'relation "otel_sla_component" does not exist LINE 1: SELECT ... ^ [31m HINT: none'
)
MODULES = [
    one.name
    for one in pkgutil.walk_packages(otel_sla.__path__, "otel_sla.")
    if "migrations" not in one.name
]
LOGGING = [
    name
    for name in MODULES
    if isinstance(
        getattr(importlib.import_module(name), "logger", None), logging.Logger
    )
]


class Unspeakable(Exception):
    """An error that can't be told."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize("name", LOGGING)
def test_each_of_our_loggers_says_all_on_one_line(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    logger = importlib.import_module(name).logger
    error = ProgrammingError(HOSTILE)
    logger.error("%s failed %d times in %.1f s: %s", error, 3, 0.5, HOSTILE)
    logger.error("failed: %s", Unspeakable())
    logger.error("100 %")
    assert caplog.messages == [
        f"{SHOWN} failed 3 times in 0.5 s: {SHOWN}",
        "failed: Unspeakable",
        "100 %",
    ]


def test_no_module_has_a_logger_that_may_say_more() -> None:
    sources = Path(otel_sla.__file__).parent.rglob("*.py")
    own = {one.name for one in sources if "logging.getLogger(" in one.read_text()}
    assert own == {"logs.py", "exporter.py"}, "the latter silences another's"
    assert len(LOGGING) >= 12


def test_what_a_database_says_is_one_line(caplog: pytest.LogCaptureFixture) -> None:
    error = ProgrammingError(HOSTILE)
    unavailable.failures.forget()
    unavailable.unavailable(error)
    snapshots = Snapshots()
    snapshots._note_failure(HOSTILE)
    ServiceWindows()._report({1: ("web\nshop", Fault("labels", HOSTILE))})
    assert len(caplog.messages) == 3
    for message in caplog.messages:
        assert SHOWN in message
        assert message.isprintable()
