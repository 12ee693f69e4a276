"""Links from the pages to the admin, for those who may use them."""

from typing import Any

from django.db import Error as DatabaseFailure
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from ...database.failures import asking


def in_admin(request: HttpRequest, action: str, model: str, *key: int) -> str:
    """Return the address in the admin; "" without an admin or the permission."""
    user: Any = getattr(request, "user", None)
    try:
        with asking(NoReverseMatch):
            if user and user.is_staff and user.has_perm(f"otel_sla.{action}_{model}"):
                return reverse(f"admin:otel_sla_{model}_{action}", args=key)
    except (NoReverseMatch, DatabaseFailure):
        # The user can't be read. The rest of the page may be of rows read before.
        pass
    return ""
