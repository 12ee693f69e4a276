"""Random catalogues whose schedules are made of calendars and of each other.

They are valid by construction, and the same for the same seed. What they say is close
to a date, `about`, on which something happens: most of it would otherwise never meet.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from dateutil.easter import EASTER_ORTHODOX, EASTER_WESTERN, easter

from .brute_force import Calendars
from .brute_force.notation import MONTHS, WEEKDAYS

ZONES = (
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Chatham",
)
CODES = ("DE-BY", "DE-BY/catholic", "DE/nationwide", "GB-ENG", "GB-SCT", "US")
ABOUT = (
    date(2018, 11, 4),  # São Paulo skips a midnight
    date(2019, 2, 17),  # and repeats the hour before one.
    date(2022, 1, 1),  # A Saturday
    date(2022, 12, 26),
    date(2024, 2, 29),
    date(2026, 3, 8),  # New York's clocks go forward
    date(2026, 3, 29),  # London's and Berlin's
    date(2026, 4, 4),  # Easter; Lord Howe's and Chatham's go back
    date(2026, 9, 27),  # Chatham's go forward
    date(2026, 10, 4),  # Lord Howe's, by half an hour
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2026, 12, 26),  # A Saturday
    date(2027, 1, 1),
    date(2027, 2, 28),  # No leap year
    date(2027, 3, 28),  # Easter, on which the clocks go forward
)
REACH = 4
"""Days around the date in which things happen."""

Entry = dict[str, Any]


def composition(rng: Random, about: date, prefix: str = "") -> Entry:
    """Return a catalogue of one to three calendars and two to five schedules.

    Every schedule has a component of the same name.
    """
    calendars: Entry = {}
    for number in range(rng.randint(1, 3)):
        calendars[f"{prefix}calendar-{number}"] = _calendar(rng, about, calendars)
    schedules: Entry = {}
    for number in range(rng.randint(2, 5)):
        schedules[f"{prefix}schedule-{number}"] = _schedule(
            rng, about, list(calendars), list(schedules)
        )
    agreements = {name: {"schedule": name, "target": 99.9} for name in schedules}
    components: Entry = {name: {"agreement": name} for name in schedules}
    for component in components.values():
        if rng.random() < 0.3:
            component["overrides"] = _overrides(rng, about)
    return {
        "calendars": _shuffled(rng, calendars),
        "schedules": _shuffled(rng, schedules),
        "agreements": agreements,
        "components": components,
    }


def _shuffled(rng: Random, entries: Entry) -> Entry:
    return {name: entries[name] for name in rng.sample(list(entries), len(entries))}


def _calendar(rng: Random, about: date, others: Entry) -> Entry:
    entry: Entry = {}
    include = _some(rng, CODES, 2) + _some(rng, list(others), 2)
    if include:
        entry["include"] = include
        without = _without(rng, about, {"calendars": {**others, "": entry}})
        if without:
            entry["without"] = without
    days = [_day(rng, about, number) for number in range(rng.randint(0, 6))]
    if days or not include:
        entry["days"] = days or [_day(rng, about, 0)]
    return entry


def _without(rng: Random, about: date, catalogue: Entry) -> list[str]:
    """Return names and dates of days that the calendar named "" has."""
    years = range(about.year - 1, about.year + 2)
    calendars = Calendars(catalogue)
    days = [day for year in years for day in calendars.days("", year)]
    near = [day for day in days if abs(day.date - about).days <= 2 * REACH]
    found = []
    for day in _some(rng, near, 2) + _some(rng, days, 1):
        ways = [day.name, f"{day.date}", f"{day.date:%m-%d}"]
        if day.only_observed:
            ways += ["observed", day.name.removesuffix(" (observed)")]
        found.append(rng.choice(ways))
    return list(dict.fromkeys(found))


def _day(rng: Random, about: date, number: int) -> Entry:
    name = rng.choice([f"Day {number}", f"Day {number}", "Inventory"])
    kind = rng.choice([_date, _date, _range, _nth, _easter])
    entry = {"name": name, **kind(rng, about)}
    is_yearly = len(str(entry.get("date", entry.get("from", "")))) < len("2026-12-24")
    if is_yearly and rng.random() < 0.3:
        entry["first_year"] = about.year + rng.randint(-3, 1)
    if is_yearly and "first_year" not in entry and rng.random() < 0.3:
        entry["last_year"] = about.year + rng.randint(-1, 2)
    if "from" not in entry and rng.random() < 0.8:
        entry["observed"] = rng.choice(["nearest_weekday", "next_monday", "none"])
    if rng.random() < 0.35:
        entry["hours"] = _hours(rng)
    return entry


def _date(rng: Random, about: date) -> Entry:
    day = _near(rng, about)
    return {"date": rng.choice([f"{day}", f"{day:%m-%d}", f"{day:%m-%d}"])}


def _range(rng: Random, about: date) -> Entry:
    first = _near(rng, about)
    last = first + timedelta(days=rng.randint(0, 9))
    if rng.random() < 0.3:
        return {"from": f"{first}", "to": f"{last}"}
    return {"from": f"{first:%m-%d}", "to": f"{last:%m-%d}"}


def _nth(rng: Random, about: date) -> Entry:
    day = _near(rng, about)
    number: str | int = (day.day - 1) // 7 + 1
    if rng.random() < 0.3 or number == 5:
        number = "last"
    weekday, month = WEEKDAYS[day.weekday()], rng.choice([day.month, MONTHS[day.month]])
    if number == "last" and rng.random() < 0.5:
        return {"day": f"last {weekday}", "month": month}
    return {"nth": number, "day": weekday, "month": month}


def _easter(rng: Random, about: date) -> Entry:
    orthodox = rng.random() < 0.4
    rite = EASTER_ORTHODOX if orthodox else EASTER_WESTERN
    away = (_near(rng, about) - easter(about.year, rite)).days
    if abs(away) > 60 or rng.random() < 0.2:
        away = rng.choice([-47, -2, 0, 1, 39, 49, 50, 60])
    return {"easter": away, "orthodox": True} if orthodox else {"easter": away}


def _hours(rng: Random) -> list[str] | str:
    edges = sorted(rng.sample(range(97), rng.choice([2, 2, 4])))
    spans = [
        f"{_clock(opens)}-{_clock(closes)}"
        for opens, closes in zip(edges[::2], edges[1::2], strict=True)
    ]
    return spans if len(spans) > 1 or rng.random() < 0.7 else spans[0]


def _schedule(
    rng: Random, about: date, calendars: list[str], others: list[str]
) -> Entry:
    entry: Entry = {"timezone": rng.choice(ZONES)}
    if rng.random() < 0.2:
        entry["always_open"] = True
    holidays = _some(rng, CODES, 1) + _some(rng, calendars, 3)
    if len(holidays) == 1 and holidays[0] in CODES and rng.random() < 0.5:
        entry["holidays"] = holidays[0]
    elif holidays:
        entry["holidays"] = rng.sample(holidays, len(holidays))
    closes_only = entry.get("always_open")
    rules = [_rule(rng, about, closes_only) for _ in range(rng.randint(0, 4))]
    if rules:
        entry["rules"] = rules
    chosen = rng.sample(others, min(len(others), rng.randint(0, 3)))
    included = rng.randint(0, len(chosen))
    if chosen[:included]:
        entry["includes"] = chosen[:included]
    if chosen[included:]:
        entry["excludes"] = chosen[included:]
    if rng.random() < 0.4:
        entry["overrides"] = _overrides(rng, about)
    return entry


def _rule(rng: Random, about: date, closes_only: bool | None) -> Entry:
    opens, closes = rng.sample(range(97), 2)
    if opens == 96 or rng.random() < 0.15:
        opens, closes = 0, 96
    entry: Entry = {
        "days": rng.choice(
            ["daily", "daily", "mon-fri", "mon-fri", "sat,sun", "fri-mon", *WEEKDAYS]
        ),
        "start": _clock(opens),
        "end": _clock(closes),
    }
    if rng.random() < 0.2:
        entry["end_day"] = rng.randint(1 if closes <= opens else 0, 3)
    if closes_only or rng.random() < 0.25:
        entry["kind"] = "closed"
    elif rng.random() < 0.2:
        entry["on_holidays"] = True
    near = _near(rng, about)
    restrictions: list[Entry] = [
        {"nth": rng.choice([1, 2, 3, 4, 5, "last"])},
        {"days": f"last {WEEKDAYS[near.weekday()]}"},
        {"months": rng.choice([[near.month], [MONTHS[near.month]], "nov-feb"])},
        {"days_of_month": rng.choice([[near.day], "1-23", [-1, -2, -3], [29, 30, 31]])},
        {"every_weeks": rng.randint(2, 3), "from": f"{near}"},
        {"every_days": rng.randint(2, 8), "from": f"{near}"},
        {"valid_from": f"{near}"},
        {"valid_to": f"{near}"},
    ]
    if rng.random() < 0.5:
        entry |= rng.choice(restrictions)
    return entry


def _overrides(rng: Random, about: date) -> list[Entry]:
    found: list[Entry] = []
    for _ in range(rng.randint(1, 3)):
        kind = rng.choice(["closed", "open"])
        start = datetime.combine(_near(rng, about), time())
        if rng.random() < 0.2:
            day = f"{start:%Y-%m-%d}"
            found.append({"from": day, "to": day, "kind": kind})
            continue
        start += timedelta(minutes=15 * rng.randrange(96))
        end = start + timedelta(minutes=15 * rng.randint(1, rng.choice([12, 288])))
        found.append(
            {
                "from": start.isoformat("T", "minutes"),
                "to": end.isoformat("T", "minutes"),
                "kind": kind,
            }
        )
    return found


def _near(rng: Random, about: date) -> date:
    return about + timedelta(days=rng.randint(-REACH, REACH))


def _clock(quarters: int) -> str:
    """Return a time of day: 9:15, 09:15, 24:00."""
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


def _some(rng: Random, among: Any, most: int) -> list[Any]:
    """Return none to `most` of the values."""
    return rng.sample(list(among), min(len(among), rng.randint(0, most)))
