"""Time periods of a file of Nagios as drafts of schedules."""

from __future__ import annotations

from ..draft import Converted, Draft
from ..errors import NotConvertible
from .conditions import days_of
from .entries import TOO_MUCH, Entries, Templates
from .excludes import excluded_periods
from .objects import TimePeriod, read_objects
from .rules import layers, limited_to_days, write_layer

MAX_PARTS = 20
MAX_CALENDAR_DAYS = 366
# A catalogue has 100 calendars and 10,000 days at most; one period may need a calendar
# for each of its parts.
MAX_CALENDARS = 100 - MAX_PARTS
MAX_DAYS = 10_000 - MAX_CALENDAR_DAYS
MAX_COMPARED = 5_000_000


def convert(text: str) -> Converted:
    """Convert all time periods of the file; other objects are skipped.

    Raise NotConvertible with the line if the file is broken.
    """
    periods, lost = read_objects(text)
    templates = Templates(periods)
    converted = Converted(lost=lost)
    drafts: dict[str, tuple[Draft, Entries]] = {}
    for period in periods:
        entries = templates.entries(period)
        if period.value("register") == "0":
            continue
        name = period.value("timeperiod_name") or period.value("name")
        if not name:
            converted.lost.append(
                f"Line {period.number}: this time period has no timeperiod_name."
            )
        elif name in drafts:
            converted.lost.append(
                f"Line {period.number}: there is a time period {name[:60]!r} already. "
                "The first one counts."
            )
        else:
            drafts[name] = _draft(period, name, entries), entries
    for name, others in excluded_periods(drafts).items():
        drafts[name][0].body["excludes"] = others
    names = set(drafts)
    compared = calendars = days = 0
    for draft, entries in drafts.values():
        for selector in entries.exceptions:
            compared += 10 + sum(map(len, map(days_of, selector.conditions)))
        if compared > MAX_COMPARED:
            raise NotConvertible("broken_file", line=1, reason=TOO_MUCH)
        room = calendars <= MAX_CALENDARS and days <= MAX_DAYS
        made = _layered(draft, entries, names, room)
        calendars += sum(bool(part.days) for part in made)
        days += sum(len(part.days) for part in made)
        converted.drafts += made
    return converted


def _draft(period: TimePeriod, name: str, entries: Entries) -> Draft:
    source = f"timeperiod {name}, line {period.number}"
    return Draft(name, source, taken=list(entries.taken), lost=list(entries.lost))


def _layered(
    draft: Draft, entries: Entries, names: set[str], room: bool
) -> list[Draft]:
    """Return the draft with its rules, and those of schedules that it includes.

    Without `room` for more calendars it has rules alone.
    """
    ordered = sorted(entries.exceptions.values(), key=lambda entry: entry.selector.rank)
    ordered = limited_to_days(ordered, MAX_CALENDAR_DAYS if room else 0)
    groups = layers(ordered)
    if len(groups) > MAX_PARTS:
        draft.lost.append(
            f"Its exceptions contradict each other in more than {MAX_PARTS} ways; only "
            "those that count most, and the week, are converted."
        )
        groups = groups[:MAX_PARTS]
    if len(groups) == 1:
        body, draft.days = write_layer(groups[0], entries.week, [])
        draft.body = {**body, **draft.body}
        return [draft]
    made = []
    for number, group in enumerate(groups, start=1):
        week = entries.week if number == len(groups) else {}
        higher = [entry for before in groups[: number - 1] for entry in before]
        name = f"{draft.name}-part-{number}"
        while name in names:
            name += "-"
        names.add(name)
        body, days = write_layer(group, week, higher)
        made.append(Draft(name, f"{draft.source}, part {number}", body, days))
    draft.body["includes"] = [part.name for part in made]
    draft.taken.append(
        "Some of its entries are about the same days. Each part has entries that don't "
        "contradict each other, and is closed on the days of the parts before it."
    )
    return [*made, draft]
