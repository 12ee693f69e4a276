"""Feed tokens: making one, and revoking it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm, modelform_factory
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop, ngettext
from django.utils.translation import gettext_lazy as _

from ..language import day_and_time
from ..models import FeedToken
from .public_schema import InPublicSchema

_REVOKED = gettext_noop("Revoked")
_HELP: dict[str, Any] = {"name": _("Who it is for, or which calendar program.")}


class LiveFilter(admin.SimpleListFilter):
    """Filter live tokens, or revoked ones."""

    title = _("state")
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", gettext("live")), ("no", gettext("revoked"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[FeedToken]
    ) -> QuerySet[FeedToken]:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(revoked__isnull=self.value() == "yes")


@admin.register(FeedToken)
class FeedTokenAdmin(InPublicSchema):
    form = modelform_factory(
        FeedToken,
        fields="__all__",
        help_texts=_HELP,
    )
    list_display = ("name", "created_at", "created_by", "used_at", "revoked_at")
    list_filter = (LiveFilter,)
    search_fields = ("name", "created_by")
    readonly_fields = ("created_at", "created_by", "used_at", "revoked_at")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: FeedToken | None = None) -> Any:
        return ("name",) if obj is None else ("name", *self.readonly_fields)

    @admin.display(description=_("created"), ordering="created")
    def created_at(self, token: FeedToken) -> str:
        return _utc(token.created)

    @admin.display(description=_("last used"), ordering="last_used")
    def used_at(self, token: FeedToken) -> str:
        return _utc(token.last_used) if token.last_used else gettext("never")

    @admin.display(description=_("revoked"), ordering="revoked")
    def revoked_at(self, token: FeedToken) -> str:
        empty = str(self.get_empty_value_display())
        return _utc(token.revoked) if token.revoked else empty

    def save_model(
        self, request: HttpRequest, obj: FeedToken, form: ModelForm[Any], change: bool
    ) -> None:
        """Give a new row its token, and show that this once."""
        if change:
            super().save_model(request, obj, form, change)
            return
        token = obj.make(datetime.now(UTC), request.user.get_username())
        obj.save()
        self.message_user(request, _shown_once(request, token), messages.WARNING)

    @admin.action(
        description=_("Revoke the selected feed tokens"), permissions=["change"]
    )
    def revoke(self, request: HttpRequest, queryset: QuerySet[FeedToken]) -> None:
        live = list(FeedToken.objects.live().filter(pk__in=queryset))
        for token in live:
            self.log_change(request, token, [{"changed": {"fields": [_REVOKED]}}])
        FeedToken.objects.filter(pk__in=[one.pk for one in live]).revoke(
            datetime.now(UTC)
        )
        told = ngettext(
            "%(count)s feed token revoked.",
            "%(count)s feed tokens revoked.",
            len(live),
        )
        self.message_user(request, told % {"count": len(live)}, messages.SUCCESS)


def _utc(moment: datetime) -> str:
    return f"{day_and_time(moment.astimezone(UTC))} UTC"


def _shown_once(request: HttpRequest, token: str) -> SafeString:
    try:
        address = request.build_absolute_uri(reverse("otel_sla:feed", args=[token]))
    except NoReverseMatch:
        # The site has no feeds at an address that can be known.
        address = token
    told = gettext(
        "Copy this address now; it won't be shown again. Anyone who has it can read "
        "the windows: {}"
    )
    return format_html(told, format_html("<code>{}</code>", address))
