"""Sites where each tenant has a schema of its own, by django-tenants.

Metrics are read from the public schema, whichever tenant a request is for: a process
keeps and pushes one set of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections


def placement_fault(label: str) -> str | None:
    """Return why the app with that label can't be used where the site's settings have
    it, None if it can."""
    if not apps.is_installed("django_tenants"):
        return None
    shared, of_tenants = _apps_of_schemas()
    name = apps.get_app_config(label).name
    if _is_among(label, of_tenants):
        return (
            f"{name} is an app of tenants, with tables in each tenant's schema. It "
            "keeps one set of rows, and would show those of one tenant to another."
        )
    if not _is_among(label, shared):
        return f"{name} is not an app of the public schema, so that it has no tables."
    return None


def is_of_tenants(label: str) -> bool:
    """Return whether only tenants' schemas have the tables of the app with that
    label."""
    if not apps.is_installed("django_tenants"):
        return False
    shared, of_tenants = _apps_of_schemas()
    return _is_among(label, of_tenants) and not _is_among(label, shared)


def is_for_tenant() -> bool:
    """Return whether this thread works in the schema of a tenant now."""
    return bool(_of_tenants())


@contextmanager
def public_schema() -> Iterator[None]:
    """Switch this thread to the public schema, and on exit back to the tenant's."""
    with ExitStack() as back:
        for one in _of_tenants():
            back.callback(one.set_tenant, one.tenant, one.include_public_schema)
            one.set_schema_to_public()
        yield


def _of_tenants() -> list[Any]:
    """Return this thread's connections that are in the schema of a tenant.

    Those that it opens later begin in the public one.
    """
    # Other backends have no schemas to choose from.
    return [
        one
        for one in connections.all(initialized_only=True)
        if hasattr(one, "set_schema_to_public")
        and getattr(one, "schema_name", None) != _public_name()
    ]


def _public_name() -> str:
    return str(_setting("PUBLIC_SCHEMA_NAME", "public"))


def _apps_of_schemas() -> tuple[set[str], set[str]]:
    """Return the apps of the public schema, and those of tenants' schemas."""
    if not _setting("HAS_MULTI_TYPE_TENANTS", False):
        return set(_setting("SHARED_APPS", ())), set(_setting("TENANT_APPS", ()))
    by_type = {
        name: set(one["APPS"]) for name, one in _setting("TENANT_TYPES", {}).items()
    }
    shared = by_type.pop(_public_name(), set())
    return shared, set().union(*by_type.values())


def _setting(name: str, default: Any) -> Any:
    return getattr(settings, name, default)


def _is_among(label: str, names: set[str]) -> bool:
    config = apps.get_app_config(label)
    path = f"{type(config).__module__}.{type(config).__qualname__}"
    return not names.isdisjoint({config.name, path})
