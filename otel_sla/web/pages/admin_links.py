"""Links from the pages to the admin, for those who may use them."""

from typing import Any

from django.db import Error as DatabaseFailure
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_resolver, get_urlconf, reverse

from ...database.failures import asking


def in_admin(request: HttpRequest, action: str, model: str, *key: int) -> str:
    """Return the address in the admin; "" without an admin or the permission."""
    user: Any = getattr(request, "user", None)
    try:
        with asking():
            may = user and user.is_staff and user.has_perm(f"otel_sla.{action}_{model}")
    except DatabaseFailure:
        # The user can't be read. The rest of the page may be of rows read before.
        return ""
    return address_in_admin(f"otel_sla_{model}_{action}", *key) if may else ""


def address_in_admin(name: str, *arguments: object) -> str:
    """Return the address in the first admin site that has it, "" if none has it.

    The default site comes first. Django's own `reverse` looks at no other.
    """
    sites = get_resolver(get_urlconf()).app_dict.get("admin", ())
    for site in sorted(sites, key=lambda one: one != "admin"):
        try:
            return reverse(f"admin:{name}", args=arguments, current_app=site)
        except NoReverseMatch:
            continue
    return ""
