"""Overrides of other dates than people mean: a mistyped year. Pure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import NamedTuple

from ..language import gettext as _
from ..language import gettext_noop
from .evaluation import Schedule
from .notation import format_length
from .open_time_change import OUTLOOK, hours, open_time
from .overrides import Override
from .spans import local_seconds, to_unix
from .wording import day_and_clock

_A_WEEK = timedelta(days=7)
_TWO_YEARS = timedelta(days=731)
_TRIED = 200
_NAMES = {
    "open": gettext_noop("The open override from %(start)s to %(end)s"),
    "closed": gettext_noop("The closed override from %(start)s to %(end)s"),
}


class LongOverride(NamedTuple):
    """An override that ends after the moment, and what its author may not mean."""

    override: Override
    warning: str


def long_overrides(schedule: Schedule, moment: int) -> Iterator[LongOverride]:
    """Yield the overrides that last longer than a week, or take more than half of the
    open time of the next 90 days.

    The moment is in Unix seconds. What has ended by then is left out.
    """
    now = _local(moment, schedule)
    plain = replace(schedule, overrides=())
    whole: int | None = None
    ahead = (one for one in chain(*schedule.overrides) if one.end > now)
    for override in islice(ahead, _TRIED):
        if whole is None:
            whole = open_time(plain, moment, moment + OUTLOOK).seconds
        taken = _taken(override, plain, moment)
        if override.end - override.start > _A_WEEK or 2 * taken > whole:
            yield LongOverride(override, _warning(override, taken, whole))


def distant_overrides(
    schedule: Schedule, before: Schedule | None, moment: int
) -> Iterator[str]:
    """Yield a warning for each new override that is over, or begins in over two years.

    Before is the saved version. In another zone its overrides have other local times,
    so that which ones are new is not known.
    """
    if before is not None and before.zone != schedule.zone:
        return
    saved = () if before is None else before.overrides
    known = {_dates(one) for one in chain(*saved)}
    now = _local(moment, schedule)
    new = (one for one in chain(*schedule.overrides) if _dates(one) not in known)
    for override in islice(new, _TRIED):
        if override.end <= now:
            yield _("%(override)s is over already. Are its dates right?") % {
                "override": _named(override)
            }
        elif override.start - now > _TWO_YEARS:
            yield _(
                "%(override)s begins more than two years from now. Are its dates right?"
            ) % {"override": _named(override)}


def _taken(override: Override, plain: Schedule, moment: int) -> int:
    """Return the open time that the override takes in the next 90 days, in seconds."""
    if override.kind == "open":
        return 0
    now, then = (_local(at, plain) for at in (moment, moment + OUTLOOK))
    start, end = (
        to_unix(local_seconds(at), plain.zone)
        for at in (max(override.start, now), min(override.end, then))
    )
    return open_time(plain, start, end).seconds if start < end else 0


def _local(moment: int, schedule: Schedule) -> datetime:
    return datetime.fromtimestamp(moment, schedule.zone).replace(tzinfo=None)


def _warning(override: Override, taken: int, whole: int) -> str:
    length = format_length((override.end - override.start) // timedelta(seconds=1))
    words = _("%(override)s lasts %(length)s. Are its dates right?")
    if taken:
        words = _(
            "%(override)s lasts %(length)s and takes %(taken)s of %(whole)s of open "
            "time in the next 90 days. Are its dates right?"
        )
    return words % {
        "override": _named(override),
        "length": length,
        "taken": hours(taken),
        "whole": hours(whole),
    }


def _dates(override: Override) -> tuple[datetime, datetime, str]:
    return override.start, override.end, override.kind


def _named(override: Override) -> str:
    named = _(_NAMES[override.kind]) % {
        "start": day_and_clock(override.start),
        "end": day_and_clock(override.end),
    }
    return f"{named} ({override.reason})" if override.reason else named
