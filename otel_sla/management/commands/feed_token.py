"""Make or revoke a token for calendar feeds."""

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError
from django.db import router, transaction
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from otel_sla.management.output import OutputCommand
from otel_sla.models import FeedToken


class Command(OutputCommand):
    help = (
        "Create a token for calendar feeds and print the path of the feed of all "
        "components, which won't be shown again. With --revoke, revoke all tokens "
        "of a name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help="whom the token is for")
        parser.add_argument(
            "--revoke", action="store_true", help="revoke the tokens of this name"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, moment = options["name"], datetime.fromtimestamp(int(time.time()), UTC)
        most = FeedToken.NAME_LENGTH
        if not 1 <= len(name) <= most or not name.isprintable():
            raise CommandError(
                gettext(
                    "%(name)r is not a valid name. Use 1 to %(most)s printable "
                    "characters."
                )
                % {"name": name, "most": most}
            )
        if options["revoke"]:
            self._revoke(name, moment)
        else:
            self._issue(name, moment)

    def _issue(self, name: str, moment: datetime) -> None:
        """Make a token, unless its path can't be printed: it is shown nowhere else."""
        self.consequence = gettext("No token was made.")
        alias = router.db_for_write(FeedToken)
        with transaction.atomic(using=alias):
            _, token = FeedToken.objects.using(alias).issue(name, moment)
            try:
                path = reverse("otel_sla:feed", args=[token])
            except NoReverseMatch:
                # The site does not include the app's addresses.
                path = token
            self.stdout.write(path)
            self.stdout.flush()

    def _revoke(self, name: str, moment: datetime) -> None:
        revoked = FeedToken.objects.named(name).revoke(moment)
        if not revoked:
            raise CommandError(
                gettext("No valid token is named %(name)r.") % {"name": name}
            )
        self.consequence = gettext("The tokens of %(name)r were revoked.") % {
            "name": name
        }
        self.stdout.write(gettext("%(count)s revoked.") % {"count": revoked})
