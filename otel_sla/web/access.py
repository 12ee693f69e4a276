"""Who may read the pages and the API, and who may see the SLA reports."""

from functools import wraps
from http import HTTPStatus
from typing import Any

from django.apps import apps
from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ..conf import conf
from ..database.failures import asking
from .read_only import View
from .responses import text_response

SEE_REPORTS = "otel_sla.view_issuedreport"
ISSUE_REPORTS = "otel_sla.add_issuedreport"


def may_read(request: HttpRequest) -> bool:
    """Return whether the client may read the pages and the API.

    Raises django.db.Error where its session or user can't be read.
    """
    return conf.PUBLIC_STATUS or is_logged_in(request)


def is_logged_in(request: HttpRequest) -> bool:
    """Return whether a user has logged in.

    Raises django.db.Error where the session or the user can't be read.
    """
    user: Any = getattr(request, "user", None)
    with asking():
        return bool(user and user.is_authenticated)


def may_see_reports(request: HttpRequest) -> bool:
    """Return whether the client may see what was measured of the components.

    Raises django.db.Error where its session or user can't be read.
    """
    return conf.PUBLIC_REPORTS or has_permission(request, SEE_REPORTS)


def has_permission(request: HttpRequest, permission: str) -> bool:
    """Return whether the client has logged in as a user with the permission.

    Raises django.db.Error where its session, user or permissions can't be read.
    """
    user: Any = getattr(request, "user", None)
    with asking():
        return bool(user and user.is_authenticated and user.has_perm(permission))


def is_shown_reports(request: HttpRequest) -> bool:
    """Return whether a page shows links to reports, and figures of theirs.

    False where the user can't be read: the rest of the page may be of rows read before.
    """
    try:
        return may_see_reports(request)
    except DatabaseFailure:
        return False


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
                _(
                    "The pages are for users who have logged in, and this site has no "
                    'logins. Set OTEL_SLA["PUBLIC_STATUS"] = True to open them to '
                    "everybody."
                ),
            )
        return to_login(request)

    return guarded


def to_login(request: HttpRequest) -> HttpResponse:
    """Redirect to the site's LOGIN_URL, and from there back to the request's page."""
    # Imports models, which a site without logins has no tables for.
    from django.contrib.auth.views import redirect_to_login

    return redirect_to_login(request.get_full_path())
