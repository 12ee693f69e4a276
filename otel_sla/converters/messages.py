"""The sentences of the errors about files that are not converted."""

from ..language import gettext_noop as _

MESSAGES = {
    "unknown_format": _(
        "This is not a file of time periods that is known. Use --format with one of "
        "%(known)s if it is."
    ),
    "broken_file": _("Line %(line)s: %(reason)s"),
}
