from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from otel_sla import rule_files
from otel_sla.labels import InvalidLabels, exposed
from otel_sla.management.refusals import database_errors
from otel_sla.models import Component


class Command(BaseCommand):
    help = (
        "Print the rules for Prometheus that come with otel_sla: gates, availability "
        "within service windows, error budgets and their alerts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--availability",
            metavar="EXPR",
            help="PromQL that gives 1 (up) or 0 (down) by component; default: "
            + rule_files.PROBED,
        )
        parser.add_argument(
            "--label",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a label that all alerts are to have; may be given several times",
        )
        for severity in ("page", "ticket"):
            parser.add_argument(
                f"--{severity}",
                action="append",
                default=[],
                metavar="NAME=VALUE",
                help=f"in place of severity={severity}; may be given several times",
            )
        parser.add_argument(
            "--legacy-names",
            action="store_true",
            help="print rules that record every enabled component's metrics by the "
            "names of 2019 instead: web_shop_service_window_last_start",
        )
        parser.add_argument(
            "--legacy-labels",
            action="store_true",
            help="with --legacy-names: give them the component's labels of now",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given = [
            f"--{name}"
            for name in ("availability", "label", "page", "ticket")
            if options[name]
        ]
        if options["legacy_names"]:
            if given:
                raise CommandError(f"{given[0]} means nothing with --legacy-names")
            self._print_names_of_2019(with_labels=options["legacy_labels"])
        elif options["legacy_labels"]:
            raise CommandError("--legacy-labels needs --legacy-names")
        else:
            self.stdout.write(_adapted(options), ending="")

    def _print_names_of_2019(self, *, with_labels: bool) -> None:
        try:
            with database_errors():
                components = list(_components(with_labels))
            for line in rule_files.of_2019(components):
                self.stdout.write(line)
        except rule_files.SameName as error:
            raise CommandError(f"{error}. Nothing was printed.") from error


def _adapted(options: dict[str, Any]) -> str:
    availability = options["availability"]
    try:
        return rule_files.adapted(
            rule_files.PROBED if availability is None else availability,
            rule_files.parse_labels("--label", options["label"]),
            {
                name: rule_files.parse_labels(f"--{name}", options[name])
                for name in ("page", "ticket")
            },
        )
    except rule_files.InvalidOption as error:
        raise CommandError(str(error)) from error


def _components(with_labels: bool) -> Iterator[tuple[str, dict[str, str]]]:
    rows = Component.objects.enabled().order_by("name").values_list("name", "labels")
    for name, labels in rows.iterator():
        try:
            yield name, exposed(labels) if with_labels else {}
        except InvalidLabels as error:
            raise CommandError(f"component {name!r}: {error}") from error
