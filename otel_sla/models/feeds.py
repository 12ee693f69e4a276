"""Tokens for calendar feeds, and when each feed's content last changed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import Error as DatabaseFailure
from django.db import models, router, transaction
from django.db.models import F, Q

from ..database.failures import asking, named
from ..fields import MomentField
from ..logs import ThrottledLog, get_logger
from .wording import labelled

logger = get_logger(__name__)

_TURN = ""
"""The subject of a row that is only there to be locked."""

_TOKEN_BYTES = 32
_USER_NAME = 150
_USE_NOTED_EVERY = timedelta(hours=1)

not_noted = ThrottledLog("the use of a calendar's token", "uses of calendars' tokens")


class FeedTokenQuerySet(models.QuerySet["FeedToken"]):
    """Queries that issue, find and revoke tokens."""

    def live(self) -> FeedTokenQuerySet:
        """Filter tokens that have not been revoked."""
        return self.filter(revoked=None)

    def named(self, name: str) -> FeedTokenQuerySet:
        """Filter tokens of exactly this name: MariaDB takes Ops for ops.

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
        """Return whether the token is live, and note its use at most once an hour.

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
        """Note the use for people who tidy up. The feed is served if that fails."""
        try:
            with asking():
                self.filter(pk=row.pk).update(last_used=moment)
        except DatabaseFailure as error:
            # Another transaction holds a lock, or the database is read-only.
            if said := not_noted.note():
                logger.warning("can't note %s: %s", said, named(error))

    def revoke(self, moment: datetime) -> int:
        """Revoke the live tokens, and return how many there were."""
        return self.live().update(revoked=moment)


@labelled()
class FeedToken(models.Model):
    """A secret that is part of the addresses of calendar feeds.

    Only its digest is stored, so that reading the database gives no access to feeds.
    """

    NAME_LENGTH = 200

    name = models.CharField(max_length=NAME_LENGTH)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created = MomentField(editable=False)
    created_by = models.CharField(max_length=_USER_NAME, blank=True, editable=False)
    last_used = MomentField(null=True, editable=False)
    revoked = MomentField(null=True, editable=False)

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
    """Queries that keep revisions current."""

    def changed(self, digests: Mapping[str, str], moment: int) -> dict[str, int]:
        """Return since when each subject has its digest, in Unix seconds.

        A subject with another digest than before has changed at the given moment.
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
            # One at a time: of two processes that renew a row at once, the one with the
            # earlier moment could come last, and the number would go back.
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


@labelled()
class Revision(models.Model):
    """Since when a feed has its present content about a subject.

    Rows of schedules have no modification time, and can be changed without running
    code that would set one. A digest of the content detects changes.
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
    """Return the moment, or more if needed to be later than the last change."""
    return moment if row is None else max(moment, row.changed + 1)
