"""The WSGI entry point."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from reviewer.web.database_options import wait_as_pages_do, with_options

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewer.settings")
wait_as_pages_do()
application = get_wsgi_application()
settings.DATABASES["default"] |= with_options(settings.DATABASES["default"])  # `up` has loaded them before, as for jobs
import_module("reviewer.urls")  # all pages, before the web processes are made, which share them
