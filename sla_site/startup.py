"""What a server of the reference site needs before it starts."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def refuse_without_a_key() -> None:
    """Stop a server that could keep no login. Raises ImproperlyConfigured."""
    try:
        if settings.SECRET_KEY:
            return
    except ImproperlyConfigured:
        pass
    raise ImproperlyConfigured(
        "DJANGO_SECRET_KEY is not set: set it to a random text that all processes of "
        "the site share and nobody else knows, such as what this prints: "
        "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
