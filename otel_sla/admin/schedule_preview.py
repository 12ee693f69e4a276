"""Change pages with a preview of the schedule that a form comes to."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils.html import format_html

from .preview import Previewed

if TYPE_CHECKING:
    from ..schedule import Schedule


class SchedulePreviewed(Previewed):
    """ModelAdmin mixin that adds the preview of a schedule to the change page.

    A subclass returns the schedule that the submitted forms define from `proposed`,
    the saved one from `saved`, and the number of components affected from `concerned`.
    """

    def proposed(self, form: Any, formsets: list[Any]) -> Schedule:
        """Return what valid forms define. Raises InvalidDefinition."""
        raise NotImplementedError

    def saved(self, row: Any) -> Schedule:
        """Return what the saved row defines. Raises InvalidDefinition."""
        raise NotImplementedError

    def concerned(self, row: Any) -> int:
        """Return how many enabled components follow the row."""
        raise NotImplementedError

    def of_row(self, request: HttpRequest, row: Any, moment: int) -> dict[str, Any]:
        from .preview_weeks import shown_day

        saved = self.saved(row)
        return {"preview": _shown(saved, moment, shown_day(request.POST))}

    def before(self, row: Any) -> Schedule:
        return self.saved(row)

    def of_forms(
        self,
        request: HttpRequest,
        form: Any,
        formsets: list[Any],
        before: Schedule | None,
        moment: int,
    ) -> dict[str, Any]:
        from ..schedule.long_overrides import distant_overrides
        from .preview_weeks import shown_day

        after = self.proposed(form, formsets)
        concerned = self.concerned(form.instance) if form.instance.pk else 0
        day = shown_day(request.POST, formsets)
        context = compared(before, after, moment, day)
        context["preview"]["advice"] += distant_overrides(after, before, moment)
        return {**context, "concerned": concerned}


def compared(
    before: Schedule | None, after: Schedule, moment: int, day: date | None = None
) -> dict[str, Any]:
    """Return the panel's context about a schedule that is about to change.

    Its weeks begin with that of the day; by default with that of the moment.
    """
    return {
        "preview": _shown(after, moment, day, before),
        **_effect(before, after, moment),
    }


def _shown(
    schedule: Schedule,
    moment: int,
    day: date | None = None,
    before: Schedule | None = None,
) -> dict[str, Any]:
    from ..schedule.lint import advice
    from ..schedule.open_time_change import OUTLOOK, hours, open_time
    from ..schedule.preview import preview
    from ..schedule.wording import in_words
    from .preview_weeks import Weeks

    shown = preview(schedule, moment)
    ahead = open_time(schedule, moment, moment + OUTLOOK)
    return {
        "of": shown,
        "weeks": Weeks.of(schedule, moment, day, before),
        "words": in_words(shown.state, moment, schedule.zone),
        "ahead": ahead,
        "hours": hours(ahead.seconds),
        "advice": list(advice(schedule, moment)),
    }


def _effect(before: Schedule | None, after: Schedule, moment: int) -> dict[str, Any]:
    from ..schedule.open_time_change import OUTLOOK, open_time

    if before is None:
        return {"effect": None}
    period = moment, moment + OUTLOOK
    effect = open_time(after, *period).since(open_time(before, *period))
    words = format_html("<strong>{}</strong>" if any(effect) else "{}", effect)
    return {"effect": effect, "difference": words}
