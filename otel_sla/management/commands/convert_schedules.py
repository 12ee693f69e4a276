"""Print the time periods of another tool as a catalogue."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext

from otel_sla.converters.detect import FORMATS, convert
from otel_sla.converters.draft import Converted
from otel_sla.converters.errors import NotConvertible
from otel_sla.converters.writer import is_whole, written
from otel_sla.language import number
from otel_sla.management.output import OutputCommand
from otel_sla.schedule.timezones import UnknownZone, zone


class Command(OutputCommand):
    help = (
        "Print the time periods of Nagios, Naemon, Centreon, Shinken, Icinga 2, "
        "Alertmanager or Grafana as a catalogue to review. Comments say what could not "
        "be converted."
    )
    requires_system_checks: tuple[str, ...] = ()
    about_service_windows = False
    refusals = (NotConvertible, UnknownZone)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="- is stdin")
        parser.add_argument(
            "--format",
            choices=sorted(FORMATS),
            help="default: what the file looks like; nagios is also that of Naemon, "
            "Centreon and Shinken, alertmanager that of Grafana",
        )
        parser.add_argument(
            "--zone",
            default="",
            help="IANA time zone of schedules for which the file has none, such as "
            "Europe/Berlin",
        )
        parser.add_argument(
            "--strict",
            action="store_true",
            help="exit with status 1 where something could not be converted",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["zone"]:
            zone(options["zone"])
        converted = convert(_text(options["file"]), options["format"])
        for line in written(converted, options["zone"]):
            self.stdout.write(line)
        if is_whole(converted):
            return
        if options["strict"]:
            raise CommandError(_summary(converted))
        self.stderr.write(_summary(converted))


def _text(file: str) -> str:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CommandError(
            gettext(
                "%(file)s: line %(line)s is not UTF-8 text. Save the file as UTF-8, "
                "for example with: iconv -f WINDOWS-1252 -t UTF-8"
            )
            % {"file": file, "line": number(line)}
        ) from error


def _summary(converted: Converted) -> str:
    parts = sum(bool(draft.lost) for draft in converted.drafts)
    if not parts:
        template = gettext(
            "Not all was converted, of other parts of the file: see the comments that "
            "begin with Not converted."
        )
    elif not converted.lost:
        template = gettext(
            "Not all was converted, of %(count)s of %(all)s schedules: see the "
            "comments that begin with Not converted."
        )
    else:
        template = gettext(
            "Not all was converted, of %(count)s of %(all)s schedules and other "
            "parts of the file: see the comments that begin with Not converted."
        )
    return template % {"count": parts, "all": len(converted.drafts)}
