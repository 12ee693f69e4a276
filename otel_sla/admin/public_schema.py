"""Keep the app out of the admin at the addresses of tenants (django-tenants)."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from ..database.tenants import is_for_tenant


class InPublicSchema(admin.ModelAdmin):
    """ModelAdmin mixin: only users of the public schema have permissions.

    The rows are shared by all tenants, and a tenant's own users may be superusers.
    """

    def has_module_permission(self, request: HttpRequest) -> bool:
        return not is_for_tenant() and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_for_tenant() and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not is_for_tenant() and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_for_tenant() and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not is_for_tenant() and super().has_delete_permission(request, obj)
