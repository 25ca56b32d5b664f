"""The same reads and verbs for scripts: `/api/v1/`, and the NomadicML wire format for the vendor's own SDK."""

import sys
from importlib import import_module

# Django REST framework also serves fields that only PostgreSQL has, and would load its driver for them: 9 MB, on
# SQLite too. We have no such field. None in the place of a module makes its import fail.
_FIELDS = "django.contrib.postgres"
_loaded = sys.modules.get(_FIELDS)
sys.modules[_FIELDS] = None  # type: ignore[assignment]
try:
    import_module("rest_framework.compat")
finally:
    del sys.modules[_FIELDS]
    if _loaded:
        sys.modules[_FIELDS] = _loaded
