"""Who may read the pages and the API: everybody, or users who have logged in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden

from ..conf import conf
from ..database.failures import asking

View = Callable[..., HttpResponse]


def may_read(request: HttpRequest) -> bool:
    """Whether whoever asks may read what the pages and the API show.

    Raises django.db.Error where the site can't find out who that is.
    """
    if conf.PUBLIC_STATUS:
        return True
    user: Any = getattr(request, "user", None)
    with asking():
        return bool(user and user.is_authenticated)


def readers_only(view: View) -> View:
    """Send those who may not read a page to the site's LOGIN_URL.

    Whether a login is required is decided here: a site's LoginRequiredMiddleware
    would close what PUBLIC_STATUS opens.
    """

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if may_read(request):
            return view(request, *args, **kwargs)
        return _log_in(request)

    return guarded


def _log_in(request: HttpRequest) -> HttpResponse:
    if not apps.is_installed("django.contrib.auth"):
        return HttpResponseForbidden(
            "The pages are for users who have logged in, and this site has no logins: "
            'set OTEL_SLA["PUBLIC_STATUS"] = True to open them to everybody.\n',
            content_type="text/plain; charset=utf-8",
        )
    # Imports models, which a site without logins has no tables for.
    from django.contrib.auth.views import redirect_to_login

    return redirect_to_login(request.get_full_path())
