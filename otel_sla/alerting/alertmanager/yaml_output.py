"""Write time intervals, and the routes that use them, as YAML. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ...schedule.days import first_few
from ...schedule.wording import format_rule
from ...yaml_writer import OneLine, to_yaml
from .plan import Plan
from .regular_hours import Part
from .time_interval import Entry, ranges

# Alertmanager's week begins on Sunday, and no range crosses its end.
_WEEKDAYS = (
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
)
_MOST_SAID = 20
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


@dataclass(frozen=True, slots=True)
class Interval:
    """A time interval, its name in Alertmanager, and the components that have it."""

    name: str
    plan: Plan
    components: tuple[str, ...] = ()


def time_intervals(intervals: Iterable[Interval]) -> Iterator[str]:
    """Yield the lines of a configuration's time_intervals, with comments."""
    written = False
    for one in intervals:
        if not written:
            yield "time_intervals:"
        written = True
        for remark in _remarks(one.plan):
            yield f"# {remark}"
        entries = [_entry(entry) for entry in one.plan.entries]
        yield to_yaml([{"name": one.name, "time_intervals": entries}])
    if not written:
        yield "time_intervals: []"


def routes(intervals: Iterable[Interval]) -> Iterator[str]:
    """Yield the lines of a list of routes, each for the components of an interval.

    They match alerts with service_hours_gated="true": others pass at all times.
    """
    written = [
        {
            "matchers": ['service_hours_gated="true"', _matcher(one.components)],
            "active_time_intervals": [one.name],
        }
        for one in intervals
        if one.components
    ]
    yield to_yaml({"routes": written})


def _remarks(plan: Plan) -> Iterator[str]:
    yield f"Right from {plan.first} to {plan.last}. Outside: {_outside(plan)}."
    if plan.moved:
        clocks = sorted(
            {
                f"{datetime.fromtimestamp(at, plan.schedule.zone):%H:%M:%S}"
                for at in plan.moved
            }
        )
        yield (
            f"Up to a minute longer at {len(plan.moved)} boundaries: Alertmanager "
            f"can't have any at {', '.join(clocks)}; the first is "
            f"{datetime.fromtimestamp(plan.moved[0], UTC):%Y-%m-%dT%H:%M:%SZ}."
        )


def _outside(plan: Plan) -> str:
    parts = plan.standing.parts
    rules = [one for part in parts for one in _said(part, plan.schedule.zone)]
    said = "; ".join(_listed(rules)) or "never open"
    unsaid = (rule for part in parts for rule in part.unsaid)
    without = _listed(f"rule {format_rule(rule)!r}" for rule in unsaid)
    if any(part.schedule.holidays and _opens(part) for part in parts):
        without.append("holidays")
    if any(part.schedule.excludes for part in parts):
        without.append("excluded schedules")
    if any(map(any, (part.schedule.overrides for part in parts))):
        without.append("overrides")
    said += f" (without {', '.join(without)})" * bool(without)
    # Not every terminal or pipe takes more than ASCII.
    return said.replace("–", "-")


def _said(part: Part, zone: ZoneInfo) -> Iterator[str]:
    """Yield what a part says, and in which zone if that is another one."""
    where = "" if part.schedule.zone == zone else f" in {part.schedule.zone}"
    for one in [*["open"] * part.schedule.always_open, *map(format_rule, part.said)]:
        yield f"{one}{where}"


def _opens(part: Part) -> bool:
    return any(rule.kind == "open" for rule in part.said)


def _listed(texts: Iterable[str]) -> list[str]:
    return first_few(dict.fromkeys(texts), _MOST_SAID)


def _entry(entry: Entry) -> OneLine:
    from_sunday = {(day + 1) % 7 for day in entry.weekdays}
    restricting = {
        "years": [_range(*one) for one in entry.years],
        "months": [_range(*one) for one in ranges(entry.months)],
        "days_of_month": [_range(*one) for one in entry.days],
        "weekdays": [
            _range(_WEEKDAYS[first], _WEEKDAYS[last])
            for first, last in ranges(from_sunday)
        ],
    }
    return OneLine(
        {key: values for key, values in restricting.items() if values},
        times=[
            {"start_time": _clock(opens), "end_time": _clock(closes)}
            for opens, closes in entry.times
        ],
        location=entry.location,
    )


def _range(first: object, last: object) -> str:
    return str(first) if first == last else f"{first}:{last}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _matcher(components: Iterable[str]) -> str:
    """Return a matcher of any of the components. Go's RE2 matches the whole name."""
    pattern = "|".join(_SPECIAL.sub(r"\\\g<0>", name) for name in components)
    escaped = pattern.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'component=~"{escaped}"'
