"""System checks of the site's configuration, each with a remedy.

Every process imports this, and few run the checks, so each check imports what it looks
at.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from importlib.util import find_spec
from typing import Any

from django.conf import settings as site
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse

from .conf import NAMES, conf, has_service_windows
from .database.tenants import placement_fault
from .telemetry import process_role
from .text import suggestion

_APP = "otel_sla"
_ASGI_INSTRUMENTATION = "opentelemetry.instrumentation.asgi"
_DJANGO_INSTRUMENTATION = "opentelemetry-instrumentation-django"
_PAGE = "otel_sla/status.html"

Check = Callable[..., Sequence[CheckMessage]]


def _unless_silent(check: Check) -> Check:
    """Report nothing in idle commands, or if check_settings or check_tenants has found
    an error."""

    @wraps(check)
    def checked(*arguments: Any, **kwargs: Any) -> Sequence[CheckMessage]:
        if process_role.runs_silently() or _settings_fault() or placement_fault(_APP):
            return []
        return check(*arguments, **kwargs)

    return checked


def _settings_fault() -> str | None:
    """Return what is wrong with the first setting that has an impossible value."""
    try:
        for name in ("unknown", *sorted(NAMES)):
            getattr(conf, name)
    except ImproperlyConfigured as error:
        return str(error)
    return None


@register()
def check_settings(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.E001: a setting has an impossible value. W001: a name is unknown."""
    fault = _settings_fault()
    if fault:
        return [Error(fault, id="otel_sla.E001")]
    return [
        Warning(
            f'OTEL_SLA["{name}"] is not a setting of otel_sla.',
            hint=_meant(name),
            id="otel_sla.W001",
        )
        for name in conf.unknown
    ]


@register()
def check_tenants(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.E008: the app is not where django-tenants has shared apps."""
    fault = placement_fault(_APP)
    if fault is None:
        return []
    hint = "Name it in SHARED_APPS, and not in TENANT_APPS."
    return [Error(fault, hint=hint, id="otel_sla.E008")]


@register()
@_unless_silent
def check_configuration(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.E002: the OpenTelemetry configuration can't be used.

    What concerns pushing alone stops no command but check: others push nothing, but
    for export_metrics, which says so itself.
    """
    if conf.ENABLED is False:
        return []
    from .telemetry.setup import configuration_fault

    pushing = process_role.running_command() in (None, "check")
    fault = configuration_fault(pushing=pushing)
    if fault is None:
        return []
    return [
        Error(
            fault,
            hint="Correct the configuration. Until then, "
            'OTEL_SLA["ENABLED"] = False runs the site without metrics.',
            id="otel_sla.E002",
        )
    ]


@register()
@_unless_silent
def check_releases(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.E005: releases of OpenTelemetry's packages don't fit together. W014: one
    was not tried, or is known to lose something."""
    if conf.ENABLED is False:
        return []
    from .telemetry.release_checks import faults_of_releases

    return faults_of_releases()


@register()
@_unless_silent
def check_row_metrics(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.E006: a declaration of rows is wrong. W020: a module of them can't be
    imported, which costs its own sources and doesn't stop the site.
    """
    from .bridge import discovery

    return [
        *(Warning(str(one), id="otel_sla.W020") for one in discovery.import_faults()),
        *(
            Error(str(fault), id="otel_sla.E006")
            for _, found in discovery.all_faults()
            for fault in found
        ),
    ]


@register()
@_unless_silent
def check_sources(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.E007: OTEL_SLA["SOURCES"] names a source that does not exist. W021:
    there is nothing to export, and no other check says why."""
    from .bridge import discovery
    from .bridge.registry import registry
    from .metrics.source import ServiceWindows

    unknown = discovery.unknown_sources(registry)
    if unknown:
        hint = (
            "Until it is right, otel_sla_source_up is 0 for that name, and the other "
            "sources are exported."
        )
        if not conf.SERVICE_WINDOWS and ServiceWindows.name in registry.missing:
            hint += f' {ServiceWindows.name} needs OTEL_SLA["SERVICE_WINDOWS"] = True.'
        return [Error(str(one), hint=hint, id="otel_sla.E007") for one in unknown]
    is_explained = conf.SOURCES is not None or discovery.import_faults()
    if is_explained or conf.ENABLED is False:
        return []
    if [*registry] or [*discovery.discovered()]:
        return []
    return [
        Warning(
            'There is nothing to export: OTEL_SLA["SERVICE_WINDOWS"] is False, and no '
            f"app has classes of RowMetrics in a module {conf.METRICS_MODULE}.",
            hint='Declare some, or leave OTEL_SLA["SERVICE_WINDOWS"] out.',
            id="otel_sla.W021",
        )
    ]


@register()
@_unless_silent
def check_source_of_reports(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.W023: reports can't be made: a package or a file is missing."""
    from .reports.source_checks import faults_of_source

    return [
        Warning(
            fault,
            hint="Until then there are no SLA reports. Nothing else is affected.",
            id="otel_sla.W023",
        )
        for fault in faults_of_source()
    ]


@register()
def check_time_zone_data(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.W002: the time zone data is older than a year."""
    if not has_service_windows():
        return []
    from .schedule import timezones

    release = timezones.in_use()
    if not release.is_older_than_a_year(datetime.now(UTC).date()):
        return []
    return [
        Warning(
            f"The time zone data in use, {release}, is older than a year: windows in "
            "zones whose rules have changed since are wrong.",
            hint="Upgrade the tzdata package: pip install --upgrade tzdata",
            id="otel_sla.W002",
        )
    ]


@register()
@_unless_silent
def check_workers(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.W003: workers can't meet. W004: no HTTP server metrics under ASGI."""
    messages: list[CheckMessage] = []
    if conf.ENABLED is False:
        return messages
    from .telemetry.setup import fan_in_fault
    from .telemetry.versions import installed

    fault = fan_in_fault()
    if fault:
        messages.append(
            Warning(
                f"Each scrape will show the HTTP metrics of one worker only: {fault}.",
                hint='Name a directory in OTEL_SLA["RUNTIME_DIR"], or set '
                'OTEL_SLA["FAN_IN"] = False.',
                id="otel_sla.W003",
            )
        )
    if getattr(site, "ASGI_APPLICATION", None) and not find_spec(_ASGI_INSTRUMENTATION):
        messages.append(
            Warning(
                "Under ASGI there will be no HTTP server metrics.",
                # Of another release it would replace what Django's needs.
                hint="pip install opentelemetry-instrumentation-asgi=="
                f"{installed(_DJANGO_INSTRUMENTATION)}",
                id="otel_sla.W004",
            )
        )
    return messages


@register()
@_unless_silent
def check_persistent_connections(
    app_configs: Any, **kwargs: Any
) -> Sequence[CheckMessage]:
    """otel_sla.W012: connections are to be kept where none is used again."""
    if not getattr(site, "ASGI_APPLICATION", None):
        return []
    return [
        Warning(
            f"The database {alias!r} has CONN_MAX_AGE = {given['CONN_MAX_AGE']!r}. "
            "Under ASGI no request can use the connection of an earlier one.",
            hint="Set CONN_MAX_AGE = 0, or use a pool. Silence this if the site is "
            "served over WSGI only.",
            id="otel_sla.W012",
        )
        for alias, given in connections.settings.items()
        if given["CONN_MAX_AGE"] != 0 and not given["OPTIONS"].get("pool")
    ]


@register(Tags.templates)
@_unless_silent
def check_templates(app_configs: Any, **kwargs: Any) -> Sequence[CheckMessage]:
    """otel_sla.W019: no template engine finds the templates of the pages."""
    if not getattr(site, "ROOT_URLCONF", None):
        return []
    try:
        reverse("otel_sla:status")
    except NoReverseMatch:
        # The site does not serve the pages.
        return []
    hints = {
        _PAGE: "Have a DjangoTemplates engine with APP_DIRS = True in TEMPLATES, or "
        "with the loader django.template.loaders.app_directories.Loader.",
        conf.BASE_TEMPLATE: 'OTEL_SLA["BASE_TEMPLATE"] names it.',
    }
    return [
        Warning(
            f"The pages can't be shown: no template engine finds {name}.",
            hint=hint,
            id="otel_sla.W019",
        )
        for name, hint in hints.items()
        if name and not _is_found(name)
    ]


def _is_found(template: str) -> bool:
    try:
        get_template(template)
    except TemplateDoesNotExist:
        return False
    return True


@register(Tags.database)
@_unless_silent
def check_stored_schedules(
    app_configs: Any, databases: Sequence[str] | None, **kwargs: Any
) -> Sequence[CheckMessage]:
    """otel_sla.E003: a schedule in the database can't be evaluated any more.

    Not in every command: migrate and test run the checks of the database too, the
    first before the tables exist.
    """
    if not databases or not conf.SERVICE_WINDOWS:
        return []
    from .metrics.checks import unusable_stored_schedules

    return unusable_stored_schedules()


@register(Tags.database)
@_unless_silent
def check_stored_calendars(
    app_configs: Any, databases: Sequence[str] | None, **kwargs: Any
) -> Sequence[CheckMessage]:
    """otel_sla.W022: `without` of a calendar matches no day."""
    if not databases or not conf.SERVICE_WINDOWS:
        return []
    from .metrics.checks import unmatched_days

    return unmatched_days()


@register(Tags.database)
@_unless_silent
def check_selection(
    app_configs: Any, databases: Sequence[str] | None, **kwargs: Any
) -> Sequence[CheckMessage]:
    """otel_sla.W011: no component has a label of OTEL_SLA["SELECT"]."""
    if not databases or not conf.SERVICE_WINDOWS:
        return []
    from .metrics.checks import selection_of_nothing

    return selection_of_nothing()


@register(Tags.database)
@_unless_silent
def check_session_charset(
    app_configs: Any, databases: Sequence[str] | None, **kwargs: Any
) -> Sequence[CheckMessage]:
    """otel_sla.W013: a MySQL or MariaDB session does not use utf8mb4."""
    if not databases:
        return []
    from .database.session_checks import sessions_without_utf8mb4

    return sessions_without_utf8mb4(databases)


def _meant(name: str) -> str:
    meant = suggestion(name.upper(), NAMES, "Did you mean {}?")
    return meant or f"Known are {', '.join(sorted(NAMES))}."
