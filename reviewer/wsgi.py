"""The WSGI entry point."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewer.settings")
# A page waits shorter than a job: whoever asked is told to ask again, and the thread serves the next one.
os.environ.setdefault("DATABASE_WAIT", "2")
os.environ.setdefault("STATEMENT_LIMIT", "20")
os.environ.setdefault("DATABASE_KEEP", "60")
application = get_wsgi_application()
import_module("reviewer.urls")  # all pages, before the web processes are made, which share them
