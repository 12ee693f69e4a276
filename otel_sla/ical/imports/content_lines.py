"""Lines of a calendar file: unfolded, decoded, and taken apart. Pure."""

import re
from collections.abc import Iterable, Iterator

_ESCAPED = re.compile(r"\\([\\,;:nN])")
_LONGEST_ZONE = 200
_MARK = b"\xef\xbb\xbf"
_TZID = re.compile(r';\s*TZID\s*=\s*("[^"]*"|[^;]*)', re.IGNORECASE)


def unfolded(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines, joined where a leading space or tab continues one.

    Some programs fold between the bytes of a character, so they are decoded later.
    """
    begins, parts = 0, list[bytes]()
    # An old Mac ends lines with a carriage return only.
    lines = content.split(b"\n" if b"\n" in content else b"\r")
    for number, line in enumerate(lines, start=1):
        line = line.rstrip(b"\r")
        if parts and line[:1] in (b" ", b"\t"):
            parts.append(line[1:])
            continue
        if parts:
            yield begins, b"".join(parts)
        # Of files that were joined, each may have its byte order mark.
        line = line.removeprefix(_MARK).lstrip()
        begins, parts = number, [line] if line else []
    if parts:
        yield begins, b"".join(parts)


def decoded(line: bytes) -> tuple[str, bool]:
    """Return the text of a line, and whether it is UTF-8; else it is Windows-1252."""
    try:
        return line.decode(), True
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace"), False


def name_of(line: bytes) -> str:
    """Return a property's name in upper case."""
    head = line.partition(b":")[0].partition(b";")[0]
    return head.strip().upper().decode(errors="replace")


def value_of(line: bytes) -> str:
    """Return a property's value, without parameters."""
    return decoded(line.partition(b":")[2])[0].strip()


def unescaped(text: str) -> str:
    r"""Return a value of type TEXT as it is meant: ``\,`` is a comma."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], text)


def zone_name(written: str) -> str:
    """Return a TZID without quotes, padding and escapes, which programs mix up."""
    name = unescaped(written[:_LONGEST_ZONE]).replace('"', " ")
    return " ".join(name.split())


def with_plain_zone(line: str) -> str:
    """Return the line of a date or time with its TZID as it is meant, in quotes.

    Also of names with a colon, which should be in quotes and is not always: dates and
    times have none. A date has no zone, nor has a time in UTC any other.
    """
    head, _, value = line.rpartition(":")
    found = _TZID.search(head)
    if found is None:
        return line
    name = zone_name(found[1])
    is_local = "T" in value.upper() and not value.rstrip().upper().endswith("Z")
    given = f';TZID="{name}"' if name and is_local else ""
    return f"{head[: found.start()]}{given}{head[found.end() :]}:{value}"


def event_text(lines: Iterable[str]) -> str:
    """Return the text of an event with these lines."""
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))
