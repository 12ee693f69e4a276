"""Print schedules as time intervals of Alertmanager, or the routes that use them."""

import time
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Prefetch, QuerySet
from django.utils import translation
from django.utils.translation import gettext

from otel_sla.alerting.alertmanager import Interval, Plan, plan, routes, time_intervals
from otel_sla.language import number, translated
from otel_sla.management.lookup import rows_named
from otel_sla.management.output import OutputCommand
from otel_sla.metrics.rows import database
from otel_sla.models import Component, Override, Schedule
from otel_sla.models.definitions import definitions
from otel_sla.schedule import InvalidDefinition
from otel_sla.schedule import Schedule as Definition
from otel_sla.schedule.definitions import Definitions
from otel_sla.schedule.notation import parse_moment
from otel_sla.schedule.timezones import in_use

MAX_DAYS = 3_650
OF_SCHEDULE, OF_COMPONENT = "service-window-", "component-service-window-"
HEADER = """\
# Service windows as time intervals, for active_time_intervals (or mute_time_intervals)
# of routes. Needs Alertmanager 0.25 or later. By time zone data {zones}.
# Print them again after every change of a schedule, and before the last date below.
# Dates are in UTC where local time does not identify them: the clocks change, time
# zone data differ, or Alertmanager miscounts the days of the month."""


class Command(OutputCommand):
    help = (
        "Print schedules as time intervals of Alertmanager, or the routes that use "
        "them. They are exact to the minute from the month of --from on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from",
            dest="since",
            metavar="DATE",
            help="first date that has to be exact; default: yesterday in UTC",
        )
        parser.add_argument(
            "--days",
            type=int,
            default=400,
            help=f"how many days have to be exact, up to {MAX_DAYS:,}; default: 400",
        )
        parser.add_argument(
            "--schedule",
            nargs="+",
            action="extend",
            metavar="NAME",
            help="only these schedules and their components; default: all",
        )
        parser.add_argument(
            "--routes",
            action="store_true",
            help="print the routes of the components instead of the intervals",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        period = _period(options)
        alias = database()
        every = Schedule.objects.using(alias)
        names = options["schedule"]
        schedules = list(every) if names is None else rows_named(every, sorted(names))
        intervals = list(_intervals(schedules, alias, *period))
        # The comments of a file, whose readers are not those of the site.
        with translation.override(None):
            if options["routes"]:
                lines = list(routes(intervals))
            else:
                header = HEADER.format(zones=in_use())
                lines = [header, *time_intervals(intervals)]
        self.stdout.write("\n".join(lines))
        for one in intervals:
            if one.plan.moved:
                self.stderr.write(
                    gettext(
                        "%(name)s: %(count)s boundaries are not on whole minutes. "
                        "Windows are up to a minute longer there."
                    )
                    % {"name": one.name, "count": len(one.plan.moved)}
                )


def _period(options: dict[str, Any]) -> tuple[date, date]:
    if not 1 <= options["days"] <= MAX_DAYS:
        raise CommandError(
            gettext("--days must be 1 to %(most)s, not %(days)s.")
            % {"most": number(MAX_DAYS), "days": options["days"]}
        )
    try:
        # In some zones it is still yesterday, which may be in the month before.
        first = (
            datetime.fromtimestamp(int(time.time()), UTC).date() - timedelta(days=1)
            if options["since"] is None
            else parse_moment(options["since"]).date()
        )
        return first, first + timedelta(days=options["days"])
    except OverflowError as error:
        raise CommandError(
            gettext("--from: its days must end before the year 10000.")
        ) from error
    except ValueError as error:
        raise CommandError(f"--from: {translated(error)}") from error


def _intervals(
    schedules: list[Schedule], alias: str, first: date, last: date
) -> Iterator[Interval]:
    """Yield the interval of each schedule, followed by those of its components whose
    windows differ from it."""
    keys = [one.pk for one in schedules]
    stored = definitions(alias, keys)
    members: dict[int, list[Component]] = defaultdict(list)
    for component in _members(alias, keys):
        members[component.agreement.schedule_id].append(component)
    for schedule in schedules:
        of_schedule = partial(stored.schedule, schedule.pk)
        shared = _plan(_named(schedule), of_schedule, first, last)
        own = {}
        for one in members[schedule.pk]:
            if one.overrides.all():
                of_component = partial(_of_component, one, stored)
                planned = _plan(_named(one), of_component, first, last)
                if planned.entries != shared.entries:
                    own[one.name] = planned
        names = (one.name for one in members[schedule.pk] if one.name not in own)
        yield Interval(f"{OF_SCHEDULE}{schedule.name}", shared, tuple(names))
        for name, planned in own.items():
            yield Interval(f"{OF_COMPONENT}{name}", planned, (name,))


def _members(alias: str, schedules: list[int]) -> QuerySet[Component]:
    """Return the enabled components of those schedules, with their overrides."""
    enabled = Component.objects.using(alias).enabled().select_related("agreement")
    return enabled.filter(agreement__schedule__in=schedules).prefetch_related(
        Prefetch("overrides", Override.objects.using(alias))
    )


def _of_component(component: Component, stored: Definitions) -> Definition:
    own = [one.definition() for one in component.overrides.all()]
    return stored.schedule(component.agreement.schedule_id, own)


def _named(row: Schedule | Component) -> str:
    return f"{row._meta.verbose_name} {row.name}"


def _plan(what: str, define: Callable[[], Definition], first: date, last: date) -> Plan:
    try:
        return plan(define(), first, last)
    except InvalidDefinition as error:
        raise CommandError(
            gettext(
                "%(what)s can't be evaluated: %(reason)s\n"
                "Nothing was printed. Name the other schedules with --schedule to "
                "leave it out."
            )
            % {"what": what, "reason": translated(error)}
        ) from error
