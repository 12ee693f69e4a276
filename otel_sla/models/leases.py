"""Leases: let one process of all that share the database do something."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connections, models, router, transaction
from django.db.models import F, Func, Q

from .wording import labelled

if TYPE_CHECKING:
    from ..database.deadline import Deadline

_CLOCKS = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "EXTRACT(EPOCH FROM clock_timestamp())::double precision",
    "mysql": "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) / 1000000.0)",
}


class DatabaseClock(Func):
    """The present moment by the database's clock, in Unix seconds.

    Hosts' clocks may differ. No local time is involved, which repeats an hour in
    autumn.
    """

    arity = 0
    output_field = models.FloatField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        extra["template"] = _CLOCKS[connection.vendor]
        return super().as_sql(compiler, connection, *args, **extra)


_FAR_OFF = 1.1
"""Times the length of a lease: a lease that has more left was not taken by this clock.
Small steps of the clock are within it."""


class LeaseQuerySet(models.QuerySet["Lease"]):
    """Queries that take leases."""

    def acquire(self, name: str, holder: str, seconds: float) -> float:
        """Take or renew the lease for so many seconds.

        Return 0.0 if the holder has it now, else the seconds until it expires.

        A lease with more than 1.1 times `seconds` left is free as well: it was taken
        before the database's clock was set back, and its holder may be gone. So is one
        that another holder has taken for much longer. Where holders have different
        intervals, the one with the shortest therefore keeps the lease.
        """
        until = DatabaseClock() + seconds
        out_of_range = Q(expires__gt=DatabaseClock() + _FAR_OFF * seconds)
        free = Q(holder=holder) | Q(expires__lte=DatabaseClock()) | out_of_range
        if self.filter(free, name=name).update(holder=holder, expires=until):
            return 0.0
        left = self.filter(name=name).values_list(
            F("expires") - DatabaseClock(), flat=True
        )
        for seconds_left in left:
            return max(float(seconds_left), 0.001)
        try:
            with _savepoint(self.db):
                self.create(name=name, holder=holder, expires=until)
        except IntegrityError:
            # Another process was first.
            return seconds
        return 0.0


def _savepoint(alias: str) -> AbstractContextManager[object]:
    """Return a savepoint within a transaction of the caller's, else nothing.

    Leaving a transaction of its own on a connection that has been cut off, Django
    would reconnect, and wait for that without a timeout.
    """
    if connections[alias].in_atomic_block:
        return transaction.atomic(using=alias)
    return nullcontext()


@labelled()
class Lease(models.Model):
    """The holder of a lease, and its expiry in Unix seconds of the database's clock."""

    name = models.CharField(max_length=64, primary_key=True)
    holder = models.CharField(max_length=64)
    expires = models.FloatField()

    objects = LeaseQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


def acquire(
    name: str, holder: str, seconds: float, deadline: Deadline | None = None
) -> float:
    """Take or renew a lease in the database that is written to, by the deadline.

    See LeaseQuerySet.acquire. Raises django.db.Error.
    """
    # Not at the top: few of the processes that import the models take a lease.
    from ..database.connect import connect
    from ..database.deadline import Deadline, cut_off
    from ..database.failures import asking

    deadline = deadline or Deadline()
    with asking():
        alias = router.db_for_write(Lease)
        connection = connections[alias]
        connect(connection, deadline)
        with cut_off(connection, deadline):
            return Lease.objects.using(alias).acquire(name, holder, seconds)
