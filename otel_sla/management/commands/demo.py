from __future__ import annotations

import time
from argparse import ArgumentParser
from importlib.resources import as_file, files
from pathlib import Path
from textwrap import fill, indent
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.utils import get_random_secret_key
from django.urls import reverse
from django.utils.crypto import get_random_string

from otel_sla.catalogue import parse_file
from otel_sla.models import Component
from otel_sla.snapshot import snapshots

USER = "demo"


class Command(BaseCommand):
    help = (
        "Migrate, load the sample catalogue, and serve the status page, the metrics "
        "and the admin on this machine, for a first look."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument(
            "--no-serve", action="store_true", help="stop after the status line"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        settings.DEBUG = True
        _make_sure_of_a_key()
        self.check()
        call_command("migrate", interactive=False, verbosity=0)
        with as_file(files("otel_sla") / "sample_catalogue.yaml") as sample:
            _refuse_other_components(sample)
            call_command("load_catalogue", str(sample), verbosity=0)
        password = _renew_user()
        address = f"127.0.0.1:{options['port']}"
        if options["verbosity"]:
            self._report(f"http://{address}", password)
        if not options["no_serve"]:
            call_command("runserver", address, use_reloader=False)

    def _report(self, site: str, password: str) -> None:
        rows = snapshots.take(int(time.time())).rows
        names = [row.component for row in rows if row.state.in_window]
        self.stdout.write(f"{len(rows)} components, {len(names)} open now:")
        self.stdout.write(indent(fill(", ".join(names) or "none", 76), "  "))
        self.stdout.write(f"Status page  {site}{reverse('otel_sla:status')}")
        self.stdout.write(f"Metrics      {site}{reverse('otel_sla:metrics')}")
        self.stdout.write(
            f"Admin        {site}{reverse('admin:index')}"
            f"  (user {USER}, password {password})"
        )


def _make_sure_of_a_key() -> None:
    try:
        _ = settings.SECRET_KEY
    except ImproperlyConfigured:
        settings.SECRET_KEY = get_random_secret_key()


def _refuse_other_components(sample: Path) -> None:
    """A demo that ran against a team's own database would add to what it pages on."""
    own = Component.objects.exclude(name__in=parse_file(sample).components)
    if own.exists():
        raise CommandError(
            f"the database holds {own.count()} components that are not of the sample, "
            f"such as {own[0]}: set DATABASE_URL to an empty one for the demo"
        )


def _renew_user() -> str:
    """Give the demo user a new password, and return it."""
    password = get_random_string(12)
    user, _ = get_user_model().objects.get_or_create(
        username=USER, defaults={"is_staff": True, "is_superuser": True}
    )
    user.set_password(password)
    user.save()
    return password
