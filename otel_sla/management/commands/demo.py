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

from otel_sla.catalogue import parse_file
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
        self.consequence = "The sample catalogue was loaded. Nothing is served."
        password = _user_s_password(renew=serves)
        host = ":".join(map(str, address))
        if options["verbosity"]:
            self._report(f"http://{host}", password)
        if serves:
            call_command("runserver", host, use_reloader=False, stdout=self.stdout)

    def _report(self, site: str, password: str) -> None:
        rows = snapshots.take(int(time.time())).rows
        names = [row.component for row in rows if row.state.in_window]
        listed = ", ".join(names) or "none"
        wrapped = fill(listed, 76, break_on_hyphens=False, break_long_words=False)
        self.stdout.write(f"{len(rows)} components, {len(names)} open now:")
        self.stdout.write(indent(wrapped, "  "))
        self.stdout.write(f"Status page  {site}{reverse('otel_sla:status')}")
        self.stdout.write(
            f"Reports      {site}{reverse('otel_sla:reports')}  (made up)"
        )
        self.stdout.write(f"Metrics      {site}{reverse('otel_sla:metrics')}")
        self.stdout.write(
            f"Admin        {site}{reverse('admin:index')}"
            f"  (user {USER}, password {password})"
        )
        self.stdout.flush()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise ArgumentTypeError(f"{text!r} is not a valid port. Use 1 to 65535.")
    return int(text)


def _refuse_taken(address: tuple[str, int]) -> None:
    """Fail before anything of a demo that may be running there is changed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise CommandError(
                f"Port {address[1]} can't be used: {error.strerror}. "
                "Choose another with --port."
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
            f"The database has {others.count()} users, such as {others[0]}, and no "
            "components, so it may be a site in use. Set DATABASE_URL to an empty "
            "database for the demo."
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
            f"The database has {own.count()} components that are not of the sample, "
            f"such as {own[0]}. Set DATABASE_URL to an empty database for the demo, "
            "or serve these components with manage.py runserver."
        )


def _user_s_password(*, renew: bool) -> str:
    """Return the password of the demo user; a new one where there is none yet."""
    model = get_user_model()
    user, is_new = model._default_manager.get_or_create(
        **{model.USERNAME_FIELD: USER},
        defaults={"is_staff": True, "is_superuser": True},
    )
    if not (is_new or renew):
        return "as before"
    password = get_random_string(12)
    user.set_password(password)
    user.save()
    return password
