"""Serve the sample catalogue on this machine, for a first look."""

import socket
import time
from argparse import ArgumentParser, ArgumentTypeError
from importlib.resources import as_file, files
from pathlib import Path
from textwrap import fill, indent
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.core.management.utils import get_random_secret_key
from django.db import connections, router
from django.db.models import Model
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.translation import gettext

from otel_sla.catalogue import parse_file
from otel_sla.language import number
from otel_sla.management.output import OutputCommand
from otel_sla.metrics.source import snapshots
from otel_sla.models import Component
from otel_sla.prometheus.setting import SAMPLE_AVAILABILITY

USER = "demo"


class Command(OutputCommand):
    help = (
        "Migrate, load the sample catalogue (undoing edits to it), and serve the "
        "status page, the metrics and the admin on this machine, for a first look."
    )
    requires_system_checks = []
    migrates = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=_port, default=8000, help="default: 8000")
        parser.add_argument(
            "--no-serve", action="store_true", help="print the addresses and stop"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        address, serves = ("127.0.0.1", options["port"]), not options["no_serve"]
        if serves:
            _refuse_taken(address)
        settings.DEBUG = True
        # Served without TLS: not every browser sends secure cookies to localhost.
        settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
        try:
            _ = settings.SECRET_KEY
        except ImproperlyConfigured:
            settings.SECRET_KEY = get_random_secret_key()
        settings.OTEL_SLA = {
            **getattr(settings, "OTEL_SLA", {}),
            "PUBLIC_STATUS": True,
            "PUBLIC_REPORTS": True,
            # No Prometheus has measured the components of the sample.
            "PROMETHEUS": {"SAMPLES_FILE": SAMPLE_AVAILABILITY},
        }
        self.check()
        with as_file(files("otel_sla") / "sample_catalogue.yaml") as sample:
            _refuse_a_site_in_use(sample)
            call_command("migrate", interactive=False, verbosity=0)
            # Components may be in another database than the users.
            _refuse_other_components(sample)
            call_command("load_catalogue", str(sample), verbosity=0)
        self.consequence = gettext(
            "The sample catalogue was loaded. Nothing is served."
        )
        password = _user_s_password(renew=serves)
        host = ":".join(map(str, address))
        if options["verbosity"]:
            self._report(f"http://{host}", password)
        if serves:
            call_command("runserver", host, use_reloader=False, stdout=self.stdout)

    def _report(self, site: str, password: str) -> None:
        rows = snapshots.take(int(time.time())).rows
        names = [row.component for row in rows if row.state.in_window]
        listed = ", ".join(names) or gettext("none")
        wrapped = fill(listed, 76, break_on_hyphens=False, break_long_words=False)
        self.stdout.write(
            gettext("%(count)s components, %(open)s open now:")
            % {"count": number(len(rows)), "open": number(len(names))}
        )
        self.stdout.write(indent(wrapped, "  "))
        made_up = gettext("made up")
        login = gettext("user %(user)s, password %(password)s") % {
            "user": USER,
            "password": password,
        }
        for name, page, note in (
            (gettext("Status page"), "otel_sla:status", ""),
            (gettext("Reports"), "otel_sla:reports", f"  ({made_up})"),
            (gettext("Metrics"), "otel_sla:metrics", ""),
            (gettext("Admin"), "admin:index", f"  ({login})"),
        ):
            self.stdout.write(f"{name:12} {site}{reverse(page)}{note}")
        self.stdout.flush()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise ArgumentTypeError(
            gettext("%(text)r is not a valid port. Use 1 to 65535.") % {"text": text}
        )
    return int(text)


def _refuse_taken(address: tuple[str, int]) -> None:
    """Fail before anything of a demo that may be running there is changed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise CommandError(
                gettext(
                    "Port %(port)s can't be used: %(reason)s. Choose another with "
                    "--port."
                )
                % {"port": address[1], "reason": error.strerror}
            ) from error


def _refuse_a_site_in_use(sample: Path) -> None:
    """Keep tables and a superuser with a known name out of somebody's site."""
    user = get_user_model()
    if not _has_table(user):
        return
    if _has_table(Component) and Component.objects.exists():
        _refuse_other_components(sample)
        return
    others = user._default_manager.exclude(**{user.USERNAME_FIELD: USER})
    if others.exists():
        raise CommandError(
            gettext(
                "The database has %(count)s users, such as %(user)s, and no "
                "components, so it may be a site in use. Set DATABASE_URL to an "
                "empty database for the demo."
            )
            % {"count": others.count(), "user": others[0]}
        )


def _has_table(model: type[Model]) -> bool:
    """Return whether the table is in the database that the site reads it from."""
    connection = connections[router.db_for_read(model)]
    return model._meta.db_table in connection.introspection.table_names()


def _refuse_other_components(sample: Path) -> None:
    """Keep the sample out of a team's own database, which people may be paged by."""
    own = Component.objects.exclude(name__in=parse_file(sample).components)
    if own.exists():
        raise CommandError(
            gettext(
                "The database has %(count)s components that are not of the sample, "
                "such as %(component)s. Set DATABASE_URL to an empty database for the "
                "demo, or serve these components with manage.py runserver."
            )
            % {"count": own.count(), "component": own[0]}
        )


def _user_s_password(*, renew: bool) -> str:
    """Return the password of the demo user; a new one where there is none yet."""
    model = get_user_model()
    user, is_new = model._default_manager.get_or_create(
        **{model.USERNAME_FIELD: USER},
        defaults={"is_staff": True, "is_superuser": True},
    )
    if not (is_new or renew):
        return gettext("as before")
    password = get_random_string(12)
    user.set_password(password)
    user.save()
    return password
