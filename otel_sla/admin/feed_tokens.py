"""Feed tokens: making one, and revoking it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..models import FeedToken

if TYPE_CHECKING:
    _FeedTokenAdmin = admin.ModelAdmin[FeedToken]
else:
    # Django's admin classes can't be subscripted when the program runs.
    _FeedTokenAdmin = admin.ModelAdmin


@admin.register(FeedToken)
class FeedTokenAdmin(_FeedTokenAdmin):
    list_display = ("name", "created", "created_by", "last_used", "revoked")
    list_filter = (("revoked", admin.EmptyFieldListFilter),)
    search_fields = ("name", "created_by")
    readonly_fields = ("created", "created_by", "last_used", "revoked")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: FeedToken | None = None) -> Any:
        return ("name",) if obj is None else ("name", *self.readonly_fields)

    def save_model(
        self, request: HttpRequest, obj: FeedToken, form: ModelForm[Any], change: bool
    ) -> None:
        """Give a new row its token, and show that this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        token = obj.make(timezone.now(), request.user.get_username())
        obj.save()
        self.message_user(request, _shown_once(request, token), messages.WARNING)

    @admin.action(description="Revoke the selected feed tokens", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[FeedToken]) -> None:
        live = list(FeedToken.objects.live().filter(pk__in=queryset))
        for token in live:
            self.log_change(request, token, "Revoked.")
        FeedToken.objects.filter(pk__in=[one.pk for one in live]).revoke(timezone.now())
        several = "" if len(live) == 1 else "s"
        self.message_user(
            request, f"{len(live)} feed token{several} revoked.", messages.SUCCESS
        )


def _shown_once(request: HttpRequest, token: str) -> SafeString:
    try:
        address = request.build_absolute_uri(reverse("otel_sla:feed", args=[token]))
    except NoReverseMatch:
        # The site has no feeds at an address that can be known.
        address = token
    return format_html(
        "Copy the address now, it is not shown again. Who has it can read the "
        "windows: <code>{}</code>",
        address,
    )
