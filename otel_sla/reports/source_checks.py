"""Faults of the configured source that can be found without asking it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from ..conf import conf
from ..language import Sentence
from ..language import gettext_noop as _
from .credentials import read_credentials
from .source import NotMeasured, configured


def faults_of_source() -> Iterator[str]:
    """Yield a sentence for each fault, without asking a server.

    Raises ImproperlyConfigured for an impossible setting.
    """
    setting = conf.PROMETHEUS
    if setting is None:
        return
    try:
        if setting.samples_file is not None:
            configured()
        elif find_spec("requests") is None:
            reason = Sentence(_("It is not installed."), {})
            raise NotMeasured("requests_missing_for_reports", reason=reason)
        else:
            read_credentials(setting)
    except NotMeasured as error:
        yield str(error)
