"""Health, over HTTP: whether this process answers, and whether a scrape would be."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from .deadline import Deadline
from .models import Component
from .read_only import outside_transactions, reading_only, unlogged
from .snapshot import NoRows, snapshots
from .sparing import Sparing
from .tables import database, reading

View = Callable[[HttpRequest], HttpResponse]

logger = logging.getLogger(__name__)

_WITHIN = 1.5
"""Seconds in which the database has to answer: what asks gives up soon after."""

unready = Sparing("a probe", "probes")


def _for_probes(view: View) -> View:
    """Let everybody ask: a probe has no login, and learns nothing but the state."""
    return login_not_required(outside_transactions(csrf_exempt(reading_only(view))))


@_for_probes
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer 200: the process is there. Its database is no reason to restart it."""
    return _text(HTTPStatus.OK, "ok")


@_for_probes
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while a scrape could be answered with components, else 503.

    So also while the database is away and its last rows are served. What drivers say
    names hosts and users: it is for the log.
    """
    try:
        return _text(HTTPStatus.OK, _state(int(time.time())))
    except NoRows as error:
        if unready.note():
            logger.warning("not ready: %s", error)
        return _not_ready(
            "the components can't be read, and there are no rows of before that may "
            "still be served; the log of the site says why"
        )


def _state(moment: int) -> str:
    """Say what a scrape would be answered with. Raises NoRows.

    Reads all rows once, which makes the first scrape a quick one; then only whether
    there is something to read.
    """
    deadline = Deadline(_WITHIN)
    if not snapshots.has_rows:
        snapshots.take(moment, deadline)
        return "ok"
    try:
        alias = database()
        with reading(deadline, alias) as renew:
            renew()
            Component.objects.using(alias).enabled().exists()
    except DatabaseFailure as error:
        read_at = snapshots.usable_since(moment, str(error).strip())
        return f"ok, with rows read {moment - read_at} s ago: they can't be read now"
    return "ok"


def _not_ready(why: str) -> HttpResponse:
    return unlogged(_text(HTTPStatus.SERVICE_UNAVAILABLE, f"not ready: {why}"))


def _text(status: HTTPStatus, message: str) -> HttpResponse:
    return HttpResponse(
        f"{message}\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
