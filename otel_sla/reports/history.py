"""The last 90 days of one component: what it achieved on each, and when it was down.

Made in the background and kept for a few minutes, so that no page waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

from ..accounting import Account, Outage
from ..conf import conf
from ..metrics.rows import database
from ..schedule.agreement_period import PERIODS, bounds
from ..schedule.spans import DAY, to_unix
from . import facts, measurements, subjects
from .background import Failed, Pending, background
from .component import Evidence, Reported, Spans
from .facts import Facts
from .measurements import in_words
from .selection import Selection
from .source import NotMeasured, Source, configured
from .wanted import DELAY, Wanted

DAYS = 90


class OfDay(NamedTuple):
    """A local date: seconds that were scheduled, of which some were excused, and the
    parts of the rest that were up, down and unknown, which add up to 1.

    `scheduled` is what the day has in all, also while it is not over.
    """

    date: date
    scheduled: int
    excused: int
    up: Fraction
    down: Fraction
    unknown: Fraction
    down_seconds: float


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a component, as seen at a moment.

    Of the running period of its agreement: the bounds, in Unix seconds, the
    availability and the coverage as ratios, and seconds of the budget.
    """

    days: list[OfDay]
    zone: ZoneInfo
    target: float
    start: int
    end: int
    availability: float | None
    coverage: float | None
    down: float
    budget: float
    left: float
    last_outage: Outage | None
    """The last one that counts."""
    is_made_up: bool


def history(name: str, moment: int) -> History | Pending | Failed | None:
    """Return what is known of a component, without waiting for it.

    None without a source, and where the component's schedule or agreement can't be
    evaluated. The moment is in Unix seconds.
    """
    try:
        source = configured()
    except (NotMeasured, ImproperlyConfigured) as error:
        return Failed(str(error), moment)
    if source is None:
        return None

    def work(tell: Callable[[str], None]) -> History | None:
        def steps(done: int, total: int) -> None:
            tell(in_words(done, total))

        return _made(source, name, moment, steps)

    return background.ask(("history", source.digest, name), work)


def _made(
    source: Source, name: str, moment: int, steps: Callable[[int, int], None]
) -> History | None:
    """Ask for what is missing, and account for it. Raises NotMeasured."""
    alias = database()
    subject = subjects.read(alias, Selection.of(component=[name])).chosen[0]
    definition, kind = subject.definition, subject.agreement_period
    if definition is None or kind not in PERIODS:
        return None
    until = moment - DELAY
    start, end = bounds(kind, until, definition)
    days = list(_days(until, definition.zone))
    since = min(start, days[0][1])
    known = facts.fetch(source, {name: (start, end)}, moment, alias)
    fact = known.facts.get(name, Facts())
    first = {} if fact.first is None else {name: fact.first}
    wanted = Wanted((name,), since, until, moment, first)
    measured = measurements.fetch(source, wanted, alias, steps)
    evidence = Evidence(
        measured.not_up[name], measured.until[name], measured.series[name], fact
    )
    setting = conf.PROMETHEUS
    least = float(setting.min_coverage) if setting else 0.0
    reported = Reported(subject, evidence, (since, end), (), Spans(), least)
    return _history(reported, days, (start, end), source.is_made_up)


def _days(until: int, zone: ZoneInfo) -> Iterator[tuple[date, int, int]]:
    """Yield the last local dates up to that of a moment, with their bounds."""
    last = datetime.fromtimestamp(until, zone).date()
    for back in range(DAYS - 1, -1, -1):
        day = last - timedelta(days=back)
        start, end = (
            to_unix((day.toordinal() + after) * DAY, zone) for after in (0, 1)
        )
        yield day, start, end


def _history(
    reported: Reported,
    days: list[tuple[date, int, int]],
    period: tuple[int, int],
    is_made_up: bool,
) -> History | None:
    subject = reported.subject
    if subject.definition is None:
        return None
    figures = reported.account(*period).figures
    budget = reported.account(*period, whole=True).figures.budget(subject.target)
    availability = figures.availability(subject.unknown)
    coverage = figures.coverage
    whole = reported.account(days[0][1], days[-1][2])
    return History(
        days=[_of_day(reported, *day) for day in days],
        zone=subject.definition.zone,
        target=float(subject.target / 100),
        start=period[0],
        end=period[1],
        availability=None if availability is None else float(availability),
        coverage=None if coverage is None else float(coverage),
        down=_seconds(figures.down),
        budget=_seconds(budget),
        left=_seconds(budget - figures.spent(subject.unknown)),
        last_outage=_last(whole),
        is_made_up=is_made_up,
    )


def _of_day(reported: Reported, day: date, start: int, end: int) -> OfDay:
    figures = reported.account(start, end).figures
    scheduled = sum(closes - opens for opens, closes in reported.scheduled(start, end))
    owed = figures.scheduled - figures.excused
    if not owed:
        nothing = Fraction()
        return OfDay(
            day, scheduled, figures.excused // 1000, nothing, nothing, nothing, 0.0
        )
    return OfDay(
        day,
        scheduled,
        figures.excused // 1000,
        figures.up / owed,
        figures.down / owed,
        Fraction(figures.unknown, owed),
        _seconds(figures.down),
    )


def _last(account: Account) -> Outage | None:
    counted = [one for one in account.outages if one.counted]
    return counted[-1] if counted else None


def _seconds(milliseconds: Fraction | int) -> float:
    return float(Fraction(milliseconds) / 1000)
