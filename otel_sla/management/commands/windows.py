"""Print the state of a component at a moment, or its windows of a period."""

from __future__ import annotations

import json
import os
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.core.management.color import Style, no_style

from otel_sla.management.database_errors import database_errors
from otel_sla.management.output import OutputCommand
from otel_sla.management.timetable import BOUNDARIES, Timetable
from otel_sla.metrics.rows import database
from otel_sla.models import Component
from otel_sla.schedule import InvalidDefinition, Schedule
from otel_sla.schedule.notation import parse_moment
from otel_sla.schedule.timezones import in_use
from otel_sla.text import iso_utc, suggestion


class Command(OutputCommand):
    help = (
        "Show a component's service windows: the state at a moment, or the whole "
        "windows that overlap a period. Moments are ISO 8601; without an offset UTC."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("component", metavar="COMPONENT")
        parser.add_argument("--at", metavar="MOMENT", help="state then; default: now")
        parser.add_argument("--from", dest="since", metavar="A", help="period: from A")
        parser.add_argument("--until", metavar="B", help="period: until B, exclusive")
        parser.add_argument("--format", choices=("table", "json"), default="table")

    def handle(self, *args: Any, **options: Any) -> None:
        self._forced = bool(options["force_color"])
        component, schedule = _read(options["component"])
        since, until = _moment("--from", options), _moment("--until", options)
        at = _moment("--at", options)
        if (since is None) != (until is None):
            raise CommandError("a period needs both --from and --until")
        if since is not None and until is not None:
            if at is not None:
                raise CommandError("give either --at, or --from and --until")
            if since >= until:
                raise CommandError("--from must be before --until")
            self._period(schedule, since, until, options["format"])
        else:
            self._state(schedule, int(time.time()) if at is None else at, options)
        if options["format"] == "table" and not component.enabled:
            self.stdout.write(f"{component} is not enabled, so it is not reported.")

    def _period(self, schedule: Schedule, since: int, until: int, form: str) -> None:
        if form == "json":
            windows = schedule.windows(since, until)
            self._json(
                [
                    {"start": iso_utc(start), "end": iso_utc(end)}
                    for start, end in windows
                ]
            )
            return
        for line in Timetable(schedule, self._palette()).period(since, until):
            self.stdout.write(line)

    def _state(self, schedule: Schedule, at: int, options: dict[str, Any]) -> None:
        state = schedule.state(at)
        if options["format"] == "json":
            moments = {name: iso_utc(getattr(state, name)) for name in BOUNDARIES}
            self._json({"in_window": state.in_window, **moments})
            return
        name = options["component"]
        for line in Timetable(schedule, self._palette()).state(name, at, state):
            self.stdout.write(line)
        self.stdout.write(f"by time zone data {in_use()}")

    def _json(self, answer: object) -> None:
        self.stdout.write(json.dumps(answer))

    def _palette(self) -> Style:
        """Colours, where a terminal takes them and nobody minds (NO_COLOR).

        Django looks at the process's own output, which may not be this command's.
        """
        if self._forced or (self.stdout.isatty() and not os.environ.get("NO_COLOR")):
            return self.style
        return no_style()


def _read(name: str) -> tuple[Component, Schedule]:
    try:
        with database_errors():
            component = _component(name)
            return component, component.definition()
    except InvalidDefinition as error:
        raise CommandError(
            f"the schedule of {name} can't be evaluated: {error}"
        ) from error


def _component(name: str) -> Component:
    rows = Component.objects.using(database())
    try:
        return rows.with_schedules().get(name=name)
    except Component.DoesNotExist:
        names = rows.values_list("name", flat=True)
        meant = suggestion(name, names)
        raise CommandError(f"no component {name!r}{meant}") from None


def _moment(option: str, options: dict[str, Any]) -> int | None:
    text = options["since" if option == "--from" else option.lstrip("-")]
    if text is None:
        return None
    try:
        return int(parse_moment(text).timestamp())
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from error
