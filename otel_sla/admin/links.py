"""Links from the admin's pages to its lists."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode


def listed(model: str, count: int, **filters: Any) -> str:
    """Return the count as a link to the filtered list."""
    url = reverse(f"admin:otel_sla_{model}_changelist")
    return format_html('<a href="{}?{}">{}</a>', url, urlencode(filters), f"{count:,}")
