"""Numbers as the pages write them, whatever the site's locale settings are."""

from django import template

register = template.Library()


@register.filter
def grouped(number: int) -> str:
    """Write a number with commas between thousands: `10,000`."""
    return f"{number:,}"
