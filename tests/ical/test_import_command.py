"""The command reads files, mails and addresses, and finds components by objects."""

from __future__ import annotations

import io
from itertools import permutations
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from otel_sla.ical.imports.download import Download
from otel_sla.management.commands import import_calendar as module
from otel_sla.models import Component, Override

from ..support.make import make_component
from .test_calendar_mails import mail
from .test_import_calendar import calendar, event, tomorrow

pytestmark = pytest.mark.django_db

TODO = "BEGIN:VTODO\r\nUID:t\r\nEND:VTODO\r\n"


@pytest.fixture(autouse=True)
def shop() -> Component:
    return make_component()


def work(*lines: str, uid: str = "upgrade") -> str:
    return event(f"DTSTART;VALUE=DATE:{tomorrow()}", *lines, uid=uid)


def notice(uid: str, sequence: int, *objects: str, extra: tuple[str, ...] = ()) -> str:
    return work(
        f"SEQUENCE:{sequence}",
        "X-MAINTNOTE-PROVIDER:example.net",
        *(f"X-MAINTNOTE-OBJECT-ID{one}" for one in objects),
        *extra,
        uid=uid,
    )


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("import_calendar", *arguments, stdout=out)
    return out.getvalue()


def closed() -> set[str]:
    """The names of the components that have an override."""
    return {str(row.component) for row in Override.objects.all()}


def test_a_folder_of_calendars_and_mails_is_one_import(tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_bytes(calendar(work(uid="a")))
    attached = calendar(work(uid="b")).decode(), "text/calendar", "invite.ics"
    (tmp_path / "b.eml").write_bytes(mail(attached).as_bytes())
    (tmp_path / "c.eml").write_bytes(mail().as_bytes())
    said = run(str(tmp_path), "--component", "web-shop")
    assert "2 created" in said
    assert "1 of the files could not be used:\n! " in said
    assert "c.eml: The mail has no calendar" in said


def test_what_is_not_in_an_unusable_file_is_not_pruned(tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_bytes(calendar(work(uid="a")))
    (tmp_path / "b.ics").write_bytes(calendar(work(uid="b")))
    run(str(tmp_path), "--component", "web-shop")
    (tmp_path / "b.ics").write_bytes(b"cut off")
    with pytest.raises(CommandError, match=r"b\.ics, line 1"):
        run(str(tmp_path), "--component", "web-shop", "--prune")
    assert Override.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (calendar(), "The file has no events."),
        (calendar(TODO, TODO), "The file has no events, only 2 VTODO."),
        (
            calendar(TODO, "BEGIN:VFREEBUSY\r\nEND:VFREEBUSY\r\n"),
            "The file has no events, only 1 VFREEBUSY and 1 VTODO.",
        ),
    ],
)
def test_a_file_without_events_says_so(
    content: bytes, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "x.ics"
    file.write_bytes(content)
    with pytest.raises(CommandError) as error:
        run(str(file), "--component", "web-shop")
    assert said in str(error.value)


def test_strict_fails_after_importing_what_it_can(tmp_path: Path) -> None:
    file = tmp_path / "x.ics"
    bad = event("DTSTART:20261206T020000Z", uid="bad")
    file.write_bytes(calendar(work(), bad))
    arguments = (str(file), "--component", "web-shop")
    assert "1 could not be imported" in run(*arguments)
    with pytest.raises(CommandError) as error:
        run(*arguments, "--strict")
    assert "1 could not be imported. The calendar was applied." in str(error.value)
    assert error.value.returncode == 1
    assert closed() == {"web-shop"}
    with pytest.raises(CommandError, match=r"applied\.\n! bad 'Upgrade' has neither"):
        run(*arguments, "--strict", "--verbosity", "0")
    file.write_bytes(calendar(work()))
    assert "1 unchanged" in run(*arguments, "--strict")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x.ics", "--url", "https://a/"], "either as FILE or by --url"),
        ([], "either as FILE or by --url"),
        (["x.ics", "--cache", "y"], "--cache needs --url"),
        (["--url", "file:///x"], "The URL can't be used"),
    ],
)
def test_a_source_is_given_once(arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*arguments, "--component", "web-shop")


def test_a_calendar_at_an_address_is_kept_and_imported_also_if_unchanged(
    tmp_path: Path,
) -> None:
    cache = tmp_path / "changes.ics"
    url = "https://example.com/secret.ics"
    arguments = ("--url", url, "--cache", str(cache), "--component", "web-shop")
    first = Download(calendar(work()), '"1"', "")
    with patch.object(module, "download", return_value=first):
        assert "dry run" in run(*arguments, "--dry-run")
        assert not cache.exists()
        assert "1 created" in run(*arguments)
    Override.objects.all().delete()
    with patch.object(module, "download", side_effect=lambda url, kept: kept):
        said = run(*arguments)
    assert "has not changed since the last download" in said
    assert "1 created" in said


def test_a_page_of_errors_replaces_no_calendar(tmp_path: Path) -> None:
    cache = tmp_path / "changes.ics"
    arguments = ("--url", "https://example.com/secret.ics", "--cache", str(cache))
    page = Download(b"<html>Log in", '"2"', "")
    with (
        patch.object(module, "download", return_value=page),
        pytest.raises(CommandError) as error,
    ):
        run(*arguments, "--component", "web-shop")
    assert "https://example.com, line 1: The file does not begin" in str(error.value)
    assert "secret" not in str(error.value)
    assert not cache.exists()


def test_what_comes_too_late_changes_nothing_and_is_told(tmp_path: Path) -> None:
    file = tmp_path / "x.ics"
    arguments = (str(file), "--component", "web-shop", "--strict")
    for sequence, said in ((2, "1 created"), (1, "0 created, 0 updated")):
        file.write_bytes(
            calendar(work(f"SEQUENCE:{sequence}", f"DURATION:P{sequence}D"))
        )
        found = run(*arguments)
        assert said in found
    assert "1 older than what was imported:\n< upgrade 'Upgrade' is older" in found


def test_a_line_that_is_not_utf_8_is_noted(tmp_path: Path) -> None:
    file = tmp_path / "x.ics"
    text = calendar(event(f"DTSTART;VALUE=DATE:{tomorrow()}", summary="Störung"))
    file.write_bytes(text.decode().encode("latin-1"))
    said = run(str(file), "--component", "web-shop")
    assert f"Note: {file}: line 6: This line is not UTF-8" in said


def circuits(**values: str) -> None:
    for name, circuit in values.items():
        make_component(name, labels={"circuit": circuit})


def test_the_objects_of_a_notice_are_found_by_a_label(tmp_path: Path) -> None:
    circuits(north="XC-1", north2="XC-1", south="XC-2", west="XC-3")
    file = tmp_path / "x.ics"
    file.write_bytes(
        calendar(
            notice("a", 0, ":XC-1", ":XC\\,9"),
            notice("b", 0, ";X-MAINTNOTE-OBJECT-IMPACT=OUTAGE:XC-2", ":XC-1"),
            work(uid="c"),
        )
    )
    said = run(str(file), "--map-objects", "circuit")
    assert closed() == {"north", "north2", "south"}
    reasons = {row.reason for row in Override.objects.filter(component__name="south")}
    assert reasons == {"example.net: Upgrade (XC-2, XC-1)"}
    assert Override.objects.count() == 5
    assert "! a 'Upgrade' is about 'XC,9', and no component has it as its" in said
    assert "! c 'Upgrade' has no X-MAINTNOTE-OBJECT-ID" in said
    assert "2 could not be imported" in said
    with pytest.raises(CommandError, match="2 could not be imported"):
        run(str(file), "--map-objects", "circuit", "--strict")


def test_an_object_without_impact_is_left_out_although_others_have_one(
    tmp_path: Path,
) -> None:
    circuits(north="XC-1", south="XC-2")
    file = tmp_path / "x.ics"
    none = ";X-MAINTNOTE-OBJECT-IMPACT=NO-IMPACT:XC-2"
    file.write_bytes(calendar(notice("a", 0, ":XC-1", none)))
    run(str(file), "--map-objects", "circuit")
    assert closed() == {"north"}
    run(str(file), "--map-objects", "circuit", "--no-impact", "import")
    assert closed() == {"north", "south"}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_notice_may_come_to_be_about_other_objects_in_any_order(
    order: tuple[int, ...], tmp_path: Path
) -> None:
    circuits(north="XC-1", south="XC-2")
    thread = [
        notice("a", 0, ":XC-1"),
        notice("a", 1, ":XC-1", ":XC-2"),
        notice("a", 2, ":XC-2"),
    ]
    file = tmp_path / "x.ics"
    for number in order:
        file.write_bytes(calendar(thread[number]))
        run(str(file), "--map-objects", "circuit")
    assert closed() == {"south"}
    file.write_bytes(calendar(notice("b", 0, ":XC-2")))
    # What an earlier notice has imported is not amiss in a later one.
    assert "kept" not in run(str(file), "--map-objects", "circuit", "--dry-run")
    file.write_bytes(calendar(notice("a", 3, extra=("STATUS:CANCELLED",))))
    run(str(file), "--map-objects", "circuit", "--strict")
    assert closed() == set()


def test_an_empty_label_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="needs the name of a label"):
        run(str(tmp_path), "--map-objects", "")


def test_pruning_by_objects_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="can't be used with --map-objects"):
        run("x.ics", "--map-objects", "circuit", "--prune")


def test_the_choices_of_the_command_are_those_of_the_import(tmp_path: Path) -> None:
    file = tmp_path / "x.ics"
    file.write_bytes(
        calendar(
            work("STATUS:TENTATIVE", uid="a"),
            work("TRANSP:TRANSPARENT", uid="b"),
            work("X-MAINTNOTE-IMPACT:NO-IMPACT", uid="c"),
        )
    )
    arguments = (str(file), "--component", "web-shop")
    left_out = ("--tentative", "skip", "--free", "skip")
    said = run(*arguments, *left_out)
    assert "0 created" in said
    assert "Events left out: 1 tentative, 1 free, 1 without impact." in said
    assert "2 created" in run(*arguments)
    assert "1 created, 0 updated" in run(*arguments, "--no-impact", "import")


def test_the_calendar_s_own_zone_is_used_if_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "x.ics"
    zone = "X-WR-TIMEZONE:Asia/Tokyo\r\n"
    file.write_bytes(
        calendar(zone, event(f"DTSTART:{tomorrow()}T120000", "DURATION:PT1H"))
    )
    for arguments, hour in (((), 12), (("--x-wr-timezone",), 3)):
        Override.objects.all().delete()
        run(str(file), "--schedule", "office-london", *arguments)
        assert Override.objects.get().start.hour in (hour, hour + bool(arguments))


def test_a_component_that_gets_its_label_later_is_told_by_the_newest_message(
    tmp_path: Path,
) -> None:
    circuits(north="XC-1")
    make_component("south")
    file = tmp_path / "x.ics"
    longer = notice("a", 1, ":XC-1", ":XC-2", extra=("DURATION:P3D",))
    file.write_bytes(calendar(longer))
    run(str(file), "--map-objects", "circuit")
    Component.objects.filter(name="south").update(labels={"circuit": "XC-2"})
    file.write_bytes(calendar(notice("a", 0, ":XC-2")))
    run(str(file), "--map-objects", "circuit")
    assert closed() == {"north", "south"}
    assert len({(row.start, row.end) for row in Override.objects.all()}) == 1
