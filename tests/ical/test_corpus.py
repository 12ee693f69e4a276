"""Calendars as programs write them become the windows that people gave them by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from otel_sla.ical.imports import Options, apply, parse_bytes, wishes
from otel_sla.models import Override
from otel_sla.schedule.timezones import zone

from ..support.make import make_component

CORPUS = Path(__file__).parent / "corpus"
LONDON = zone("Europe/London")
OPTIONS = {
    "": Options(),
    "calendar": Options(timezone="calendar"),
    "free": Options(free="skip"),
    "tentative": Options(tentative="skip"),
}
UNITS = {"m": "minutes", "h": "hours", "d": "days"}

Window = tuple[datetime, datetime]


def table() -> Iterator[tuple[str, str, str, list[str]]]:
    """The lines of the table: file, options, period and windows, as written."""
    for line in (CORPUS / "windows.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, period, *windows = line.split()
            file, _, option = name.partition("+")
            yield file, option, period, [one for one in windows if one != "-"]


LINES = list(table())


def window(written: str) -> Window:
    start, number, unit = re.fullmatch(r"(.+)\+(\d+)([mhd])", written).groups()  # type: ignore[union-attr]
    begins = datetime.fromisoformat(f"{start}Z")
    return begins, begins + timedelta(**{UNITS[unit]: int(number)})


def test_the_table_is_about_every_file_and_the_corpus_is_large() -> None:
    files = {file.stem for file in CORPUS.glob("*.ics")}
    assert {file for file, *_ in LINES} == files
    assert len(files) >= 60


@pytest.mark.django_db
@pytest.mark.parametrize(("file", "option", "period", "written"), LINES)
def test_a_calendar_gives_the_windows_that_are_meant(
    file: str, option: str, period: str, written: list[str]
) -> None:
    since, until = (
        datetime.fromisoformat(day).replace(tzinfo=UTC) for day in period.split("..")
    )
    moment, horizon = int(since.timestamp()), int(until.timestamp())
    text = parse_bytes((CORPUS / f"{file}.ics").read_bytes(), file)
    asked = wishes(text, moment, horizon, OPTIONS[option])
    target = make_component()
    outcome = apply(asked, [target], moment=moment, horizon=horizon)
    assert outcome.refusals == []
    assert list(found()) == sorted(map(window, written))
    again = apply(asked, [target], moment=moment, horizon=horizon)
    assert again.changes == []


def found() -> Iterator[Window]:
    """The overrides, which are in London's time, in UTC."""
    for row in Override.objects.order_by("start", "end"):
        start, end = (
            at.replace(tzinfo=LONDON).astimezone(UTC) for at in (row.start, row.end)
        )
        yield start, end
