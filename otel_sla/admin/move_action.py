"""The action that moves components to another agreement, with a preview first."""

from __future__ import annotations

import time
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..language import number, translated
from ..models import Agreement, Component, Override
from ..schedule import InvalidDefinition
from .forms import OwnOverridesField
from .zone_shift import INSTANTS, Shifts

PAGE = "admin/otel_sla/move.html"
NAMED = 50
"""Components that the page names."""


class MoveForm(forms.Form):
    agreement = forms.ModelChoiceField(
        Agreement.objects.select_related("schedule"), label=_("Move them to")
    )
    own_overrides = OwnOverridesField()


class Moving(admin.ModelAdmin):
    """ModelAdmin mixin with the action that moves components."""

    @admin.action(description=_("Move to another agreement …"), permissions=["change"])
    def move(
        self, request: HttpRequest, queryset: QuerySet[Component]
    ) -> HttpResponse | None:
        """Ask for the agreement, show the effect, and move after confirmation."""
        from .moving import move_all

        asked = "agreement" in request.POST
        form = MoveForm(request.POST if asked else None)
        selected = list(queryset.order_by("name").values_list("pk", "name"))
        context: dict[str, Any] = {"form": form, "count": len(selected)}
        context["named"] = _named([name for pk, name in selected])
        if asked and form.is_valid():
            target = form.cleaned_data["agreement"]
            keep = form.cleaned_data["own_overrides"] == INSTANTS
            seen = _seen(queryset, target, keep)
            if request.POST.get("confirmed") == seen:
                user: Any = request.user
                keys = [pk for pk, _ in selected]
                count = move_all(keys, target, user.pk, keep=keep)
                told = ngettext(
                    "%(count)s component moved to %(agreement)s.",
                    "%(count)s components moved to %(agreement)s.",
                    count,
                ) % {"count": number(count), "agreement": target}
                self.message_user(request, told, messages.SUCCESS)
                return None
            try:
                context |= _effect(queryset, target, keep)
            except InvalidDefinition as error:
                refusal = gettext("A schedule can't be evaluated: %(reason)s")
                params = {"reason": translated(error)}
                form.add_error("agreement", refusal % params)
            else:
                context["seen"] = seen
        return self._page(request, {**context, "media": form.media})

    def _page(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        page = self.admin_site.each_context(request)
        page |= {
            "title": gettext("Move to another agreement"),
            "opts": self.opts,
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "selected_name": ACTION_CHECKBOX_NAME,
            "across": request.POST.get("select_across", "0"),
        }
        return TemplateResponse(request, PAGE, {**page, **context})


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    if more <= 0:
        return shown
    words = gettext("%(names)s and %(count)s more")
    return words % {"names": shown, "count": number(more)}


def _seen(components: QuerySet[Component], target: Agreement, keep: bool) -> str:
    """Return a digest of what is confirmed: the selection may be a filter."""
    zone = "agreement__schedule__timezone"
    selected = components.order_by("pk").values_list("pk", "agreement", zone)
    rows = Override.objects.filter(component__in=components.order_by().values("pk"))
    overrides = rows.order_by("pk").values_list("pk", "start", "end")
    seen = target.pk, target.schedule.timezone, keep, list(selected), list(overrides)
    return sha256(repr(seen).encode()).hexdigest()


def _effect(
    components: QuerySet[Component], target: Agreement, keep: bool
) -> dict[str, Any]:
    """Return what the page shows of a move. Raises InvalidDefinition."""
    from ..schedule.open_time_change import OpenTime
    from .moving import moves

    moment = int(time.time())
    shifts = Shifts(moment)
    found = moves(components, target, moment, shifts, keep=keep)
    total = OpenTime()
    for one in found:
        total = total.plus(one.effect)
    moving = sum(one.count for one in found)
    return {
        "target": target,
        "moves": found,
        "total": total,
        "moving": moving,
        "shifts": shifts,
        "keeps": keep,
    }
