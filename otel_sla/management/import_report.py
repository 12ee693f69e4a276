"""What an import of calendars has done, as lines of a terminal."""

from collections.abc import Callable, Iterable
from itertools import islice

from ..ical.imports import Change, Outcome, Sources
from ..schedule.notation import format_reading
from ..text import one_line

LISTED = 20
SIGNS = {"create": "+", "update": "~", "delete": "-"}
Write = Callable[[str], object]


def report(write: Write, sources: Sources, outcome: Outcome, *, dry_run: bool) -> None:
    """Write the changes, what was not imported and why, and the counts of both."""
    _list(write, (f"{SIGNS[one.action]} {_told(one)}" for one in outcome.changes))
    counts = ", ".join(
        f"{outcome.count(action)} {action}d"
        for action in ("create", "update", "delete")
    )
    write(
        f"{counts}, {outcome.unchanged} unchanged, {outcome.past} past"
        + (": a dry run, nothing was applied." if dry_run else ".")
    )
    if outcome.noted:
        write(
            f"{outcome.noted} cancelled before their series is imported: it will leave "
            "them out."
        )
    if outcome.vanished:
        write(
            f"{len(outcome.vanished)} kept although their event is not in the file. "
            "--prune deletes them:"
        )
        _list(write, (f"? {_told(one)}" for one in outcome.vanished))
    _report_left_out(write, sources, outcome)


def _report_left_out(write: Write, sources: Sources, outcome: Outcome) -> None:
    for text in sources.texts:
        _list(write, (f"Note: {text.source}: {one_line(one)}" for one in text.notes))
    if outcome.older:
        write(f"{len(outcome.older)} older than what was imported:")
        _list(write, (f"< {one}" for one in outcome.older))
    if outcome.left_out:
        write(f"Events left out: {outcome.left_out}.")
    if sources.unusable:
        write(f"{len(sources.unusable)} of the files could not be used:")
        _list(write, (f"! {one_line(str(one))}" for one in sources.unusable))
    if outcome.refusals:
        write(f"{len(outcome.refusals)} could not be imported:")
        for refusal in outcome.refusals:
            write(f"! {refusal}")


def _list(write: Write, lines: Iterable[str]) -> None:
    found = iter(lines)
    for line in islice(found, LISTED):
        write(line)
    if more := sum(1 for _ in found):
        write(f"... and {more:,} more")


def _told(change: Change) -> str:
    row = change.override
    start, end = format_reading(row.start), format_reading(row.end)
    reason = f", {row.reason}" if row.reason else ""
    return f"{change.target}: {row.kind} {start} to {end} {change.timezone}{reason}"
