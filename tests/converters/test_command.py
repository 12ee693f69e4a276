"""convert_schedules, as it is typed."""

from __future__ import annotations

import io
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from otel_sla.catalogue import parse_text

PARTS = {
    "nagios": "define timeperiod{\n timeperiod_name a\n monday 09:00-17:00\n}\n",
    "icinga2": 'object TimePeriod "a" {\n ranges = {"monday" = "09:00-17:00"}\n}\n',
    "alertmanager": "time_intervals:\n- name: a\n  time_intervals:\n"
    "  - weekdays: [monday]\n    times: [{start_time: '09:00', end_time: '17:00'}]\n"
    "    location: UTC\n",
}
LOSSY = PARTS["nagios"].replace("}", " easter 10:00-11:00\n}")


def convert(file: object, **options: object) -> tuple[str, str]:
    """Return what the command prints, and what it says besides."""
    out, err = StringIO(), StringIO()
    call_command("convert_schedules", file, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("given", [True, False])
def test_each_format_is_told_or_given(name: str, given: bool, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(f"\ufeff{PARTS[name]}", encoding="utf-8")
    out, err = convert(file, zone="UTC", strict=True, format=name if given else None)
    assert err == ""
    (schedule,) = parse_text(out, "a.yaml").schedules.items()
    assert schedule[0] == "a"
    (rule,) = schedule[1].rules
    assert (rule.weekdays, rule.start.hour, rule.end.hour) == (
        frozenset({0}),
        9,
        17,
    )


def test_what_is_lost_is_said_and_fails_if_that_is_wanted(tmp_path: Path) -> None:
    file = tmp_path / "file.cfg"
    file.write_text(LOSSY)
    out, err = convert(file)
    assert "# Not converted: Line 4: 'easter 10:00-11:00'" in out
    assert err.startswith(
        "Not all was converted, of 1 of 1 schedules: see the comments"
    )
    printed = StringIO()
    with pytest.raises(CommandError, match="Not all was converted"):
        call_command("convert_schedules", file, strict=True, stdout=printed)
    assert printed.getvalue() == out


def test_a_file_is_read_from_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO(PARTS["icinga2"].encode())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=content))
    out, _ = convert("-", zone="Europe/Berlin")
    assert "timezone: Europe/Berlin" in out
