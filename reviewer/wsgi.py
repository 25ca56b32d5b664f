"""The WSGI entry point."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import reverse

from batches.fair_sqlite3.base import FILE_IS_THERE
from reviewer.web.database_options import wait_as_pages_do, with_options

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewer.settings")
wait_as_pages_do()
application = get_wsgi_application()
settings.DATABASES["default"] |= with_options(settings.DATABASES["default"])  # `up` has loaded them before, as for jobs
settings.DATABASES["default"][FILE_IS_THERE] = True
reverse("login")  # all pages and their addresses, before the web processes are made, which share them
