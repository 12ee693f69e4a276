"""Percentages, lengths, moments and verdicts of a report, in words."""

from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ..accounting import InvalidPeriod, parse_period
from ..language import gettext as _
from ..language import gettext_noop, in_english, number, weekday_and_day
from ..schedule.errors import ScheduleError
from ..schedule.notation import format_hours
from ..schedule.timezones import zone

_DECIMALS = 3
_SPACE = "\u00a0"  # no line breaks between a number and its sign


NOT_ENOUGH = gettext_noop("not enough data: %(share)s of the time was measured")


class Verdict(NamedTuple):
    """Whether the target was met, in words, with a sign and a class for the style."""

    message: str
    sign: str
    kind: str

    @property
    def words(self) -> str:
        return _(self.message)


MET = Verdict(gettext_noop("Met"), "✓", "met")
MISSED = Verdict(gettext_noop("Missed"), "✗", "missed")


def percent(ratio: float | None) -> str:
    """Write a ratio as a percentage, rounded down; "" for None.

    Rounded up, 99.8999 % would look as if it met a target of 99.9 %.
    """
    if ratio is None:
        return ""
    exact = Decimal(repr(ratio)) * 100
    step = Decimal(1).scaleb(-_DECIMALS)
    if 0 < exact < step:
        return _("under %(share)s") % {"share": f"{number(step)}{_SPACE}%"}
    shown = exact.quantize(step, rounding=ROUND_FLOOR).normalize()
    return f"{number(f'{shown:f}')}{_SPACE}%"


def share(ratio: float) -> str:
    """Write a share of time in whole percent, never more than it is."""
    exact = Decimal(repr(ratio)) * 100
    return f"{number(exact.quantize(Decimal(1), rounding=ROUND_FLOOR))}{_SPACE}%"


def length(seconds: float) -> str:
    """Write a length of time in hours, minutes and seconds."""
    if seconds < 0:
        return f"\u2212{length(-seconds)}"
    if 0 < seconds < 1:
        return f"{number(f'{seconds:.1g}')} s"
    return format_hours(round(seconds))


def is_short(component: dict[str, Any], min_coverage: float) -> bool:
    """Return whether too little was measured to show a figure."""
    coverage = component["coverage"]
    return coverage is None or coverage < min_coverage


def availability(component: dict[str, Any], min_coverage: float) -> str:
    """Write what was achieved, or how much was measured where that is too little."""
    if component["scheduled_seconds"] - component["excused_seconds"] <= 0:
        return _("nothing scheduled")
    if is_short(component, min_coverage) or component["availability"] is None:
        measured = share(component["coverage"] or 0)
        return _(NOT_ENOUGH) % {"share": measured}
    return percent(component["availability"])


def verdict(component: dict[str, Any], min_coverage: float) -> Verdict:
    """Say whether the component met its target, or why that is not known."""
    if component["met"] is not None:
        return MET if component["met"] else MISSED
    if component["scheduled_seconds"] - component["excused_seconds"] <= 0:
        return Verdict(gettext_noop("Nothing scheduled"), "–", "unknown")
    if is_short(component, min_coverage):
        return Verdict(gettext_noop("Not enough data"), "?", "unknown")
    if component["until"] < component["end"]:
        return Verdict(gettext_noop("Not over yet"), "…", "running")
    return Verdict(gettext_noop("Not judged"), "–", "unknown")


def title(document: dict[str, Any]) -> str:
    """Return the period of a document in words: October 2026."""
    stored: str = document["title"]
    try:
        period = parse_period(document["period"])
    except InvalidPeriod:
        return stored
    with in_english():
        is_current = period.label == stored
    return period.label if is_current else stored


def zone_named(name: str) -> ZoneInfo:
    """Return the time zone; UTC where it is not known any more."""
    try:
        return zone(name)
    except ScheduleError:
        return ZoneInfo("UTC")


def parsed(iso: str) -> datetime:
    """Return the moment that a document holds, in UTC."""
    return datetime.fromisoformat(iso).astimezone(UTC)


def moment(iso: str, local: ZoneInfo) -> str:
    """Write a moment of a document in local time, with the zone's abbreviation."""
    at = parsed(iso).astimezone(local)
    return f"{weekday_and_day(at)} {_clock(at)} {at.tzname()}"


def span(start: str, end: str, local: ZoneInfo) -> str:
    """Write a span of time in local time, the date once where it is the same."""
    first, last = (parsed(one).astimezone(local) for one in (start, end))
    same_zone = first.tzname() == last.tzname()
    begins = f"{weekday_and_day(first)} {_clock(first)}"
    if not same_zone:
        begins = f"{begins} {first.tzname()}"
    ends = f"{_clock(last)} {last.tzname()}"
    if first.date() != last.date():
        ends = f"{weekday_and_day(last)} {ends}"
    return f"{begins} – {ends}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}" if at.second == 0 else f"{at:%H:%M:%S}"
