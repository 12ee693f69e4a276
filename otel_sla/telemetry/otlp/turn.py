"""Whose turn it is to push what all processes would push alike, by a lease."""

import time
from collections.abc import Callable, Sequence
from hashlib import sha256

from django.db import Error as DatabaseFailure
from opentelemetry.sdk.resources import Resource

from ...database.deadline import Deadline
from ...models.leases import acquire
from .. import callbacks

LEASE = "otlp"
"""The name of the lease for pushing all rows."""

# Times as parts of an interval. Another takes over soon after the holder has missed
# its turn.
_LEASE_LASTS = 1.25
# By when the database has to have said who pushes.
_FOR_THE_LEASE = 0.25


def lease_for(select: Sequence[str], sources: Sequence[str] | None = None) -> str:
    """Return the name of the lease for pushing the rows of this selection of labels
    and of sources: each selection has a process that pushes it."""
    if not select and sources is None:
        return LEASE
    asked_for = "\n".join(sorted(set(select)))
    if sources is not None:
        asked_for = "\0".join([asked_for, *sorted(set(sources))])
    return f"{LEASE}:{_digest(asked_for)}"


def lease_for_shared(resource: Resource) -> str:
    """Return the name of the lease for pushing what shared callbacks observe.

    Not that for rows: a process may push rows and have no such callbacks, and services
    that share a database have their own.
    """
    names = ("service.namespace", "service.name")
    service = "\0".join(str(resource.attributes.get(one, "")) for one in names)
    return f"{LEASE}:shared:{_digest(service)}"


def _digest(text: str) -> str:
    return sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


class Turn:
    """One process's part in a lease. Not to be shared by threads.

    `name` returns the lease's, `interval` is the time between pushes in seconds.
    `asked_at` is when the database was asked last, by the monotonic clock; `fault` says
    why it didn't answer, "" if it did.
    """

    def __init__(self, name: Callable[[], str], holder: str, interval: float) -> None:
        self._name = name
        self._holder = holder
        self._interval = interval
        self.is_held: bool | None = None
        self.asked_at = time.monotonic()
        self.fault = ""

    def take(self) -> float:
        """Return 0 where this process has the lease, or the seconds to wait for it.

        While the database can't be asked, the holder goes on: should another have taken
        over, both push the same values of the same series.
        """
        callbacks.close_stale_connections()
        self.asked_at = time.monotonic()
        self.fault = ""
        try:
            left = acquire(
                self._name(),
                self._holder,
                self._interval * _LEASE_LASTS,
                Deadline(self._interval * _FOR_THE_LEASE),
            )
        except DatabaseFailure as error:
            self.fault = str(error).strip() or type(error).__name__
            left = 0.0 if self.is_held else self._interval
        finally:
            callbacks.close_stale_connections()
        self.is_held = not left
        return left
