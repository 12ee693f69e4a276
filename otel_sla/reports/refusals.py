"""Why a report can't be made, in sentences."""

from collections.abc import Iterable

from ..language import Sentence
from ..language import gettext_noop as _
from ..messages import CodedError
from ..text import suggestion

MESSAGES = {
    "component_unknown": _("No component is named %(name)r. %(hint)s"),
    "agreement_unknown": _("No agreement is named %(name)r. %(hint)s"),
    "label_unknown": _("No component has the label %(name)s. %(hint)s"),
    "nothing_selected": _(
        "No enabled component matches all of these: %(selection)s. Remove one of them."
    ),
    "all_disabled": _(
        "All components of this selection are disabled: %(names)s. To include one, "
        "select it by name."
    ),
    "no_components": _("There are no enabled components to report on."),
    "period_in_the_future": _(
        "%(period)s has not begun yet. Use a period that began before %(today)s."
    ),
    "no_source": _(
        "Reports need a Prometheus to read availability from. Set "
        'OTEL_SLA["PROMETHEUS"] = {"URL": "http://prometheus.example:9090"}.'
    ),
    "not_final": _(
        "The report of %(period)s can't be issued yet: its figures are final "
        "a day after the period has ended, at %(when)s. Issue it then."
    ),
}

_SHOWN = 5


class ReportRefused(CodedError):
    """A report can't be made as it was asked for."""

    table = MESSAGES


class NoSource(ReportRefused):
    """The site has no source of availability."""


def hint(name: str, known: Iterable[str]) -> str:
    """Return the known name that is closest, or else a few of those known."""
    names = list(known)
    if near := suggestion(name, names, "{}"):
        return Sentence(_("Did you mean %(name)s?"), {"name": near})
    if not names:
        return Sentence(_("Known: none."), {})
    return Sentence(_("Known: %(names)s."), {"names": ", ".join(names[:_SHOWN])})
