import os

from django.core.wsgi import get_wsgi_application

from .startup import warn_of_what_is_missing

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sla_site.settings")

application = get_wsgi_application()
warn_of_what_is_missing()
