"""Who may read the pages and the API: everybody, or users who have logged in."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from .conf import conf

View = Callable[..., HttpResponse]


def may_read(request: HttpRequest) -> bool:
    """Whether whoever asks may read what the pages and the API show."""
    user: Any = getattr(request, "user", None)
    return conf.PUBLIC_STATUS or bool(user and user.is_authenticated)


def readers_only(view: View) -> View:
    """Send those who may not read a page to the site's LOGIN_URL."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if may_read(request):
            return view(request, *args, **kwargs)
        return redirect_to_login(request.get_full_path())

    return guarded
