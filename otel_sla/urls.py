"""Metrics, and the pages that people read. Include it wherever the site likes."""

from django.urls import path

from . import views

app_name = "otel_sla"

urlpatterns = [
    path("", views.status, name="status"),
    path("metrics", views.metrics, name="metrics"),
]
