"""Inputs for rows of other models, which take whatever a request has in them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect


class KnownSelect(AutocompleteSelect):
    """Django's own, which fails for text that is not a key. The field refuses it."""

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if is_key(one)], attr)


class KnownChoices(admin.ModelAdmin):
    """ModelAdmin mixin whose autocomplete_fields refuse text that is not a key."""

    def formfield_for_foreignkey(
        self, db_field: Any, request: Any, **kwargs: Any
    ) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = KnownSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def is_key(text: Any) -> bool:
    """Return whether a request's text can be the key of a row."""
    given = str(text)
    return given.isascii() and given.isdigit() and len(given) < 19
