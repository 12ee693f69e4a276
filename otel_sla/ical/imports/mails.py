"""Find the calendars in a raw mail: text/calendar parts and attached .ics files."""

import re
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.policy import compat32

from .content_lines import decoded
from .ics_text import UnusableCalendar

MAX_BYTES = 20_000_000
"""The most bytes of a whole mail, in which attachments take a third more."""
_MOST_LINES = 500_000
_MOST_PARTS = 100
"""The parser compares each line with the boundaries of all parts that it is in."""

_NEXT_MAIL = re.compile(rb"\n\r?\nFrom [^\n]+:\d\d[^\n]+\d{4}\r?\n[!-9;-~]+:")
"""What a second mail in a mailbox of the format mbox begins with."""

_BEGIN = re.compile(rb"^BEGIN:VCALENDAR[ \t]*\r?\n", re.IGNORECASE | re.MULTILINE)
_METHOD = re.compile(rb"^METHOD[:;]", re.IGNORECASE | re.MULTILINE)
_LATIN = re.compile(r"us-ascii|iso-8859-\d+|windows-125\d", re.IGNORECASE)
_HEADER = re.compile(rb"(From |[!-9;-~]+[ \t]*:)")
_TYPES = ("text/calendar", "application/ics", "text/x-vcalendar")
_NAMES = (".ics", ".ical", ".icalendar")


def is_mail(content: bytes) -> bool:
    """Return whether the content begins with a header of a mail, not a calendar."""
    begin = content[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip()
    return bool(_HEADER.match(begin)) and not begin.upper().startswith(b"BEGIN:")


def calendars_of(content: bytes, source: str) -> list[bytes]:
    """Return the calendars of a mail in UTF-8, each once, in the mail's order.

    Forwarded mails are looked through, too. A message that is both in the body and
    attached, as from Google and Exchange, is one. Raises UnusableCalendar if the mail
    has none.
    """
    if len(content) > MAX_BYTES:
        raise UnusableCalendar("mail_too_large", source, most=MAX_BYTES // 1_000_000)
    if content.count(b"\n") > _MOST_LINES or content.count(b"boundary") > _MOST_PARTS:
        raise UnusableCalendar("mail_too_complex", source)
    if content.startswith(b"From ") and _NEXT_MAIL.search(content):
        raise UnusableCalendar("mails_in_one_file", source)
    try:
        parts = list(message_from_bytes(content, policy=compat32).walk())
        found = dict.fromkeys(map(_decoded, filter(_is_calendar, parts)))
    except RecursionError:
        raise UnusableCalendar("mail_too_complex", source) from None
    except Exception as error:
        # The library raises all kinds of errors for headers that it does not expect.
        raise UnusableCalendar("mail_unreadable", source, reason=error) from error
    if not found and any(map(_is_tnef, parts)):
        raise UnusableCalendar("mail_in_tnef", source)
    if not found:
        raise UnusableCalendar("mail_without_calendar", source)
    return list(found)


def _is_calendar(part: Message) -> bool:
    if part.is_multipart():
        return False
    name = _plain(part.get_filename() or "").lower()
    return part.get_content_type() in _TYPES or name.endswith(_NAMES)


def _plain(name: str) -> str:
    """Return a file name that Outlook has encoded as if it were a header."""
    try:
        return str(make_header(decode_header(name)))
    except (LookupError, MessageError, ValueError):
        return name


def _is_tnef(part: Message) -> bool:
    return part.get_content_type() in ("application/ms-tnef", "application/vnd.ms-tnef")


def _decoded(part: Message) -> bytes:
    """Return the calendar of a part in UTF-8, with the METHOD of the part's type if it
    has none of its own: a cancellation may be said nowhere else (RFC 6047, 2.4)."""
    content = _in_utf_8(part)
    method = str(part.get_param("method", ""))
    if not re.fullmatch("[A-Za-z-]+", method) or _METHOD.search(content):
        return content
    line = f"METHOD:{method}\r\n".encode()
    return _BEGIN.sub(lambda found: found[0] + line, content)


def _in_utf_8(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset("utf-8")
    if _LATIN.fullmatch(charset) and decoded(content)[1]:
        # Latin text that happens to be UTF-8 is UTF-8 with a wrong label.
        return content
    try:
        # Calendars are read as UTF-8, and do not say which charset their mail had.
        return content.decode(charset).encode()
    except (LookupError, ValueError):
        return content
