"""The error for a configuration that can't be used."""

from django.core.exceptions import ImproperlyConfigured


class InvalidConfiguration(ImproperlyConfigured):
    """The configuration can't be used.

    The message names the file or the variable, and the key.
    """

    def __init__(self, source: str, message: str, key: str = "") -> None:
        super().__init__(": ".join(filter(None, (source, key, message))))
        self.source, self.message, self.key = source, message, key
