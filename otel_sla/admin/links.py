"""Links from the admin's pages to others of the same admin site."""

from typing import Any

from django.contrib.admin import AdminSite
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from ..language import number


def address(site: AdminSite, model: str, page: str, *key: int) -> str:
    """Return the address of a model's page, "" if the site does not have the model."""
    name = f"admin:otel_sla_{model}_{page}"
    try:
        return reverse(name, args=key, current_app=site.name)
    except NoReverseMatch:
        return ""


def listed(site: AdminSite, model: str, count: int, **filters: Any) -> str:
    """Return the count, as a link to the filtered list if the site has that."""
    url = address(site, model, "changelist")
    if not url:
        return number(count)
    return format_html('<a href="{}?{}">{}</a>', url, urlencode(filters), number(count))
