"""The site as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from .startup import refuse_without_a_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")
# Threads outlive requests here, so their connections may as well.
if not os.environ.get("DJANGO_CONN_MAX_AGE", "").strip():
    os.environ["DJANGO_CONN_MAX_AGE"] = "60"

application = get_wsgi_application()
refuse_without_a_key()
