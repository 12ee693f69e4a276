"""Calendars are found in mails, folders and patterns, and each is read once."""

from __future__ import annotations

import base64
import io
import time
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from typing import Any

import pytest

from otel_sla.ical.imports import UnusableCalendar
from otel_sla.ical.imports.folders import read_sources, texts_of


def calendar(uid: str = "a", summary: str = "Work") -> str:
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nSUMMARY:{summary}\r\nDTSTART:20270103T020000Z\r\n"
        "DTEND:20270103T040000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def mail(*attached: tuple[str, str, str]) -> EmailMessage:
    """A mail with attachments: content, subtype of the type, and file name."""
    message = EmailMessage()
    message["Subject"] = "BEGIN:VCALENDAR"
    message.set_content("The link is down at night.")
    for content, kind, name in attached:
        maintype, _, subtype = kind.partition("/")
        message.add_attachment(
            content.encode(), maintype=maintype, subtype=subtype, filename=name
        )
    return message


def uids(content: bytes) -> list[str]:
    return [
        line.partition(":")[2]
        for text in texts_of(content, "x.eml")
        for block in text.events
        for line in block.lines
        if line.startswith("UID:")
    ]


def test_a_calendar_that_is_both_in_the_body_and_attached_is_one() -> None:
    """As Google and Exchange send their invitations."""
    outer = MIMEMultipart("mixed")
    body = MIMEMultipart("alternative")
    body.attach(MIMEText("You are invited."))
    body.attach(MIMEText(calendar(), "calendar; method=REQUEST"))
    outer.attach(body)
    attached = MIMEText(calendar(), "calendar")
    attached.replace_header("Content-Type", 'application/ics; name="invite.ics"')
    outer.attach(attached)
    assert uids(outer.as_bytes()) == ["a"]


@pytest.mark.parametrize(
    ("own", "said", "method"),
    [
        ("", "; method=CANCEL", "CANCEL"),
        ("", '; METHOD="cancel"', "CANCEL"),
        ("METHOD:REQUEST\r\n", "; method=CANCEL", "REQUEST"),
        ("", "", ""),
        ("", '; method="x y"', ""),
    ],
)
def test_a_calendar_without_a_method_has_that_of_its_part(
    own: str, said: str, method: str
) -> None:
    part = MIMEText(calendar().replace("METHOD:REQUEST\r\n", own), "plain", "utf-8")
    part.replace_header("Content-Type", f'text/calendar; charset="utf-8"{said}')
    (text,) = texts_of(part.as_bytes(), "x.eml")
    assert [one.calendar.method for one in text.events] == [method]


def test_every_calendar_of_a_mail_is_found_whatever_it_is_called() -> None:
    message = mail(
        (calendar("a"), "application/octet-stream", "Change 1.ICS"),
        (calendar("b"), "text/calendar", "x"),
        ("no calendar", "text/plain", "x.txt"),
    )
    assert uids(message.as_bytes()) == ["a", "b"]
    assert uids(b"From noc@example.com Sun Nov 29\n" + message.as_bytes()) == ["a", "b"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("=?utf-8?Q?=C3=84nderung=2Eics?=", True),
        ("=?utf-8?B?w4RuZGVydW5nLmljcw==?=", True),
        ("=?no-such-charset?Q?x?=.ics", True),
        ("=?utf-8?Q?=C3=84nderung=2Epdf?=", False),
    ],
)
def test_the_name_of_an_attachment_may_be_encoded(name: str, found: bool) -> None:
    content = (
        "Content-Type: application/octet-stream\r\n"
        f'Content-Disposition: attachment; filename="{name}"\r\n\r\n{calendar()}'
    ).encode()
    if found:
        assert uids(content) == ["a"]
    else:
        with pytest.raises(UnusableCalendar, match="no calendar"):
            uids(content)


def test_a_mailbox_of_several_mails_is_refused_and_not_read_in_part() -> None:
    one = mail((calendar(), "text/calendar", "x")).as_bytes()
    begin = b"From noc@example.com Sun Nov 29 10:00:00 2026\n"
    assert uids(begin + one + b"\n\nFrom here on, all is well.\n") == ["a"]
    with pytest.raises(UnusableCalendar, match="several mails"):
        uids(begin + one + b"\n" + begin + one)


def test_a_forwarded_mail_is_looked_through() -> None:
    outer = EmailMessage()
    outer.set_content("See below.")
    outer.add_attachment(mail((calendar(), "text/calendar", "x")))
    assert uids(outer.as_bytes()) == ["a"]


@pytest.mark.parametrize(
    "charset", ["iso-8859-1", "utf-8", "utf-16", "no-such-charset"]
)
def test_texts_are_read_in_the_charset_that_the_mail_names(charset: str) -> None:
    written = "utf-8" if charset == "no-such-charset" else charset
    body = base64.encodebytes(calendar(summary="Störung").encode(written))
    head = (
        f"Content-Type: text/calendar; charset={charset}\n"
        "Content-Transfer-Encoding: base64\n\n"
    )
    (text,) = texts_of(head.encode() + body, "x.eml")
    assert "SUMMARY:Störung" in text.events[0].lines


def test_utf_8_that_is_labelled_as_latin_text_is_utf_8() -> None:
    head = b"Content-Type: text/calendar; charset=iso-8859-1\n\n"
    (text,) = texts_of(head + calendar(summary="Störung").encode(), "x.eml")
    assert "SUMMARY:Störung" in text.events[0].lines


def test_a_mail_without_a_calendar_says_so() -> None:
    with pytest.raises(UnusableCalendar, match=r"x\.eml: The mail has no calendar"):
        texts_of(mail().as_bytes(), "x.eml")
    outlook = mail(("x", "application/ms-tnef", "winmail.dat"))
    with pytest.raises(UnusableCalendar, match="Outlook's own format"):
        texts_of(outlook.as_bytes(), "x.eml")


@pytest.mark.parametrize(
    "content",
    [
        b"".join(
            b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n)
            for n in range(99)
        )
        + b"\n" * 100_000,
        b"Content-Type: message/rfc822\n\n" * 100_000,
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n\n" * 40_000,
        b"Subject: x\n" * 100_000,
        b"X: " + b"x\n " * 499_000,
        b"x:" * 11_000_000,
        b"Content-Type: text/calendar; charset=a\0b\n\n",
        b"Content-Disposition: x; filename*0=a; filename*=b\n\n",
    ],
    ids=[
        "nested",
        "forwarded",
        "parts",
        "headers",
        "folded",
        "large",
        "charset",
        "name",
    ],
)
def test_a_hostile_mail_is_refused_within_seconds(content: bytes) -> None:
    began = time.process_time()
    with pytest.raises(UnusableCalendar):
        texts_of(content, "x.eml")
    assert time.process_time() - began < 10


def test_a_folder_is_its_calendars_and_mails(tmp_path: Path) -> None:
    (tmp_path / "b.ics").write_text(calendar("b"))
    (tmp_path / "a.EML").write_bytes(
        mail((calendar("a"), "text/calendar", "x")).as_bytes()
    )
    (tmp_path / "readme.txt").write_text("no calendar")
    (tmp_path / "old.ics").mkdir()
    found = read_sources([str(tmp_path)])
    assert [text.source for text in found.texts] == [
        str(tmp_path / name) for name in ("a.EML", "b.ics")
    ]
    assert found.unusable == []


def test_a_pattern_takes_files_of_any_name_and_a_file_counts_once(
    tmp_path: Path,
) -> None:
    (tmp_path / "1701.M1P2.host:2,S").write_text(calendar())
    (tmp_path / "[1].ics").write_text(calendar())
    (tmp_path / "sub").mkdir()
    names = [str(tmp_path / "*"), str(tmp_path / "[1].ics")]
    assert len(read_sources(names).texts) == 2


def test_of_several_files_the_unusable_ones_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_text(calendar())
    (tmp_path / "b.eml").write_bytes(mail().as_bytes())
    found = read_sources([str(tmp_path), str(tmp_path / "none.ics")])
    assert len(found.texts) == 1
    assert [error.code for error in found.unusable] == [
        "mail_without_calendar",
        "unreadable_calendar",
    ]


def test_files_none_of_which_can_be_used_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ics").write_bytes(b"cut off")
    (tmp_path / "b.ics").write_bytes(b"")
    with pytest.raises(UnusableCalendar) as refused:
        read_sources([str(tmp_path)])
    said = str(refused.value).splitlines()
    assert said[0] == f"{tmp_path}: None of the 2 files can be used:"
    assert [line.rpartition("/")[2][:5] for line in said[1:]] == ["a.ics", "b.ics"]


def test_a_name_that_can_t_be_a_file_is_refused() -> None:
    for name in ("x" * 5_000, "a\0b"):
        with pytest.raises(UnusableCalendar):
            read_sources([name])


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "folder_without_calendars"),
        ("*.ics", "pattern_without_files"),
        ("a.ics", "unreadable_calendar"),
        ("b.eml", "mail_without_calendar"),
    ],
)
def test_a_single_source_without_a_calendar_is_refused(
    name: str, code: str, tmp_path: Path
) -> None:
    if name.endswith(".eml"):
        (tmp_path / name).write_bytes(mail().as_bytes())
    with pytest.raises(UnusableCalendar) as error:
        read_sources([str(tmp_path / name)])
    assert error.value.code == code


def test_a_mail_may_be_piped_in(monkeypatch: pytest.MonkeyPatch) -> None:
    content = mail((calendar(), "text/calendar", "x")).as_bytes()
    stdin: Any = io.TextIOWrapper(io.BytesIO(content))
    monkeypatch.setattr("sys.stdin", stdin)
    (text,) = read_sources(["-"]).texts
    assert text.source == "-"
