"""Text with code in it, as docstrings have it between backticks."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def with_code(text: str) -> SafeString:
    """Write what is between backticks as code; everything is escaped."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return format_html("{}", text)
    pairs = zip(parts[::2], [*parts[1::2], ""], strict=True)
    marked = (
        (before, format_html("<code>{}</code>", code) if code else "")
        for before, code in pairs
    )
    return format_html_join("", "{}{}", marked)
