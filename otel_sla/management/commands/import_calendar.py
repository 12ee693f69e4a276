"""Turn maintenance events of calendars into overrides."""

import time
from argparse import ArgumentParser
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from otel_sla.ical.imports import (
    Choice,
    Options,
    Outcome,
    PrunedByMessage,
    Sources,
    TooManyOverrides,
    UnusableCalendar,
    apply,
    edited,
    joined,
    read_sources,
    texts_of,
    wishes,
)
from otel_sla.ical.imports.download import Cache, NotDownloaded, download, host_of
from otel_sla.ical.imports.objects import Group, mapped
from otel_sla.ical.imports.options import DEFAULTS
from otel_sla.language import number
from otel_sla.management.change_history import write_import
from otel_sla.management.import_report import LISTED, report
from otel_sla.management.lookup import rows_named
from otel_sla.management.output import OutputCommand, in_words
from otel_sla.models import Component, Schedule
from otel_sla.schedule import DAY
from otel_sla.schedule.timezones import UnknownZone

MAX_HORIZON = 3_650


class Command(OutputCommand):
    help = (
        "Turn the events of iCalendar files or of mails into overrides of components "
        "or of schedules. Importing a file again changes nothing; an event that has "
        "changed or was cancelled changes or deletes its overrides. Past overrides "
        "stay."
    )
    refusals = (
        NotDownloaded,
        PrunedByMessage,
        TooManyOverrides,
        UnknownZone,
        UnusableCalendar,
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        _add_sources(parser)
        _add_targets(parser)
        _add_choices(parser)
        parser.add_argument("--kind", choices=("closed", "open"), default="closed")
        parser.add_argument(
            "--horizon",
            type=int,
            default=365,
            metavar="DAYS",
            help="how far ahead repeating events are expanded; default: 365",
        )
        parser.add_argument(
            "--prune",
            action="store_true",
            help="delete imported overrides whose event is not in the files",
        )
        parser.add_argument(
            "--strict",
            action="store_true",
            help="exit with 1 if anything could not be imported",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="print what would change, and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        self.consequence = _("Nothing was applied.")
        sources = self._sources(options)
        if sources.unusable and options["prune"]:
            # Of an event in such a file, all overrides would be deleted.
            raise sources.unusable[0]
        outcome = _imported(sources, options)
        if not options["dry_run"]:
            self.consequence = _("The calendar was applied.")
            self._note(sources, outcome)
        if options["verbosity"]:
            report(self.stdout.write, sources, outcome, dry_run=options["dry_run"])
        missed = [*sources.unusable, *outcome.refusals]
        if options["strict"] and missed:
            words = _("--strict: %(count)s could not be imported. %(consequence)s")
            count = number(len(missed))
            said = words % {"count": count, "consequence": self.consequence}
            # A silent job has nowhere else to say which.
            told = [] if options["verbosity"] else map(_in_words, missed[:LISTED])
            raise CommandError("\n! ".join([said, *told]))

    def _note(self, sources: Sources, outcome: Outcome) -> None:
        paths = [one.source.rpartition("/")[2] for one in sources.texts[:LISTED]]
        names = ", ".join(paths)
        if not write_import(outcome.changes, names):
            self.stderr.write(_("The admin's history could not be written."))

    def _sources(self, options: dict[str, Any]) -> Sources:
        url = options["url"]
        if not url:
            return read_sources(options["files"])
        cache = Cache(options["cache"], url) if options["cache"] else None
        kept = cache.load() if cache else None
        found = download(url, kept)
        # A page that says that the server is ill replaces no calendar.
        sources = Sources(texts_of(found.content, host_of(url)), [])
        if found is kept and options["verbosity"]:
            self.stdout.write(
                _("The calendar has not changed since the last download.")
            )
        elif cache and found is not kept and not options["dry_run"]:
            cache.save(found)
        return sources


def _in_words(missed: object) -> str:
    return in_words(missed) if isinstance(missed, Exception) else str(missed)


def _imported(sources: Sources, options: dict[str, Any]) -> Outcome:
    text, moment = joined(sources.texts), int(time.time())
    horizon = moment + options["horizon"] * DAY
    choices = Options(
        tentative=options["tentative"],
        no_impact=options["no_impact"],
        free=options["free"],
        timezone="calendar" if options["x_wr_timezone"] else "schedule",
    )
    total = Outcome()
    with transaction.atomic(using=edited()):
        if options["map_objects"]:
            groups, total.refusals = mapped(text, options["map_objects"])
        else:
            groups = [Group(_targets(options), text)]
        for group in groups:
            outcome = apply(
                wishes(group.text, moment, horizon, choices),
                group.targets,
                moment=moment,
                horizon=horizon,
                kind=options["kind"],
                prune=options["prune"],
                dry_run=options["dry_run"],
            )
            for one in fields(Outcome):
                both = getattr(total, one.name) + getattr(outcome, one.name)
                setattr(total, one.name, both)
    if options["map_objects"]:
        # A file has only some of the notices: those of others are not missing from it.
        total.vanished.clear()
    total.refusals = list(dict.fromkeys(total.refusals))
    return total


def _targets(options: dict[str, Any]) -> list[Any]:
    if options["component"]:
        components = Component.objects.using(edited())
        rows = components.select_related("agreement__schedule")
        return rows_named(rows, options["component"])
    return rows_named(Schedule.objects.using(edited()), options["schedule"])


def _add_sources(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="calendar files, mails, folders of them, or patterns; - is stdin",
    )
    parser.add_argument("--url", help="download the calendar from this address")
    parser.add_argument(
        "--cache",
        type=Path,
        metavar="FILE",
        help="with --url: keep the calendar there, and download only a changed one",
    )


def _add_targets(parser: ArgumentParser) -> None:
    onto = parser.add_mutually_exclusive_group(required=True)
    for name in ("component", "schedule"):
        onto.add_argument(
            f"--{name}",
            nargs="+",
            action="extend",
            metavar="NAME",
            help=f"{name}s that get the overrides",
        )
    onto.add_argument(
        "--map-objects",
        metavar="LABEL",
        help="components whose LABEL is an object of the notice get the overrides",
    )


def _add_choices(parser: ArgumentParser) -> None:
    what = {
        "tentative": "maintenance that is proposed",
        "no_impact": "maintenance that the provider expects nobody to notice",
        "free": "events that block nobody's time",
    }
    for name, described in what.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            choices=get_args(Choice),
            default=getattr(DEFAULTS, name),
            help=f"{described}; default: %(default)s",
        )
    parser.add_argument(
        "--x-wr-timezone",
        action="store_true",
        help="times without a zone are in the calendar's X-WR-TIMEZONE",
    )


def _check(options: dict[str, Any]) -> None:
    if not 1 <= options["horizon"] <= MAX_HORIZON:
        raise CommandError(
            _("--horizon must be 1 to %(most)s days, not %(days)s.")
            % {"most": number(MAX_HORIZON), "days": options["horizon"]}
        )
    if bool(options["files"]) == bool(options["url"]):
        raise CommandError(_("Give the calendar either as FILE or by --url."))
    if options["cache"] and not options["url"]:
        raise CommandError(_("--cache needs --url."))
    if options["map_objects"] == "":
        raise CommandError(_("--map-objects needs the name of a label."))
    if options["map_objects"] and options["prune"]:
        raise CommandError(
            _(
                "--prune can't be used with --map-objects, because each notice is "
                "about other components. Notices say themselves that they are "
                "cancelled."
            )
        )
