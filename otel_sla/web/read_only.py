"""Views that only read: GET and HEAD alone, and no transaction."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from .responses import unlogged

METHODS = ("GET", "HEAD")

View = Callable[..., HttpResponse]


def reading_only(view: View) -> View:
    """Answer 405 to other methods; require_safe would log every one of them."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in METHODS:
            return unlogged(HttpResponseNotAllowed(METHODS))
        return view(request, *args, **kwargs)

    return guarded


def outside_transactions(view: View) -> View:
    """Exempt the view from ATOMIC_REQUESTS of every database.

    Django would begin the transaction before the view could report that the database
    is unavailable, and take the writer's lock where the site begins IMMEDIATE; and
    within another transaction no deadline is set on reading.
    """
    for alias in connections:
        # One by one: without an alias only the default database is meant.
        view = transaction.non_atomic_requests(alias)(view)
    return view
