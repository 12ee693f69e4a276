"""A host site that has the pages below a path of its own."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("back/office/", admin.site.urls),
    path("ops/sla/", include("otel_sla.urls")),
]
