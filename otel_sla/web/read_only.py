"""Views that only read: no other method, no transaction, no line for each refusal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

METHODS = ("GET", "HEAD")

View = TypeVar("View", bound=Callable[..., HttpResponse])
Response = TypeVar("Response", bound=HttpResponse)


def unlogged(response: Response) -> Response:
    """Keep Django from logging the answer, with the address: anybody could fill the
    disk so, and some addresses hold a token."""
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def reading_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer 405 to other methods; require_safe would log every one of them."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in METHODS:
            return unlogged(HttpResponseNotAllowed(METHODS))
        return view(request, *args, **kwargs)

    return guarded


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
