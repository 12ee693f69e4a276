from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from otel_sla.management.refusals import database_errors
from otel_sla.models import Component
from otel_sla.notation import parse_moment
from otel_sla.schedule import InvalidDefinition, Schedule
from otel_sla.zones import in_use

BOUNDARIES = ("last_start", "last_end", "next_start", "next_end")


class Command(BaseCommand):
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
        try:
            with database_errors():
                component = _component(options["component"])
                schedule = component.definition()
        except InvalidDefinition as error:
            raise CommandError(
                f"the schedule of {options['component']} can't be evaluated: {error}"
            ) from error
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

    def _period(self, schedule: Schedule, since: int, until: int, form: str) -> None:
        windows = schedule.windows(since, until)
        if form == "json":
            self.stdout.write(
                json.dumps(
                    [
                        {"start": _utc(window.start), "end": _utc(window.end)}
                        for window in windows
                    ]
                )
            )
            return
        self.stdout.write(f"{'start':32}  {'end':32}  {schedule.zone}")
        for window in windows:
            start, end = _local(window.start, schedule), _local(window.end, schedule)
            self.stdout.write(f"{start:32}  {end:32}  {_length(*window)}")
        if not windows:
            self.stdout.write("no window overlaps the period")

    def _state(self, schedule: Schedule, at: int, options: dict[str, Any]) -> None:
        state = schedule.state(at)
        boundaries = {name: getattr(state, name) for name in BOUNDARIES}
        if options["format"] == "json":
            answers = {name: _utc(moment) for name, moment in boundaries.items()}
            self.stdout.write(json.dumps({"in_window": state.in_window, **answers}))
            return
        shown = "open" if state.in_window else "closed"
        self.stdout.write(
            f"{options['component']} is {shown} at {_utc(at)} "
            f"({_local(at, schedule)} in {schedule.zone})"
        )
        for name, moment in boundaries.items():
            self.stdout.write(
                f"{name:10}  {_utc(moment) or '-':20}  {_local(moment, schedule)}"
            )
        self.stdout.write(f"by time zone data {in_use()}")


def _component(name: str) -> Component:
    try:
        return Component.objects.with_schedules().get(name=name)
    except Component.DoesNotExist:
        names = Component.objects.values_list("name", flat=True)
        close = get_close_matches(name, names, n=1)
        meant = f": did you mean {close[0]}?" if close else ""
        raise CommandError(f"no component {name!r}{meant}") from None


def _moment(option: str, options: dict[str, Any]) -> int | None:
    text = options["since" if option == "--from" else option.lstrip("-")]
    if text is None:
        return None
    try:
        return int(parse_moment(text).timestamp())
    except ValueError as error:
        raise CommandError(f"{option}: {error}") from error


def _utc(moment: int | None) -> str | None:
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def _local(moment: int | None, schedule: Schedule) -> str:
    if moment is None:
        return "-"
    zone: ZoneInfo = schedule.zone
    try:
        reading = datetime.fromtimestamp(moment, zone)
    except OverflowError:
        return "beyond the calendar"
    return f"{reading:%a} {reading.date()} {reading:%H:%M:%S %Z}"


def _length(start: int | None, end: int | None) -> str:
    if start is None or end is None:
        return "unbounded"
    minutes, seconds = divmod(end - start, 60)
    return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")
