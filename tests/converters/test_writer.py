"""Catalogues as they are written of what was converted."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from otel_sla.catalogue import parse_text
from otel_sla.converters.detect import detected
from otel_sla.converters.draft import Converted, Draft
from otel_sla.converters.errors import NotConvertible
from otel_sla.converters.names import valid_names
from otel_sla.converters.writer import is_whole, written

OFFICE = {"days": "mon-fri", "start": "09:00", "end": "17:00"}
CLOSING = {"name": "Closing", "from": "12-24", "to": "01-02"}
HALF = {"name": "Half day", "date": "2026-12-23", "hours": ["09:00-13:00"]}


def catalogue(converted: Converted, zone: str = "") -> str:
    text = "\n".join(written(converted, zone))
    parse_text(text, "converted.yaml")
    return text


def test_a_schedule_is_written_with_what_became_of_it() -> None:
    office = Draft(
        "office",
        "timeperiod office, line 12",
        {"rules": [OFFICE], "excludes": ["closed\ttimes"]},
        [CLOSING, HALF],
        taken=["Its alias is Office."],
        lost=["line 20: easter is not known."],
    )
    closed = Draft("closed\ttimes", "line 1", {"always_open": True}, timezone="UTC")
    whole = Converted([office, closed], ["line 30: a host."])
    assert catalogue(whole, "Europe/Berlin") == (
        "# Not converted: line 30: a host.\n"
        "calendars:\n"
        "  office:\n"
        "    days:\n"
        '    - {name: Closing, from: "12-24", to: "01-02"}\n'
        '    - {name: Half day, date: "2026-12-23", hours: ["09:00-13:00"]}\n'
        "schedules:\n"
        "  # From timeperiod office, line 12.\n"
        "  # Its alias is Office.\n"
        "  # Not converted: line 20: easter is not known.\n"
        "  office:\n"
        "    timezone: Europe/Berlin\n"
        "    holidays: [office]\n"
        "    excludes: [closed times]\n"
        "    rules:\n"
        '    - {days: mon-fri, start: "09:00", end: "17:00"}\n'
        "  # From line 1.\n"
        "  # Its name there is 'closed\\ttimes'.\n"
        "  closed times:\n"
        "    timezone: UTC\n"
        "    always_open: true"
    )
    assert not is_whole(whole)
    assert is_whole(Converted([closed]))


def test_a_zone_that_is_nowhere_is_asked_for() -> None:
    text = catalogue(Converted([Draft("office", "line 1", {"rules": [OFFICE]})]))
    assert text.startswith(
        "# The file has no time zone: schedules that it has none for"
    )
    assert "timezone: UTC" in text


def test_nothing_is_an_empty_catalogue() -> None:
    assert catalogue(Converted()) == "schedules: {}"


def test_texts_of_a_file_are_made_valid() -> None:
    closed = {"from": "2026-01-01", "to": "2026-01-01", "kind": "closed"}
    body = {"always_open": True, "overrides": [{**closed, "reason": "a\x01\0b"}]}
    days = [{"name": name, "easter": 1} for name in (" a\x07 b\n", "\0", "é: #")]
    text = catalogue(Converted([Draft("x", "line 1", body, days)]))
    assert "reason: a b}" in text
    assert "{name: a b, easter: 1}" in text
    assert "{name: without a name, easter: 1}" in text


def test_a_calendar_is_not_named_like_a_code() -> None:
    text = catalogue(Converted([Draft("US", "line 1", {"always_open": True}, [HALF])]))
    assert "  days of US:\n" in text
    assert "holidays: [days of US]" in text


def test_names_are_valid_and_kept_apart() -> None:
    long = "x" * 250
    assert valid_names(["a", " a ", "a\n2", "", "\0", long, long]) == [
        "a",
        "a 2",
        "a 2 2",
        "schedule",
        "schedule 2",
        "x" * 200,
        "x" * 198 + " 2",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# of ours\ndefine timeperiod{\n", "nagios"),
        ('object TimePeriod "24x7" {\n', "icinga2"),
        ('template TimePeriod "base" {\n', "icinga2"),
        ('object Timeperiod "night" {\n', "icinga2"),
        ("route: {}\nmute_time_intervals:\n- name: x\n", "alertmanager"),
        ('{"apiVersion": 1, "muteTimes": []}', "alertmanager"),
        ("- weekdays: ['monday']\n", "alertmanager"),
        ("spec:\n  muteTimeIntervals:\n  - name: x\n", "alertmanager"),
        ("- daysOfMonth: [{start: 1}]\n", "alertmanager"),
    ],
)
def test_a_format_is_told_by_what_only_it_has(text: str, name: str) -> None:
    assert detected(text) == name


def test_another_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        NotConvertible, match="not a file of time periods that is known"
    ):
        detected("schedules: {}\n")
    other = tmp_path / "other.yaml"
    other.write_text("a: 1\n")
    with pytest.raises(CommandError, match="Use --format with one of nagios, icinga2"):
        call_command("convert_schedules", other)
    other.write_bytes(b"define timeperiod\xff")
    with pytest.raises(CommandError, match=r"line 1 is not UTF-8 text.*iconv"):
        call_command("convert_schedules", other)
    with pytest.raises(CommandError, match=r"none\.cfg: No such file"):
        call_command("convert_schedules", tmp_path / "none.cfg", stdout=StringIO())
    with pytest.raises(CommandError, match="'Moon' is not an IANA time zone"):
        call_command("convert_schedules", other, zone="Moon")
