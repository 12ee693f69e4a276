"""A site that has the admin, and none of the addresses of otel_sla."""

from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
