"""Metrics, and the pages that people read. Include it wherever the site likes."""

from django.urls import path, re_path

from . import feed_views, views
from .api.door import api
from .pages.component import component
from .pages.status import status
from .pages.timeline import timeline

app_name = "otel_sla"

urlpatterns = [
    path("", status, name="status"),
    path("timeline", timeline, name="timeline"),
    path("components/<path:name>", component, name="component"),
    path("metrics", views.metrics, name="metrics"),
    # Whatever its path, so that whatever is asked of it is answered in JSON.
    re_path(r"^api/v1/(?P<endpoint>[\s\S]*)$", api, name="api"),
    path("calendar/<str:token>/all.ics", feed_views.everything, name="feed"),
    path("calendar/<str:token>/select.ics", feed_views.selected, name="feed-select"),
    path(
        "calendar/<str:token>/components/<path:name>.ics",
        feed_views.of_component,
        name="feed-component",
    ),
    path("calendar/<str:token>/<path:rest>", feed_views.nothing),
]
