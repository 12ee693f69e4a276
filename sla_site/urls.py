"""The addresses of the reference site: the admin, logins, and the app at the root."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from otel_sla.conf import has_service_windows

HOME = "otel_sla:status" if has_service_windows() else "admin:index"

login = LoginView.as_view(template_name="otel_sla/login.html", next_page=HOME)
logout = LogoutView.as_view(next_page=HOME)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/login/", login, name="login"),
    path("accounts/logout/", logout, name="logout"),
    path("", include("otel_sla.urls")),
]
