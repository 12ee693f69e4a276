"""Who may read the pages and the API: everybody, or users who have logged in."""

from functools import wraps
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse

from ..conf import conf
from ..database.failures import asking
from .read_only import View
from .responses import text_response


def may_read(request: HttpRequest) -> bool:
    """Return whether the client may read the pages and the API.

    Raises django.db.Error where its session or user can't be read.
    """
    if conf.PUBLIC_STATUS:
        return True
    user: Any = getattr(request, "user", None)
    with asking():
        return bool(user and user.is_authenticated)


def readers_only(view: View) -> View:
    """Redirect clients that may not read a page to the site's LOGIN_URL.

    Whether a login is required is decided here: a site's LoginRequiredMiddleware
    would close what PUBLIC_STATUS opens.
    """

    @login_not_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if may_read(request):
            return view(request, *args, **kwargs)
        if not apps.is_installed("django.contrib.auth"):
            return text_response(
                HTTPStatus.FORBIDDEN,
                "The pages are for users who have logged in, and this site has no "
                'logins. Set OTEL_SLA["PUBLIC_STATUS"] = True to open them to '
                "everybody.",
            )
        # Imports models, which a site without logins has no tables for.
        from django.contrib.auth.views import redirect_to_login

        return redirect_to_login(request.get_full_path())

    return guarded
