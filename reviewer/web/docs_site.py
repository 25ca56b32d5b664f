"""The documentation under /docs/: files that whitenoise serves where `make docs` has written them."""

from django.conf import settings
from django.http import HttpRequest


def docs_site(request: HttpRequest) -> dict[str, bool]:
    """Context processor: whether pages can link to the documentation."""
    return {"docs_site": settings.WHITENOISE_ROOT is not None}
