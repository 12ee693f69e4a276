"""Write what was converted as a catalogue, with comments on what became of it."""

from collections.abc import Iterable, Iterator, Mapping
from textwrap import indent, wrap
from typing import Any

from ..schedule.name_lists import is_code
from ..text import JOINERS, one_line
from ..yaml_writer import OneLine, OneLineList, Quoted, to_yaml
from .draft import Converted, Draft
from .names import by_original, valid_names

_WIDTH = 84
_TEXTS = frozenset({"name", "reason"})
_CLOCKS = frozenset({"start", "end", "from", "to", "date"})
_REFERENCES = ("includes", "excludes")
_KEYS = ("timezone", "always_open", "holidays", *_REFERENCES, "rules", "overrides")
ASK_FOR_ZONE = (
    "The file has no time zone: schedules that it has none for are in {zone}. If that "
    "is wrong, name theirs, such as --zone Europe/Berlin."
)


def written(converted: Converted, zone: str) -> Iterator[str]:
    """Yield the lines of a catalogue of the drafts.

    Schedules without a time zone of their own are in `zone`; if it is empty, they are
    in UTC, and a comment says so.
    """
    drafts = converted.drafts
    originals = [draft.name for draft in drafts]
    names = valid_names(originals)
    known = by_original(originals, names)
    if not zone and any(not draft.timezone for draft in drafts):
        yield from _comment([ASK_FOR_ZONE.format(zone="UTC")])
    yield from _comment(f"Not converted: {one}" for one in converted.lost)
    calendars = _calendars(drafts, names)
    if calendars:
        yield "calendars:"
        for draft in drafts:
            if id(draft) in calendars:
                days = {"days": [_day(day) for day in draft.days]}
                yield indent(to_yaml({calendars[id(draft)]: days}), "  ")
    yield "schedules:" if drafts else "schedules: {}"
    for draft, name in zip(drafts, names, strict=True):
        told = list(_comment(_told(draft, name), "  "))
        timezone = draft.timezone or zone or "UTC"
        body = _body(draft, timezone, calendars.get(id(draft)), known)
        yield from _headed(told, indent(to_yaml({name: body}), "  "))


def is_whole(converted: Converted) -> bool:
    """Return whether nothing of the file was lost."""
    return not converted.lost and not any(draft.lost for draft in converted.drafts)


def _calendars(drafts: list[Draft], names: list[str]) -> Mapping[int, str]:
    """Return the name of the calendar of each draft that has days."""
    having = [
        (draft, name) for draft, name in zip(drafts, names, strict=True) if draft.days
    ]
    # A calendar must not be named like a code, such as US.
    wanted = (f"days of {name}" if is_code(name) else name for _, name in having)
    return {
        id(draft): name
        for (draft, _), name in zip(having, valid_names(wanted), strict=True)
    }


def _told(draft: Draft, name: str) -> Iterator[str]:
    yield f"From {draft.source}."
    if name != draft.name:
        yield f"Its name there is {one_line(repr(draft.name))}."
    yield from draft.taken
    yield from (f"Not converted: {one}" for one in draft.lost)


def _comment(sentences: Iterable[str], margin: str = "") -> Iterator[str]:
    for sentence in sentences:
        for line in wrap(one_line(sentence), _WIDTH, break_long_words=False):
            yield f"{margin}# {line}"


def _headed(told: list[str], schedule: str) -> Iterator[str]:
    """Yield a schedule with its comments: above, or beside its name if one fits."""
    head, newline, rest = schedule.partition("\n")
    beside = f"{head}{told[0]}"
    if len(told) == 1 and head.endswith(":") and len(beside) <= _WIDTH:
        yield f"{beside}{newline}{rest}"
    else:
        yield from told
        yield schedule


def _body(
    draft: Draft, timezone: str, calendar: str | None, names: Mapping[str, str]
) -> dict[str, Any]:
    body: dict[str, Any] = {"timezone": timezone, **draft.body}
    if calendar is not None:
        body["holidays"] = OneLineList([calendar, *body.get("holidays", ())])
    for field in _REFERENCES:
        if body.get(field):
            body[field] = OneLineList(names.get(one, one) for one in body[field])
    for field in ("rules", "overrides"):
        if field in body:
            body[field] = [_line(one) for one in body[field]]
    return {key: body[key] for key in _KEYS if body.get(key)}


def _day(day: Mapping[str, Any]) -> OneLine:
    line = _line(day)
    if "hours" in line:
        line["hours"] = OneLineList(map(Quoted, line["hours"]))
    return line


def _line(row: Mapping[str, Any]) -> OneLine:
    return OneLine({key: _value(key, value) for key, value in row.items()})


def _value(key: str, value: Any) -> Any:
    if key in _TEXTS:
        return one_line(value).strip(JOINERS) or "without a name"
    return Quoted(value) if key in _CLOCKS else value
