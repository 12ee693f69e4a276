"""The action that moves components to another agreement, with a preview first."""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import router, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ..database.batches import batches
from ..models import Agreement, Component
from ..models.definitions import definitions
from ..schedule import InvalidDefinition, Schedule
from ..schedule.open_time_change import OUTLOOK, OpenTime, open_time


@dataclass(slots=True)
class Move:
    """The effect of moving the components of one agreement."""

    agreement: Agreement
    count: int = 0
    effect: OpenTime = field(default_factory=OpenTime)
    opening: int = 0
    closing: int = 0


class MoveForm(forms.Form):
    agreement = forms.ModelChoiceField(
        Agreement.objects.select_related("schedule"), label="Move them to"
    )


class Moving(admin.ModelAdmin):
    """ModelAdmin mixin with the action that moves components."""

    @admin.action(description="Move to another agreement …", permissions=["change"])
    def move(
        self, request: HttpRequest, queryset: QuerySet[Component]
    ) -> HttpResponse | None:
        """Ask for the agreement, show the effect, and move after confirmation."""
        asked = "agreement" in request.POST
        form = MoveForm(request.POST if asked else None)
        selected = list(queryset.order_by("pk").values_list("pk", "agreement"))
        context: dict[str, Any] = {"form": form, "count": len(selected)}
        if asked and form.is_valid():
            target = form.cleaned_data["agreement"]
            # The selection may be a filter: compare it with what was confirmed.
            seen = sha256(repr((target.pk, selected)).encode()).hexdigest()
            if request.POST.get("confirmed") == seen:
                user: Any = request.user
                count = move_all([pk for pk, _ in selected], target, user.pk)
                several = "" if count == 1 else "s"
                told = f"{count:,} component{several} moved to {target}."
                self.message_user(request, told, messages.SUCCESS)
                return None
            try:
                found = moves(queryset, target, int(time.time()))
            except InvalidDefinition as error:
                form.add_error("agreement", f"A schedule can't be evaluated: {error}")
            else:
                total = OpenTime()
                for one in found:
                    total = total.plus(one.effect)
                moving = sum(one.count for one in found)
                context |= {"target": target, "moves": found}
                context |= {"total": total, "moving": moving, "seen": seen}
        page = self.admin_site.each_context(request)
        return TemplateResponse(
            request,
            "admin/otel_sla/move.html",
            {
                **page,
                **context,
                "title": "Move to another agreement",
                "opts": self.opts,
                "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
                "selected_name": ACTION_CHECKBOX_NAME,
                "across": request.POST.get("select_across", "0"),
                "media": form.media,
            },
        )


def moves(
    components: QuerySet[Component], target: Agreement, moment: int
) -> list[Move]:
    """Return the effect of moving the components, by their present agreement.

    Components of the target itself are left out. The moment is in Unix
    seconds. Raises InvalidDefinition where a schedule can't be evaluated.
    """
    found: dict[int, Move] = {}
    compared: dict[Any, tuple[OpenTime, int]] = {}
    stored = definitions(components.db)
    for component in (
        components.exclude(agreement=target)
        .prefetch_related("overrides")
        .select_related("agreement")
    ):
        before = component.agreement
        own = tuple(one.definition() for one in component.overrides.all())
        key = before.schedule_id, own
        if key not in compared:
            compared[key] = _compare(
                stored.schedule(before.schedule_id, own),
                stored.schedule(target.schedule_id, own),
                moment,
            )
        effect, opening = compared[key]
        move = found.setdefault(before.pk, Move(before))
        move.count += 1
        move.effect = move.effect.plus(effect)
        move.opening += opening > 0
        move.closing += opening < 0
    return sorted(found.values(), key=lambda one: one.agreement.name)


def move_all(keys: list[int], target: Agreement, user: int) -> int:
    """Move the components in one transaction, each with its entry in the log.

    Returns how many were moved: deleted ones and those already there don't count.
    """
    count = 0
    with transaction.atomic(using=router.db_for_write(Component)):
        for some in batches(keys):
            batch = Component.objects.filter(pk__in=some)
            batch = batch.exclude(agreement=target).select_related("agreement")
            by_agreement: dict[str, list[Component]] = defaultdict(list)
            for component in batch.select_for_update():
                by_agreement[component.agreement.name].append(component)
            rows = [one.pk for moved in by_agreement.values() for one in moved]
            count += Component.objects.filter(pk__in=rows).update(agreement=target)
            for name, moved in by_agreement.items():
                message = f"Agreement: {name} → {target}."
                LogEntry.objects.log_actions(user, moved, CHANGE, message)
    return count


def _compare(before: Schedule, after: Schedule, moment: int) -> tuple[OpenTime, int]:
    """Return the effect on open time; and 1 if it opens now, -1 if it closes, or 0."""
    period = moment, moment + OUTLOOK
    is_open, was_open = (one.state(moment).in_window for one in (after, before))
    effect = open_time(after, *period).since(open_time(before, *period))
    return effect, int(is_open) - int(was_open)
