"""Choices about events on which sites differ: which to leave out, and whose clock."""

from dataclasses import dataclass
from typing import Literal

Choice = Literal["import", "skip"]


@dataclass(frozen=True, slots=True)
class Options:
    """What to do with some kinds of events.

    tentative: maintenance that is proposed (X-MAINTNOTE-STATUS, or else STATUS, is
    TENTATIVE). Imported by default, because the workflow of the maintnote standard goes
    from TENTATIVE to IN-PROCESS: a confirmation in between may never come.
    no_impact: maintenance that the provider expects nobody to notice (NO-IMPACT). Left
    out by default, because the service is promised meanwhile.
    free: events that block nobody's time (TRANSP:TRANSPARENT, or BUSYSTATUS is FREE).
    Imported by default, because calendar programs mark whole days so by themselves.
    timezone: the clock of times without a zone: the schedule's, or that which the
    calendar names as X-WR-TIMEZONE.
    """

    tentative: Choice = "import"
    no_impact: Choice = "skip"
    free: Choice = "import"
    timezone: Literal["schedule", "calendar"] = "schedule"


DEFAULTS = Options()
