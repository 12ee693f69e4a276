"""Views that only read: outside the transactions of the site's requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import connections, transaction
from django.http import HttpResponse

View = TypeVar("View", bound=Callable[..., HttpResponse])


def outside_transactions(view: View) -> View:
    """Keep the view out of ATOMIC_REQUESTS, whichever database says so.

    Django would ask the database before the view could say that it is away, and
    take the lock of a writer where the site begins IMMEDIATE; and within somebody
    else's transaction no deadline is set on reading.
    """
    for alias in connections:
        # Named one by one: without a name it is said of the default one only.
        view = transaction.non_atomic_requests(alias)(view)
    return view
