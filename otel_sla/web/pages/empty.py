"""The first steps on a site without components."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from ..scrape_auth import are_open
from .admin_links import in_admin


@dataclass(frozen=True)
class FirstSteps:
    """Where the first component is added, and what Prometheus has to be told."""

    add: str
    metrics: str
    host: str
    needs_token: bool


def first_steps(request: HttpRequest) -> FirstSteps:
    """Return the first steps; `add` is "" for those who may not add components."""
    return FirstSteps(
        in_admin(request, "add", "component"),
        reverse("otel_sla:metrics"),
        request.get_host(),
        not are_open(),
    )
