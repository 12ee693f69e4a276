"""What Icinga 2 does with its time periods, restated day by day. Minutes of UTC.

Nothing is shared with the converter: a file is read by expressions that need its
closing braces at the beginning of lines, and a day matches a range if it lies between
both ends, which are found by walking from the month or year of that day.
"""

import datetime as dt
import re
from typing import Literal, TypedDict

START = dt.date(2026, 1, 1)
DAYS = 3 * 365 + 1
MINUTES = DAYS * 1440
_WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_YEAR = [dt.date(2026, month, 1).strftime("%B").lower() for month in range(1, 13)]


class Period(TypedDict):
    ranges: dict[str, str]
    includes: list[str]
    excludes: list[str]
    prefer: bool


def read(text: str) -> dict[str, Period]:
    """Return the objects of a file: ranges, includes, excludes, prefer_includes."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*|#[^\n]*", "", text, flags=re.DOTALL)
    blocks = re.findall(
        r'^(object|template) +TimePeriod +"([^"]+)"[^{]*\{(.*?)^\}', text, re.M | re.S
    )
    bodies = {name: body for _, name, body in blocks}
    periods: dict[str, Period] = {}
    for kind, name, body in blocks:
        if kind == "object":
            periods[name] = {
                "ranges": {},
                "includes": [],
                "excludes": [],
                "prefer": True,
            }
            _fill(periods[name], body, bodies)
    return periods


def _fill(period: Period, body: str, bodies: dict[str, str]) -> None:
    statements = (
        r'import\s+"([^"]+)"'
        r"|ranges\s*(\+?=)\s*\{([^}]*)\}"
        r'|ranges(?:\["([^"]+)"\]|\.(\w+))\s*=\s*"([^"]*)"'
        r"|(includes|excludes)\s*(\+?=)\s*\[([^\]]*)\]"
        r"|prefer_includes\s*=\s*(true|false)"
    )
    for found in re.finditer(statements, body):
        template, sign, entries, key, word, hours, names, how, listed, prefer = (
            found.groups()
        )
        if template:
            _fill(period, bodies.get(template, ""), bodies)
        elif sign:
            if sign == "=":
                period["ranges"] = {}
            pairs = re.findall(r'"?([\w][\w /-]*?)"?\s*=\s*"([^"]*)"', entries)
            period["ranges"].update(pairs)
        elif hours is not None:
            period["ranges"][key or word] = hours
        elif names:
            link: Literal["includes", "excludes"]
            link = "includes" if names == "includes" else "excludes"
            old = period[link] if how == "+=" else []
            period[link] = old + re.findall(r'"([^"]+)"', listed)
        else:
            period["prefer"] = prefer == "true"


def minutes(periods: dict[str, Period], name: str) -> int:
    """Return the open minutes of the three years, one byte each, as a number."""
    period = periods[name]
    own = bytearray(MINUTES + 2880)
    for index in range(-1, DAYS):
        day = START + dt.timedelta(index)
        for key, hours in period["ranges"].items():
            if _matches(key, day):
                for part in hours.split(","):
                    _mark(own, index, part)
    result = int.from_bytes(own[1440 : 1440 + MINUTES], "big")
    includes = [minutes(periods, other) for other in period["includes"]]
    excludes = [minutes(periods, other) for other in period["excludes"]]
    order = [(excludes, False), (includes, True)]
    for others, opens in order if period["prefer"] else order[::-1]:
        for other in others:
            result = result | other if opens else result & ~other
    return result


def _mark(own: bytearray, index: int, part: str) -> None:
    first, last = part.split("-")
    begin, end = (
        int(h) * 60 + int(m) for h, m in (t.split(":") for t in (first, last))
    )
    if end <= begin:
        end += 1440
    offset = (index + 1) * 1440
    end = min(offset + end, len(own))
    own[offset + begin : end] = b"\x01" * (end - offset - begin)


def _matches(key: str, day: dt.date) -> bool:
    definition, _, stride = key.partition("/")
    first, dash, second = definition.partition("- ")
    first, second = first.strip(), second.strip()
    if not dash:
        named = [word for word in first.split() if word in _YEAR]
        if named and named[0] != _YEAR[day.month - 1]:
            return False  # the fifth Monday of May is not the first of June
        return first == _WEEK[day.weekday()] or _day(first, day) == day
    if re.fullmatch(r"-?\d+", second):
        second = first.split()[0] + " " + second
    begin, end = _day(first, day), _day(second, day)
    assert begin
    assert end
    if second == "february 29" and end.month == 3:
        end -= dt.timedelta(1)
    return begin <= day <= end and (day - begin).days % int(stride or 1) == 0


def _day(spec: str, day: dt.date) -> dt.date | None:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", spec):
        return dt.date.fromisoformat(spec)
    name, *rest = spec.split()
    if not rest:
        return None
    count = int(rest[0])
    month = day.replace(day=1)
    if name in _YEAR:
        month = month.replace(month=1 + _YEAR.index(name))
    if rest[1:]:
        month = month.replace(month=1 + _YEAR.index(rest[1]))
    after = (month + dt.timedelta(31)).replace(day=1)
    step = dt.timedelta(1 if count > 0 else -1)
    walked = month - step if count > 0 else after
    while count:
        walked += step
        if name not in _WEEK or _WEEK[walked.weekday()] == name:
            count += -1 if count > 0 else 1
    return walked
