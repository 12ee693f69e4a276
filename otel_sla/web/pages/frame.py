"""The frame around all pages: links, search, the user, and the template to extend."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.apps import apps
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import Error as DatabaseFailure
from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ...conf import conf
from ...database.failures import asking
from ..access import is_shown_reports
from .admin_links import address_in_admin
from .forms import FILTERS, address, filters, without

OWN = "otel_sla/frame.html"
"""The base template of sites that name none of their own."""

_WRITTEN = {
    "q": _("“%(value)s”"),
    "agreement": _("agreement %(value)s"),
    "schedule": _("schedule %(value)s"),
    "state": _("state: %(value)s"),
    "zone": _("times in %(value)s"),
}
"""How a filter is written; a label as it is."""

_STATES = {
    "open": _("open"),
    "closing": _("closing"),
    "opening": _("opening"),
    "maintenance": _("maintenance"),
    "closed": _("closed"),
    "unknown": _("unknown"),
}
"""How the values of the filter `state` are written."""

_EACH = _("times in each component's own zone")
"""How the filter `zone=component` is written."""

_REPORTS = ("reports", "report", "issued_report")


class Filter(NamedTuple):
    """A filter that is set, and the address of the page without it."""

    text: str
    without: str


class Link(NamedTuple):
    name: str
    address: str
    is_here: bool


@dataclass(frozen=True)
class Frame:
    """What the templates show around a page of the request."""

    request: HttpRequest

    @property
    def is_own(self) -> bool:
        """Whether the page is a whole one of ours, not part of the host's template."""
        return self.template == OWN

    @cached_property
    def template(self) -> str:
        return conf.BASE_TEMPLATE or OWN

    @cached_property
    def home(self) -> str:
        return reverse("otel_sla:status")

    @cached_property
    def kept(self) -> str:
        """The filters as the query of another page's address; "" for none."""
        query = urlencode(filters(self.request.GET))
        return f"?{query}" if query else ""

    @property
    def sought(self) -> str:
        return self.request.GET.get("q", "")

    @property
    def others(self) -> list[tuple[str, str]]:
        """The filters that a search keeps, by name."""
        return [one for one in filters(self.request.GET) if one[0] != "q"]

    @property
    def active(self) -> list[Filter]:
        """The filters that are set on this page."""
        query = self.request.GET
        return [
            Filter(_written(name, value), without(query, name, value))
            for name, value in filters(query)
        ]

    @property
    def cleared(self) -> str:
        """The address of this page without filters."""
        return address(self.request.GET, **dict.fromkeys(FILTERS))

    @property
    def links(self) -> list[Link]:
        """The pages that are there and that the client may see."""
        match = self.request.resolver_match
        here = match.url_name if match and match.app_name == "otel_sla" else None
        links = [
            Link(gettext("Status"), self.home + self.kept, here == "status"),
            Link(
                gettext("Timeline"),
                reverse("otel_sla:timeline") + self.kept,
                here == "timeline",
            ),
        ]
        reports = _address("otel_sla:reports")
        if reports and is_shown_reports(self.request):
            links.append(Link(gettext("Reports"), reports, here in _REPORTS))
        if self._is_staff and (manage := address_in_admin("app_list", "otel_sla")):
            links.append(Link(gettext("Manage"), manage, False))
        return links

    @cached_property
    def user(self) -> str:
        """The name of the user who has logged in; "" if that is nobody, or unknown."""
        user = self._user
        return str(user.get_short_name() or user.get_username()) if user else ""

    @property
    def admin(self) -> str:
        return _address("admin:index") if self._is_staff else ""

    @property
    def log_in(self) -> str:
        """The address of the login that leads back here; "" if there is none."""
        has_users = getattr(self.request, "user", None) is not None
        if self._user or not has_users or not apps.is_installed("django.contrib.auth"):
            return ""
        try:
            login = resolve_url(settings.LOGIN_URL)
        except NoReverseMatch:
            return ""
        back = urlencode({REDIRECT_FIELD_NAME: self.request.get_full_path()})
        return f"{login}{'&' if '?' in login else '?'}{back}"

    @property
    def log_out(self) -> str:
        """The address to which a log out is posted; "" if there is none."""
        if not self._user:
            return ""
        own = _address("logout")
        return own or (_address("admin:logout") if self._is_staff else "")

    @cached_property
    def _user(self) -> Any:
        user: Any = getattr(self.request, "user", None)
        try:
            with asking():
                return user if user and user.is_authenticated else None
        except DatabaseFailure:
            # The rest of the page may be of rows that were read before.
            return None

    @property
    def _is_staff(self) -> bool:
        user = self._user
        return bool(user and user.is_active and user.is_staff)


def _address(name: str, *arguments: str) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def _written(name: str, value: str) -> str:
    if (name, value) == ("zone", "component"):
        return str(_EACH)
    if name not in _WRITTEN:
        return value
    shown = _STATES.get(value, value) if name == "state" else value
    return _WRITTEN[name] % {"value": shown}
