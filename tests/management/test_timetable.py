"""`manage.py windows` for people: tables, countdowns, clock changes, colours."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import subprocess
import time as clock
from datetime import datetime, time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from otel_sla.models import Override
from otel_sla.schedule.notation import format_hours

from ..support.make import (
    OFFICE_HOURS,
    make_agreement,
    make_calendar,
    make_component,
    make_schedule,
)
from ..support.processes import DEADLINE, MANAGE, ROOT, Site, make_site

NIGHTS = {"weekdays": "daily", "start": time(22), "end": time(6)}
ESCAPE = "\x1b["


def windows(*arguments: str) -> str:
    out = io.StringIO()
    call_command("windows", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1 s"),
        (60, "1 min"),
        (3_600, "1 h"),
        (8 * 3_600 + 1_830, "8 h 30 min 30 s"),
        (62 * 3_600, "62 h"),
        (3_600 + 1, "1 h 1 s"),
        (2_000 * 3_600, "2,000 h"),
    ],
)
def test_lengths_are_exact(seconds: int, text: str) -> None:
    assert format_hours(seconds) == text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rules", "at", "outlook"),
    [
        ((OFFICE_HOURS,), "2026-03-30T05:46", "closed at .*: opens in 2 h 14 min"),
        ((OFFICE_HOURS,), "2026-03-30T15:59:15", "open at .*: closes in 45 s"),
        ((OFFICE_HOURS,), "2026-03-27T17:00", "closed at .*: opens in 2 d 15 h"),
        ((), "2026-03-30", "closed at .*: no opening scheduled"),
    ],
)
def test_the_state_comes_with_a_countdown(
    rules: tuple[dict[str, object], ...], at: str, outlook: str
) -> None:
    make_schedule(rules=rules)
    make_component()
    first, *_ = windows("web-shop", "--at", at).splitlines()
    assert re.fullmatch(f"web-shop is {outlook}", first)


@pytest.mark.django_db
def test_what_it_is_closed_for_is_said() -> None:
    make_schedule(holidays="GB-ENG")
    make_component()
    said = windows("web-shop", "--at", "2026-12-25T12:00")
    assert said.startswith("web-shop is closed (Christmas Day) at Fri 2026-12-25 12:00")


@pytest.mark.django_db
def test_what_never_closes_is_said_to() -> None:
    make_schedule(rules=(), always_open=True)
    make_component()
    said = windows("web-shop", "--at", "2026-03-30")
    assert ": no closing scheduled\n" in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("night", "length"),
    [
        ("2026-03-28", "7 h, clocks forward 1 h"),
        ("2026-03-29", "8 h"),
        ("2026-10-24", "9 h, clocks back 1 h"),
    ],
)
def test_a_window_over_a_clock_change_is_marked(night: str, length: str) -> None:
    make_schedule(rules=(NIGHTS,))
    make_component()
    period = ["--from", f"{night}T22:00", "--until", f"{night}T23:00"]
    assert windows("web-shop", *period).splitlines()[2].endswith(f"Z  {length}")


@pytest.mark.django_db
def test_exceptions_in_the_period_are_listed_with_their_reasons() -> None:
    schedule = make_schedule(holidays="GB-ENG")
    component = make_component()
    for owner, kind, first, last, reason in (
        ({"schedule": schedule}, "closed", 10, 11, "over before the period"),
        ({"schedule": schedule}, "closed", 12, 17, "Christmas Eve"),
        ({"component": component}, "open", 18, 24, "stocktaking \x1b[2J\u202e"),
    ):
        Override.objects.create(
            **owner,
            kind=kind,
            reason=reason,
            start=datetime(2026, 12, 24, first),
            end=datetime(2026, 12, 24 + last // 24, last % 24),
        )
    period = ["--from", "2026-12-24T13:00", "--until", "2026-12-26"]
    *_, blank, heading, closed, opened, holiday = windows(
        "web-shop", *period
    ).splitlines()
    assert (blank, heading.split()) == ("", ["exception", "reason"])
    assert closed == "Thu 2026-12-24  closed   12:00-17:00  Christmas Eve"
    assert opened == (
        r"Thu 2026-12-24  open     18:00-24:00  stocktaking \x1b[2J\u202e"
    )
    assert holiday == "Fri 2026-12-25  holiday  09:00-17:00  Christmas Day"
    after = windows("web-shop", "--from", "2026-12-29", "--until", "2026-12-30")
    assert "exception" not in after


@pytest.mark.django_db
def test_a_schedule_made_of_others_is_in_its_own_zone_with_their_reasons() -> None:
    company = make_calendar(
        "company",
        {"name": "Half day", "date": "12-24", "hours": "09:00-12:00"},
        {"name": "Closing", "start": "12-28", "end": "01-02"},
    )
    london = make_schedule("london")
    london.calendars.add(company)
    both = make_schedule("both", (), timezone="America/New_York")
    both.includes.add(london)
    make_component(agreement=make_agreement(schedule=both))
    said = windows("web-shop", "--at", "2026-12-30T12:00")
    assert said.startswith("web-shop is closed (Closing) at Wed 2026-12-30 07:00 EST")
    said = windows("web-shop", "--from", "2026-12-24", "--until", "2026-12-29")
    assert "Thu 2026-12-24 04:00 EST  Thu 2026-12-24 07:00 EST" in said
    assert said.splitlines()[-2:] == [
        "Thu 2026-12-24  holiday  07:00-12:00  Half day",
        "Mon 2026-12-28  holiday  04:00-12:00  Closing",
    ]
    period = ["--from", "2026-12-24", "--until", "2026-12-25"]
    assert json.loads(windows("web-shop", "--format", "json", *period)) == [
        {"start": "2026-12-24T09:00:00Z", "end": "2026-12-24T12:00:00Z"}
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("until", "are_listed"), [("2027-01-02", True), ("2027-01-03", False)]
)
def test_exceptions_are_listed_of_366_days_at_most_and_that_is_said(
    until: str, are_listed: bool
) -> None:
    make_component()
    said = windows("web-shop", "--from", "2026-01-01", "--until", until)
    assert ("listed for up to 366 days" not in said) is are_listed


@pytest.mark.django_db
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_ends_of_the_calendar_are_no_traceback(day: str) -> None:
    schedule = make_schedule(rules=(NIGHTS,), timezone="Pacific/Kiritimati")
    half_day = {"name": "Half day", "date": day[5:], "hours": "09:00-12:00"}
    schedule.calendars.add(make_calendar("company", half_day))
    whole = make_schedule("whole", (NIGHTS,), timezone="Pacific/Niue")
    whole.includes.add(schedule)
    make_component(agreement=make_agreement(schedule=whole))
    assert windows("web-shop", "--from", day, "--until", f"{day}T23:59")
    assert windows("web-shop", "--at", day)


@pytest.mark.django_db
def test_a_rule_written_past_validation_is_named() -> None:
    make_component()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE otel_sla_rule SET weekdays = 'moonday'")
    message = (
        "of web-shop can't be evaluated: weekdays: "
        "'moonday' is not a valid list of weekdays"
    )
    with pytest.raises(CommandError, match=message):
        windows("web-shop")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("site"), TERM="xterm").load_sample()


def at_a_terminal(site: Site, *arguments: str) -> str:
    """Run a command with a pseudo-terminal for its output; return what it shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*MANAGE, *arguments],
        cwd=ROOT,
        env=site.environment,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.STDOUT,
    )
    os.close(theirs)
    shown = b""
    end = clock.monotonic() + 2 * DEADLINE
    try:
        while select.select([ours], [], [], max(0, end - clock.monotonic()))[0]:
            try:
                shown += os.read(ours, 4_096)
            except OSError:
                # Linux says so of a terminal that nobody has open any more.
                break
    finally:
        os.close(ours)
        process.kill()
        process.wait()
    return shown.decode().replace("\r\n", "\n")


STATE = ("web-shop", "--at", "2026-03-30T08:00")
PERIOD = ("nightly-import", "--from", "2026-03-28", "--until", "2026-03-30")


def test_a_terminal_shows_the_same_in_colours(site: Site) -> None:
    for arguments in (STATE, PERIOD):
        shown = at_a_terminal(site, "windows", *arguments)
        assert ESCAPE in shown
        plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
        assert plain == site.manage("windows", *arguments)
    assert "is \x1b[32;1mopen\x1b[0m at" in at_a_terminal(site, "windows", *STATE)


@pytest.mark.parametrize(
    ("variables", "options"),
    [
        ({"NO_COLOR": "1"}, ()),
        ({"DJANGO_COLORS": "nocolor"}, ()),
        ({}, ("--no-color",)),
        ({}, ("--format", "json")),
    ],
)
def test_a_terminal_shows_no_colours_to_who_wants_none(
    variables: dict[str, str], options: tuple[str, ...], site: Site
) -> None:
    shown = at_a_terminal(site.having(**variables), "windows", *STATE, *options)
    assert "open" in shown or "true" in shown
    assert ESCAPE not in shown


def test_colours_go_to_no_file_unless_forced(site: Site, tmp_path: Path) -> None:
    assert ESCAPE not in site.manage("windows", *STATE)
    assert ESCAPE in site.manage("windows", *STATE, "--force-color")
    assert ESCAPE in site.having(NO_COLOR="1").manage(
        "windows", *STATE, "--force-color"
    )


CAUGHT = f"""
import io
from django.core.management import call_command
out = io.StringIO()
call_command("windows", *{STATE!r}, stdout=out)
print(ascii(out.getvalue()))
"""


def test_colours_go_to_no_caller_who_wants_the_text(site: Site) -> None:
    shown = at_a_terminal(site, "shell", "--no-imports", "-c", CAUGHT)
    assert "web-shop is open at" in shown
    assert "x1b" not in shown


@pytest.mark.django_db
def test_a_component_that_is_not_enabled_says_so() -> None:
    make_component(enabled=False)
    said = windows("web-shop")
    assert said.endswith("web-shop is disabled, so it is not reported.\n")
    assert "disabled" not in windows("web-shop", "--format", "json")
