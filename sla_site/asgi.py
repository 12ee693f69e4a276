"""The site as an ASGI application."""

import os

from django.core.asgi import get_asgi_application

from .startup import refuse_without_a_key

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")

application = get_asgi_application()
refuse_without_a_key()
