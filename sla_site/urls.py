"""The addresses of the reference site: the admin, and the app at the root."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("otel_sla.urls")),
]
