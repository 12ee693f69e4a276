"""Print the rules for Prometheus, adapted to a site."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext

from otel_sla.alerting import legacy_names
from otel_sla.alerting.messages import InvalidRules
from otel_sla.alerting.prometheus_rules import adapted, parse_labels, shipped
from otel_sla.alerting.vmalert import for_vmalert
from otel_sla.management.output import OutputCommand
from otel_sla.metrics.rows import database
from otel_sla.models import Component

SEVERITIES = ("page", "ticket")
OF_THE_SHIPPED_FILE = ("availability", "label", "page_label", "ticket_label")


class Command(OutputCommand):
    help = (
        "Print the rules for Prometheus or vmalert: alerts within service windows, "
        "availability and error budgets. Or recording rules for the metric names of "
        "2019."
    )
    refusals = (InvalidRules,)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--for",
            dest="evaluated_by",
            choices=("prometheus", "vmalert"),
            default="prometheus",
            help="what evaluates the rules: prometheus (the default), or vmalert of "
            "VictoriaMetrics",
        )
        parser.add_argument(
            "--availability",
            metavar="EXPR",
            help="PromQL that is 1 or 0 for each component; default: "
            'max by (component) (probe_success{component!=""})',
        )
        pair: dict[str, Any] = {"action": "append", "metavar": "NAME=VALUE"}
        parser.add_argument("--label", help="label of every alert; repeatable", **pair)
        for severity in SEVERITIES:
            parser.add_argument(
                f"--{severity}-label",
                help=f'label of alerts instead of severity="{severity}"; repeatable',
                **pair,
            )
        parser.add_argument(
            "--legacy-names",
            action="store_true",
            help="only recording rules web_shop_service_window_last_start, ..., for "
            "every enabled component",
        )
        parser.add_argument(
            "--legacy-labels",
            action="store_true",
            help="the same with the component's own labels",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["legacy_names"] or options["legacy_labels"]:
            self._legacy_names(options)
            return
        rules = adapted(
            shipped(),
            options["availability"],
            parse_labels(options["label"] or ()),
            {
                one: parse_labels(options[f"{one}_label"] or (), severity=True)
                for one in SEVERITIES
            },
        )
        if options["evaluated_by"] == "vmalert":
            rules = for_vmalert(rules)
        self.stdout.write(rules, ending="")

    def _legacy_names(self, options: dict[str, Any]) -> None:
        for name in OF_THE_SHIPPED_FILE:
            if options[name] is not None:
                raise CommandError(
                    gettext(
                        "%(option)s changes the shipped rules, and legacy names are "
                        "separate rules. Print them by two commands."
                    )
                    % {"option": f"--{name.replace('_', '-')}"}
                )
        every = Component.objects.using(database()).enabled().order_by("name")
        components = [
            (name, labels if options["legacy_labels"] else {})
            for name, labels in every.values_list("name", "labels")
        ]
        legacy_names.check(components)
        for part in legacy_names.rules(components):
            self.stdout.write(part, ending="")
