"""What an import of calendars has done, as lines of a terminal."""

from collections.abc import Callable, Iterable
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..ical.imports import Change, Outcome, Sources
from ..language import number, translated
from ..schedule.notation import format_reading
from ..text import one_line

LISTED = 20
SIGNS = {"create": "+", "update": "~", "delete": "-"}
_TOLD = {
    "closed": gettext_noop("%(target)s: closed %(start)s to %(end)s %(zone)s"),
    "open": gettext_noop("%(target)s: open %(start)s to %(end)s %(zone)s"),
}
Write = Callable[[str], object]


def report(write: Write, sources: Sources, outcome: Outcome, *, dry_run: bool) -> None:
    """Write the changes, what was not imported and why, and the counts of both."""
    _list(write, (f"{SIGNS[one.action]} {_told(one)}" for one in outcome.changes))
    words = _(
        "%(create)s created, %(update)s updated, %(delete)s deleted, %(unchanged)s "
        "unchanged, %(past)s past."
    )
    if dry_run:
        words = _(
            "%(create)s created, %(update)s updated, %(delete)s deleted, %(unchanged)s "
            "unchanged, %(past)s past: a dry run, nothing was applied."
        )
    counts = {action: outcome.count(action) for action in SIGNS}
    write(words % {**counts, "unchanged": outcome.unchanged, "past": outcome.past})
    if outcome.noted:
        words = _(
            "%(count)s cancelled before their series is imported: it will leave them "
            "out."
        )
        write(words % {"count": outcome.noted})
    if outcome.vanished:
        words = _(
            "%(count)s kept although their event is not in the file. --prune deletes "
            "them:"
        )
        write(words % {"count": len(outcome.vanished)})
        _list(write, (f"? {_told(one)}" for one in outcome.vanished))
    _report_left_out(write, sources, outcome)


def _report_left_out(write: Write, sources: Sources, outcome: Outcome) -> None:
    for text in sources.texts:
        noted = _("Note: %(source)s: %(note)s")
        _list(
            write,
            (
                noted % {"source": text.source, "note": one_line(translated(one))}
                for one in text.notes
            ),
        )
    if outcome.older:
        words = _("%(count)s older than what was imported:")
        write(words % {"count": len(outcome.older)})
        _list(write, (f"< {one}" for one in outcome.older))
    if outcome.left_out:
        write(_("Events left out: %(events)s.") % {"events": outcome.left_out})
    if sources.unusable:
        words = _("%(count)s of the files could not be used:")
        write(words % {"count": len(sources.unusable)})
        _list(write, (f"! {one_line(one.in_words())}" for one in sources.unusable))
    if outcome.refusals:
        words = _("%(count)s could not be imported:")
        write(words % {"count": len(outcome.refusals)})
        for refusal in outcome.refusals:
            write(f"! {refusal}")


def _list(write: Write, lines: Iterable[str]) -> None:
    found = iter(lines)
    for line in islice(found, LISTED):
        write(line)
    if more := len(list(found)):
        write(_("... and %(count)s more") % {"count": number(more)})


def _told(change: Change) -> str:
    row = change.override
    start, end = format_reading(row.start), format_reading(row.end)
    told = _(_TOLD[row.kind]) % {
        "target": change.target,
        "start": start,
        "end": end,
        "zone": change.timezone,
    }
    return f"{told}, {row.reason}" if row.reason else told
