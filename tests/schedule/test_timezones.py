"""Time zones, from the newer of two releases, and what is said about old ones."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import date, datetime, time
from importlib.resources import files
from pathlib import Path
from unittest.mock import patch

import pytest
import tzdata
from django.test import override_settings

from otel_sla import checks
from otel_sla.schedule import Schedule, timezones
from otel_sla.schedule.rules import Rule
from otel_sla.schedule.timezones import Release, UnknownZone, newest, zone

from ..support.make import seconds

OLD, NEW = Release("2025b", "system files"), Release("2026f", "tzdata package")


def test_the_newer_release_is_used() -> None:
    assert newest(OLD, NEW) == NEW
    assert newest(NEW, OLD) == NEW
    assert newest(Release("2026f", "system files"), NEW).source == "system files"


def test_system_files_of_unknown_age_are_not_trusted() -> None:
    assert newest(None, OLD) == OLD


def test_the_release_in_use_is_not_older_than_the_package() -> None:
    assert timezones.in_use().version >= tzdata.IANA_VERSION


def test_a_zone_whose_rules_changed_in_2026_is_right_where_the_system_is_older() -> (
    None
):
    with patch.object(timezones, "_of_system", return_value=OLD):
        vancouver = zone.__wrapped__("America/Vancouver")
    office = Schedule(vancouver, (Rule(frozenset(range(5)), time(9), time(17)),))
    state = office.state(seconds(2026, 12, 1))
    assert state.next_start == seconds(2026, 12, 1, 16)


def test_zones_of_the_package_are_the_same_object_and_know_their_name() -> None:
    assert zone("Europe/London") is zone("Europe/London")
    assert str(zone("Europe/London")) == "Europe/London"


@pytest.mark.parametrize("preferred", [OLD, NEW])
def test_either_source_can_serve_a_zone(preferred: Release) -> None:
    with (
        patch.object(timezones, "in_use", return_value=preferred),
        patch.object(timezones, "_of_system", return_value=OLD),
    ):
        found = zone.__wrapped__("Europe/Berlin")
    summer = datetime(2026, 7, 1, 12, tzinfo=found)
    assert summer.utcoffset() == datetime(2026, 7, 1, 2) - datetime(2026, 7, 1)


def test_no_version_in_the_system_s_files_is_no_release(tmp_path: object) -> None:
    with patch("zoneinfo.TZPATH", (str(tmp_path),)):
        assert timezones._of_system.__wrapped__() is None


ASKED = """
import logging
from datetime import datetime

from otel_sla.schedule import timezones as zones

logging.basicConfig(format="%(levelname)s %(message)s")
for name in ("Europe/Berlin", "Asia/Tokyo"):
    for _ in range(2):
        try:
            print(name, zones.zone(name).utcoffset(datetime(2050, 7, 1)))
        except zones.UnknownZone as error:
            print(error)
        print(len(zones.editions(name)))
"""


@pytest.mark.parametrize("size", [0, 3, 500, -1, -12])
def test_a_file_of_the_system_that_is_cut_off_gives_way_to_the_package_s(
    tmp_path: Path, size: int
) -> None:
    package = Path(tzdata.__file__).parent / "zoneinfo"
    for name in ("Europe/Berlin", "Asia/Tokyo"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes((package / name).read_bytes())
    berlin = tmp_path / "Europe" / "Berlin"
    berlin.write_bytes(berlin.read_bytes()[:size])
    (tmp_path / "tzdata.zi").write_text("# version 2099a\n")
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        env={**os.environ, "PYTHONTZPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    asked = ["Europe/Berlin 2:00:00", "2"] * 2 + ["Asia/Tokyo 9:00:00", "3"] * 2
    assert done.stdout.splitlines() == asked
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"ERROR the time zone file {berlin} can't be used: ")


def test_no_beginning_of_a_file_is_taken_for_the_whole(tmp_path: Path) -> None:
    content = (files("tzdata") / "zoneinfo" / "Europe" / "Berlin").read_bytes()
    cut = tmp_path / "Berlin"
    every = len(content)
    for size in (*range(0, every, 41), *range(every - 40, every)):
        cut.write_bytes(content[:size])
        assert timezones._read(cut, "Europe/Berlin") is None, size


def test_a_zone_whose_files_are_all_broken_is_refused() -> None:
    with (
        patch.object(timezones, "_from_system", return_value=None),
        patch.object(timezones, "_from_package", return_value=None),
        pytest.raises(UnknownZone, match="Reinstall the tzdata package"),
    ):
        zone.__wrapped__("Europe/Berlin")


def test_a_process_without_descriptors_does_not_blame_the_file(tmp_path: Path) -> None:
    full = OSError(errno.EMFILE, "Too many open files")
    with (
        patch.object(Path, "read_bytes", side_effect=full),
        pytest.raises(OSError, match="Too many open files"),
    ):
        timezones._read(tmp_path / "Berlin", "Europe/Berlin")


@pytest.mark.parametrize("name", ["Mars/Base", "europe/london", "", "Factory"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(UnknownZone):
        zone(name)


@pytest.mark.parametrize(
    ("version", "today", "old"),
    [
        ("2026f", date(2026, 11, 22), False),
        ("2025b", date(2026, 4, 30), False),
        ("2025b", date(2026, 5, 1), True),
        ("2025j", date(2026, 12, 31), False),
        ("2025j", date(2027, 1, 1), True),
    ],
)
def test_a_release_is_old_a_year_after_the_month_its_letter_stands_for(
    version: str, today: date, old: bool
) -> None:
    assert Release(version, "test").is_older_than_a_year(today) == old


def test_old_time_zone_data_is_warned_about() -> None:
    with patch.object(timezones, "in_use", return_value=Release("2019c", "test")):
        (warning,) = checks.check_time_zone_data(None)
        with override_settings(OTEL_SLA={"SERVICE_WINDOWS": False}):
            assert checks.check_time_zone_data(None) == [], "nothing is evaluated"
    assert warning.id == "otel_sla.W002"
    assert "2019c (test)" in warning.msg
    with patch.object(timezones, "in_use", return_value=Release("9999a", "test")):
        assert checks.check_time_zone_data(None) == []
