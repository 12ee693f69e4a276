"""Refuse to start a server of the reference site without a secret key."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def refuse_without_a_key() -> None:
    """Raise ImproperlyConfigured without a key: logins would not last."""
    try:
        if settings.SECRET_KEY:
            return
    except ImproperlyConfigured:
        pass
    raise ImproperlyConfigured(
        "DJANGO_SECRET_KEY is not set. Set it to a secret random text, the same for "
        "all processes of the site, such as the output of "
        "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
