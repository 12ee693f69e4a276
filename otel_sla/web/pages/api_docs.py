"""The documentation of the API, made of its OpenAPI file."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from ..access import readers_only
from ..api.view import api
from ..read_only import View, outside_transactions, reading_only
from .decorators import framed, has_api, rendered


@outside_transactions
@login_not_required
def api_docs(request: HttpRequest) -> HttpResponse:
    """Show endpoints, parameters, example answers and schemas; without django-ninja,
    say what the API says of every address."""
    return _page(request) if has_api() else api(request, "docs")


def _show(request: HttpRequest) -> HttpResponse:
    # All that they import comes with the extra.
    from ..api import reference
    from ..api.router import DOCUMENT, document

    file = reverse("otel_sla:api", args=[DOCUMENT])
    described = document(file.removesuffix(f"/{DOCUMENT}"))
    host = request.build_absolute_uri("/").rstrip("/")
    context = {
        "file": file,
        "root": described["servers"][0]["url"],
        "about": described["info"]["description"],
        "groups": reference.groups(described, host),
        "schemas": list(reference.described(described)),
    }
    return rendered(request, "otel_sla/api_docs.html", context)


_page: View = reading_only(framed(readers_only(_show)))
