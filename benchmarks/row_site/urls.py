"""What gunicorn serves: otel_sla's page, and the floor."""

import gzip

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from .ways import made_floor

_collect = made_floor()


def floor(request: HttpRequest) -> HttpResponse:
    body = _collect()
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(body)
    # Of the level that otel_sla has.
    body = gzip.compress(body, 1)
    return HttpResponse(body, headers={"Content-Encoding": "gzip"})


def trivial(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("floor", floor),
    path("trivial", trivial),
    path("", include("otel_sla.urls")),
]
