"""Who may subscribe to calendar feeds, and since when feeds say what they say."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import Error as DatabaseFailure
from django.db import models, router, transaction
from django.db.models import F, Q

from ..database.failures import asking, named
from ..logs import get_logger
from ..throttled_log import ThrottledLog

logger = get_logger(__name__)

_TURN = ""
"""The subject of a row that is only there to be locked."""

_TOKEN_BYTES = 32
_USER_NAME = 150
_USE_NOTED_EVERY = timedelta(hours=1)

not_noted = ThrottledLog("the use of a calendar's token", "uses of calendars' tokens")
"""What could not be written, though it was to be."""


class FeedTokenQuerySet(models.QuerySet["FeedToken"]):
    """Issuing, finding and revoking tokens."""

    def live(self) -> FeedTokenQuerySet:
        """Those that have not been revoked."""
        return self.filter(revoked=None)

    def named(self, name: str) -> FeedTokenQuerySet:
        """Those of exactly this name: MariaDB takes Ops for ops.

        Looked up where they are written: a replica may not have them yet.
        """
        rows = self.using(router.db_for_write(FeedToken)).filter(name=name)
        return self.filter(pk__in=[row.pk for row in rows if row.name == name])

    def issue(
        self, name: str, moment: datetime, created_by: str = ""
    ) -> tuple[FeedToken, str]:
        """Create a row; return it and its token, which is nowhere else."""
        row = self.model(name=name)
        token = row.make(moment, created_by)
        row.save(using=self.db)
        return row, token

    def admits(self, token: str, moment: datetime) -> bool:
        """Whether the token is live. Its use is noted, once an hour at most.

        It is looked up by its digest: how long that takes tells nothing about the
        tokens that there are. Raises django.db.Error.
        """
        with asking():
            found = self.live().filter(digest=digest_of(token)).first()
        if found is None:
            return False
        long_ago = moment - _USE_NOTED_EVERY
        if found.last_used is None or found.last_used < long_ago:
            self._note_use(found, moment)
        return True

    def _note_use(self, row: FeedToken, moment: datetime) -> None:
        """It is a help to who tidies up, and no reason to refuse the feed."""
        try:
            with asking():
                self.filter(pk=row.pk).update(last_used=moment)
        except DatabaseFailure as error:
            # Another one writes and does not end, or nobody may write at present.
            if said := not_noted.note():
                logger.warning("can't note %s: %s", said, named(error))

    def revoke(self, moment: datetime) -> int:
        """Revoke those that are live, and return how many that were."""
        return self.live().update(revoked=moment)


class FeedToken(models.Model):
    """The key to the calendar feeds that is part of their addresses.

    Only its digest is kept: who reads the database can't subscribe with it.
    """

    NAME_LENGTH = 200

    name = models.CharField(max_length=NAME_LENGTH)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created = models.DateTimeField(editable=False)
    created_by = models.CharField(max_length=_USER_NAME, blank=True, editable=False)
    last_used = models.DateTimeField(null=True, editable=False)
    revoked = models.DateTimeField(null=True, editable=False)

    objects = FeedTokenQuerySet.as_manager()

    class Meta:
        ordering = ["name", "created"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""), name="otel_sla_feed_token_has_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def make(self, moment: datetime, created_by: str = "") -> str:
        """Give the row a new token, and return it: it is nowhere else."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self.digest = digest_of(token)
        self.created, self.created_by = moment, created_by[:_USER_NAME]
        return token


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Keeping revisions current."""

    def changed(self, digests: Mapping[str, str], moment: int) -> dict[str, int]:
        """Return since when, in Unix seconds, each subject has its digest.

        A subject whose digest is another one than before has changed at the moment.
        """
        rows = self.using(router.db_for_write(Revision))
        known = rows._known(digests)
        if any(_is_stale(known.get(key), digests[key]) for key in digests):
            known |= rows._renew(digests, moment)
        return {subject: known[subject].changed for subject in digests}

    def _known(self, subjects: Mapping[str, str]) -> dict[str, Revision]:
        return {row.subject: row for row in self.filter(subject__in=list(subjects))}

    def _renew(self, digests: Mapping[str, str], moment: int) -> dict[str, Revision]:
        self.get_or_create(subject=_TURN, defaults={"digest": "", "changed": 0})
        with transaction.atomic(using=self.db):
            # One at a time: of two that renew a row at once, the one with the earlier
            # moment could come last, and a number that was told would go back.
            self.filter(subject=_TURN).update(changed=F("changed"))
            known = self._known(digests)
            renewed = {
                subject: Revision(subject, digest, _later(known.get(subject), moment))
                for subject, digest in digests.items()
                if _is_stale(known.get(subject), digest)
            }
            features = transaction.get_connection(self.db).features
            by_subject = features.supports_update_conflicts_with_target
            self.bulk_create(
                list(renewed.values()),
                update_conflicts=True,
                update_fields=["digest", "changed"],
                unique_fields=["subject"] if by_subject else None,
            )
        return known | renewed


class Revision(models.Model):
    """Since when a feed says what it says of a subject.

    The rows of a schedule have no such time, and can be changed past any code that
    would set one; a digest of what is said tells it from what was said before.
    """

    subject = models.CharField(max_length=64, primary_key=True)
    digest = models.CharField(max_length=64)
    changed = models.BigIntegerField()

    objects = RevisionQuerySet.as_manager()

    def __str__(self) -> str:
        return self.subject


def digest_of(text: str) -> str:
    """Return the SHA-256 of the text in hexadecimal digits."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _is_stale(row: Revision | None, digest: str) -> bool:
    return row is None or row.digest != digest


def _later(row: Revision | None, moment: int) -> int:
    """The moment; but always later than before, whatever the clocks of hosts say."""
    return moment if row is None else max(moment, row.changed + 1)
