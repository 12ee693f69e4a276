"""Print the state of a component at a moment, or its windows of a period."""

import json
import os
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandError
from django.core.management.color import Style, no_style
from django.utils.translation import gettext as _

from otel_sla.management.lookup import rows_named
from otel_sla.management.output import OutputCommand, in_words
from otel_sla.management.timetable import BOUNDARIES, Timetable
from otel_sla.metrics.rows import database
from otel_sla.models import Component
from otel_sla.schedule import InvalidDefinition, Schedule
from otel_sla.schedule.notation import parse_moment
from otel_sla.text import iso_utc


class Command(OutputCommand):
    help = (
        "Show a component's service windows: the state at a moment, or the whole "
        "windows that overlap a period. Moments are ISO 8601; without an offset they "
        "are UTC."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("component", metavar="COMPONENT")
        parser.add_argument("--at", metavar="MOMENT", help="the moment; default: now")
        parser.add_argument(
            "--from", dest="since", metavar="A", help="the period's start"
        )
        parser.add_argument("--until", metavar="B", help="the period's end, exclusive")
        parser.add_argument("--format", choices=("table", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        name, as_json = options["component"], options["format"] == "json"
        rows = Component.objects.using(database())
        (component,) = rows_named(rows, [name])
        try:
            schedule = component.definition()
        except InvalidDefinition as error:
            words = _("The schedule of %(name)s can't be evaluated: %(reason)s")
            reason = in_words(error)
            raise CommandError(words % {"name": name, "reason": reason}) from error
        at = _moment("--at", options["at"])
        since = _moment("--from", options["since"])
        until = _moment("--until", options["until"])
        if (since is None) != (until is None):
            raise CommandError(_("A period needs both --from and --until."))
        palette = self._palette(options["force_color"])
        timetable = None if as_json else Timetable(schedule, palette)
        if since is None or until is None:
            at = int(time.time()) if at is None else at
            lines = _state_lines(name, schedule, at, timetable)
        else:
            if at is not None:
                raise CommandError(_("Give either --at, or --from and --until."))
            if since >= until:
                words = _("--from %(since)s is not before --until %(until)s.")
                raise CommandError(words % options)
            lines = _period_lines(schedule, since, until, timetable)
        for line in lines:
            self.stdout.write(line)
        if not (as_json or component.enabled):
            words = _("%(component)s is disabled, so it is not reported.")
            self.stdout.write(words % {"component": component})

    def _palette(self, forced: bool) -> Style:
        # Django looks at the process's own output, which may not be this command's.
        if forced or (self.stdout.isatty() and not os.environ.get("NO_COLOR")):
            return self.style
        return no_style()


def _state_lines(
    name: str, schedule: Schedule, at: int, timetable: Timetable | None
) -> Iterable[str]:
    """Return the state as lines of the timetable, or else of JSON."""
    state = schedule.state(at)
    if timetable:
        return timetable.state(name, at, state)
    moments = {key: iso_utc(getattr(state, key)) for key in BOUNDARIES}
    return [json.dumps({"in_window": state.in_window, **moments})]


def _period_lines(
    schedule: Schedule, since: int, until: int, timetable: Timetable | None
) -> Iterable[str]:
    """Return the windows as lines of the timetable, or else of JSON."""
    if timetable:
        return timetable.period(since, until)
    windows = schedule.windows(since, until)
    return [json.dumps([{"start": iso_utc(a), "end": iso_utc(b)} for a, b in windows])]


def _moment(option: str, text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(parse_moment(text).timestamp())
    except ValueError as error:
        raise CommandError(f"{option}: {in_words(error)}") from error
